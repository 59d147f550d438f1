// Everything that is no message: sessions, groups, presence, calls, votes, labels, and what nobody
// has heard of.
#include <gtest/gtest.h>

#include "tests/channels/waha/reading.hpp"

namespace fibrehub::channels::waha {
namespace {

TEST(WahaEvents, TellOfSessionsWithTheirLimits) {
  const auto out = read(
      R"({"id":"e","timestamp":1795224317366,"event":"session.status","session":"s",
      "me":{"id":"27820000001:3@s.whatsapp.net","reachoutTimelock":{"isActive":true}},
      "payload":{"name":"s","status":"PASSKEY_REQUIRED","statuses":[],"data":{"reachoutTimelock":
      {"isActive":true,"enforcementType":"NEW_CHATS","timeEnforcementEnds":1795310717}}},
      "environment":{"version":"2026.7.2","engine":"GOWS"}})");
  EXPECT_EQ(out["session_status.status"], "PASSKEY_REQUIRED");
  EXPECT_EQ(out["session_status.at"], "-");
  EXPECT_EQ(out["session_status.history"], "-");
  EXPECT_EQ(out["dedup_key"], "s/status/1795224317366/PASSKEY_REQUIRED");
  EXPECT_EQ(out["session_status.reachout_timelock.active"], "true");
  EXPECT_EQ(out["session_status.reachout_timelock.enforcement_type"], "NEW_CHATS");
  EXPECT_EQ(out["session_status.reachout_timelock.until"], "2026-11-22T01:25:17.000Z");
  EXPECT_EQ(out["me.id"], "27820000001@c.us");
  EXPECT_EQ(out["me.reachout_timelock.active"], "true");
}

TEST(WahaEvents, TellOfGroupsInSecondsOrMilliseconds) {
  for (const char* timestamp : {"1795224317", "1795224317000", "\"1795224317\""}) {
    const auto out = read(wrapped(
        "group.v2.participants",
        fmt::format(
            R"({{"type":"promote","timestamp":{},"group":{{"id":"120363@g.us"}},"participants":
            [{{"id":"777@lid","pn":"27839998888@s.whatsapp.net","role":"admin"}}],"_data":{{}}}})",
            timestamp)));
    EXPECT_EQ(out["group.at"], "2026-11-21T01:25:17.000Z") << timestamp;
    EXPECT_EQ(out["group.action"], "participants");
    EXPECT_EQ(out["group.change"], "promote");
    EXPECT_EQ(out["group.participants.0.phone_id"], "27839998888@c.us");
    EXPECT_EQ(out["group.participants.0.role"], "admin");
  }
  const auto demoted = read(wrapped(
      "group.v2.participants",
      R"({"type":"demote","group":{"id":"1@g.us"},"participants":[{"id":"7@lid","role":"admin"}]})"));
  EXPECT_EQ(demoted["group.participants.0.role"], "participant") << "NOWEB says admin";
  const auto left = read(wrapped("group.v2.leave", R"({"timestamp":1,"group":{"id":"1@g.us"}})"));
  EXPECT_EQ(left["group.action"], "left");
  const auto update =
      read(wrapped("group.v2.update",
                   R"({"group":{"id":"1@g.us","description":"","membersCanSendMessages":false}})"));
  EXPECT_EQ(update["group.description"], "") << "removed, which is not the same as not told";
  EXPECT_EQ(update["group.subject"], "-");
  EXPECT_EQ(update["group.members_can_send"], "false");
}

TEST(WahaEvents, TellOfOldGroupEventsAsFarAsTheyGo) {
  const auto web = read(wrapped(
      "group.leave",
      R"({"id":{"remote":"1@g.us","_serialized":"x"},"chatId":"120363@g.us","author":"1@c.us",
          "timestamp":1795224317,"recipientIds":["27831112222@c.us"],"type":"remove"})",
      "WEBJS"));
  EXPECT_EQ(web["group.action"], "left");
  EXPECT_EQ(web["group.id"], "120363@g.us");
  EXPECT_EQ(web["group.participants.0.id"], "27831112222@c.us");
  EXPECT_EQ(web["raw.type"], "remove");
  EXPECT_EQ(read(wrapped("group.join", "{}"))["group.action"], "joined");
}

TEST(WahaEvents, TellOfPresenceAndCalls) {
  const auto presence = read(
      wrapped("presence.update", R"({"id":"27831112222@s.whatsapp.net","presences":[{"participant":
      "27831112222:5@s.whatsapp.net","lastKnownPresence":"offline","lastSeen":1795224317}]})"));
  EXPECT_EQ(presence["presence.chat"], "27831112222@c.us");
  EXPECT_EQ(presence["presence.entries.0.participant"], "27831112222@c.us");
  EXPECT_EQ(presence["presence.entries.0.last_seen"], "2026-11-21T01:25:17.000Z");
  const auto call = read(wrapped("call.accepted", R"({"id":"C1","from":"555:1@lid",
      "timestamp":1795224317,"isVideo":true,"isGroup":true})"));
  EXPECT_EQ(call["call.state"], "accepted");
  EXPECT_EQ(call["call.from"], "555@lid");
  EXPECT_EQ(call["call.group"], "true");
  EXPECT_EQ(call["dedup_key"], "default/call/C1/accepted");
}

TEST(WahaEvents, TellOfVotes) {
  for (const char* timestamp : {"1795224317", "1795224317000"}) {
    const auto vote = read(wrapped(
        "poll.vote",
        fmt::format(
            R"({{"vote":{{"id":"false_120363@g.us_V1_555@lid","to":"120363@g.us","from":"120363@g.us",
            "fromMe":false,"participant":"555@lid","selectedOptions":["Yes"],"timestamp":{}}},
            "poll":{{"id":"true_120363@g.us_P1_27820000001@c.us","fromMe":true}}}})",
            timestamp)));
    EXPECT_EQ(vote["poll_vote.failed"], "false");
    EXPECT_EQ(vote["poll_vote.voter"], "555@lid");
    EXPECT_EQ(vote["poll_vote.options"], R"(["Yes"])");
    EXPECT_EQ(vote["poll_vote.poll.stanza_id"], "P1");
    EXPECT_EQ(vote["poll_vote.at"], "2026-11-21T01:25:17.000Z") << timestamp;
    EXPECT_EQ(vote["dedup_key"], "default/poll.vote/V1");
  }
  const auto failed = read(wrapped(
      "poll.vote.failed",
      R"({"vote":{"id":"false_1@c.us_V1","selectedOptions":[]},"poll":{"id":"true_1@c.us_P1"}})"));
  EXPECT_EQ(failed["poll_vote.failed"], "true");
  EXPECT_EQ(failed["poll_vote.options"], "-");
  EXPECT_EQ(failed["poll_vote.voter"], "1@c.us");
  EXPECT_EQ(failed["dedup_key"], "default/poll.vote.failed/V1");
}

TEST(WahaEvents, TellOfAnswersToInvitations) {
  const auto out =
      read(wrapped("event.response",
                   R"({"id":"false_1@c.us_X1","timestamp":1795224317,"from":"1@c.us","fromMe":false,
          "eventCreationKey":{"id":"true_1@c.us_I1","fromMe":true},
          "eventResponse":{"response":"GOING","timestampMs":1795224317366,"extraGuestCount":2}})"));
  EXPECT_EQ(out["kind"], "event_response");
  EXPECT_EQ(out["event_response.response"], "GOING");
  EXPECT_EQ(out["event_response.extra_guests"], "2");
  EXPECT_EQ(out["event_response.at"], "2026-11-21T01:25:17.366Z");
  EXPECT_EQ(out["event_response.target.stanza_id"], "I1");
  EXPECT_EQ(out["message.author"], "1@c.us");
  const auto failed = read(wrapped(
      "event.response.failed",
      R"({"id":"false_1@c.us_X1","timestamp":1,"eventCreationKey":{"id":"true_1@c.us_I1"}})"));
  EXPECT_EQ(failed["event_response.failed"], "true");
}

TEST(WahaEvents, TellOfArchivesAndLabels) {
  const auto archive =
      read(wrapped("chat.archive", R"({"id":"1@c.us","timestamp":1795224317,"archived":false})"));
  EXPECT_EQ(archive["chat_archive.archived"], "false");
  EXPECT_EQ(archive["chat_archive.at"], "2026-11-21T01:25:17.000Z");
  const auto label =
      read(wrapped("label.chat.added", R"({"labelId":6,"chatId":"1@c.us","label":null})"));
  EXPECT_EQ(label["label.id"], "6");
  EXPECT_EQ(label["label.name"], "-");
  EXPECT_EQ(read(wrapped("label.deleted", R"({"id":"6"})"))["label.action"], "deleted");
}

TEST(WahaEvents, WaitForAMessageThatCannotBeReadYet) {
  const auto out = read(
      wrapped("message.waiting",
              R"({"id":"false_1@c.us_W1","timestamp":1,"from":"1@c.us","body":null})", "WEBJS"));
  EXPECT_EQ(out["kind"], "waiting");
  EXPECT_EQ(out["message.text"], "-");
  EXPECT_EQ(out["dedup_key"], "default/waiting/msg/in/W1")
      << "the message itself, when it comes, is no repetition";
}

TEST(WahaEvents, NobodyHasHeardOfAreKeptRaw) {
  const auto out = read(wrapped("message.teleported", R"({"to":"Mars","n":[1,2.5,null]})"));
  EXPECT_EQ(out["problem"], "-");
  EXPECT_EQ(out["kind"], "unknown");
  EXPECT_EQ(out["raw"], R"({"to":"Mars","n":[1,2.5,null]})");
  EXPECT_EQ(out["dedup_key"], "default/evt/message.teleported/evt_1");
}

TEST(WahaEvents, WithoutAnIdAreKnownByTheirBytes) {
  const auto key = [](const char* body) { return read(body)["dedup_key"]; };
  const char* one = R"({"event":"presence.update","session":"s","payload":{"id":"1@c.us"}})";
  EXPECT_TRUE(key(one).starts_with("s/evt/presence.update/"));
  EXPECT_EQ(key(one), key(one));
  EXPECT_NE(key(one),
            key(R"({"event":"presence.update","session":"s","payload":{"id":"2@c.us"}})"));
}

TEST(WahaEvents, OfOldBridgesHappenedWhenTheirContentSays) {
  EXPECT_EQ(read(R"({"event":"message","session":"s","payload":{"id":"false_1@c.us_A",
      "timestamp":1795224317}})")["occurred_at"],
            "2026-11-21T01:25:17.000Z");
}

}  // namespace
}  // namespace fibrehub::channels::waha
