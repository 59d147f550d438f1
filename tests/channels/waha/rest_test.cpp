// What is asked of WAHA about sessions and chats, and what its answers and its errors mean.
#include "channels/waha/rest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channels/waha/rest_answers.hpp"
#include "protocols/json/parse.hpp"

namespace fibrehub::channels::waha {
namespace {

namespace json = protocols::json;
using protocols::transport::http_errc;
using protocols::transport::http_error;
using protocols::transport::http_request;
using protocols::transport::http_response;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const rest_address there{"http://waha.internal:3000", "the-key"};
constexpr domain::instant noon = domain::from_us(1'795'300'000'000'000);

rest_outcome answered(unsigned status, std::string body) {
  http_response r;
  r.status = status;
  r.body = std::move(body);
  return r;
}

std::string header(const http_request& r, std::string_view name) {
  for (const auto& [n, v] : r.headers)
    if (n == name) return v;
  return {};
}

struct wanted {
  http_request request;
  const char* method;
  const char* url;
};

TEST(RestRequests, GoToTheConfiguredAddressWithItsKey) {
  const std::vector<wanted> all{
      {version_request(there), "GET", "/api/server/version"},
      {server_status_request(there), "GET", "/api/server/status"},
      {sessions_request(there), "GET", "/api/sessions?all=true"},
      {session_request(there, "a b"), "GET", "/api/sessions/a%20b"},
      {me_request(there, "x"), "GET", "/api/sessions/x/me"},
      {create_request(there, "x", "{}", true), "POST", "/api/sessions"},
      {configure_request(there, "x", "{}"), "PUT", "/api/sessions/x"},
      {remove_request(there, "x"), "DELETE", "/api/sessions/x"},
      {lifecycle_request(there, "x", "restart"), "POST", "/api/sessions/x/restart"},
      {qr_request(there, "x", qr_format::image), "GET", "/api/x/auth/qr?format=image"},
      {qr_request(there, "x", qr_format::text), "GET", "/api/x/auth/qr?format=raw"},
      {pairing_code_request(there, "x", "278"), "POST", "/api/x/auth/request-code"},
      {overview_request(there, "x", 20, 40), "GET", "/api/x/chats/overview?limit=20&offset=40"},
      {messages_request(there, "x", "27@c.us", noon, 100, 200), "GET",
       "/api/x/chats/27%40c.us/messages?downloadMedia=false&sortBy=timestamp&sortOrder=desc"
       "&filter.timestamp.gte=1795300000&limit=100&offset=200"}};
  for (const wanted& w : all) {
    EXPECT_EQ(w.request.method, w.method) << w.url;
    EXPECT_EQ(w.request.url, std::string("http://waha.internal:3000") + w.url);
    EXPECT_EQ(header(w.request, "X-Api-Key"), "the-key") << w.url;
    EXPECT_GT(w.request.body_limit_bytes, 0U) << w.url;
    EXPECT_LE(w.request.timeout, std::chrono::minutes(1)) << w.url;
  }
  EXPECT_EQ(header(qr_request(there, "x", qr_format::image), "Accept"), "image/png");
}

TEST(RestRequests, SayWhetherANewSessionIsToStart) {
  for (const bool start : {true, false}) {
    const auto body = json::parse(create_request(there, "x\"y", R"({"debug":true})", start).body);
    ASSERT_TRUE(body);
    EXPECT_EQ(json::text(*body, "name"), "x\"y");
    EXPECT_EQ(json::boolean(*body, "start", !start), start);
    EXPECT_TRUE(json::boolean(*json::find(*body, "config"), "debug"));
  }
}

TEST(RestAnswers, ListSessionsWithTheirAccounts) {
  const auto got = read_sessions(answered(
      200,
      R"([{"name":"default","status":"WORKING","config":{},"me":{"id":"27820000001:12@s.whatsapp.net",
          "pushName":"Desk","lid":"111@lid"}},{"name":"b","status":"STOPPED","me":null},{"odd":1},7])"));
  ASSERT_TRUE(got);
  EXPECT_THAT(*got,
              ElementsAre(session_info{"default", "WORKING", "27820000001@c.us", "Desk", "111@lid"},
                          session_info{"b", "STOPPED", "", "", ""}));
}

TEST(RestAnswers, TellTheServersVersionAndStart) {
  const auto version = read_version(
      answered(200, R"({"version":"2026.7.1","engine":"GOWS","tier":"CORE","browser":null})"));
  ASSERT_TRUE(version);
  EXPECT_EQ(version->engine + " " + version->version + " " + version->tier, "GOWS 2026.7.1 CORE");
  const auto start =
      read_server_start(answered(200, R"({"startTimestamp":1795300000000,"uptime":5})"));
  ASSERT_TRUE(start);
  EXPECT_EQ(*start, noon);
}

TEST(RestAnswers, TakeAPictureATextAndACode) {
  EXPECT_EQ(read_qr_image(answered(200, "\x89PNG\r\n\x1a\nrest")).value(), "\x89PNG\r\n\x1a\nrest");
  EXPECT_EQ(read_qr_text(answered(200, R"({"value":"2@abc"})")).value(), "2@abc");
  EXPECT_EQ(read_pairing_code(answered(201, R"({"code":"ABCD-1234"})")).value(), "ABCD-1234");
  EXPECT_EQ(read_qr_image(answered(200, "<html>")).error().kind, "not_understood");
}

TEST(RestAnswers, ReadChatsWithTheTimeOfTheirLastMessageHoweverItIsWritten) {
  const auto got = read_overview(
      answered(200, R"([{"id":"1@s.whatsapp.net","lastMessage":{"timestamp":1795300000}},
               {"id":{"_serialized":"2@c.us"},"lastMessage":null,"_chat":{"t":1795300000}},
               {"id":"3@g.us","lastMessage":null},{"name":"x"}])"));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->entries, 4U);
  ASSERT_EQ(got->chats.size(), 3U);
  EXPECT_EQ(got->chats[0].id, "1@c.us");
  EXPECT_EQ(got->chats[0].last_at, noon);
  EXPECT_EQ(got->chats[1].id, "2@c.us");
  EXPECT_EQ(got->chats[1].last_at, noon);
  EXPECT_FALSE(got->chats[2].last_at);
}

struct mistake {
  unsigned status;
  const char* body;
  const char* kind;
  bool is_transient;
};

TEST(RestAnswers, SayWhyACallFailedInAnyOfItsForms) {
  const mistake all[] = {
      {404, R"({"message":"Session not found","error":"Not Found","statusCode":404})",
       "session_unknown", false},
      {401, R"({"message":"Unauthorized","statusCode":401})", "unauthorized", false},
      {422,
       R"({"error":"Session status is not as expected.","session":"x","status":"STARTING","expected":["WORKING"]})",
       "session_not_ready", true},
      {422, R"({"message":"Session 'x' is already started.","statusCode":422})",
       "session_already_started", false},
      {400, R"({"message":"Enable NOWEB store \"config…\"","statusCode":400})", "store_disabled",
       false},
      {500, R"({"statusCode":500,"exception":{"message":"rate-overlimit"}})", "rate_limited", true},
      {500, R"({"statusCode":500,"exception":{"message":"Timeout: session 'x' is locked"}})",
       "engine_error", true},
      {502, "<html>Bad Gateway</html>", "gateway", true},
      {503, "", "unavailable", true}};
  for (const mistake& m : all) {
    const auto got = read_session(answered(m.status, m.body), "POST", "/api/sessions/x/start");
    ASSERT_FALSE(got) << m.body;
    EXPECT_EQ(got.error().kind, m.kind) << m.body;
    EXPECT_EQ(got.error().is_transient, m.is_transient) << m.body;
  }
  const auto away =
      read_sessions(tl::unexpected(http_error{http_errc::connect_failed, "nobody answers", false}));
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().kind, "unreachable");
  EXPECT_THAT(away.error().message, HasSubstr("nobody answers"));
}

TEST(RestAnswers, AnEmptyAnswerIsASessionWithoutAName) {
  const auto got = read_session(answered(200, ""), "DELETE", "/api/sessions/x");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->name, "");
}

}  // namespace
}  // namespace fibrehub::channels::waha
