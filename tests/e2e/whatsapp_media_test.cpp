// Files of received messages: fetched at once, byte for byte, once, whatever WAHA says of where
// they are, and whoever dies in between.
#include "peers/media.hpp"
#include "tests/e2e/whatsapp_world.hpp"

namespace fibrehub::e2e {
namespace {

namespace json = protocols::json;
using ::testing::HasSubstr;
using ::testing::Not;

class WhatsAppMedia : public whatsapp_world {
 protected:
  peers::peers_options quiet_world(peers::waha_engine engine = peers::waha_engine::noweb) const {
    peers::peers_options o = whatsapp_world::quiet_world(engine);
    o.webhook_events = {"message.any"};
    return o;
  }
  hub_settings settings_for(std::uint16_t waha_port, const std::string& more = {}) const {
    return whatsapp_world::settings_for(waha_port, "send = false\n" + more);
  }
  /// Somebody sends a file; its stanza.
  std::string send(peers::peers& world, const std::string& chat, const std::string& kind,
                   const std::string& text, const std::string& file_name = {}) {
    const std::string stanza = fmt::format("3A{:018X}", ++sent_);
    peers::chat_message m;
    m.stanza = stanza;
    m.chat = chat;
    m.sender.name = "Thabo";
    m.sender.phone = chat.ends_with("@g.us") ? "27831112229" : chat.substr(0, chat.find('@'));
    m.sender.lid = "99" + m.sender.phone;
    m.kind = kind == "voice"      ? peers::content::voice
             : kind == "document" ? peers::content::document
             : kind == "video"    ? peers::content::video
                                  : peers::content::image;
    m.filename = file_name;
    m.text = text;
    m.timestamp_s = peers::now_ms() / 1000;
    world.call([&] { world.world().receive("default", m); });
    kinds_[stanza] = m.kind;
    return stanza;
  }
  std::string states() const {
    return db_.ask("SELECT state || ' ' || count(*) FROM wa_media GROUP BY state ORDER BY state");
  }
  ::testing::AssertionResult all_kept(std::chrono::milliseconds within = 20s) {
    const std::string wanted = fmt::format("kept {}", sent_);
    if (eventually([&] { return states() == wanted; }, within))
      return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure()
           << states() << "\n"
           << db_.ask("SELECT DISTINCT reason FROM wa_media WHERE state <> 'kept'");
  }
  /// Every file is what was sent: as the message's, and as the ticket's attachment, which is one.
  void expect_the_same_bytes(const hub_process& hub) {
    for (const auto& [stanza, kind] : kinds_) {
      const std::string id = db_.ask("SELECT id FROM messages WHERE ext_id = '" + stanza + "'");
      const std::string bytes = peers::media_bytes(kind, stanza);
      const http_answer file = get(hub.port(), "/api/v1/wa-bridge/media/" + id, session_);
      EXPECT_EQ(file.status, 200U) << file.body;
      EXPECT_EQ(file.body, bytes) << stanza;
      EXPECT_THAT(file.headers.at("content-disposition"), HasSubstr("attachment"));
      const std::string attachment = db_.ask(
          "SELECT a.id FROM attachments a JOIN messages m ON m.id = a.message_id AND m.ticket_id ="
          " a.ticket_id WHERE m.ext_id = '" +
          stanza + "'");
      EXPECT_EQ(get(hub.port(), "/api/v1/attachments/" + attachment, session_).body, bytes)
          << stanza;
    }
    EXPECT_EQ(db_.ask("SELECT count(*) FROM attachments"), std::to_string(sent_));
    expect_sound_tickets(db_);
  }
  static std::uint64_t leaked_keys(peers::peers& world) {
    const std::string stats = world.call([&] { return world.stats_json(); });
    const auto doc = json::parse(stats);
    return static_cast<std::uint64_t>(
        json::integer(*json::find(*doc, "waha"), "leaked_keys").value_or(-1));
  }

  int sent_ = 0;
  std::map<std::string, peers::content> kinds_;
};

TEST_F(WhatsAppMedia, IsAttachedByteForByteWhateverTheEngine) {
  for (const auto engine :
       {peers::waha_engine::noweb, peers::waha_engine::gows, peers::waha_engine::webjs}) {
    SCOPED_TRACE(peers::engine_name(engine));
    kinds_.clear();  // each hub has a folder of its own
    peers::peers world(quiet_world(engine));
    const auto ports = world.start();
    hub_process hub(settings_for(ports.waha));
    hub.start_ready();
    sign_in_to(hub);
    const std::string chat = fmt::format("2783111222{}@c.us", static_cast<int>(engine));
    send(world, chat, "image", "DR1730654 no light");
    send(world, chat, "voice", "");
    send(world, chat, "document", "", "Test results.pdf");
    send(world, fmt::format("12036300000000000{}@g.us", static_cast<int>(engine)), "video", "");
    ASSERT_TRUE(all_kept()) << hub.log();
    expect_the_same_bytes(hub);
    const std::string uid = db_.ask(
        "SELECT max(t.uid) FROM tickets t JOIN chats c ON c.id = t.chat_id WHERE c.ext_id = "
        "'" +
        chat + "'");
    const http_answer shown = get(hub.port(), "/api/v1/tickets/" + uid, session_);
    EXPECT_THAT(shown.body, HasSubstr("Test results.pdf"));
    EXPECT_THAT(shown.body, HasSubstr(R"("attachment_id")"));
    EXPECT_THAT(shown.body, Not(HasSubstr("/api/files/"))) << "where WAHA keeps files";
    EXPECT_THAT(shown.body, HasSubstr(R"("author":"Thabo")"));
    EXPECT_EQ(hub.terminate(), 0);
  }
}

TEST_F(WhatsAppMedia, ComesInTheEndWhateverWahaSaysOfIt) {
  auto options = quiet_world();
  options.faults.waha_media_wrong_host = 1;
  options.faults.waha_media_missing_percent = 30;
  options.faults.waha_media_error_percent = 25;
  options.faults.waha_media_skipped_percent = 25;
  options.faults.waha_read_error_percent = 20;
  options.faults.waha_duplicate_percent = 30;
  peers::peers world(options);
  const auto ports = world.start();
  hub_process hub(settings_for(ports.waha));
  hub.start_ready();
  sign_in_to(hub);
  for (int i = 0; i < 30; ++i)
    send(world, fmt::format("278340000{:02}@c.us", i % 7), i % 3 == 0 ? "voice" : "image", "");
  ASSERT_TRUE(all_kept(60s)) << hub.log();
  expect_the_same_bytes(hub);
  EXPECT_EQ(leaked_keys(world), 0U);
  EXPECT_EQ(hub.terminate(), 0);
}

TEST_F(WhatsAppMedia, ThatExpiredBeforeTheHubCameIsDownloadedAgain) {
  peers::peers world(quiet_world());
  const auto ports = world.start();
  {
    hub_process deaf(settings_for(ports.waha, "media = false\n"));
    deaf.start_ready();
    for (int i = 0; i < 6; ++i)
      send(world, "27835000001@c.us", "image", "");
    ASSERT_TRUE(eventually([&] { return states() == "due 6"; })) << states();
    EXPECT_EQ(deaf.terminate(), 0);
  }
  world.call([&] { world.world().expire_media(); });
  hub_process hub(settings_for(ports.waha));
  hub.start_ready();
  sign_in_to(hub);
  ASSERT_TRUE(all_kept()) << hub.log();
  expect_the_same_bytes(hub);
  EXPECT_EQ(hub.terminate(), 0);
}

TEST_F(WhatsAppMedia, OnForeignStorageIsFetchedWithoutTheKeyAndOnlyWhereTheOperatorSaysSo) {
  auto options = quiet_world();
  options.faults.waha_media_s3 = 1;
  peers::peers world(options);
  const auto ports = world.start();
  {
    hub_process careful(settings_for(ports.waha));
    careful.start_ready();
    sign_in_to(careful);
    send(world, "27836000001@c.us", "image", "look");
    ASSERT_TRUE(eventually([&] { return states() == "refused 1"; })) << states() << careful.log();
    EXPECT_THAT(db_.ask("SELECT reason FROM wa_media"), HasSubstr("media_hosts"));
    EXPECT_EQ(db_.ask("SELECT field FROM ticket_history WHERE action = 'attachment_missing'"),
              "refused");
    EXPECT_TRUE(eventually([&] {
      return get(careful.port(), "/api/v1/channels", session_).body.find("files not kept: 1") !=
             std::string::npos;
    }));
    EXPECT_EQ(careful.terminate(), 0);
    db_.ask("UPDATE wa_media SET state = 'due' RETURNING 1");
  }
  hub_process hub(
      settings_for(ports.waha, fmt::format("media_hosts = [\"localhost:{}\"]\n", ports.waha)));
  hub.start_ready();
  sign_in_to(hub);
  send(world, "27836000001@c.us", "image", "look again");
  ASSERT_TRUE(all_kept()) << hub.log();
  expect_the_same_bytes(hub);
  EXPECT_EQ(leaked_keys(world), 0U);
  EXPECT_THAT(fetch(hub.port(), "GET", "/metrics").body,
              HasSubstr("fibrehub_wa_files{bridge=\"main\",outcome=\"kept\"} 2"));
  EXPECT_EQ(hub.terminate(), 0);
}

TEST_F(WhatsAppMedia, IsFoundAgainByAHubThatDiedBetweenTheFileAndItsRow) {
  peers::peers world(quiet_world());
  const auto ports = world.start();
  hub_process hub(settings_for(ports.waha));
  hub.start_ready();
  sign_in_to(hub);
  db_.ask(
      "CREATE FUNCTION not_now() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not"
      " now'; END $$");
  db_.ask(
      "CREATE TRIGGER not_now BEFORE UPDATE ON wa_media FOR EACH ROW WHEN (NEW.state = 'kept')"
      " EXECUTE FUNCTION not_now()");
  const std::string stanza = send(world, "27837000001@c.us", "image", "");
  const auto blobs = [&] {
    int n = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(hub.data_dir() / "attachments"))
      n += entry.is_regular_file() ? 1 : 0;
    return n;
  };
  ASSERT_TRUE(eventually([&] { return blobs() == 1; })) << hub.log();
  EXPECT_EQ(states(), "fetching 1");
  hub.kill_now();
  db_.ask("DROP TRIGGER not_now ON wa_media");
  hub.start_ready();
  ASSERT_TRUE(all_kept()) << hub.log();
  EXPECT_EQ(blobs(), 1);
  expect_the_same_bytes(hub);
  EXPECT_EQ(hub.terminate(), 0);
}

TEST_F(WhatsAppMedia, IsKeptOnceByAHubKilledAgainAndAgainWhileWahaRestarts) {
  peers::peers world(quiet_world(peers::waha_engine::gows));
  const auto ports = world.start();
  hub_process hub(settings_for(ports.waha));
  hub.start_ready();
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 12; ++i)
      send(world, fmt::format("2783800000{}@c.us", i % 5), "image", "");
    const auto seen = [&] {
      return std::stoi(db_.ask("SELECT count(*) FROM wa_media WHERE state = 'kept'"));
    };
    const int until = round * 12 + 3 * round;
    ASSERT_TRUE(eventually([&] { return seen() >= std::min(until, sent_ - 1); })) << hub.log();
    // Its restart must not lose what only webhooks tell; that is another test's matter.
    if (round == 2) {
      ASSERT_TRUE(eventually(
          [&] { return db_.ask("SELECT count(*) FROM wa_media") == std::to_string(sent_); }));
      world.call([&] { world.world().restart(200); });
    }
    hub.kill_now();
    hub.start_ready();
  }
  sign_in_to(hub);
  ASSERT_TRUE(all_kept(40s)) << hub.log();
  expect_the_same_bytes(hub);
  EXPECT_EQ(hub.terminate(), 0);
}

}  // namespace
}  // namespace fibrehub::e2e
