// Real deliveries of a WAHA server (people are made up), through signature, mapping and store, and
// what a careful reader finds in them.
#include <gtest/gtest.h>

#include <fstream>

#include "channels/waha/webhook.hpp"
#include "protocols/json/parse.hpp"
#include "store/ingest/intake.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::channels::waha {
namespace {

namespace json = protocols::json;

/// The captured deliveries, in the order in which they arrived.
std::vector<actors::webhook_request> captured() {
  std::vector<actors::webhook_request> out;
  std::ifstream in(FIBREHUB_SOURCE_DIR "/tests/data/waha/deliveries.jsonl");
  std::string line;
  while (std::getline(in, line)) {
    const auto row = json::parse(line).value();
    actors::webhook_request& r = out.emplace_back();
    for (const auto& h : json::find(row, "headers")->GetObject()) {
      std::string name = h.name.GetString();
      for (char& c : name)
        c = static_cast<char>(std::tolower(c));
      r.headers.emplace_back(std::move(name), h.value.GetString());
    }
    r.body = json::text(row, "body");
    r.received_at = domain::from_us(
        static_cast<std::int64_t>(json::find(row, "received_at")->GetDouble() * 1e6));
  }
  return out;
}

class WahaReplay : public testing::Test {
 protected:
  void replay(std::size_t batch_size) {
    settings s;
    s.name = "main";
    s.hmac_keys = {"secret"};
    const auto endpoint = make_endpoint(s, true);
    std::vector<store::ingest> batch;
    for (actors::webhook_request& r : captured()) {
      auto received = endpoint.receive(std::move(r));
      ASSERT_TRUE(std::holds_alternative<store::ingest>(received))
          << "a real signature was refused";
      batch.push_back(std::move(std::get<store::ingest>(received)));
      if (batch.size() == batch_size) apply(batch);
    }
    apply(batch);
  }
  void apply(std::vector<store::ingest>& batch) {
    for (auto& result : intake_->apply(session_, batch).results)
      ++outcomes_[result.value().outcome];
    batch.clear();
  }
  std::string ask(const std::string& query) { return db_.ask(query); }

  fixtures::temporary_database db_;
  store::hub_session session_{db_.options(), std::nullopt};
  std::optional<store::intake> intake_{std::in_place, store::intake_rules{}};
  std::map<store::disposition, int> outcomes_;
};

class WahaReplayInBatches : public WahaReplay, public testing::WithParamInterface<std::size_t> {};

TEST_P(WahaReplayInBatches, GivesTheTicketsChatsContactsAndAcksACarefulReaderExpects) {
  replay(GetParam());
  // 91 deliveries: 9 repeat a message or a step; nothing is in conflict and nothing needs a person.
  EXPECT_EQ(outcomes_[store::disposition::duplicate], 9);
  EXPECT_EQ(outcomes_[store::disposition::conflict], 0);
  EXPECT_EQ(outcomes_[store::disposition::review], 0);
  EXPECT_EQ(ask("SELECT count(*) FROM inbox"), "82");
  // Nobody names a drop: one ticket for the conversation with John, one for the group he also
  // writes in.
  EXPECT_EQ(ask("SELECT uid || ' ' || title || ' ' || message_count FROM tickets ORDER BY uid"),
            "WA-0001 Photo 5 resent 25\nWA-0002 reply in group 2");
  // What was sent before anybody had written belongs to no ticket; posts of status and newsletter
  // to no chat.
  EXPECT_EQ(ask("SELECT body FROM messages WHERE ticket_id IS NULL ORDER BY id"),
            "edited\nOur line is in the group “New group”");
  EXPECT_EQ(ask("SELECT count(*) FROM messages"), "29");
  EXPECT_EQ(
      ask("SELECT ext_id || ' ' || kind FROM chats ORDER BY ext_id"),
      "120363000000000001@g.us group\n120363000000000002@g.us group\n27831112222@c.us direct");
  // What happened to messages, and around them.
  EXPECT_EQ(
      ask("SELECT kind || ' ' || stanza || ' ' || value || ' ' || (message_id IS NOT NULL) FROM"
          " message_changes ORDER BY kind, stanza, at, key"),
      "call call/CALL1 accepted true\ncall call/CALL1 received true\n"
      "call call/CALL2 rejected true\nedited 3EB00314BA2845C411579C edited true\n"
      "reaction 3EB00314BA2845C411579C 👍 true\nreaction 3EB00314BA2845C411579C  true\n"
      "revoked 3EB0IN0001  true");
  EXPECT_EQ(ask("SELECT body || ' <- ' || original_body FROM messages WHERE edited_at IS NOT NULL"),
            "edited <- Hello FF-0123");
  EXPECT_EQ(ask("SELECT body FROM messages WHERE revoked_at IS NOT NULL"), "Photo 5 resent");
  EXPECT_EQ(ask("SELECT ext_id || ' ' || body FROM messages WHERE type = 'call' ORDER BY 1"),
            "call/CALL1 Voice call: accepted\ncall/CALL2 Video call: rejected");
  EXPECT_EQ(ask("SELECT name FROM chats WHERE kind = 'group' ORDER BY ext_id"),
            "Lawley Maintenance Team 2\nNew group");
  EXPECT_EQ(ask("SELECT person || ' ' || role FROM chat_members ORDER BY 1"),
            "111111111111111@lid participant\n777@lid superadmin");
  EXPECT_EQ(ask("SELECT person || ' ' || state FROM contact_presence"),
            "555000111222333@lid recording");
  // One person with a phone number and a hidden id.
  EXPECT_EQ(ask("SELECT name || ' ' || phone FROM contacts"), "John 27831112222");
  EXPECT_EQ(ask("SELECT ext_id FROM contact_aliases ORDER BY 1"),
            "27831112222@c.us\n555000111222333@lid");
  EXPECT_EQ(ask("SELECT message_id || participant || ':' || level FROM message_acks ORDER BY 1"),
            "3EB00314BA2845C411579C:3\n3EB003968F0E31E27C611F:3\n3EB010A7ADB303E02B8A67:"
            "2\n3EB0119C547BB73DF74289:3\n"
            "3EB025AE1F7D6D1EA81390:3\n3EB0414FBB07FB0470F02D:3\n3EB07E22F23490C2A91FEF:"
            "2\n3EB08D80176C862C2D253E:1\n"
            "3EB0ACK01:4\n3EB0ACK02:2\n3EB0DF5679D907235BAADA:2\n3EB0GACK1777@lid:3");
  EXPECT_EQ(ask("SELECT name || ' ' || status || ' ' || engine FROM wa_sessions"),
            "default STOPPED NOWEB");
}

TEST_P(WahaReplayInBatches, ChangesNothingWhenEverythingArrivesAgain) {
  replay(GetParam());
  const std::string before = ask("SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM tickets t") +
                             ask("SELECT count(*) FROM inbox") +
                             ask("SELECT count(*) FROM messages") +
                             ask("SELECT count(*) FROM ticket_history");
  intake_.emplace(store::intake_rules{});
  outcomes_.clear();
  replay(GetParam());
  EXPECT_EQ(outcomes_[store::disposition::duplicate], 91);
  EXPECT_EQ(ask("SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM tickets t") +
                ask("SELECT count(*) FROM inbox") + ask("SELECT count(*) FROM messages") +
                ask("SELECT count(*) FROM ticket_history"),
            before);
}

INSTANTIATE_TEST_SUITE_P(Sizes, WahaReplayInBatches, testing::Values(1, 7, 256));

}  // namespace
}  // namespace fibrehub::channels::waha
