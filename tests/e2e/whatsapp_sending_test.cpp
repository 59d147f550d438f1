// Staff answer a customer: the message leaves once and in order, comes back as an echo, and its
// state is what really happened, with a simulated WAHA of three engines and its faults.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/e2e/whatsapp_world.hpp"

namespace fibrehub::e2e {
namespace {

namespace json = protocols::json;
using ::testing::HasSubstr;

class WhatsAppSending : public whatsapp_world {};

TEST_F(WhatsAppSending, AMessageIsReadInTheEndWhateverTheEngine) {
  for (const auto engine :
       {peers::waha_engine::noweb, peers::waha_engine::gows, peers::waha_engine::webjs}) {
    SCOPED_TRACE(peers::engine_name(engine));
    peers::peers world(quiet_world(engine));
    const auto ports = world.start();
    hub_process hub(settings_for(ports.waha));
    hub.start_ready();
    sign_in_to(hub);
    const std::string phone = fmt::format("2783100000{}", static_cast<int>(engine));
    const std::string uid = customer(hub, phone);
    const http_answer made = say(hub, uid, "say on our way");
    ASSERT_EQ(made.status, 201U) << made.body;
    EXPECT_THAT(made.body, HasSubstr(R"("state":"queued")"));
    EXPECT_TRUE(eventually([&] { return states() == "read"; })) << states() << hub.log();
    EXPECT_THAT(sent_to(world, phone), ::testing::ElementsAre("say on our way"));
    // Its echo made no other message of it.
    EXPECT_EQ(db_.ask("SELECT count(*) || ' ' || min(author_name) FROM messages m JOIN tickets t ON"
                      " t.id = m.ticket_id WHERE m.body = 'say on our way' AND t.uid = '" +
                      uid + "'"),
              "1 Sarah");
    const auto shown = json::parse(get(hub.port(), "/api/v1/tickets/" + uid, session_).body);
    ASSERT_TRUE(shown);
    const auto* messages = json::at(*shown, "data", "messages");
    ASSERT_NE(messages, nullptr);
    bool found = false;
    for (const auto& m : messages->GetArray()) {
      if (json::text(m, "text") != "say on our way") continue;
      found = true;
      EXPECT_EQ(json::text(*json::find(m, "delivery"), "state"), "read");
      EXPECT_NE(json::text(*json::find(m, "delivery"), "read_at"), "");
    }
    EXPECT_TRUE(found);
    const http_answer report =
        get(hub.port(), "/api/v1/wa-bridge/sends?state=read&session=default", session_);
    EXPECT_THAT(report.body, HasSubstr(uid));
    expect_sound_tickets(db_);
    EXPECT_EQ(hub.terminate(), 0);
  }
}

TEST_F(WhatsAppSending, EveryMessageLeavesOnceAndInOrderWhateverTheBridgeAnswers) {
  auto options = quiet_world();
  options.faults.waha_send_empty_percent = 20;
  options.faults.waha_send_error_after_percent = 20;
  options.faults.waha_send_reset_percent = 20;
  options.faults.waha_duplicate_percent = 30;
  options.faults.waha_out_of_order_percent = 20;
  peers::peers world(options);
  const auto ports = world.start();
  hub_process hub(settings_for(ports.waha));
  hub.start_ready();
  sign_in_to(hub);
  std::map<std::string, std::vector<std::string>> said;
  std::vector<std::pair<std::string, std::string>> people;
  for (int i = 0; i < 4; ++i) {
    const std::string phone = fmt::format("2783200000{}", i);
    people.emplace_back(phone, customer(hub, phone));
  }
  for (int n = 0; n < 8; ++n)
    for (const auto& [phone, uid] : people) {
      const std::string text = fmt::format("say {} number {}", phone, n);
      ASSERT_EQ(say(hub, uid, text).status, 201U);
      said[phone].push_back(text);
    }
  EXPECT_TRUE(eventually([&] { return states() == "read"; }, 60s))
      << db_.ask("SELECT state || ' ' || count(*) FROM wa_sends GROUP BY state") << hub.log();
  for (const auto& [phone, uid] : people)
    EXPECT_EQ(sent_to(world, phone), said[phone]);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM messages WHERE body LIKE 'say %'"), "32");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM outbox WHERE channel = 'whatsapp' AND state <> 'done'"),
            "0");
  expect_sound_tickets(db_);
  EXPECT_EQ(hub.terminate(), 0);
}

TEST_F(WhatsAppSending, AHubThatDiesBetweenSendingAndSettlingAsksAndDoesNotSendAgain) {
  auto options = quiet_world();
  options.webhook_events = {"message.any", "message.ack"};
  options.faults.waha_silent = 1;  // no echo: only asking can tell
  options.version = "2026.7.1";    // takes our ids
  peers::peers world(options);
  const auto ports = world.start();
  hub_process hub(settings_for(ports.waha));
  hub.start_ready();
  sign_in_to(hub);
  const std::string phone = "27833000001";
  const std::string uid = customer(hub, phone);
  db_.ask(
      "INSERT INTO wa_sessions (channel, name, status, status_at, me, me_name, engine, version,"
      " updated_at) VALUES ('main', 'default', 'WORKING', now(), '', '', 'NOWEB', '2026.7.1', "
      "now())"
      " ON CONFLICT (channel, name) DO UPDATE SET version = excluded.version RETURNING 1");
  ASSERT_TRUE(eventually([&] {
    return db_.ask("SELECT count(*) FROM outbox WHERE channel = 'whatsapp' AND state <> 'done'") ==
           "0";
  })) << "what customers are told by themselves";
  db_.ask(
      "CREATE FUNCTION not_now() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not"
      " now'; END $$");
  db_.ask(
      "CREATE TRIGGER not_now BEFORE UPDATE ON outbox FOR EACH ROW WHEN (NEW.state = 'done')"
      " EXECUTE FUNCTION not_now()");
  ASSERT_EQ(say(hub, uid, "say it once").status, 201U);
  ASSERT_TRUE(eventually([&] { return sent_to(world, phone).size() == 1; }));
  EXPECT_EQ(db_.ask("SELECT state FROM outbox WHERE key LIKE 'wa/%'"), "inflight");
  hub.kill_now();
  db_.ask("DROP TRIGGER not_now ON outbox");
  hub.start_ready();
  EXPECT_TRUE(eventually([&] { return states() == "accepted"; })) << states() << hub.log();
  EXPECT_EQ(db_.ask("SELECT state FROM outbox WHERE key LIKE 'wa/%'"), "done");
  EXPECT_THAT(sent_to(world, phone), ::testing::ElementsAre("say it once"));
  EXPECT_EQ(db_.ask("SELECT stanza ~ '^3EB0[0-9A-F]{20}$' FROM wa_sends WHERE kind = 'message'"),
            "t");
  EXPECT_EQ(hub.terminate(), 0);
}

TEST_F(WhatsAppSending, AHubKilledAgainAndAgainLosesAndDoublesNothing) {
  std::random_device random;
  auto options = quiet_world(peers::waha_engine::gows);
  options.version = "2026.7.1";  // takes our ids
  options.webhook_events = {"message.any", "message.ack"};
  peers::peers world(options);
  const auto ports = world.start();
  hub_process hub(settings_for(ports.waha));
  hub.start_ready();
  sign_in_to(hub);
  db_.ask(
      "INSERT INTO wa_sessions (channel, name, status, status_at, me, me_name, engine, version,"
      " updated_at) VALUES ('main', 'default', 'WORKING', now(), '', '', 'GOWS', '2026.7.1', now())"
      " ON CONFLICT (channel, name) DO UPDATE SET version = excluded.version RETURNING 1");
  const std::string phone = "27834000001";
  const std::string uid = customer(hub, phone);
  std::vector<std::string> said;
  for (int round = 0; round < 4; ++round) {
    for (int n = 0; n < 15; ++n) {
      said.push_back(fmt::format("say {} {}", round, n));
      ASSERT_EQ(say(hub, uid, said.back()).status, 201U);
    }
    const std::size_t until = said.size() - 15 + random() % 12;
    ASSERT_TRUE(eventually([&] { return sent_to(world, phone).size() >= until; })) << hub.log();
    hub.kill_now();
    hub.start_ready();
  }
  EXPECT_TRUE(eventually([&] { return states() == "read"; }, 60s))
      << db_.ask("SELECT state || ' ' || count(*) FROM wa_sends GROUP BY state") << hub.log();
  EXPECT_EQ(sent_to(world, phone), said);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM messages WHERE body LIKE 'say %'"),
            std::to_string(said.size()));
  expect_sound_tickets(db_);
  EXPECT_EQ(hub.terminate(), 0);
}

TEST_F(WhatsAppSending, WithoutAnUrlMessagesWaitAndTheChannelSaysSo) {
  hub_process hub(settings_for(0));
  hub.start_ready();
  sign_in_to(hub);
  const std::string uid = customer(hub, "27835000001");
  ASSERT_EQ(say(hub, uid, "say later").status, 201U);
  EXPECT_TRUE(eventually([&] {
    return get(hub.port(), "/api/v1/channels", session_).body.find("until url is set") !=
           std::string::npos;
  }));
  EXPECT_EQ(states(), "queued");
  hub.terminate();
  // With an address it leaves.
  peers::peers world(quiet_world());
  const auto ports = world.start();
  hub_process again(settings_for(ports.waha));
  again.start_ready();
  EXPECT_TRUE(eventually([&] { return states() == "read"; })) << states() << again.log();
  EXPECT_EQ(again.terminate(), 0);
}

TEST_F(WhatsAppSending, AWrongKeyStopsNothingForGood) {
  auto options = quiet_world();
  options.api_key = "another-key-than-the-hubs";
  peers::peers world(options);
  const auto ports = world.start();
  hub_process hub(settings_for(ports.waha));
  hub.start_ready();
  sign_in_to(hub);
  const std::string uid = customer(hub, "27836000001");
  ASSERT_EQ(say(hub, uid, "say please").status, 201U);
  EXPECT_TRUE(eventually([&] {
    return get(hub.port(), "/api/v1/channels", session_).body.find("401") != std::string::npos;
  })) << hub.log();
  EXPECT_EQ(states(), "queued");
  EXPECT_THAT(fetch(hub.port(), "GET", "/metrics").body,
              HasSubstr("fibrehub_wa_resting{bridge=\"main\"} 1"));
  EXPECT_THAT(hub.log(), ::testing::Not(HasSubstr("say please"))) << "no texts in the log";
  EXPECT_EQ(hub.terminate(), 0);
}

}  // namespace
}  // namespace fibrehub::e2e
