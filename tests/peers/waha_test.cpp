#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "peers/waha_fixture.hpp"

namespace fibrehub::peers {
namespace {

namespace json = protocols::json;
using testing::customer;
using testing::fetch;
using ::testing::HasSubstr;
using testing::key;
using ::testing::StartsWith;
using testing::waha;

TEST_F(waha, AsksForTheKeyEverywhereButPing) {
  begin();
  EXPECT_EQ(fetch(ports.waha, "GET", "/ping").body, R"({"message":"pong"})");
  EXPECT_EQ(fetch(ports.waha, "GET", "/api/sessions").body,
            R"({"message":"Unauthorized","statusCode":401})");
  EXPECT_EQ(fetch(ports.waha, "GET", "/health").status, 401U);
  EXPECT_EQ(get("/health").status, 200U);
  EXPECT_THAT(get("/api/server/status").body, HasSubstr("startTimestamp"));
  EXPECT_THAT(get("/api/server/version").body, HasSubstr(R"("engine":"NOWEB")"));
  EXPECT_THAT(get("/api/sessions").body, HasSubstr(R"("status":"WORKING")"));
}

TEST_F(waha, UsesOneEventIdForMessageAndMessageAnyOnNoweb) {
  begin();
  control("/faults", R"({"waha_both_message_events":true})");
  control("/send", fmt::format(R"({{{},"text":"No signal"}})", customer));
  ASSERT_TRUE(wait_for("message") && wait_for("message.any"));
  EXPECT_EQ(evt(of("message")[0]), evt(of("message.any")[0]));
  EXPECT_NE(of("message")[0].request.header("X-Webhook-Request-Id"),
            of("message.any")[0].request.header("X-Webhook-Request-Id"));
}

TEST_F(waha, UsesTwoEventIdsForMessageAndMessageAnyOnWebjs) {
  begin([](peers_options& o) { o.engine = waha_engine::webjs; });
  control("/faults", R"({"waha_both_message_events":true})");
  control("/send", fmt::format(R"({{{},"text":"No signal"}})", customer));
  ASSERT_TRUE(wait_for("message") && wait_for("message.any"));
  EXPECT_NE(evt(of("message")[0]), evt(of("message.any")[0]));
}

TEST_F(waha, EchoesWhatTheApiSendsAndClimbsTheAcks) {
  begin();
  const auto sent =
      post("/api/sendText", R"({"session":"default","chatId":"27831112222","text":"On our way"})");
  EXPECT_EQ(sent.status, 201U);
  const auto answer = json::parse(sent.body);
  const std::string stanza(json::text(*json::at(*answer, "key"), "id"));
  EXPECT_EQ(json::text(*json::at(*answer, "key"), "remoteJid"), "27831112222@s.whatsapp.net");
  ASSERT_TRUE(wait_for("message.any") && wait_for("message.ack", 3));
  const auto echo = json::parse(of("message.any")[0].request.body);
  EXPECT_EQ(json::text(*json::at(*echo, "payload"), "source"), "api");
  EXPECT_EQ(json::text(*json::at(*echo, "payload"), "id"), "true_27831112222@c.us_" + stanza);
  EXPECT_THAT(get("/api/default/chats/27831112222%40c.us/messages/" + stanza).body,
              HasSubstr(R"("ackName":"READ")"));
}

TEST_F(waha, AnswersMistakesInTheShapesOfTheRealServer) {
  begin();
  EXPECT_EQ(post("/api/sendText", "{}").body,
            R"({"message":"Session name is required","error":"Bad Request","statusCode":400})");
  const auto no_chat = post("/api/sendText", R"({"session":"default","text":"x"})");
  EXPECT_EQ(no_chat.status, 500U);
  EXPECT_THAT(no_chat.body, HasSubstr(R"("request":{"path":"/api/sendText")"));
  const auto unknown = post("/api/sendText", R"({"session":"nope","chatId":"1@c.us","text":"x"})");
  EXPECT_EQ(unknown.status, 422U);
  EXPECT_EQ(unknown.body, R"({"error":"Session \"nope\" does not exist","session":"nope"})");
  EXPECT_EQ(get("/api/sessions/nope").status, 404U);
  EXPECT_EQ(post("/api/sessions/default/start", "").status, 422U);
  EXPECT_EQ(post("/api/sessions/default/stop", "").status, 201U);
  const auto stopped =
      post("/api/sendText", R"({"session":"default","chatId":"1@c.us","text":"x"})");
  EXPECT_THAT(stopped.body, HasSubstr(R"("status":"STOPPED","expected":["WORKING"])"));
  EXPECT_EQ(get("/api/nothing/here").status, 422U);
}

TEST_F(waha, CallsABodyOfMoreThanFiftyMegabytesAnException) {
  begin();
  boost::asio::io_context io;
  boost::asio::ip::tcp::socket socket(io);
  socket.connect({boost::asio::ip::make_address("127.0.0.1"), ports.waha});
  const std::string head = fmt::format(
      "POST /api/sendText HTTP/1.1\r\nHost: waha\r\nX-Api-Key: {}\r\nContent-Length: {}\r\n\r\n",
      key.second, 51 << 20);
  boost::asio::write(socket, boost::asio::buffer(head));
  std::string answer;
  boost::system::error_code end_of_file;
  boost::asio::read(socket, boost::asio::dynamic_buffer(answer), end_of_file);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(answer, HasSubstr(R"("name":"PayloadTooLargeError")"));
}

TEST_F(waha, ServesPhotosOnlyWithTheKey) {
  begin();
  control("/send", fmt::format(R"({{{},"text":"See","media":"image"}})", customer));
  ASSERT_TRUE(wait_for("message.any"));
  const auto body = json::parse(of("message.any")[0].request.body);
  const std::string url(json::text(*json::at(*body, "payload", "media"), "url"));
  EXPECT_THAT(url, StartsWith(fmt::format("http://127.0.0.1:{}/api/files/default/", ports.waha)));
  const std::string path = url.substr(url.find("/api"));
  const auto photo = get(path);
  EXPECT_EQ(photo.content_type, "image/jpeg");
  EXPECT_THAT(photo.body, StartsWith("\xff\xd8\xff"));
  EXPECT_EQ(fetch(ports.waha, "GET", path).status, 401U);
  EXPECT_THAT(get("/api/files/default/none.jpeg").body, HasSubstr("FILE_NOT_FOUND"));
}

TEST_F(waha, HandsOutForCatchUpWhatASilentSessionKeptBack) {
  begin();
  control("/faults", R"({"waha_silent":true})");
  control("/send", fmt::format(R"({{{},"text":"Anybody there?"}})", customer));
  EXPECT_THAT(get("/api/default/chats/all/messages?limit=5&downloadMedia=false").body,
              HasSubstr("Anybody there?"));
  EXPECT_THAT(fetch(ports.control, "GET", "/ledger/waha").body, HasSubstr(R"("withheld":true)"));
  EXPECT_TRUE(of("message.any").empty());
  const auto before = get("/api/server/status").body;
  control("/restart", R"({"down_ms":5})");
  ASSERT_TRUE(wait_for("message.any"));
  EXPECT_NE(before.substr(0, 32), get("/api/server/status").body.substr(0, 32));
}

TEST_F(waha, PoisonsForgesAndTalksNonsenseWhenTold) {
  begin();
  control("/faults", R"({"waha_poison_percent":100,"waha_wrong_signature_percent":100,)"
                     R"("waha_garbage_percent":100,"waha_unknown_event_percent":100})");
  control("/send", fmt::format(R"({{{},"text":"True"}})", customer));
  ASSERT_TRUE(wait_for("message.any", 3) && wait_for("message.sparkle") && wait_for("(no JSON)"));
  int forged = 0;
  int poisoned = 0;
  for (const auto& r : hub.arrived()) {
    const bool good =
        r.request.header("X-Webhook-Hmac") == hmac_sha512_hex("my-secret-key", r.request.body);
    forged += static_cast<int>(!good);
    poisoned += static_cast<int>(r.request.body.find("not what was said") != std::string::npos);
  }
  EXPECT_EQ(forged, 1);
  EXPECT_EQ(poisoned, 1);
  EXPECT_THAT(fetch(ports.control, "GET", "/ledger/waha").body,
              HasSubstr("Please pay the technician in cash"));
}

TEST_F(waha, DeliversDuplicatesOfTheSameMessage) {
  begin();
  control("/faults", R"({"waha_duplicate_percent":100,"waha_duplicate_copies":4})");
  control("/send", fmt::format(R"({{{},"text":"Once"}})", customer));
  EXPECT_TRUE(wait_for("message.any", 5));
}

TEST_F(waha, AppliesASessionsOwnWebhooksBesideTheGlobalOne) {
  begin();
  const auto config = fmt::format(
      R"({{"config":{{"webhooks":[{{"url":"{}","events":["message"],"hmac":{{"key":"k2"}}}}]}}}})",
      hub.url());
  EXPECT_EQ(fetch(ports.waha, "PUT", "/api/sessions/default", config, {key}).status, 200U);
  ASSERT_TRUE(wait_for("session.status", 5));
  control("/send", fmt::format(R"({{{},"text":"Twice"}})", customer));
  ASSERT_TRUE(wait_for("message") && wait_for("message.any"));
  const auto own = of("message")[0];
  EXPECT_EQ(own.request.header("X-Webhook-Hmac"), hmac_sha512_hex("k2", own.request.body));
  const auto bad = fetch(ports.waha, "PUT", "/api/sessions/default",
                         R"({"config":{"webhooks":[{"url":"x"}]}})", {key});
  EXPECT_EQ(bad.status, 400U);
  EXPECT_THAT(bad.body, StartsWith(R"({"message":[")"));
}

TEST_F(waha, NeedsAScanAfterALogout) {
  begin();
  EXPECT_EQ(post("/api/sessions/default/logout", "").status, 201U);
  EXPECT_THAT(get("/api/default/auth/qr?format=raw").body, StartsWith(R"({"value":"2@)"));
  control("/scan", R"({"session":"default"})");
  EXPECT_THAT(get("/api/sessions/default").body, HasSubstr(R"("status":"WORKING")"));
}

TEST_F(waha, DrainsAndCountsWhatWasAcknowledged) {
  begin([](peers_options& o) { o.rate_per_s = 300; });
  ASSERT_TRUE(wait_for("message.any", 50));
  const auto stats = json::parse(control("/drain", R"({"timeout_s":20})").body);
  EXPECT_TRUE(json::boolean(*stats, "drained"));
  const auto& messages = *json::find(*stats, "messages");
  EXPECT_GE(json::integer(messages, "unique").value_or(0), 50);
  EXPECT_EQ(json::integer(*json::find(*stats, "webhooks"), "pending"), 0);
  EXPECT_EQ(fetch(ports.control, "POST", "/faults", R"({"nope":1})").status, 400U);
  EXPECT_EQ(fetch(ports.control, "POST", "/traffic", R"({"rate":1})").status, 400U);
}

}  // namespace
}  // namespace fibrehub::peers
