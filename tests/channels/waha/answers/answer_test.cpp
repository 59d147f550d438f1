// Answers of WAHA's REST interface: every captured one, and the shapes of the engines that were
// not.
#include <gmock/gmock.h>

#include "tests/channels/waha/reading.hpp"

namespace fibrehub::channels::waha {
namespace {

using testing::HasSubstr;
using testing::Not;

struct real_answer {
  call_context call;
  std::string body;
};

const std::vector<real_answer>& answers() {
  static const std::vector<real_answer> all = [] {
    std::vector<real_answer> out;
    for (const auto& row : rows_of("rest.jsonl"))
      out.push_back({{static_cast<int>(*protocols::json::integer(row, "status")),
                      std::string(protocols::json::text(row, "method")),
                      std::string(protocols::json::text(row, "path"))},
                     std::string(protocols::json::text(row, "response"))});
    return out;
  }();
  return all;
}

/// What each of the 50 captured answers is: shape, or kind and verdict of the failure, or the id.
const std::vector<std::string> classes{
    "3EB010A7ADB303E02B8A67 by key",              // POST sendLocation
    "object",                                     // GET groups/count
    "object",                                     // GET version
    "object",                                     // POST sendSeen, ids of what was marked
    "object",                                     // POST messages/read
    "empty",                                      // DELETE session
    "object",                                     // GET lids/count
    "list",                                       // GET sessions
    "object",                                     // POST startTyping
    "object",                                     // GET me
    "object",                                     // POST request-code
    "empty",                                      // PUT star
    "nest plus_only permanent",                   // GET another session of a CORE
    "3EB003968F0E31E27C611F by key",              // PUT message: edit
    "list",                                       // GET lids
    "object",                                     // POST stopTyping
    "session STARTING",                           // POST start
    "session SCAN_QR_CODE",                       // GET session
    "nest plus_only permanent",                   // POST sendImage of a CORE
    "session STOPPED",                            // POST stop
    "nest plus_only permanent",                   // POST sendText to another session
    "3EB0414FBB07FB0470F02D by key",              // POST sendContactVcard
    "session STARTING",                           // POST logout
    "empty",                                      // DELETE session
    "object",                                     // GET lid
    "nest session_already_started permanent",     // POST start
    "object",                                     // GET qr
    "exception invalid_request permanent",        // POST sendText without a chat
    "nest session_unknown permanent",             // GET session
    "object",                                     // GET server/version
    "object",                                     // GET profile
    "list",                                       // GET messages
    "3EB07E22F23490C2A91FEF by id",               // POST sendPoll
    "list",                                       // GET messages, the old way
    "list",                                       // GET chats
    "object",                                     // GET groups: keyed by id
    "session STOPPED",                            // POST stop
    "exception not_found permanent",              // GET an unknown group
    "object",                                     // GET ping
    "exception invalid_request permanent",        // POST sendText without text
    "session_state session_not_ready transient",  // POST sendText while a QR code is shown
    "3EB025AE1F7D6D1EA81390 by key",              // POST sendText to a group
    "3EB01DF5FA3C8D86EB0103 by key",              // POST sendText, an answer
    "3EB00314BA2845C411579C by key",              // POST sendText
    "list",                                       // GET contacts/all
    "session STARTING",                           // POST start
    "3EB0119C547BB73DF74289 by key",              // DELETE message
    "empty",                                      // POST sendSeen with ids
    "session WORKING",                            // GET session
    "nest invalid_request permanent",             // POST sendText with nothing
};

std::string class_of(const written& out) {
  if (out["outcome"] == "failed")
    return fmt::format("{} {} {}", out["failure.shape"], out["failure.kind"],
                       out["failure.verdict"]);
  if (out["shape"] == "message")
    return fmt::format("{} by {}", out["message.stanza_id"], out["id_from"]);
  return out["shape"] == "session" ? "session " + out["session.status"] : out["shape"];
}

TEST(WahaAnswers, CapturedOnesAreEachOfAClass) {
  ASSERT_EQ(answers().size(), classes.size());
  for (std::size_t i = 0; i < answers().size(); ++i) {
    const real_answer& a = answers()[i];
    const written out = read_reply(a.body, a.call);
    EXPECT_EQ(class_of(out), classes[i]) << i << " " << a.call.path << "\n" << out.text();
    EXPECT_EQ(out["status"], std::to_string(*a.call.status)) << i;
    EXPECT_EQ(out["notes"], "-") << i << out.text();
    // Knowing nothing of the call, the body alone tells the same.
    EXPECT_EQ(class_of(read_reply(a.body)), classes[i]) << i << " " << a.call.path;
  }
}

TEST(WahaAnswers, CapturedMessagesAreToldWhole) {
  const written text = read_reply(answers()[43].body);
  EXPECT_EQ(text["message.serialized_id"], "true_27831112222@c.us_3EB00314BA2845C411579C");
  EXPECT_EQ(text["message.chat"], "27831112222@c.us") << "never @s.whatsapp.net";
  EXPECT_EQ(text["message.from_me"], "true");
  EXPECT_EQ(text["message.sent_at"], "2026-11-21T01:25:15.000Z");
  EXPECT_EQ(text["message.ack"], "0");
  EXPECT_EQ(text["message.ack_name"], "PENDING");
  const written group = read_reply(answers()[41].body);
  EXPECT_EQ(group["message.chat_kind"], "group");
  EXPECT_EQ(group["message.author"], "27820000001@c.us") << "without the device";
  const written poll = read_reply(answers()[32].body);
  EXPECT_EQ(poll["message.poll.options"], R"(["Yes","No"])");
  const written list = read_reply(answers()[31].body);
  EXPECT_EQ(list["count"], "3");
  EXPECT_EQ(list["messages.0.text"], "typed on the phone");
  EXPECT_EQ(list["messages.1.media.state"], "not_downloaded");
  EXPECT_EQ(list["messages.1.type"], "image");
  EXPECT_EQ(list["messages.2.media.filename"], "report.pdf");
}

TEST(WahaAnswers, OfTheOtherEnginesNameTheirMessageElsewhere) {
  const std::vector<std::tuple<std::string, std::string, std::string>> table{
      {R"({"id":"true_120363@g.us_G1_27820000001@c.us","_data":{}})", "id",
       "true_120363@g.us_G1_27820000001@c.us"},
      {R"({"_data":{},"id":{"fromMe":true,"remote":"1@c.us","id":"W1","_serialized":"true_1@c.us_W1"},
          "ack":0,"hasMedia":false,"body":"x","type":"chat","timestamp":1795224317})",
       "id._serialized", "true_1@c.us_W1"},
      {R"({"id":{"fromMe":true,"remote":"1@s.whatsapp.net","id":"W2"}})", "id.parts",
       "true_1@c.us_W2"},
      {R"({"id":{"fromMe":true,"remote":{"server":"c.us","user":"1"},"id":"W3","participant":"2@c.us"}})",
       "id.parts", "true_1@c.us_W3_2@c.us"},
      {R"({"key":{"remoteJid":"1:4@s.whatsapp.net","fromMe":true,"id":"N1"},"status":2,
          "messageTimestamp":{"low":1795224317,"high":0,"unsigned":true}})",
       "key", "true_1@c.us_N1"},
      {R"({"id":"27820000001@c.us","pushName":"Desk"})", "-", "-"},
      {R"({"sent":true})", "-", "-"},
      {"null", "-", "-"},
      {"", "-", "-"},
      {"true", "-", "-"},
  };
  for (const auto& [body, from, id] : table) {
    const written out = read_reply(body, {201, "POST", "/api/sendText"});
    EXPECT_EQ(out["outcome"], "ok") << body;
    EXPECT_EQ(out["id_from"], from) << body;
    EXPECT_EQ(out["message.serialized_id"], id) << body;
  }
}

TEST(WahaAnswers, CountTheStepsOfBaileysFromOne) {
  const std::vector<std::pair<std::string, std::string>> table{{"\"ERROR\"", "-1"},
                                                               {"\"PENDING\"", "0"},
                                                               {"\"SERVER_ACK\"", "1"},
                                                               {"\"DELIVERY_ACK\"", "2"},
                                                               {"\"READ\"", "3"},
                                                               {"\"PLAYED\"", "4"},
                                                               {"0", "-1"},
                                                               {"1", "0"},
                                                               {"5", "4"},
                                                               {"9", "-"},
                                                               {"\"FRAMED\"", "-"},
                                                               {"null", "-"}};
  for (const auto& [status, ack] : table)
    EXPECT_EQ(read_reply(fmt::format(
                  R"({{"key":{{"remoteJid":"1@c.us","fromMe":true,"id":"N"}},"status":{}}})",
                  status))["message.ack"],
              ack)
        << status;
}

struct failure_case {
  std::string body;
  call_context call;
  std::string expected;  // shape, kind, verdict
};

std::string exception(std::string_view name, std::string_view message,
                      std::string_view request = R"({"path":"/api/sendText","method":"POST",
                      "body":{"session":"s","chatId":"1@c.us","text":"x"}})") {
  return fmt::format(
      R"({{"statusCode":500,"exception":{{"name":"{}","message":"{}","stack":"at /app/x.js"}},"request":{}}})",
      name, message, request);
}

TEST(WahaFailures, AreOfAShapeAKindAndAVerdict) {
  const call_context send{std::nullopt, "POST", "/api/sendText"};
  const auto with = [&](int status) { return call_context{status, send.method, send.path}; };
  const std::vector<failure_case> table{
      // The five shapes.
      {R"({"message":["chatId must be a string","text is empty"],"error":"Bad Request","statusCode":400})",
       send, "nest invalid_request permanent"},
      {R"({"message":"Method is not implemented","error":"Not Implemented","statusCode":501})",
       send, "nest not_implemented permanent"},
      {R"({"message":"Unauthorized","statusCode":401})", send, "auth unauthorized permanent"},
      {R"({"message":"Forbidden","statusCode":403})", send, "nest forbidden permanent"},
      {R"({"error":"Session status is not as expected. Try again later or restart the session",
          "session":"s","status":"FAILED","expected":["WORKING"]})",
       send, "session_state session_not_ready transient"},
      {R"({"error":"Session \"s\" does not exist","session":"s"})", send,
       "session_state session_unknown permanent"},
      {R"({"error":{"code":404,"key":"FILE_NOT_FOUND","message":"File not found","details":"ENOENT"}})",
       {std::nullopt, "GET", "/api/files/s/x.jpg"},
       "file file_not_found permanent"},
      {R"({"detail":"'bogus' presence requires 'chatId' field."})",
       {std::nullopt, "POST", "/api/s/presence"},
       "detail invalid_request permanent"},
      // 500: the caller's mistakes …
      {exception("TypeError", "Cannot read properties of undefined (reading 'includes')"),
       {},
       "exception invalid_request permanent"},
      {exception("TypeError", "x is undefined",
                 R"({"path":"/api/sendText","method":"POST","body":{"session":"s"}})"),
       {},
       "exception invalid_request permanent"},
      {exception("Error", "Message id be in format false_11111111111@c.us_AAAA"),
       {},
       "exception invalid_request permanent"},
      {exception("PayloadTooLargeError", "request entity too large"),
       {},
       "exception too_large permanent"},
      // … what was surely not done …
      {exception("Error", "2 UNKNOWN: server returned error 463"),
       {},
       "exception reachout_timelock transient"},
      {exception("Error", "2 UNKNOWN: server returned error 479"),
       {},
       "exception refused_by_whatsapp permanent"},
      {exception("Error", "server returned error 503"),
       {},
       "exception refused_by_whatsapp transient"},
      {exception("Error", "rate-overlimit"), {}, "exception rate_limited transient"},
      {exception("Error", "No LID for user"), {}, "exception no_lid transient"},
      {exception("Error", "async-lock timed out in queue s"), {}, "exception busy transient"},
      // … and what may have been.
      {exception("TypeError", "Cannot read properties of undefined (reading '_serialized')"),
       {},
       "exception engine_error ambiguous"},
      {exception("Error", "Timed Out"), {}, "exception timeout ambiguous"},
      {exception("Error", "Connection Closed"), {}, "exception engine_error ambiguous"},
      // What only reads, or may be done twice, is never ambiguous.
      {exception("Error", "Timed Out", R"({"path":"/api/s/chats","method":"GET"})"),
       {},
       "exception timeout transient"},
      {exception("Error", "x", R"({"path":"/api/sessions/s/restart","method":"POST"})"),
       {},
       "exception engine_error transient"},
      {exception("Error", "x", R"({"path":"/api/sendSeen","method":"POST"})"),
       {},
       "exception engine_error transient"},
      {exception("TypeError", "x is undefined",
                 R"({"path":"/api/sendSeen","method":"POST","body":{"session":"s"}})"),
       {},
       "exception engine_error transient"},
      // Proxies and bodies that say nothing.
      {R"({"status":"error","details":{}})",
       {503, "GET", "/health"},
       "other unavailable transient"},
      {R"({"message":"Internal server error","statusCode":500})", send,
       "nest engine_error ambiguous"},
      {"{}", with(502), "other gateway ambiguous"},
      {"", with(504), "empty gateway ambiguous"},
      {"", with(500), "empty engine_error ambiguous"},
      {"", with(429), "empty rate_limited transient"},
      {"[]", with(418), "other refused permanent"},
      {"", with(302), "empty redirected permanent"},
  };
  for (const failure_case& c : table) {
    const written out = read_reply(c.body, c.call);
    EXPECT_EQ(class_of(out), c.expected) << c.body << "\n" << out.text();
  }
}

TEST(WahaFailures, TellWhatPeopleNeedAndNeverTheEcho) {
  const written nest = read_reply(
      R"({"message":["chatId must be a string","text is empty"],"error":"Bad Request","statusCode":400})");
  EXPECT_EQ(nest["failure.message"], "chatId must be a string; text is empty");
  const written state = read_reply(
      R"({"error":"Session status is not as expected. Try again later or restart the session",
          "session":"s","status":"FAILED","expected":["WORKING"]})");
  EXPECT_EQ(state["status"], "422");
  EXPECT_EQ(state["failure.session"], "s");
  EXPECT_EQ(state["failure.session_status"], "FAILED");
  EXPECT_EQ(state["failure.expected"], R"(["WORKING"])");
  const written echo = read_reply(exception(
      "Error", "Connection Closed\\n    at /app/secret.js:1",
      R"({"path":"/api/sendText","method":"POST","body":{"chatId":"1@c.us","text":"private words"}})"));
  EXPECT_EQ(echo["failure.message"], "Connection Closed");
  EXPECT_THAT(echo.text(), Not(HasSubstr("private words")));
  EXPECT_THAT(echo.text(), Not(HasSubstr("/app/")));
  const written endless = read_reply(exception("Error", std::string(10'000, 'x')));
  EXPECT_LE(endless["failure.message"].size(), 300U);
}

TEST(WahaFailures, AreNoneWhenHttpCallsItASuccess) {
  EXPECT_EQ(read_reply(R"({"error":"looks bad","session":"s"})", {200, "GET", "/api/x"})["outcome"],
            "ok");
}

}  // namespace
}  // namespace fibrehub::channels::waha
