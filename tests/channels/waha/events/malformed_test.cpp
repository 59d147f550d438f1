// What is wrong is named: in a needed field it is a problem, in any other it is left out and noted.
#include <gmock/gmock.h>

#include <random>

#include "channels/waha/mapping.hpp"
#include "tests/channels/waha/reading.hpp"

namespace fibrehub::channels::waha {
namespace {

using testing::HasSubstr;

TEST(WahaMalformed, NeededFieldsAreNamedWithTheReason) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"[]", " the body is no JSON object"},
      {"null", " the body is no JSON object"},
      {"{}", "event is missing"},
      {R"({"event":7})", "event is no text"},
      {R"({"event":""})", "event is empty"},
      {R"({"event":"message"})", "session is missing"},
      {R"({"event":"message","session":{}})", "session is no text"},
      {R"({"event":"message","session":"a\u0000b"})", "session holds a zero byte"},
      {R"({"event":"message","session":")" + std::string(300, 's') + R"("})",
       "session is longer than 255 bytes"},
      {R"({"event":"message","session":"s"})", "payload is missing"},
      {R"({"event":"message","session":"s","payload":[]})", "payload is no object"},
      {wrapped("message", R"({"id":true})"), "payload.id is no text"},
      {wrapped("message", R"({"id":"false_1@c.us_A\u0000"})"), "payload.id holds a zero byte"},
      {wrapped("message", R"({"id":"false_1@c.us_)" + std::string(300, 'A') + R"("})"),
       "payload.id holds a part longer than 255 bytes"},
      {wrapped("message.ack", R"({"ack":3})"), "payload.id is missing"},
      {wrapped("session.status", R"({"status":null})"), "payload.status is missing"},
      {wrapped("session.status", R"({"status":3})"), "payload.status is no text"},
      {wrapped("message.reaction", R"({"id":"false_1@c.us_A"})"), "payload.reaction is missing"},
      {wrapped("message.reaction", R"({"id":"false_1@c.us_A","reaction":"x"})"),
       "payload.reaction is no object"},
      {wrapped("message.reaction", R"({"id":"false_1@c.us_A","reaction":{"text":"x"}})"),
       "payload.reaction.messageId is missing"},
      {wrapped("message.reaction",
               R"({"id":"false_1@c.us_A","reaction":{"text":1,"messageId":"true_1@c.us_B"}})"),
       "payload.reaction.text is no text"},
      {wrapped("message.revoked", "{}"), "payload.revokedMessageId is missing"},
      {wrapped("message.revoked", R"({"revokedMessageId":5})"),
       "payload.revokedMessageId is no text"},
      {wrapped("message.edited", R"({"id":"true_1@c.us_A"})"),
       "payload.editedMessageId is missing"},
      {wrapped("message.edited", R"({"id":"true_1@c.us_A","editedMessageId":[]})"),
       "payload.editedMessageId is no text"},
      {wrapped("group.v2.update", "{}"), "payload.group is missing"},
      {wrapped("group.v2.update", R"({"group":{"id":5}})"), "payload.group.id is no text"},
      {wrapped("presence.update", R"({"presences":[]})"), "payload.id is missing"},
      {wrapped("call.received", R"({"id":["x"]})"), "payload.id is no text"},
      {wrapped("poll.vote", R"({"vote":{"id":"false_1@c.us_V"}})"), "payload.poll is missing"},
      {wrapped("poll.vote", R"({"vote":{"id":"V"},"poll":{}})"),
       "payload.vote.id is no message id like true_27831112222@c.us_3EB0\xE2\x80\xA6"},
      {wrapped("chat.archive", R"({"id":"1@c.us"})"), "payload.archived is missing"},
      {wrapped("chat.archive", R"({"id":"1@c.us","archived":"yes"})"),
       "payload.archived is neither true nor false"},
      {wrapped("label.upsert", "{}"), "payload.id is missing"},
      {wrapped("label.chat.added", R"({"labelId":"6"})"), "payload.chatId is missing"},
      {wrapped("event.response", R"({"id":"false_1@c.us_X"})"),
       "payload.eventCreationKey is missing"},
  };
  for (const auto& [body, problem] : table)
    EXPECT_EQ(read(body)["problem"], problem) << body;
}

TEST(WahaMalformed, OptionalFieldsAreLeftOutAndNoted) {
  const auto out = read(
      R"({"id":7,"timestamp":"soon","event":"message","session":"s","me":"us","metadata":[],
      "environment":{"version":2026},"payload":{"id":"false_1@c.us_A","timestamp":-5,"source":1,
      "body":{"a":1},"hasMedia":"yes","ack":"DEVICE","ackName":3,"location":"here","vCards":"none",
      "replyTo":7,"_data":{"pushName":{"x":1},"key":{"remoteJidAlt":5}}}})");
  EXPECT_EQ(out["problem"], "-");
  EXPECT_EQ(out["message.stanza_id"], "A");
  for (const char* absent :
       {"event_id", "occurred_at", "me", "metadata", "version", "message.sent_at", "message.source",
        "message.text", "message.media", "message.ack", "message.location", "message.contacts",
        "message.reply_to", "message.author_name", "message.chat_alt"})
    EXPECT_EQ(out[absent], "-") << absent;
  for (const char* field :
       {"id", "timestamp", "me", "metadata", "environment.version", "payload.timestamp",
        "payload.source", "payload.body", "payload.hasMedia", "payload.ack", "payload.ackName",
        "payload.location", "payload.vCards", "payload.replyTo", "payload._data.pushName",
        "payload._data.key.remoteJidAlt"})
    EXPECT_THAT(out["notes"], HasSubstr(fmt::format(R"("field":"{}")", field)));
}

TEST(WahaMalformed, UnknownFieldsAndValuesChangeNothing) {
  const auto out = read(wrapped(
      "message",
      R"({"id":"false_1@c.us_A","timestamp":1795224317,"source":"satellite","body":"x","colour":"red",
          "ack":9,"ackName":"FRAMED","nested":{"deep":[[[1]]]}})"));
  EXPECT_EQ(out["message.source"], "satellite");
  EXPECT_EQ(out["message.ack"], "-");
  EXPECT_EQ(out["message.ack_name"], "FRAMED");
  EXPECT_EQ(out["notes.0.field"], "payload.ack");
  EXPECT_EQ(out["notes.1"], "-");
}

TEST(WahaMalformed, BelievesTheNumberOfAnAck) {
  const auto out =
      read(wrapped("message.ack", R"({"id":"true_1@c.us_A","ack":3,"ackName":"DEVICE"})"));
  EXPECT_EQ(out["message.ack_name"], "READ");
  EXPECT_EQ(out["notes.0.field"], "payload.ackName");
}

TEST(WahaMalformed, TimesThatCannotBeAreNone) {
  for (const char* time : {"0", "-1", "1e300", "99999999999", "9223372036854775807", "\"NaN\"",
                           "\"inf\"", "true", "[]", "{\"low\":1}"}) {
    const auto out =
        read(wrapped("message", fmt::format(R"({{"id":"false_1@c.us_A","timestamp":{}}})", time)));
    EXPECT_EQ(out["message.sent_at"], "-") << time;
    EXPECT_EQ(out["notes.0.field"], "payload.timestamp") << time;
  }
}

TEST(WahaMalformed, TimesAreReadFromWhateverHoldsThem) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"1795224317", "2026-11-21T01:25:17.000Z"},
      {"1795224317.366", "2026-11-21T01:25:17.366Z"},
      {"\"1795224317\"", "2026-11-21T01:25:17.000Z"},
      {R"({"low":1795224317,"high":0,"unsigned":true})", "2026-11-21T01:25:17.000Z"},
      {R"({"low":-2147483648,"high":0})", "2038-01-19T03:14:08.000Z"},
      {"\"2026-11-21T03:25:17.3+02:00\"", "2026-11-21T01:25:17.300Z"},
      {"0.5", "1970-01-01T00:00:00.500Z"},
  };
  for (const auto& [value, expected] : table)
    EXPECT_EQ(read(wrapped("message", fmt::format(R"({{"id":"false_1@c.us_A","timestamp":{}}})",
                                                  value)))["message.sent_at"],
              expected)
        << value;
}

TEST(WahaMalformed, ListsAndNotesHaveAnEnd) {
  std::string presences;
  for (int i = 0; i < 6000; ++i)
    presences += fmt::format(R"({}{{"participant":"{}@c.us"}})", i == 0 ? "" : ",", i + 1);
  const auto many = read(
      wrapped("presence.update", fmt::format(R"({{"id":"1@g.us","presences":[{}]}})", presences)));
  EXPECT_NE(many["presence.entries.4999"], "-");
  EXPECT_EQ(many["presence.entries.5000"], "-");
  EXPECT_EQ(many["notes.0.field"], "payload.presences");
  std::string wrong;
  for (int i = 0; i < 200; ++i)
    wrong += i == 0 ? "7" : ",7";
  const auto notes = read(wrapped(
      "poll.vote",
      fmt::format(
          R"({{"vote":{{"id":"false_1@c.us_V","selectedOptions":[{}]}},"poll":{{"id":"true_1@c.us_P"}}}})",
          wrong)));
  EXPECT_NE(notes["notes.50"], "-");
  EXPECT_EQ(notes["notes.51"], "-");
}

TEST(WahaMalformed, NameTooLongIsLeftOutAndTextIsNot) {
  const auto out = read(wrapped(
      "message", fmt::format(R"({{"id":"false_1@c.us_A","body":"{}","_data":{{"pushName":"{}"}}}})",
                             std::string(300'000, 'b'), std::string(5000, 'n'))));
  EXPECT_EQ(out["message.text"].size(), 300'000U);
  EXPECT_EQ(out["message.author_name"], "-");
  EXPECT_EQ(out["notes.0.reason"], "is longer than 4096 bytes");
}

/// Bytes of real bodies, changed as transport, proxies and other versions might, and worse.
class mutator {
 public:
  explicit mutator(unsigned seed) : random_(seed) {}
  std::string operator()(const std::string& body) {
    std::string out = body;
    switch (below(6)) {
      case 0:
        return out.substr(0, below(out.size() + 1));
      case 1:
        for (std::size_t i = 0, n = 1 + below(4); i < n; ++i)
          out[below(out.size())] = static_cast<char>(below(256));
        return out;
      case 2: {  // a value becomes another
        static const std::vector<std::string> values{"null", "7",    "-1.5e308", "\"\"",       "[]",
                                                     "{}",   "true", "[[{}]]",   "\"\\u0000\""};
        const std::size_t colon = out.find(':', below(out.size()));
        if (colon == std::string::npos) return out;
        const std::size_t end = out.find_first_of(",}", colon);
        return out.replace(colon + 1, std::min(end, out.size()) - colon - 1,
                           values[below(values.size())]);
      }
      case 3: {  // a name becomes another
        const std::size_t at = out.find("\":", below(out.size()));
        return at == std::string::npos ? out : out.insert(at, "x");
      }
      case 4: {  // a part is told twice
        const std::size_t from = below(out.size());
        return out.insert(from, out.substr(from, below(200)));
      }
      default:  // a part is lost
        return out.erase(below(out.size()), below(200));
    }
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  std::mt19937 random_;
};

TEST(WahaMalformed, BodiesOfWhateverShapeAreReadOrRefusedAndNeverWorse) {
  std::vector<std::string> bodies;
  for (const auto& row : rows_of("deliveries.jsonl"))
    bodies.emplace_back(protocols::json::text(row, "body"));
  std::vector<std::string> answers;
  for (const auto& row : rows_of("rest.jsonl"))
    answers.emplace_back(protocols::json::text(row, "response"));
  mutator change(20261121);
  int understood = 0;
  int broken = 0;
  int named = 0;  // JSON, with a problem in a field
  for (int i = 0; i < 40'000; ++i) {
    std::string body = change(bodies[static_cast<std::size_t>(i) % bodies.size()]);
    if (i % 3 == 0) body = body.empty() ? body : change(body);
    const written out = read(body);
    ASSERT_TRUE(protocols::json::parse(out.text())) << body << "\n" << out.text();
    const std::string problem = out["problem"];
    ++(problem == "-" ? understood : problem == "no JSON" ? broken : named);
    // The intake never refuses: what it cannot read goes to a person, under a key that can be kept.
    const auto item = map_delivery("main", body, domain::from_us(1'795'300'000'000'000));
    ASSERT_LE(item.ext_id.size(), 400U);
    const std::string answer = answers[static_cast<std::size_t>(i) % answers.size()];
    if (answer.empty()) continue;
    ASSERT_TRUE(protocols::json::parse(read_reply(change(answer)).text())) << answer;
  }
  // The changes are of every sort, or this proves little.
  EXPECT_GT(understood, 5'000);
  EXPECT_GT(broken, 5'000);
  EXPECT_GT(named, 500);
}

}  // namespace
}  // namespace fibrehub::channels::waha
