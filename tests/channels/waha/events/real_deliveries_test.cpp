// Every captured delivery of a WAHA server (NOWEB 2026.2.1), read; what is expected was written
// down from the raw bodies.
#include <gmock/gmock.h>

#include <map>

#include "tests/channels/waha/reading.hpp"

namespace fibrehub::channels::waha {
namespace {

const std::vector<std::string>& bodies() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> out;
    for (const auto& row : rows_of("deliveries.jsonl"))
      out.emplace_back(protocols::json::text(row, "body"));
    return out;
  }();
  return all;
}

TEST(WahaRealDeliveries, AreAllUnderstoodWithNothingLeftOut) {
  ASSERT_EQ(bodies().size(), 91U);
  for (std::size_t i = 0; i < bodies().size(); ++i) {
    const written out = read(bodies()[i]);
    EXPECT_EQ(out["problem"], "-") << i;
    EXPECT_EQ(out["notes"], "-") << i << out.text();
    EXPECT_NE(out["kind"], "unknown") << i;
    EXPECT_EQ(out["session"], "default") << i;
    EXPECT_EQ(out["engine"], "NOWEB") << i;
    EXPECT_EQ(out["version"], "2026.2.1") << i;
    EXPECT_EQ(out["tier"], "CORE") << i;
    EXPECT_EQ(out["metadata"], R"({"tenant":"t1"})") << i;
    EXPECT_TRUE(out["event_id"].starts_with("evt_01m7")) << i;
    EXPECT_TRUE(out["occurred_at"].starts_with("2026-11-21T01:2")) << i;
  }
}

TEST(WahaRealDeliveries, AreOfTheseKinds) {
  std::map<std::string, int> kinds;
  for (const std::string& body : bodies())
    ++kinds[read(body)["kind"]];
  EXPECT_EQ(kinds, (std::map<std::string, int>{{"ack", 20},
                                               {"call", 3},
                                               {"edited", 1},
                                               {"engine", 11},
                                               {"group", 3},
                                               {"label", 3},
                                               {"message", 36},
                                               {"presence", 1},
                                               {"reaction", 2},
                                               {"revoked", 1},
                                               {"session_status", 10}}));
}

struct reading_case {
  std::size_t row;  // of the file, from 0
  std::vector<expected_value> expected;
};

const std::vector<reading_case> cases{
    {0,
     {{"event", "session.status"},
      {"kind", "session_status"},
      {"me", "-"},
      {"event_id", "evt_01m7xva84xp43zva3nymssa5ky"},
      {"occurred_at", "2026-11-21T01:25:14.013Z"},
      {"dedup_key", "default/status/1795224314013/SCAN_QR_CODE"},
      {"session_status.status", "SCAN_QR_CODE"},
      {"session_status.at", "2026-11-21T01:25:14.013Z"},
      {"session_status.history.0.status", "STARTING"},
      {"session_status.history.0.at", "2026-11-21T01:24:59.957Z"},
      {"session_status.history.2.status", "SCAN_QR_CODE"}}},
    {1,
     {{"event", "state.change"},
      {"kind", "engine"},
      {"engine_event", "-"},
      {"raw", R"({"qr":"2@FAKEQR1795224314013,a,b,c"})"},
      {"dedup_key", "default/evt/state.change/evt_01m7xva84xg39r68p3my28ks2n"}}},
    {3,
     {{"kind", "message"},
      {"dedup_key", "default/msg/out/3EB00314BA2845C411579C"},
      {"me.id", "27820000001@c.us"},
      {"me.lid", "111111111111111@lid"},
      {"me.name", "FibreFlow Desk"},
      {"message.stanza_id", "3EB00314BA2845C411579C"},
      {"message.serialized_id", "true_27831112222@c.us_3EB00314BA2845C411579C"},
      {"message.chat", "27831112222@c.us"},
      {"message.chat_kind", "direct"},
      {"message.from_me", "true"},
      {"message.author", "27820000001@c.us"},
      {"message.author_alt", "111111111111111@lid"},
      {"message.author_name", "FibreFlow Desk"},
      {"message.type", "text"},
      {"message.raw_type", "extendedTextMessage"},
      {"message.text", "Hello FF-0123"},
      {"message.sent_at", "2026-11-21T01:25:15.000Z"},
      {"message.source", "api"},
      {"message.ack", "0"},
      {"message.ack_name", "PENDING"},
      {"message.media", "-"},
      {"message.reply_to", "-"}}},
    {4,
     {{"kind", "ack"},
      {"dedup_key", "default/ack/3EB00314BA2845C411579C//1"},
      {"message.chat", "27831112222@c.us"},
      {"message.from_me", "true"},
      {"message.ack", "1"},
      {"message.ack_name", "SERVER"},
      {"message.participant", "-"}}},
    {8,
     {{"event", "message"},
      {"dedup_key", "default/msg/in/3EB0IN0001"},
      {"message.author", "27831112222@c.us"},
      {"message.author_alt", "-"},
      {"message.author_name", "John"},
      {"message.raw_type", "conversation"},
      {"message.text", "Photo 5 resent"},
      {"message.source", "app"},
      {"message.ack", "2"}}},
    {9,
     {{"message.chat", "120363000000000001@g.us"},
      {"message.chat_kind", "group"},
      {"message.chat_alt", "-"},
      {"message.participant", "555000111222333@lid"},
      {"message.author", "555000111222333@lid"},
      {"message.author_alt", "27831112222@c.us"},
      {"message.author_name", "John"},
      {"message.reply_to.stanza_id", "3EB00314BA2845C411579C"},
      {"message.reply_to.participant", "27820000001@c.us"},
      {"message.reply_to.text", "group hello"},
      {"message.reply_to.has_media", "false"}}},
    {12,
     {{"message.type", "location"},
      {"message.text", "-"},
      {"message.location.latitude", "-26.1"},
      {"message.location.longitude", "28.05"},
      {"message.location.name", "Pole 17"},
      {"message.location.live", "false"}}},
    {14,
     {{"kind", "reaction"},
      {"dedup_key", "default/reaction/3EB0RX0001"},
      {"message.stanza_id", "3EB0RX0001"},
      {"message.author", "27831112222@c.us"},
      {"reaction.text", "\xF0\x9F\x91\x8D"},
      {"reaction.removed", "false"},
      {"reaction.target.stanza_id", "3EB00314BA2845C411579C"},
      {"reaction.target.from_me", "true"},
      {"reaction.target.chat", "27831112222@c.us"}}},
    {15,
     {{"reaction.text", ""},
      {"reaction.removed", "true"},
      {"dedup_key", "default/reaction/3EB0RX0002"}}},
    {16,
     {{"kind", "revoked"},
      {"revoked.stanza_id", "3EB0IN0001"},
      {"revoked.chat", "27831112222@c.us"},
      {"revoked.after.stanza_id", "3EB0RV0001"},
      {"revoked.after.type", "protocol"},
      {"revoked.before", "-"},
      {"dedup_key", "default/revoked/3EB0IN0001"}}},
    {17,
     {{"message.chat", "status@broadcast"},
      {"message.chat_kind", "status"},
      {"message.author", "27831112222@c.us"}}},
    {18,
     {{"message.chat", "120363111@newsletter"},
      {"message.chat_kind", "newsletter"},
      {"message.author", "-"},
      {"message.text", "channel post"}}},
    {47,
     {{"event", "message.ack.group"},
      {"kind", "ack"},
      {"dedup_key", "default/ack/3EB0GACK1/777@lid/3"},
      {"message.serialized_id", "true_120363000000000001@g.us_3EB0GACK1_27820000001@c.us"},
      {"message.chat_kind", "group"},
      {"message.participant", "777@lid"},
      {"message.ack_name", "READ"}}},
    {48,
     {{"kind", "presence"},
      {"presence.chat", "120363000000000001@g.us"},
      {"presence.chat_kind", "group"},
      {"presence.entries.0.participant", "555000111222333@lid"},
      {"presence.entries.0.state", "recording"},
      {"presence.entries.0.last_seen", "-"}}},
    {49,
     {{"kind", "engine"},
      {"engine_event.name", "group-participants.update"},
      {"raw.data.action", "promote"}}},
    {50,
     {{"kind", "group"},
      {"group.action", "updated"},
      {"group.id", "120363000000000001@g.us"},
      {"group.subject", "Lawley Maintenance Team 2"},
      {"group.description", "-"},
      {"group.at", "2026-11-21T01:25:17.702Z"}}},
    {51,
     {{"event", "group.join"},
      {"group.action", "joined"},
      {"group.id", "120363000000000002@g.us"},
      {"group.description", "about"},
      {"group.participants.0.role", "superadmin"},
      {"group.participants.1.id", "111111111111111@lid"},
      {"group.participants.1.role", "participant"},
      {"raw.creation", "1700000000"}}},
    {52,
     {{"event", "group.v2.join"},
      {"group.subject", "New group"},
      {"group.participants.0.id", "777@lid"},
      {"group.participants.1.role", "participant"},
      {"raw", "-"}}},
    {53,
     {{"kind", "call"},
      {"call.id", "CALL1"},
      {"call.state", "received"},
      {"call.from", "27831112222@c.us"},
      {"call.at", "2026-01-01T00:00:00.000Z"},
      {"call.video", "false"},
      {"call.group", "false"},
      {"dedup_key", "default/call/CALL1/received"}}},
    {54, {{"call.state", "accepted"}, {"call.id", "CALL1"}}},
    {55,
     {{"label.action", "upserted"},
      {"label.id", "6"},
      {"label.name", "Urgent"},
      {"label.color", "3"},
      {"label.color_hex", "#dfaef0"},
      {"label.chat", "-"}}},
    {57,
     {{"label.action", "chat_added"},
      {"label.chat", "27831112222@c.us"},
      {"label.name", "Urgent"}}},
    {58, {{"label.action", "chat_deleted"}, {"label.id", "6"}}},
    {59, {{"call.id", "CALL2"}, {"call.state", "rejected"}, {"call.video", "true"}}},
    {60,
     {{"message.type", "image"},
      {"message.text", "Photo 6"},
      {"message.media.state", "failed"},
      {"message.media.mimetype", "image/jpeg"},
      {"message.media.url", "-"},
      {"message.media.error.message", "Error: Cannot derive from empty media key"}}},
    {62,
     {{"message.type", "contact"},
      {"message.contacts.0.name", "Jane"},
      {"message.contacts.0.phones.0", "+27 83 999 0000"},
      {"message.contacts.0.whatsapp_id", "27839990000@c.us"}}},
    {70,
     {{"kind", "edited"},
      {"message.stanza_id", "3EB003968F0E31E27C611F"},
      {"message.edited_id", "3EB00314BA2845C411579C"},
      {"message.text", "edited"},
      {"message.type", "text"},
      {"dedup_key", "default/edited/3EB00314BA2845C411579C/3EB003968F0E31E27C611F"}}},
    {76,
     {{"session_status.status", "WORKING"},
      {"session_status.history.1.status", "STARTING"},
      {"session_status.history.1.at", "2026-11-21T01:25:35.378Z"},
      {"session_status.at", "2026-11-21T01:25:35.678Z"}}},
    // The envelope is a second younger than what it tells.
    {87, {{"session_status.status", "STOPPED"}, {"session_status.at", "2026-11-21T01:26:06.442Z"}}},
};

TEST(WahaRealDeliveries, SayWhatACarefulReaderFindsInThem) {
  for (const reading_case& c : cases) {
    const written out = read(bodies().at(c.row));
    for (const auto& [path, value] : c.expected)
      EXPECT_EQ(out[path], value) << "row " << c.row << ", " << path << "\n" << out.text();
  }
}

TEST(WahaRealDeliveries, OfOneMessageHaveOneKey) {
  std::map<std::string, int> deliveries;  // by key
  for (const std::string& body : bodies())
    if (const written out = read(body); out["kind"] == "message") ++deliveries[out["dedup_key"]];
  // 36 deliveries of 27 messages: 19 came once, 7 as message and as message.any, and one of them
  // a third time.
  std::map<int, int> times;
  for (const auto& [key, count] : deliveries)
    ++times[count];
  EXPECT_EQ(times, (std::map<int, int>{{1, 19}, {2, 7}, {3, 1}}));
}

}  // namespace
}  // namespace fibrehub::channels::waha
