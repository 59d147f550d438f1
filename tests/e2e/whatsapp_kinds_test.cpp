// Everything that is sent besides texts, through the API to a simulated WAHA of three engines and
// its faults: it arrives once, and its state is what really happened.
#include "tests/e2e/whatsapp_world.hpp"
#include "tests/protocols/files/samples.hpp"

namespace fibrehub::e2e {
namespace {

namespace json = protocols::json;
using ::testing::HasSubstr;
using ::testing::Not;
namespace samples = protocols::files::samples;

class WhatsAppKinds : public whatsapp_world {
 protected:
  http_answer call(const hub_process& hub, const char* verb, const std::string& path,
                   const std::string& body = {}) {
    http_headers headers{{"Authorization", "Bearer " + session_}};
    if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
    return fetch(hub.port(), verb, "/api/v1" + path, body, headers);
  }
  http_answer send(const hub_process& hub, const std::string& uid, const std::string& body) {
    return call(hub, "POST", "/tickets/" + uid + "/messages", body);
  }
  static std::string member(const http_answer& answer, std::string_view name) {
    const auto body = json::parse(answer.body);
    const auto* data = body ? json::find(*body, "data") : nullptr;
    return data ? std::string(json::text(*data, name)) : "";
  }
  /// A customer writes on WhatsApp; the ticket that becomes of it.
  std::string written_by(peers::peers& world, const std::string& phone) {
    world.call([&] {
      peers::chat_message m;
      m.chat = phone + "@c.us";
      m.stanza = "AA" + phone;
      m.sender.phone = phone;
      m.sender.name = "John";
      m.text = "no light here";
      world.world().know(m.sender);
      world.world().receive("default", m);
      return 0;
    });
    const std::string ask = fmt::format(
        "SELECT t.uid FROM tickets t JOIN chats c ON c.id = t.chat_id WHERE c.ext_id = '{}@c.us'",
        phone);
    EXPECT_TRUE(eventually([&] { return !db_.ask(ask).empty(); }));
    return db_.ask(ask);
  }
  std::string attach(const hub_process& hub, const std::string& uid, const std::string& name,
                     const std::string& bytes) {
    const http_answer made = fetch(
        hub.port(), "POST", "/api/v1/tickets/" + uid + "/attachments?name=" + name, bytes,
        {{"Authorization", "Bearer " + session_}, {"Content-Type", "application/octet-stream"}});
    const auto body = json::parse(made.body);
    const auto* files = body ? json::at(*body, "data", "attachments") : nullptr;
    EXPECT_TRUE(files && files->Size() == 1) << made.body;
    return files ? std::string(json::text((*files)[0], "id")) : "";
  }
  std::string state_of(const std::string& id) const {
    return db_.ask("SELECT state FROM wa_sends WHERE id = " + (id.empty() ? "0" : id));
  }
  /// How often WhatsApp was given messages of ours of this kind, and how often others saw them.
  struct on_network {
    int messages = 0;
    std::uint64_t deliveries = 0;
  };
  static on_network of_kind(peers::peers& world, peers::content kind) {
    return world.call([&] {
      on_network out;
      for (const peers::ledger_entry& e : world.book().entries())
        if (e.message.from_me && e.message.kind == kind &&
            e.message.text.find("received") == std::string::npos) {
          ++out.messages;
          out.deliveries += e.deliveries;
        }
      return out;
    });
  }
};

TEST_F(WhatsAppKinds, AreReadInTheEndWhateverTheEngine) {
  for (const auto engine :
       {peers::waha_engine::noweb, peers::waha_engine::gows, peers::waha_engine::webjs}) {
    SCOPED_TRACE(peers::engine_name(engine));
    auto options = quiet_world(engine);
    options.version = "2026.7.1";
    peers::peers world(options);
    const auto ports = world.start();
    hub_process hub(settings_for(ports.waha));
    hub.start_ready();
    sign_in_to(hub);
    const std::string phone = fmt::format("2784100000{}", static_cast<int>(engine));
    const std::string uid = written_by(world, phone);
    ASSERT_NE(uid, "");
    const std::string photo = attach(hub, uid, "photo.png", samples::png());
    const std::string paper = attach(hub, uid, "paper.pdf", samples::pdf());
    const std::string spoken = attach(hub, uid, "spoken.ogg", samples::ogg());
    const std::string film = attach(hub, uid, "film.mp4", samples::mp4());
    std::vector<std::string> ids;
    for (const std::string& body :
         {fmt::format(R"({{"attachment_id":"{}","caption":"say photo"}})", photo),
          fmt::format(R"({{"attachment_id":{},"kind":"file"}})", paper),
          std::string(
              R"({"kind":"location","latitude":-26.2041,"longitude":28.0473,"title":"Depot"})"),
          fmt::format(R"({{"text":"say reply","reply_to":"AA{}"}})", phone),
          fmt::format(R"({{"attachment_id":"{}"}})", spoken),
          fmt::format(R"({{"attachment_id":"{}","caption":"say film"}})", film)}) {
      const http_answer made = send(hub, uid, body);
      ASSERT_EQ(made.status, 201U) << made.body;
      ids.push_back(member(made, "id"));
    }
    for (const std::string& id : ids)
      EXPECT_TRUE(eventually([&] { return state_of(id) == "read"; }, 30s))
          << id << " " << state_of(id) << hub.log();
    EXPECT_EQ(of_kind(world, peers::content::image).messages, 1);
    EXPECT_EQ(of_kind(world, peers::content::document).messages, 1);
    EXPECT_EQ(of_kind(world, peers::content::location).messages, 1);
    EXPECT_EQ(of_kind(world, peers::content::voice).messages, 1);
    EXPECT_EQ(of_kind(world, peers::content::video).messages, 1);
    EXPECT_EQ(db_.ask(fmt::format("SELECT count(*) FROM messages m JOIN tickets t ON t.id ="
                                  " m.ticket_id WHERE m.outbound AND t.uid = '{}' AND m.type <>"
                                  " 'text'",
                                  uid)),
              "5")
        << "no echo made another message";
    // What is done to them.
    const std::string inbound = db_.ask("SELECT id FROM messages WHERE ext_id = 'AA" + phone + "'");
    const http_answer reacted =
        call(hub, "POST", "/tickets/" + uid + "/messages/" + inbound + "/reaction",
             R"({"emoji":"\ud83d\udc4d"})");
    EXPECT_EQ(reacted.status, 200U) << reacted.body;
    const http_answer edited = call(hub, "PATCH", "/tickets/" + uid + "/messages/" + ids[3],
                                    R"({"text":"say reply, better"})");
    EXPECT_EQ(edited.status, 200U) << edited.body;
    const http_answer erased = call(hub, "DELETE", "/tickets/" + uid + "/messages/" + ids[0]);
    EXPECT_EQ(erased.status, 200U) << erased.body;
    for (const http_answer* done : {&reacted, &edited, &erased})
      EXPECT_TRUE(eventually([&] { return state_of(member(*done, "send_id")) == "accepted"; }))
          << done->body << hub.log();
    const auto [better, revoked] = world.call([&] {
      std::pair<std::string, int> out{"", 0};
      for (const peers::ledger_entry& e : world.book().entries()) {
        if (!e.edited_text.empty()) out.first = e.edited_text;
        out.second += e.revoked ? 1 : 0;
      }
      return out;
    });
    EXPECT_EQ(better, "say reply, better");
    EXPECT_EQ(revoked, 1);
    expect_sound_tickets(db_);
    EXPECT_EQ(hub.terminate(), 0);
  }
}

TEST_F(WhatsAppKinds, PhotosLeaveOnceAndInOrderWhateverTheBridgeAnswers) {
  auto options = quiet_world(peers::waha_engine::webjs);  // names nothing beforehand
  options.faults.waha_send_empty_percent = 25;
  options.faults.waha_send_error_after_percent = 25;
  options.faults.waha_send_reset_percent = 25;
  options.faults.waha_duplicate_percent = 30;
  peers::peers world(options);
  const auto ports = world.start();
  hub_process hub(settings_for(ports.waha));
  hub.start_ready();
  sign_in_to(hub);
  const std::string uid = written_by(world, "27842000001");
  const std::string photo = attach(hub, uid, "photo.png", samples::png());
  constexpr int count = 10;
  for (int i = 0; i < count; ++i) {
    const std::string body =
        i % 2 == 0 ? fmt::format(R"({{"attachment_id":"{}","caption":"say {}"}})", photo, i)
                   : fmt::format(R"({{"text":"say {}"}})", i);
    ASSERT_EQ(send(hub, uid, body).status, 201U);
  }
  EXPECT_TRUE(eventually([&] { return states() == "read"; }, 60s))
      << db_.ask("SELECT state || ' ' || count(*) FROM wa_sends GROUP BY state") << hub.log();
  const std::vector<std::string> arrived = sent_to(world, "27842000001");
  ASSERT_EQ(arrived.size(), static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    EXPECT_EQ(arrived[static_cast<std::size_t>(i)], fmt::format("say {}", i));
  expect_sound_tickets(db_);
  EXPECT_EQ(hub.terminate(), 0);
}

TEST_F(WhatsAppKinds, AHubKilledInTheMiddleOfAPhotoDoublesNothing) {
  auto options = quiet_world(peers::waha_engine::gows);
  options.version = "2026.7.1";
  options.faults.waha_send_slow_ms = 300;
  peers::peers world(options);
  const auto ports = world.start();
  hub_process hub(settings_for(ports.waha));
  hub.start_ready();
  sign_in_to(hub);
  const std::string uid = written_by(world, "27843000001");
  const std::string photo = attach(hub, uid, "photo.png", samples::png());
  // The hub's own first answer is through.
  ASSERT_TRUE(eventually([&] {
    return db_.ask("SELECT count(*) FROM outbox WHERE state IN ('ready', 'inflight')") == "0";
  }));
  const auto before = world.call([&] { return world.world().find("default")->activity_ms; });
  ASSERT_EQ(
      send(hub, uid, fmt::format(R"({{"attachment_id":"{}","caption":"say p"}})", photo)).status,
      201U);
  // WAHA has all of it, and has not answered yet.
  ASSERT_TRUE(eventually([&] {
    return world.call([&] { return world.world().find("default")->activity_ms; }) > before;
  }));
  EXPECT_EQ(db_.ask("SELECT count(*) FROM outbox WHERE key LIKE 'wa/%' AND state = 'inflight'"),
            "1");
  hub.kill_now();
  hub.start_ready();
  sign_in_to(hub);
  ASSERT_EQ(send(hub, uid, R"({"text":"say after"})").status, 201U);
  EXPECT_TRUE(eventually([&] { return states() == "read"; }, 90s)) << states() << hub.log();
  EXPECT_THAT(sent_to(world, "27843000001"), ::testing::ElementsAre("say p", "say after"));
  EXPECT_EQ(hub.terminate(), 0);
}

TEST_F(WhatsAppKinds, Error463StopsStrangersAndNobodyElse) {
  auto options = quiet_world(peers::waha_engine::gows);
  options.version = "2026.7.1";
  options.faults.waha_restricted = 1;
  peers::peers world(options);
  const auto ports = world.start();
  hub_process hub(settings_for(ports.waha,
                               "typing = false\noffline_after = false\n"
                               "first_contact_gap = \"0s\"\nfirst_contacts_per_hour = 0\n"));
  hub.start_ready();
  sign_in_to(hub);
  const std::string uid = written_by(world, "27844000001");
  world.call([&] {
    for (const char* phone : {"27844000002", "27844000003"}) {
      peers::person p;
      p.phone = phone;
      world.world().know(p);
    }
    return 0;
  });
  const auto owe = [&](const std::string& phone) {
    db_.ask(fmt::format(
        "INSERT INTO outbox (key, channel, lane, body, next_at, created_at) VALUES ('cold-{0}',"
        " 'whatsapp', 'cold-{0}', '{{\"kind\":\"assigned\",\"to\":\"{0}\",\"text\":\"say cold\"}}',"
        " now(), now()) RETURNING 1",
        phone));
  };
  owe("27844000002");
  ASSERT_EQ(send(hub, uid, R"({"text":"say one"})").status, 201U);
  EXPECT_TRUE(eventually([&] { return db_.ask("SELECT count(*) FROM wa_restrictions") == "1"; }))
      << hub.log();
  owe("27844000003");
  ASSERT_EQ(send(hub, uid, R"({"text":"say two"})").status, 201U);
  EXPECT_TRUE(eventually([&] { return states() == "read"; }, 30s)) << states() << hub.log();
  EXPECT_THAT(sent_to(world, "27844000001"), ::testing::ElementsAre("say one", "say two"));
  EXPECT_THAT(sent_to(world, "27844000003"), ::testing::IsEmpty());
  EXPECT_EQ(db_.ask("SELECT string_agg(state || attempts, ' ' ORDER BY key) FROM outbox WHERE key"
                    " LIKE 'cold-%'"),
            "ready1 ready0");
  EXPECT_EQ(hub.terminate(), 0);
}

TEST_F(WhatsAppKinds, ANumberThatIsNotOnWhatsAppIsNotWrittenTo) {
  peers::peers world(quiet_world());
  const auto ports = world.start();
  hub_process hub(settings_for(ports.waha));
  hub.start_ready();
  sign_in_to(hub);
  db_.ask(
      "INSERT INTO outbox (key, channel, lane, body, next_at, created_at) VALUES ('none', "
      "'whatsapp',"
      " 'none', '{\"kind\":\"assigned\",\"to\":\"27845000009\",\"text\":\"say x\"}', now(), now())"
      " RETURNING 1");
  const std::string uid = written_by(world, "27845000001");
  ASSERT_EQ(send(hub, uid, R"({"text":"say one"})").status, 201U);
  EXPECT_TRUE(eventually(
      [&] {
        return db_.ask("SELECT state || ' ' || reason FROM wa_sends WHERE kind = 'assigned'") ==
               "failed not on WhatsApp";
      },
      40s))
      << db_.ask("SELECT state || ' ' || last_status FROM outbox WHERE key = 'none'") << hub.log();
  EXPECT_EQ(db_.ask("SELECT registered FROM wa_numbers"), "f");
  EXPECT_THAT(sent_to(world, "27845000009"), ::testing::IsEmpty());
  EXPECT_EQ(hub.terminate(), 0);
}

TEST_F(WhatsAppKinds, TheOtherSideSeesThatSomebodyReadsAndTypes) {
  peers::peers world(quiet_world());
  const auto ports = world.start();
  hub_process hub(settings_for(ports.waha, ""));
  hub.start_ready();
  sign_in_to(hub);
  const std::string uid = written_by(world, "27846000001");
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_EQ(send(hub, uid, R"({"text":"say hello"})").status, 201U);
  EXPECT_TRUE(eventually([&] { return states() == "read"; })) << states() << hub.log();
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 1s) << "nobody types that fast";
  EXPECT_TRUE(world.call([&] {
    const auto* s = world.world().find("default");
    const auto* m = s->find("AA27846000001");
    return m != nullptr && m->seen;
  }));
  ASSERT_EQ(call(hub, "POST", "/tickets/" + uid + "/typing", R"({"on":true})").status, 202U);
  ASSERT_EQ(call(hub, "POST", "/tickets/" + uid + "/seen").status, 202U);
  EXPECT_TRUE(eventually([&] {
    return db_.ask(
               "SELECT string_agg(DISTINCT o.state, ' ') FROM wa_sends s JOIN outbox o ON o.id "
               "="
               " s.outbox_id WHERE s.what IN ('typing', 'seen')") == "done";
  })) << hub.log();
  EXPECT_EQ(hub.terminate(), 0);
}

TEST_F(WhatsAppKinds, EachMistakeInABodyIsNamed) {
  hub_process hub(settings_for(0));
  hub.start_ready();
  sign_in_to(hub);
  const std::string uid = customer(hub, "27847000001");
  const std::string photo = attach(hub, uid, "photo.png", samples::png());
  struct row {
    std::string body;
    const char *field, *words;
  };
  for (const row& r :
       {row{"{}", "text", "is required"}, row{R"({"text":""})", "text", "is required"},
        row{R"({"text":"x","attachment_id":"7"})", "text", "is for texts"},
        row{R"({"kind":"sticker"})", "kind", "must be one of text, image"},
        row{R"({"kind":"image"})", "attachment_id", "is required"},
        row{R"({"kind":"text","text":"x","attachment_id":"7"})", "attachment_id", "is for image"},
        row{R"({"attachment_id":"x"})", "attachment_id", "must be an id"},
        row{R"({"attachment_id":"7"})", "attachment_id", "is no attachment of this ticket"},
        row{fmt::format(R"({{"attachment_id":"{}","kind":"voice"}})", photo), "attachment_id",
            "cannot be sent as voice"},
        row{R"({"kind":"location","latitude":1})", "longitude", "is required"},
        row{R"({"latitude":91,"longitude":0})", "latitude", "between -90 and 90"},
        row{R"({"text":"x","latitude":1,"longitude":1,"kind":"text"})", "latitude",
            "is for a location"},
        row{R"({"text":"x","caption":"y"})", "caption", "is for a file"},
        row{R"({"text":"x","title":"y"})", "title", "is for a location"},
        row{R"({"text":"x","template":"y"})", "text", "is given by the template"},
        row{R"({"template":"nothing"})", "template", "is no template"},
        row{R"({"text":"x","variables":{"a":"b"}})", "variables", "are for a template"},
        row{R"({"text":"x","sticker":1})", "sticker", "is not known"}}) {
    const http_answer got = send(hub, uid, r.body);
    EXPECT_EQ(got.status, 400U) << r.body << got.body;
    EXPECT_THAT(got.body, HasSubstr(fmt::format("\"{}\"", r.field))) << r.body;
    EXPECT_THAT(got.body, HasSubstr(r.words)) << r.body;
  }
  const http_answer url = call(hub, "POST", "/wa-bridge/send-message",
                               fmt::format(R"({{"ticketUid":"{}","messageType":"image","mediaUrl":)"
                                           R"("https://x/y.jpg"}})",
                                           uid));
  EXPECT_EQ(url.status, 400U);
  EXPECT_THAT(url.body, HasSubstr("mediaUrl"));
  EXPECT_THAT(url.body, HasSubstr("attachmentId"));
  const http_answer sent =
      call(hub, "POST", "/wa-bridge/send-message",
           fmt::format(R"({{"ticketUid":"{}","content":"hello","messageType":"text"}})", uid));
  EXPECT_EQ(sent.status, 201U) << sent.body;
  EXPECT_THAT(sent.body, HasSubstr(R"("status":"pending")"));
  EXPECT_EQ(call(hub, "POST", "/wa-bridge/send-message",
                 fmt::format(R"({{"ticketUid":"{}","content":"x","chatId":"1@c.us"}})", uid))
                .status,
            400U);
  // Templates, by the same route.
  ASSERT_EQ(call(hub, "POST", "/wa-bridge/templates",
                 R"({"name":"way","language":"en","text":"To {{drop}} at {{time}}"})")
                .status,
            201U);
  const http_answer missing = send(hub, uid, R"({"template":"way"})");
  EXPECT_EQ(missing.status, 422U) << missing.body;
  EXPECT_THAT(missing.body, HasSubstr("variables.time"));
  const http_answer shown = call(
      hub, "POST", "/wa-bridge/templates/preview",
      fmt::format(R"({{"ticket_uid":"{}","template":"way","variables":{{"time":"9","drop":"1"}}}})",
                  uid));
  EXPECT_EQ(member(shown, "text"), "To 1 at 9") << shown.body;
  EXPECT_EQ(send(hub, uid, R"({"template":"way","variables":{"time":"9","drop":"1"}})").status,
            201U);
  EXPECT_EQ(db_.ask("SELECT body FROM messages ORDER BY id DESC LIMIT 1"), "To 1 at 9");
  const http_answer report = fetch(hub.port(), "GET", "/api/v1/wa-bridge/sends/report?format=csv",
                                   "", {{"Authorization", "Bearer " + session_}});
  EXPECT_EQ(report.status, 200U);
  EXPECT_THAT(report.body, HasSubstr("median_s_to_sent"));
  EXPECT_THAT(report.body, HasSubstr(",text,"));
  EXPECT_EQ(hub.terminate(), 0);
}

}  // namespace
}  // namespace fibrehub::e2e
