#include "channels/waha/mapping.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/text.hpp"

namespace fibrehub::channels::waha {
namespace {

using testing::HasSubstr;

constexpr domain::instant noon = domain::from_us(1'795'300'000'000'000);

store::ingest map(const std::string& body) {
  return map_delivery("main", body, noon);
}
std::string delivery(const std::string& event, const std::string& payload,
                     const std::string& engine = "NOWEB") {
  return R"({"id":"evt_1","timestamp":1795224317366,"event":")" + event +
         R"(","session":"default",)" +
         R"("me":{"id":"27820000001@c.us","pushName":"Desk","lid":"111@lid"},"payload":)" +
         payload + R"(,"engine":")" + engine +
         R"(","environment":{"version":"2026.2.1","engine":")" + engine + R"("}})";
}
const domain::chat_message& message_of(const store::ingest& item) {
  return std::get<domain::chat_message>(item.what);
}
std::string reason_of(const store::ingest& item) {
  const auto* u = std::get_if<domain::unreadable>(&item.what);
  return u ? u->reason : "";
}

TEST(WahaMapping, ReadsADirectMessageOfNoweb) {
  const auto item = map(delivery(
      "message.any",
      R"({"id":"false_27831112222@c.us_3EB0IN0001","timestamp":1795224317,"from":"27831112222@c.us",
    "fromMe":false,"source":"app","body":"Photo 5 resent","hasMedia":false,"media":null,"ack":2,"replyTo":null,
    "_data":{"key":{"remoteJid":"27831112222@s.whatsapp.net","fromMe":false,"id":"3EB0IN0001"},"pushName":"John"}})"));
  const auto& m = message_of(item);
  EXPECT_EQ(item.ext_id, "main/default/msg/in/3EB0IN0001");
  EXPECT_EQ(m.chat, "27831112222@c.us");
  EXPECT_EQ(m.author, "27831112222@c.us");
  EXPECT_EQ(m.author_name, "John");
  EXPECT_EQ(m.text, "Photo 5 resent");
  EXPECT_EQ(m.type, "text");
  EXPECT_EQ(m.kind, domain::chat_kind::direct);
  EXPECT_FALSE(m.from_me);
  EXPECT_EQ(domain::to_us(m.sent_at), 1795224317LL * 1'000'000);
}

TEST(WahaMapping, ReadsAGroupMessageWithAHiddenSenderAndItsPhone) {
  const auto item = map(delivery(
      "message", R"({"id":"false_120363000000000001@g.us_3EB0IN0003_555@lid","timestamp":1795224317,
    "from":"120363000000000001@g.us","participant":"555@lid","fromMe":false,"body":"reply","replyTo":{"id":"3EB00314BA2845C411579C"},
    "_data":{"key":{"participantAlt":"27831112222@s.whatsapp.net","participant":"555:12@lid"}}})"));
  const auto& m = message_of(item);
  EXPECT_EQ(m.kind, domain::chat_kind::group);
  EXPECT_EQ(m.author, "555@lid");
  EXPECT_EQ(m.author_alt, "27831112222@c.us");
  EXPECT_EQ(m.reply_to, "3EB00314BA2845C411579C");
}

TEST(WahaMapping, ReadsGowsWhereTheEngineAndTheSenderStandElsewhere) {
  const auto item =
      map(R"({"id":"evt_1","timestamp":1,"event":"message.any","session":"s","payload":{
    "id":"false_555@lid_3EB0A","timestamp":1795224317,"from":"555@lid","to":null,"fromMe":false,"body":"hi",
    "_data":{"Info":{"PushName":"Thabo","SenderAlt":"27831112222@s.whatsapp.net","Type":"text"}}},"environment":{"engine":"GOWS"}})");
  const auto& m = message_of(item);
  EXPECT_EQ(m.author_alt, "27831112222@c.us");
  EXPECT_EQ(m.author_name, "Thabo");
}

TEST(WahaMapping, TakesTheChatOfAWebjsMessageFromItsIdNotFromFrom) {
  const auto item = map(delivery(
      "message.any",
      R"({"id":"true_27831112222@c.us_3EB0B","timestamp":1795224317.5,"from":"27820000001@c.us",
    "to":"27831112222@c.us","fromMe":true,"source":"api","body":"on our way","_data":{"notifyName":"Desk","type":"chat"}})",
      "WEBJS"));
  const auto& m = message_of(item);
  EXPECT_EQ(item.ext_id, "main/default/msg/out/3EB0B");
  EXPECT_EQ(m.chat, "27831112222@c.us");
  EXPECT_TRUE(m.from_me);
  EXPECT_TRUE(m.by_api);
  EXPECT_EQ(domain::to_us(m.sent_at), 1795224317'500'000LL);
}

TEST(WahaMapping, GivesMessageAndMessageAnyTheSameKeyAndMeaning) {
  const std::string payload =
      R"({"id":"false_1@c.us_3EB0C","timestamp":1795224317,"fromMe":false,"body":"x"})";
  const auto a = map(delivery("message", payload));
  const auto b = map(delivery("message.any", payload));
  EXPECT_EQ(a.ext_id, b.ext_id);
  EXPECT_EQ(a.fingerprint, b.fingerprint);
}

TEST(WahaMapping, SeesARedeliveryWithAnotherTimeAsTheSameAndAnotherTextAsAnother) {
  const auto a = map(delivery(
      "message", R"({"id":"false_1@c.us_X1","timestamp":1795224317,"fromMe":false,"body":"x"})"));
  const auto later = map(delivery(
      "message", R"({"id":"false_1@c.us_X1","timestamp":1795224257,"fromMe":false,"body":"x"})"));
  const auto other = map(delivery(
      "message", R"({"id":"false_1@c.us_X1","timestamp":1795224317,"fromMe":false,"body":"y"})"));
  EXPECT_EQ(a.fingerprint, later.fingerprint);
  EXPECT_EQ(a.ext_id, other.ext_id);
  EXPECT_NE(a.fingerprint, other.fingerprint);
}

TEST(WahaMapping, ReadsMediaAndSaysWhyThereIsNone) {
  const auto photo = map(delivery(
      "message",
      R"({"id":"false_1@c.us_M1","timestamp":1,"fromMe":false,"body":"Photo 6","hasMedia":true,
    "media":{"url":"http://localhost:3000/api/files/default/M1.jpeg","mimetype":"image/jpeg","filename":null}})"));
  EXPECT_EQ(message_of(photo).type, "image");
  EXPECT_EQ(message_of(photo).media->url, "http://localhost:3000/api/files/default/M1.jpeg");
  const auto lost = map(
      delivery("message",
               R"({"id":"false_1@c.us_M2","timestamp":1,"fromMe":false,"body":null,"hasMedia":true,
    "media":{"url":null,"mimetype":"audio/ogg; codecs=opus","error":{"details":"Error: 404\n  at x"}}})"));
  EXPECT_EQ(message_of(lost).type, "audio");
  EXPECT_EQ(message_of(lost).media->error, "Error: 404");
}

TEST(WahaMapping, DescribesALocation) {
  const auto item = map(
      delivery("message",
               R"({"id":"false_1@c.us_L1","timestamp":1,"fromMe":false,"body":null,"hasMedia":false,
    "location":{"latitude":-26.1,"longitude":28.0,"name":"Depot"}})"));
  EXPECT_EQ(message_of(item).type, "location");
  EXPECT_EQ(message_of(item).text, "Location Depot (-26.1, 28.0)");
}

TEST(WahaMapping, KnowsStatusPostsAndNewslettersAsBroadcasts) {
  const auto status = map(delivery(
      "message",
      R"({"id":"false_status@broadcast_S1_1@c.us","timestamp":1,"fromMe":false,"body":"x","participant":"1@c.us"})"));
  EXPECT_EQ(message_of(status).kind, domain::chat_kind::broadcast);
  const auto news = map(delivery(
      "message.any",
      R"({"id":"false_120363111@newsletter_N1","timestamp":1,"fromMe":false,"body":"x"})"));
  EXPECT_EQ(message_of(news).kind, domain::chat_kind::broadcast);
}

TEST(WahaMapping, ReadsAcksOfOurMessagesOnly) {
  const auto ours = map(delivery(
      "message.ack",
      R"({"id":"true_1@c.us_A1","from":"1@c.us","fromMe":true,"ack":3,"ackName":"READ"})"));
  const auto& ack = std::get<domain::message_ack>(ours.what);
  EXPECT_EQ(ack.message_id, "A1");
  EXPECT_EQ(ack.level, 3);
  EXPECT_EQ(ours.ext_id, "main/default/ack/A1//3");
  const auto theirs =
      map(delivery("message.ack", R"({"id":"false_1@c.us_A1","fromMe":false,"ack":3})"));
  EXPECT_TRUE(std::holds_alternative<domain::kept>(theirs.what));
  const auto unknown = map(delivery(
      "message.ack", R"({"id":"true_1@c.us_A1","fromMe":true,"ack":null,"ackName":"UNKNOWN"})"));
  EXPECT_TRUE(std::holds_alternative<domain::kept>(unknown.what));
}

TEST(WahaMapping, NamesTheReaderOfAGroupAck) {
  const auto item = map(delivery(
      "message.ack.group", R"({"id":"true_120363@g.us_G1_27820000001@c.us","fromMe":true,"ack":3,
    "_data":{"receipt":{"userJid":"777:3@lid"}}})"));
  EXPECT_EQ(std::get<domain::message_ack>(item.what).participant, "777@lid");
}

TEST(WahaMapping, TakesTheTimeOfAStatusFromTheEndOfItsList) {
  const auto item =
      map(delivery("session.status", R"({"name":"default","status":"WORKING","statuses":[
    {"status":"STARTING","timestamp":1795224299957},{"status":"WORKING","timestamp":1795224300684}]})"));
  const auto& s = std::get<domain::session_status>(item.what);
  EXPECT_EQ(s.status, "WORKING");
  EXPECT_EQ(domain::to_us(s.at), 1795224300684LL * 1000);
  EXPECT_EQ(s.me, "27820000001@c.us");
  EXPECT_EQ(s.engine, "NOWEB");
  EXPECT_EQ(s.version, "2026.2.1");
}

TEST(WahaMapping, TakesWhatsAppsWordOnARestriction) {
  const auto told = [](const std::string& data) {
    return map(delivery("session.status",
                        R"({"name":"default","status":"WORKING","statuses":[{"status":"WORKING",)"
                        R"("timestamp":1795224300684}],"data":)" +
                            data + "}"));
  };
  const auto active = told(
      R"({"reachoutTimelock":{"isActive":true,"enforcementType":"X","timeEnforcementEnds":1795829100}})");
  const auto& s = std::get<domain::session_status>(active.what);
  ASSERT_TRUE(s.restriction);
  EXPECT_TRUE(s.restriction->is_active);
  EXPECT_EQ(domain::to_us(s.restriction->until.value()), 1795829100LL * 1'000'000);
  EXPECT_EQ(domain::to_us(s.restriction->at), 1795224317366LL * 1000)
      << "said with this delivery, of a state that lasts";
  const auto lifted = told(R"({"reachoutTimelock":{"isActive":false,"timeEnforcementEnds":1}})");
  const auto& l = std::get<domain::session_status>(lifted.what);
  ASSERT_TRUE(l.restriction);
  EXPECT_FALSE(l.restriction->is_active);
  EXPECT_FALSE(l.restriction->until);
  const auto plain = told("null");
  EXPECT_FALSE(std::get<domain::session_status>(plain.what).restriction);
  EXPECT_EQ(plain.ext_id, "main/default/status/1795224300684/WORKING");
  EXPECT_NE(active.ext_id, plain.ext_id) << "the state was told before";
  EXPECT_NE(active.ext_id, lifted.ext_id);
}

TEST(WahaMapping, TakesARestrictionThatOnlyTheAccountTellsOf) {
  const auto item = map(
      R"({"id":"evt_1","timestamp":1795224317366,"event":"session.status","session":"default",
    "me":{"id":"27820000001@c.us","reachoutTimelock":{"isActive":true}},
    "payload":{"name":"default","status":"WORKING"}})");
  const auto& s = std::get<domain::session_status>(item.what);
  ASSERT_TRUE(s.restriction);
  EXPECT_TRUE(s.restriction->is_active);
  EXPECT_FALSE(s.restriction->until);
}

TEST(WahaMapping, TakesATimeThatCannotBeForNone) {
  const auto item = map(R"({"event":"session.status","session":"s","timestamp":9223372036854775807,
    "payload":{"status":"WORKING","statuses":[{"status":"WORKING","timestamp":9223372036854775807}]}})");
  EXPECT_EQ(std::get<domain::session_status>(item.what).at, noon);
}

TEST(WahaMapping, TakesATimeToComeForNow) {
  const auto message = map(delivery(
      "message", R"({"id":"false_1@c.us_X1","timestamp":1795999999,"fromMe":false,"body":"x"})"));
  EXPECT_EQ(std::get<domain::chat_message>(message.what).sent_at, noon);
  const auto status =
      map(delivery("session.status", R"({"name":"default","status":"WORKING","statuses":[
    {"status":"WORKING","timestamp":1795999999000}]})"));
  EXPECT_EQ(std::get<domain::session_status>(status.what).at, noon);
  EXPECT_EQ(status.ext_id, "main/default/status/1795999999000/WORKING")
      << "the same on every attempt";
}

TEST(WahaMapping, NamesTheOtherIdOfADirectChatWhoeverWrites) {
  const auto theirs = map(delivery("message", R"({"id":"false_555@lid_X1","timestamp":1795224317,
    "fromMe":false,"body":"x","_data":{"key":{"remoteJidAlt":"27831112222@s.whatsapp.net"}}})"));
  EXPECT_EQ(std::get<domain::chat_message>(theirs.what).chat_alt, "27831112222@c.us");
  const auto ours = map(delivery("message.any", R"({"id":"true_555@lid_X2","timestamp":1795224317,
    "fromMe":true,"body":"x","_data":{"Info":{"RecipientAlt":"27831112222@s.whatsapp.net"}}})"));
  EXPECT_EQ(std::get<domain::chat_message>(ours.what).chat_alt, "27831112222@c.us");
}

TEST(WahaMapping, KeepsEventsItKnowsAndReviewsTheOthers) {
  EXPECT_TRUE(
      std::holds_alternative<domain::kept>(map(delivery("call.received", R"({"id":"C1"})")).what))
      << "from nobody";
  EXPECT_TRUE(
      std::holds_alternative<domain::kept>(map(delivery("engine.event", R"({"event":"x"})")).what));
  EXPECT_EQ(reason_of(map(delivery("message.teleported", "{}"))), "unknown_event");
}

TEST(WahaMapping, GivesAKeptEventItsIdAsKeyAndItsBytesWithoutOne) {
  EXPECT_EQ(map(delivery("call.received", "{}")).ext_id, "main/default/evt/call.received/evt_1");
  const std::string without = R"({"event":"call.received","session":"s","payload":{}})";
  EXPECT_EQ(map(without).ext_id, map(without).ext_id);
  EXPECT_NE(map(without).ext_id,
            map(R"({"event":"call.received","session":"s","payload":{"a":1}})").ext_id);
}

TEST(WahaMapping, ReviewsWhatIsNoJsonOrNoEnvelope) {
  EXPECT_EQ(reason_of(map("not json")), "invalid_json");
  EXPECT_EQ(reason_of(map("")), "invalid_json");
  EXPECT_EQ(reason_of(map("[]")), "missing_field");
  EXPECT_EQ(reason_of(map(R"({"event":"message","payload":{}})")), "missing_field");
  EXPECT_EQ(reason_of(map(R"({"event":"message","session":"s"})")), "missing_field");
  EXPECT_EQ(reason_of(map(delivery("message", R"({"body":"no id"})"))), "missing_field");
  EXPECT_EQ(reason_of(map(delivery("message", R"({"id":42})"))), "missing_field");
}

TEST(WahaMapping, NamesTheFieldThatIsWrong) {
  const auto detail_of = [](const std::string& body) {
    return std::get<domain::unreadable>(map(body).what).detail;
  };
  EXPECT_EQ(detail_of(delivery("message", R"({"id":42})")), "The field payload.id is no text.");
  EXPECT_EQ(detail_of(delivery("session.status", R"({"status":{}})")),
            "The field payload.status is no text.");
  EXPECT_EQ(detail_of(R"({"event":"message","session":"s"})"), "The field payload is missing.");
  EXPECT_EQ(detail_of("[]"), "The delivery cannot be read: the body is no JSON object.");
}

TEST(WahaMapping, KeepsWhatHappensAroundMessagesWhenItCannotBeRead) {
  for (const char* event : {"call.received", "chat.archive", "label.upsert", "presence.update",
                            "group.v2.update", "event.response", "state.change"})
    EXPECT_TRUE(std::holds_alternative<domain::kept>(map(delivery(event, "{}")).what)) << event;
}

TEST(WahaMapping, AsksAPersonAboutAChangeOfAMessageThatCannotBeRead) {
  for (const char* event :
       {"message.reaction", "message.edited", "message.revoked", "poll.vote", "message.waiting"})
    EXPECT_EQ(reason_of(map(delivery(event, "{}"))), "missing_field") << event;
}

const domain::message_change& change_of(const store::ingest& item) {
  return std::get<domain::message_change>(item.what);
}
using change_kind = domain::message_change::kind;

TEST(WahaMapping, ReadsAnEditOfEachEngine) {
  const auto noweb = map(delivery(
      "message.edited",
      R"({"id":"false_1@c.us_E1","timestamp":1795224317,"fromMe":false,"body":"new","editedMessageId":"M1",
    "_data":{"pushName":"John"}})"));
  EXPECT_EQ(change_of(noweb).what, change_kind::edited);
  EXPECT_EQ(change_of(noweb).message_id, "M1");
  EXPECT_EQ(change_of(noweb).text, "new");
  EXPECT_EQ(change_of(noweb).person, "1@c.us");
  EXPECT_EQ(change_of(noweb).person_name, "John");
  EXPECT_EQ(noweb.ext_id, "main/default/edited/M1/E1");
  const auto other = map(delivery(
      "message.edited",
      R"({"id":"false_1@c.us_E1","timestamp":1795224317,"fromMe":false,"body":"else","editedMessageId":"M1"})"));
  EXPECT_EQ(other.ext_id, noweb.ext_id);
  EXPECT_NE(other.fingerprint, noweb.fingerprint) << "another text under a known id is a conflict";
}

TEST(WahaMapping, DatesAnEditOfWebjsByItsTellingAsItNamesTheOriginal) {
  const auto item = map(
      R"({"event":"message.edited","session":"s","timestamp":1795224317000,"payload":{"id":"false_1@c.us_M1",
    "timestamp":1795220000,"fromMe":false,"body":"new","editedMessageId":"M1"}})");
  EXPECT_EQ(domain::to_us(change_of(item).at), 1795224317000000);
}

TEST(WahaMapping, ReadsARevocationOfOurOwnMessage) {
  const auto item = map(delivery(
      "message.revoked",
      R"({"after":{"id":"true_1@c.us_R1","timestamp":1795224317,"fromMe":true},"before":null,"revokedMessageId":"M1"})"));
  EXPECT_EQ(change_of(item).what, change_kind::revoked);
  EXPECT_EQ(change_of(item).message_id, "M1");
  EXPECT_TRUE(change_of(item).from_me);
  EXPECT_EQ(item.ext_id, "main/default/revoked/M1");
}

TEST(WahaMapping, ReadsASignAndItsTakingBack) {
  const auto sign = [](const char* text) {
    return map(delivery("message.reaction",
                        fmt::format(R"({{"id":"false_1@c.us_S{0}","timestamp":1795224317,
    "fromMe":false,"reaction":{{"text":"{0}","messageId":"true_1@c.us_M1"}}}})",
                                    text)));
  };
  EXPECT_EQ(change_of(sign("+")).text, "+");
  EXPECT_EQ(change_of(sign("")).text, "");
  EXPECT_EQ(change_of(sign("+")).message_id, "M1");
}

TEST(WahaMapping, ReadsAVoteAndKeepsOneThatCouldNotBeDeciphered) {
  const char* payload = R"({"vote":{"id":"false_1@c.us_V1","from":"1@c.us","fromMe":false,
    "selectedOptions":["Monday"],"timestamp":1795224317},"poll":{"id":"true_1@c.us_P1","fromMe":true}})";
  const auto vote = map(delivery("poll.vote", payload));
  EXPECT_EQ(change_of(vote).what, change_kind::vote);
  EXPECT_EQ(change_of(vote).options, std::vector<std::string>{"Monday"});
  EXPECT_EQ(change_of(vote).person, "1@c.us");
  EXPECT_TRUE(
      std::holds_alternative<domain::kept>(map(delivery("poll.vote.failed", payload)).what));
}

TEST(WahaMapping, AppliesNothingToPostsOfStatusAndNewsletters) {
  for (const char* chat : {"status@broadcast", "120363111@newsletter"})
    EXPECT_TRUE(std::holds_alternative<domain::kept>(
        map(delivery("message.reaction",
                     fmt::format(R"({{"id":"false_{0}_S1","timestamp":1,"fromMe":false,
    "reaction":{{"text":"+","messageId":"false_{0}_M1"}}}})",
                                 chat)))
            .what))
        << chat;
}

TEST(WahaMapping, MakesOneLineOfACall) {
  const auto of = [](const char* event) {
    return std::get<domain::call_note>(
        map(delivery(event,
                     R"({"id":"C1","from":"27831112222@s.whatsapp.net","timestamp":1795224317,
    "isVideo":true,"isGroup":false})"))
            .what);
  };
  EXPECT_EQ(of("call.received").message.message_id, "call/C1");
  EXPECT_EQ(of("call.received").message.chat, "27831112222@c.us");
  EXPECT_EQ(of("call.accepted").message.text, "Video call: accepted");
  EXPECT_EQ(of("call.rejected").what, domain::call_note::step::rejected);
}

TEST(WahaMapping, SaysWhatHappenedToAGroup) {
  const auto item = map(delivery("group.v2.participants", R"({"type":"leave","timestamp":1795224317,
    "group":{"id":"120@g.us"},"participants":[{"id":"27831112222@c.us","role":"participant"}]})"));
  const auto& group = std::get<domain::group_change>(item.what);
  EXPECT_EQ(group.message.text, "Left: +27831112222");
  ASSERT_EQ(group.members.size(), 1U);
  EXPECT_EQ(group.members[0].role, "left");
  const auto old = map(delivery("group.join", R"({"chatId":"120@g.us","subject":"Depot"})"));
  EXPECT_EQ(std::get<domain::group_change>(old.what).message.text, "")
      << "the newer event of the same happening is the one that is shown";
}

TEST(WahaMapping, OrdersEditsOfOneSecondByTheBridgesTime) {
  const auto edit = [](const char* envelope_ms) {
    return change_of(
               map(fmt::format(
                   R"({{"event":"message.edited","session":"s","timestamp":{},"payload":{{"id":"false_1@c.us_E1",
    "timestamp":1795224299,"fromMe":false,"body":"x","editedMessageId":"M1"}}}})",
                   envelope_ms)))
        .at;
  };
  EXPECT_LT(edit("1795224299100"), edit("1795224299900"));
  EXPECT_EQ(domain::to_us(edit("1795224999000")), 1795224299000000) << "told much later";
}

TEST(WahaMapping, DescribesAFileThatWasNotDownloadedByTheEnginesRecord) {
  const auto item = map(
      delivery("message",
               R"({"id":"false_1@c.us_M3","timestamp":1,"fromMe":false,"hasMedia":true,"media":null,
    "_data":{"message":{"imageMessage":{"mimetype":"image/jpeg"}}}})"));
  EXPECT_EQ(message_of(item).type, "image");
  EXPECT_EQ(message_of(item).media->mime, "image/jpeg");
  EXPECT_EQ(message_of(item).media->url, "");
}

TEST(WahaMapping, SurvivesAHundredThousandLevelsOfNesting) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(reason_of(map(deep)), "invalid_json");
  EXPECT_EQ(reason_of(map(delivery("message", "{\"a\":" + deep + "}"))), "invalid_json");
}

TEST(WahaMapping, ReviewsInvalidUtf8AndKeepsTheBytes) {
  const std::string body =
      delivery("message", "{\"id\":\"false_1@c.us_U1\",\"body\":\"\xff\xfe\"}");
  const auto item = map(body);
  EXPECT_EQ(reason_of(item), "invalid_json");
  EXPECT_EQ(item.body, body);
}

TEST(WahaMapping, NeverMakesAKeyTheDatabaseCannotHold) {
  const auto nul =
      map(delivery("message", R"({"id":"false_1@c.us_A\u0000B","timestamp":1,"body":"x"})"));
  EXPECT_TRUE(domain::is_storable(nul.ext_id));
  const auto session = map(R"({"event":"call.received","session":"a\u0000b","payload":{}})");
  EXPECT_TRUE(domain::is_storable(session.ext_id));
  const auto huge = map(delivery(
      "message", "{\"id\":\"false_1@c.us_" + std::string(5000, 'A') + "\",\"timestamp\":1}"));
  EXPECT_LE(huge.ext_id.size(), 400U);
}

TEST(WahaMapping, KeepsUnicodeLineSeparatorsAndEmojiInText) {
  const auto item = map(delivery("message",
                                 "{\"id\":\"false_1@c.us_E1\",\"timestamp\":1,\"body\":\"emoji "
                                 "\xF0\x9F\x98\x80 \\u2028 \\\"q\\\" \\\\\"}"));
  EXPECT_EQ(message_of(item).text, "emoji \xF0\x9F\x98\x80 \xE2\x80\xA8 \"q\" \\");
}

TEST(WahaMapping, FallsBackToTheRawKeyWhenTheIdIsMissing) {
  const auto item = map(delivery(
      "message",
      R"({"timestamp":1,"body":"x","_data":{"key":{"remoteJid":"27831112222@s.whatsapp.net",
    "fromMe":false,"id":"3EB0K"}}})"));
  EXPECT_EQ(message_of(item).message_id, "3EB0K");
  EXPECT_EQ(message_of(item).chat, "27831112222@c.us");
}

}  // namespace
}  // namespace fibrehub::channels::waha
