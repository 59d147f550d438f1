// What is done to a session, request by request, and how WAHA's odd answers come out.
#include "channels/waha/session_errand.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/json/parse.hpp"

namespace fibrehub::channels::waha {
namespace {

using actors::session_action;
using actors::session_call;
using protocols::transport::http_errc;
using protocols::transport::http_error;
using protocols::transport::http_request;
using protocols::transport::http_response;
using ::testing::HasSubstr;

bridge_facts facts() {
  bridge_facts f;
  f.address = {"http://waha", "key"};
  f.bridge = "main";
  f.webhook = {"https://hub/hook", "the-key"};
  f.server = {"2026.7.1", "NOWEB", "CORE"};
  return f;
}

session_call call(session_action what) {
  session_call c;
  c.what = what;
  c.session = "line";
  return c;
}

rest_outcome answered(unsigned status, std::string body) {
  http_response r;
  r.status = status;
  r.body = std::move(body);
  return r;
}
std::string session(const std::string& status) {
  return R"({"name":"line","status":")" + status + R"(","me":null})";
}
const std::string not_ready =
    R"({"error":"Session status is not as expected.","session":"line","status":"WORKING","expected":["SCAN_QR_CODE"]})";

/// "POST /api/…", "done {body}", "code: reason".
std::string said(const session_errand::step& s) {
  if (const auto* r = std::get_if<http_request>(&s))
    return r->method + " " + r->url.substr(std::string("http://waha").size());
  const auto& outcome = std::get<session_errand::outcome>(s);
  if (outcome) return "done " + outcome->status + " " + outcome->body;
  return outcome.error().reason;
}

TEST(SessionErrand, StartsAndSaysWhatTheSessionIsThen) {
  session_errand e(call(session_action::start), facts());
  EXPECT_EQ(said(e.begin()), "POST /api/sessions/line/start");
  EXPECT_EQ(said(e.answered(answered(201, session("STARTING")))), "done STARTING {}");
  EXPECT_EQ(e.shown()->status, "STARTING");
  EXPECT_TRUE(e.moves_session());
}

TEST(SessionErrand, ASessionThatRunsAlreadyIsStarted) {
  session_errand e(call(session_action::start), facts());
  e.begin();
  EXPECT_EQ(said(e.answered(answered(
                422, R"({"message":"Session 'line' is already started.","statusCode":422})"))),
            "GET /api/sessions/line");
  EXPECT_EQ(said(e.answered(answered(200, session("WORKING")))), "done WORKING {}");
}

TEST(SessionErrand, CreatesWithOurWebhook) {
  session_call c = call(session_action::create);
  c.start = false;
  c.config_json = R"({"debug":true})";
  session_errand e(c, facts());
  const auto step = e.begin();
  EXPECT_EQ(said(step), "POST /api/sessions");
  const std::string body = std::get<http_request>(step).body;
  EXPECT_THAT(body, HasSubstr(R"("start":false)"));
  EXPECT_THAT(body, HasSubstr("https://hub/hook"));
  EXPECT_THAT(body, HasSubstr(R"("debug":true)"));
  EXPECT_EQ(
      said(e.answered(answered(
          422,
          R"({"message":"Session 'line' already exists. Use PUT to update it.","statusCode":422})"))),
      "exists");
}

TEST(SessionErrand, RefusesAConfigurationThatIsNoneBeforeAnythingIsAsked) {
  session_call c = call(session_action::create);
  c.config_json = R"({"webhooks":7})";
  EXPECT_EQ(said(session_errand(c, facts()).begin()), "invalid_config");
}

TEST(SessionErrand, AsksForNoCodeWhileThereIsNothingToScan) {
  for (const auto what :
       {session_action::qr_image, session_action::qr_text, session_action::pairing_code}) {
    session_errand e(call(what), facts());
    EXPECT_EQ(said(e.begin()), "GET /api/sessions/line");
    const auto refused = e.answered(answered(200, session("STARTING")));
    EXPECT_EQ(said(refused), "not_scanning");
    EXPECT_THAT(std::get<session_errand::outcome>(refused).error().data_json,
                HasSubstr("STARTING"));
    EXPECT_FALSE(e.moves_session());
  }
}

TEST(SessionErrand, GivesThePictureTheTextAndThePairingCode) {
  session_errand image(call(session_action::qr_image), facts());
  image.begin();
  EXPECT_EQ(said(image.answered(answered(200, session("SCAN_QR_CODE")))),
            "GET /api/line/auth/qr?format=image");
  const auto picture = image.answered(answered(200, "\x89PNG\r\n\x1a\n"));
  EXPECT_EQ(std::get<session_errand::outcome>(picture)->content_type, "image/png");
  session_errand text(call(session_action::qr_text), facts());
  text.begin();
  EXPECT_EQ(said(text.answered(answered(200, session("SCAN_QR_CODE")))),
            "GET /api/line/auth/qr?format=raw");
  EXPECT_EQ(said(text.answered(answered(200, R"({"value":"2@x"})"))),
            R"(done SCAN_QR_CODE {"value":"2@x"})");
  session_call c = call(session_action::pairing_code);
  c.phone_number = "27831234567";
  session_errand code(c, facts());
  code.begin();
  const auto asked = code.answered(answered(200, session("SCAN_QR_CODE")));
  EXPECT_EQ(said(asked), "POST /api/line/auth/request-code");
  EXPECT_THAT(std::get<http_request>(asked).body, HasSubstr("27831234567"));
  EXPECT_EQ(said(code.answered(answered(201, R"({"code":"ABCD-1234"})"))),
            R"(done SCAN_QR_CODE {"code":"ABCD-1234"})");
}

TEST(SessionErrand, ACodeThatGoesWhileItIsAskedForIsNotScanningEither) {
  session_errand e(call(session_action::qr_text), facts());
  e.begin();
  e.answered(answered(200, session("SCAN_QR_CODE")));
  EXPECT_EQ(said(e.answered(answered(422, not_ready))), "not_scanning");
}

TEST(SessionErrand, EnsureMakesWhatIsMissingAndShowsTheCode) {
  session_errand e(call(session_action::ensure), facts());
  EXPECT_EQ(said(e.begin()), "GET /api/sessions/line");
  EXPECT_EQ(said(e.answered(answered(404, R"({"message":"Session not found","statusCode":404})"))),
            "POST /api/sessions");
  EXPECT_EQ(said(e.answered(answered(201, session("STARTING")))),
            "GET /api/line/auth/qr?format=raw");
  EXPECT_THAT(
      said(e.answered(answered(200, R"({"value":"2@x"})"))),
      HasSubstr(
          R"({"sessionId":"line","status":"qr_pending","state":"SCAN_QR_CODE","qrCode":"2@x"})"));
}

TEST(SessionErrand, EnsureStartsWhatStandsAndLeavesAloneWhatWorks) {
  session_errand stopped(call(session_action::ensure), facts());
  stopped.begin();
  EXPECT_EQ(said(stopped.answered(answered(200, session("STOPPED")))),
            "POST /api/sessions/line/start");
  EXPECT_EQ(said(stopped.answered(answered(201, session("STARTING")))),
            "GET /api/line/auth/qr?format=raw");
  // It was paired before: it works, and shows no code.
  EXPECT_THAT(said(stopped.answered(answered(422, not_ready))),
              HasSubstr(R"("status":"connected","state":"WORKING","qrCode":null)"));
  session_errand working(call(session_action::ensure), facts());
  working.begin();
  EXPECT_THAT(said(working.answered(answered(200, session("WORKING")))),
              HasSubstr(R"("status":"connected")"));
}

TEST(SessionErrand, AnotherEngineIsRefusedBecauseItIsTheServers) {
  session_call c = call(session_action::ensure);
  c.engine = "WEBJS";
  const auto step = session_errand(c, facts()).begin();
  EXPECT_EQ(said(step), "wrong_engine");
  EXPECT_THAT(std::get<session_errand::outcome>(step).error().message, HasSubstr("NOWEB"));
}

TEST(SessionErrand, AsksWhatTheServerIsWhereItIsNotKnownYet) {
  bridge_facts early = facts();
  early.server = {};
  session_call c = call(session_action::ensure);
  c.engine = "WEBJS";
  session_errand wrong(c, early);
  EXPECT_EQ(said(wrong.begin()), "GET /api/server/version");
  EXPECT_EQ(said(wrong.answered(
                answered(200, R"({"version":"2026.7.1","engine":"NOWEB","tier":"PLUS"})"))),
            "wrong_engine");
  session_errand made(call(session_action::create), early);
  made.begin();
  const auto step =
      made.answered(answered(200, R"({"version":"2026.7.1","engine":"NOWEB","tier":"PLUS"})"));
  EXPECT_EQ(said(step), "POST /api/sessions");
  EXPECT_THAT(std::get<http_request>(step).body, HasSubstr("message.edited"))
      << "an event of newer servers";
  session_errand nobody(call(session_action::create), early);
  nobody.begin();
  EXPECT_EQ(said(nobody.answered(tl::unexpected(http_error{http_errc::connect_failed, "no", {}}))),
            "bridge_unreachable");
}

TEST(SessionErrand, RemovesWhatIsThere) {
  session_errand e(call(session_action::remove), facts());
  EXPECT_EQ(said(e.begin()), "GET /api/sessions/line");
  EXPECT_EQ(said(e.answered(answered(200, session("STOPPED")))), "DELETE /api/sessions/line");
  EXPECT_EQ(said(e.answered(answered(200, ""))), "done  {}");
  session_errand missing(call(session_action::remove), facts());
  missing.begin();
  EXPECT_EQ(said(missing.answered(answered(
                404, R"({"message":"Session not found","error":"Not Found","statusCode":404})"))),
            "session_not_found");
}

TEST(SessionErrand, FailuresOfTheBridgeHaveCodesOfTheirOwn) {
  struct {
    rest_outcome answer;
    const char* reason;
  } const all[] = {
      {tl::unexpected(http_error{http_errc::connect_failed, "nobody answers", false}),
       "bridge_unreachable"},
      {answered(401, R"({"message":"Unauthorized","statusCode":401})"), "bridge_unauthorized"},
      {answered(
           422,
           R"({"message":"WAHA Core support only 'default' session. You tried x","statusCode":422})"),
       "plus_only"},
      {answered(400, R"({"message":["name must be short"],"statusCode":400})"), "bridge_refused"},
      {answered(500, R"({"statusCode":500,"exception":{"message":"boom"}})"), "bridge_failed"},
      {answered(502, "<html>"), "bridge_failed"}};
  for (const auto& one : all) {
    session_errand e(call(session_action::stop), facts());
    e.begin();
    EXPECT_EQ(said(e.answered(one.answer)), one.reason);
  }
}

}  // namespace
}  // namespace fibrehub::channels::waha
