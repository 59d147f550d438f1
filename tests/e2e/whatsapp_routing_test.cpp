// Technicians and customers write by WhatsApp: commands are obeyed once and answered, messages find
// their tickets, what finds none waits for a person, and the conversation reads well.
#include "tests/e2e/whatsapp_world.hpp"

namespace fibrehub::e2e {
namespace {

namespace json = protocols::json;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string thabo = "27839998888";
const std::string nomsa = "27840000001";
const std::string group = "120363000000000001@g.us";

class WhatsAppRouting : public whatsapp_world {
 protected:
  void SetUp() override {
    whatsapp_world::SetUp();
    db_.ask(
        "INSERT INTO users (id, email, name, role, phone) VALUES (101, 'thabo@example.com',"
        " 'Thabo', 'technician', '083 999 8888')");
    db_.ask("INSERT INTO projects (id, code, name) VALUES (4, 'LAWLEY', 'Lawley')");
    peers::peers_options o = quiet_world();
    o.version = "2026.7.1";
    world_.emplace(o);
    ports_ = world_->start();
    hub_.emplace(settings_for(ports_.waha));
    hub_->start_ready();
    sign_in_to(*hub_);
  }
  void TearDown() override {
    expect_sound_tickets(db_);
    EXPECT_EQ(hub_->terminate(), 0);
  }

  /// Somebody writes on their phone; back when the hub has it.
  void write(const std::string& id, const std::string& phone, const std::string& text,
             const std::string& more = {}, const std::string& chat = {}) {
    const http_answer got = fetch(
        ports_.control, "POST", "/send",
        fmt::format(R"({{"chat":"{}","text":"{}","id":"{}","phone":"{}","name":"P{}"{}}})",
                    chat.empty() ? phone + "@c.us" : chat, text, id, phone, phone.substr(8), more),
        {{"Content-Type", "application/json"}});
    ASSERT_LT(got.status, 300U) << got.body;
    ASSERT_TRUE(eventually([&] {
      return db_.ask("SELECT count(*) FROM messages WHERE ext_id = '" + id + "'") == "1";
    })) << hub_->log();
  }
  http_answer call(const char* verb, const std::string& path, const std::string& body) {
    return fetch(hub_->port(), verb, "/api/v1" + path, body,
                 {{"Authorization", "Bearer " + session_}, {"Content-Type", "application/json"}});
  }
  json::document read(const std::string& path) {
    const http_answer got = get(hub_->port(), "/api/v1" + path, session_);
    EXPECT_EQ(got.status, 200U) << got.body;
    return std::move(json::parse(got.body).value());
  }
  std::string ticket_of(const std::string& stanza) {
    return db_.ask(
        "SELECT coalesce((SELECT t.uid FROM tickets t WHERE t.id = m.ticket_id), '-') FROM "
        "messages m"
        " WHERE m.ext_id = '" +
        stanza + "'");
  }
  std::string commands() {
    return db_.ask("SELECT verb || ' ' || state FROM wa_commands ORDER BY message_id");
  }
  /// A customer's ticket that the technician works on.
  std::string ticket_at_work() {
    write("3EB0C1", nomsa, "no light here");
    const std::string uid = ticket_of("3EB0C1");
    for (const char* step :
         {R"(/assign|{"assigned_to":101})", R"(/status|{"status":"in_progress"})"}) {
      const std::string_view both = step;
      const auto bar = both.find('|');
      const http_answer got = call("POST", "/tickets/" + uid + std::string(both.substr(0, bar)),
                                   std::string(both.substr(bar + 1)));
      EXPECT_EQ(got.status, 200U) << got.body;
    }
    return uid;
  }
  /// What the simulated WhatsApp has of ours in a chat.
  std::vector<std::string> sent_to(const std::string& chat) {
    return world_->call([&] {
      std::vector<std::string> out;
      for (const peers::ledger_entry& e : world_->book().entries())
        if (e.message.from_me && e.message.chat == chat) out.push_back(e.message.text);
      return out;
    });
  }
  bool is_answered(const std::string& phone, const std::string& part) {
    return eventually([&] {
      for (const std::string& text : sent_to(phone + "@c.us"))
        if (text.find(part) != std::string::npos) return true;
      return false;
    });
  }

  std::optional<peers::peers> world_;
  peers::peer_ports ports_;
  std::optional<hub_process> hub_;
};

TEST_F(WhatsAppRouting, ATechnicianWorksByWhatsApp) {
  const std::string uid = ticket_at_work();
  write("3EB0T1", thabo, "status");
  EXPECT_TRUE(is_answered(thabo, uid + ": no light here\nStatus: in_progress"));
  write("3EB0T2", thabo, "note " + uid + " gate code 12");
  EXPECT_TRUE(is_answered(thabo, "noted"));
  write("3EB0T3", thabo, "photo " + uid + " the splice", R"(,"media":"image")");
  EXPECT_TRUE(is_answered(thabo, "kept as evidence"));
  write("3EB0T4", thabo, "done replaced the ONT");
  EXPECT_TRUE(is_answered(thabo, uid + " is resolved now."));
  EXPECT_EQ(db_.ask("SELECT status FROM tickets WHERE uid = '" + uid + "'"), "resolved");
  EXPECT_EQ(db_.ask("SELECT string_agg(body, '; ' ORDER BY id) FROM ticket_notes"),
            "gate code 12; A photo as evidence, by WhatsApp: the splice; replaced the ONT");
  EXPECT_EQ(commands(), "status done\nnote done\nphoto done\ndone done");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM tickets"), "1") << "a command opens nothing";
  // What a stranger writes is a message like any other.
  write("3EB0S1", "27850000001", "done");
  EXPECT_NE(ticket_of("3EB0S1"), "-");
  EXPECT_NE(ticket_of("3EB0S1"), uid);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM wa_commands"), "4");
  // What was said with the technician is in the conversation, for staff.
  const http_answer talk = get(hub_->port(), "/api/v1/tickets/" + uid + "/conversation", session_);
  EXPECT_THAT(talk.body, HasSubstr("done replaced the ONT"));
  EXPECT_THAT(talk.body, HasSubstr(R"("evidence":true)"));
}

TEST_F(WhatsAppRouting, WhoIsNamedByAHiddenIdAloneIsKnownWhenTheBridgeIsAsked) {
  const std::string uid = ticket_at_work();
  const auto tell = [&](const char* path, const std::string& body) {
    const http_answer got =
        fetch(ports_.control, "POST", path, body, {{"Content-Type", "application/json"}});
    ASSERT_EQ(got.status, 200U) << got.body;
  };
  tell("/person", fmt::format(R"({{"phone":"{}","name":"Thabo","lid":"555"}})", thabo));
  tell("/faults", R"({"waha_lid_no_hints":true})");
  write("3EB0T1", thabo, "hello", R"(,"lid":true)");
  write("3EB0C2", nomsa, "still dark", R"(,"lid":true)");
  EXPECT_NE(ticket_of("3EB0C2"), uid) << "nobody knows yet who that is";
  EXPECT_TRUE(eventually([&] {
    return db_.ask("SELECT count(*) || ' ' || count(DISTINCT contact_id) FROM contact_aliases") ==
           "4 2";
  })) << hub_->log();
  write("3EB0T2", thabo, "note " + uid + " gate code 12", R"(,"lid":true)");
  EXPECT_TRUE(eventually([&] { return commands() == "note done"; })) << hub_->log();
  write("3EB0C3", nomsa, "and now?", R"(,"lid":true)");
  EXPECT_EQ(
      db_.ask("SELECT count(DISTINCT coalesce(c.merged_into, c.id)) FROM messages m JOIN chats"
              " c ON c.id = m.chat_id WHERE m.ext_id IN ('3EB0C1', '3EB0C2', '3EB0C3')"),
      "1");
  EXPECT_EQ(
      db_.ask(
          "SELECT count(*) || ' ' || count(*) FILTER (WHERE state = 'known') FROM wa_hidden_ids"),
      "2 2");
}

TEST_F(WhatsAppRouting, AHubKilledBetweenMessageAndCommandCarriesItOutOnce) {
  const std::string uid = ticket_at_work();
  ASSERT_TRUE(eventually([&] {
    return db_.ask("SELECT count(*) FROM outbox WHERE channel = 'whatsapp' AND state <> 'done'") ==
           "0";
  }));
  db_.ask(
      "CREATE FUNCTION not_now() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not"
      " now'; END $$");
  db_.ask(
      "CREATE TRIGGER not_now BEFORE UPDATE ON wa_commands FOR EACH ROW EXECUTE FUNCTION "
      "not_now()");
  write("3EB0T1", thabo, "done new splitter");
  EXPECT_EQ(commands(), "done due");
  ASSERT_TRUE(eventually([&] { return hub_->log().find("not now") != std::string::npos; }));
  EXPECT_EQ(db_.ask("SELECT status FROM tickets WHERE uid = '" + uid + "'"), "in_progress")
      << "with its end or not at all";
  hub_->kill_now();
  db_.ask("DROP TRIGGER not_now ON wa_commands");
  hub_->start_ready();
  EXPECT_TRUE(is_answered(thabo, "is resolved now"));
  EXPECT_EQ(commands(), "done done");
  hub_->kill_now();
  hub_->start_ready();
  EXPECT_EQ(db_.ask("SELECT count(*) FROM ticket_notes WHERE body = 'new splitter'"), "1");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM ticket_history h JOIN tickets t ON t.id = h.ticket_id"
                    " WHERE t.uid = '" +
                    uid + "' AND h.field = 'status' AND h.new_value = 'resolved'"),
            "1");
  const auto answers = sent_to(thabo + "@c.us");
  EXPECT_EQ(std::count_if(answers.begin(), answers.end(),
                          [](const std::string& t) {
                            return t.find("is resolved now") != std::string::npos;
                          }),
            1);
}

TEST_F(WhatsAppRouting, QuotesAndUidsLeadAndStrangersAreLedNowhere) {
  write("3EB0A1", nomsa, "DR77 no light");
  write("3EB0A2", nomsa, "DR78 no light");
  write("3EB0A3", nomsa, "this one first please", R"(,"quote":"3EB0A1")");
  EXPECT_EQ(ticket_of("3EB0A3"), "DR77-01");
  write("3EB0S1", "27850000001", "about DR77-01: my line is dark as well");
  EXPECT_EQ(ticket_of("3EB0S1"), "DR77-02") << "its own ticket of that drop";
  EXPECT_THAT(get(hub_->port(), "/api/v1/tickets/DR77-02", session_).body,
              HasSubstr("A message names DR77-01 (not the writer's to add to)."));
}

TEST_F(WhatsAppRouting, WhatFindsNoTicketIsPlacedByAPerson) {
  write("3EB0A1", nomsa, "hello");
  const std::string first = ticket_of("3EB0A1");
  ASSERT_EQ(call("POST", "/tickets/" + first + "/status", R"({"status":"closed","reason":"spam"})")
                .status,
            200U);
  const json::document chats = read("/wa-bridge/chats?q=" + nomsa);
  const std::string chat(json::text((*json::at(chats, "data", "chats"))[0], "id"));
  ASSERT_EQ(call("PATCH", "/wa-bridge/chats/" + chat, R"({"unmatched":"triage"})").status, 200U);
  write("3EB0A2", nomsa, "is anybody there?");
  write("3EB0A3", nomsa, "my light is red");
  EXPECT_EQ(ticket_of("3EB0A3"), "-");
  const json::document waiting = read("/wa-bridge/triage");
  const json::value& list = *json::at(waiting, "data", "messages");
  ASSERT_EQ(list.Size(), 2U);
  EXPECT_EQ(json::text(list[0], "text"), "is anybody there?");
  const std::string at = "/wa-bridge/triage/" + std::string(json::text(list[0], "id")) + "/place";
  EXPECT_EQ(call("POST", at, "{}").status, 400U);
  EXPECT_EQ(call("POST", at, R"({"new":{"source":"email"}})").status, 400U);
  const http_answer placed = call("POST", at, R"({"new":{"priority":"high"},"with_chat":true})");
  ASSERT_EQ(placed.status, 200U) << placed.body;
  const std::string uid = ticket_of("3EB0A3");
  EXPECT_NE(uid, "-");
  EXPECT_EQ(ticket_of("3EB0A2"), uid);
  EXPECT_EQ(call("POST", at, R"({"dismiss":true})").status, 404U);
  write("3EB0A4", nomsa, "still red");
  EXPECT_EQ(ticket_of("3EB0A4"), uid);
}

TEST_F(WhatsAppRouting, StaffTalkInTheGroupOrOneToOne) {
  write("3EB0G1", thabo, "good morning", "", group);
  const json::document chats = read("/wa-bridge/chats?kind=group");
  const std::string chat(json::text((*json::at(chats, "data", "chats"))[0], "id"));
  ASSERT_EQ(
      call("PATCH", "/wa-bridge/chats/" + chat, R"({"project_id":4,"unmatched":"keep"})").status,
      200U);
  const http_answer made =
      call("POST", "/tickets", R"({"title":"No light","priority":"low","project_id":4})");
  ASSERT_EQ(made.status, 201U) << made.body;
  const std::string uid(json::text(*json::find(*json::parse(made.body), "data"), "ticket_uid"));
  ASSERT_EQ(call("POST", "/tickets/" + uid + "/assign", R"({"assigned_to":101})").status, 200U);
  EXPECT_THAT(get(hub_->port(), "/api/v1/tickets/" + uid, session_).body,
              HasSubstr("priority low: the project's group"));
  ASSERT_EQ(call("POST", "/tickets/" + uid + "/messages", R"({"text":"who is near?"})").status,
            201U);
  ASSERT_TRUE(eventually([&] {
    const auto sent = sent_to(group);
    return !sent.empty() && sent.back() == uid + "\nwho is near?";
  }));
  ASSERT_EQ(call("PUT", "/tickets/" + uid + "/chat", R"({"mode":"individual"})").status, 200U);
  ASSERT_EQ(
      call("POST", "/tickets/" + uid + "/messages", R"({"text":"please go","to":"staff"})").status,
      201U);
  EXPECT_TRUE(is_answered(thabo, "please go"));
  EXPECT_EQ(call("POST", "/tickets/" + uid + "/messages", R"({"text":"x","to":"customer"})").status,
            409U);
  write("3EB0T1", thabo, "on my way");
  EXPECT_EQ(ticket_of("3EB0T1"), uid);
  const json::document talk = read("/tickets/" + uid + "/conversation");
  const json::value& said = *json::at(talk, "data", "messages");
  ASSERT_EQ(said.Size(), 3U);
  EXPECT_EQ(json::text(said[0], "chat_kind"), "group");
  EXPECT_EQ(json::text(said[1], "chat_kind"), "direct");
  EXPECT_TRUE(json::boolean(said[2], "internal"));
  const json::document counted = read("/wa-bridge/messages?ticketUid=" + uid + "&limit=2&offset=1");
  EXPECT_EQ(json::at(counted, "data", "messages")->Size(), 2U);
  EXPECT_THAT(get(hub_->port(), "/api/v1/wa-bridge/chats?ticketUid=" + uid, session_).body,
              HasSubstr(group));
}

TEST_F(WhatsAppRouting, APersonUnderAHiddenIdThenAPhoneIsOneConversation) {
  write("3EB0L1", nomsa, "DR77 no light", R"(,"lid":"98765432109876")");
  write("3EB0L2", nomsa, "any news?");
  EXPECT_EQ(ticket_of("3EB0L2"), "DR77-01");
  const json::document talk = read("/tickets/DR77-01/conversation");
  EXPECT_EQ(json::at(talk, "data", "messages")->Size(), 2U);
  EXPECT_EQ(json::at(talk, "data", "context", "people")->Size(), 1U);
}

}  // namespace
}  // namespace fibrehub::e2e
