#include "peers/waha_session.hpp"

#include <future>

#include "peers/waha_fixture.hpp"

namespace fibrehub::peers {
namespace {

namespace json = protocols::json;
using testing::customer;
using testing::fetch;
using ::testing::HasSubstr;
using testing::key;
using testing::received;
using ::testing::StartsWith;

TEST(LifecycleLock, LetsOneCallerAfterTheOtherAndRefusesWhoWouldWaitTooLong) {
  lifecycle_lock lock;
  const auto first = lock.take(1000, 3000, 5000);
  EXPECT_TRUE(first.granted);
  EXPECT_DOUBLE_EQ(first.wait_ms, 0);
  const auto second = lock.take(1000, 3000, 5000);
  EXPECT_TRUE(second.granted);
  EXPECT_DOUBLE_EQ(second.wait_ms, 3000);
  const auto third = lock.take(1000, 3000, 5000);
  EXPECT_FALSE(third.granted);
  EXPECT_DOUBLE_EQ(third.wait_ms, 5000);
  // The refused one did not take a place in the queue.
  const auto later = lock.take(2500, 3000, 5000);
  EXPECT_TRUE(later.granted);
  EXPECT_DOUBLE_EQ(later.wait_ms, 4500);
}

class WahaSessions : public testing::waha {
 protected:
  std::string code() {
    const auto body = json::parse(get("/api/default/auth/qr?format=raw").body);
    return std::string(json::text(*body, "value"));
  }
  std::vector<std::string> statuses() {
    std::vector<std::string> out;
    for (const auto& r : of("session.status"))
      out.emplace_back(json::text(payload(r), "status"));
    return out;
  }
};

TEST_F(WahaSessions, ShowSixCodesAndFail) {
  begin([](peers_options& o) { o.paired = false; });
  ASSERT_TRUE(until([&] { return status() == "FAILED"; }));
  ASSERT_TRUE(wait_for("session.status", 8));
  const auto all = statuses();
  EXPECT_EQ(std::count(all.begin(), all.end(), "STARTING"), 1);
  EXPECT_EQ(std::count(all.begin(), all.end(), "SCAN_QR_CODE"), 6);
  EXPECT_EQ(std::count(all.begin(), all.end(), "FAILED"), 1);
  const auto refused = get("/api/default/auth/qr");
  EXPECT_EQ(refused.status, 422U);
  EXPECT_THAT(refused.body, HasSubstr(R"("status":"FAILED","expected":["SCAN_QR_CODE"])"));
}

TEST_F(WahaSessions, ShowAnotherCodeEveryTime) {
  begin([](peers_options& o) {
    o.paired = false;
    o.time_scale = 0.01;  // the first code lives 600 ms, the others 200 ms
  });
  const std::string first = code();
  EXPECT_THAT(first, StartsWith("2@"));
  ASSERT_TRUE(until([&] { return code() != first; }));
}

TEST_F(WahaSessions, GiveTheCodeAsPictureAsJsonAndAsText) {
  begin([](peers_options& o) {
    o.paired = false;
    o.time_scale = 0.1;
  });
  const auto image = get("/api/default/auth/qr");
  EXPECT_EQ(image.content_type, "image/png");
  EXPECT_THAT(image.body, StartsWith("\x89PNG"));
  const auto wrapped =
      fetch(ports.waha, "GET", "/api/default/auth/qr", "", {key, {"Accept", "application/json"}});
  EXPECT_THAT(wrapped.body, StartsWith(R"({"mimetype":"image/png","data":"iVBORw0KGgo)"));
  EXPECT_THAT(get("/api/default/auth/qr?format=raw").body, StartsWith(R"({"value":"2@)"));
  EXPECT_EQ(get("/api/screenshot?session=default").content_type, "image/png");
}

TEST_F(WahaSessions, GiveAPairingCodeOnlyWhileScanning) {
  begin([](peers_options& o) {
    o.paired = false;
    o.time_scale = 0.05;
  });
  const std::string path = "/api/default/auth/request-code";
  const auto code = post(path, R"({"phoneNumber":"27820000001"})");
  EXPECT_EQ(code.status, 201U);
  const auto text = json::parse(code.body);
  EXPECT_THAT(std::string(json::text(*text, "code")),
              ::testing::MatchesRegex("[0-9A-F]{4}-[0-9A-F]{4}"));
  EXPECT_EQ(post(path, "{}").status, 400U);
  EXPECT_EQ(post(path, R"({"phoneNumber":"27820000001","method":"sms"})").status, 422U);
  control("/scan", "{}");
  EXPECT_EQ(status(), "WORKING");
}

TEST_F(WahaSessions, FlapThroughStartingAndKeepStatusesInOrder) {
  begin();
  control("/flap", "{}");
  ASSERT_TRUE(wait_for("session.status", 4));
  ASSERT_TRUE(until([&] { return status() == "WORKING"; }));
  std::size_t longest = 0;
  for (const auto& r : of("session.status")) {
    const auto body = payload(r);
    longest = std::max<std::size_t>(longest, json::find(body, "statuses")->Size());
  }
  EXPECT_EQ(longest, 3U);
}

TEST_F(WahaSessions, FailForGoodWhenThePhoneUnlinksNoweb) {
  begin();
  control("/unlink", "{}");
  EXPECT_EQ(status(), "FAILED");
  const auto refused = say("27831112222@c.us", "Anybody?");
  EXPECT_EQ(refused.status, 422U);
  EXPECT_THAT(refused.body, HasSubstr(R"("status":"FAILED","expected":["WORKING"])"));
  EXPECT_EQ(status(), "FAILED");
}

TEST_F(WahaSessions, StartAgainByThemselvesWhenThePhoneUnlinksWebjs) {
  begin([](peers_options& o) { o.engine = waha_engine::webjs; });
  control("/unlink", "{}");
  EXPECT_TRUE(until([&] { return status() == "SCAN_QR_CODE"; }));
}

TEST_F(WahaSessions, FailAfterSixtyStartsWithoutANetwork) {
  begin([](peers_options& o) { o.time_scale = 0.0005; });
  control("/faults", R"({"waha_no_network":true})");
  post("/api/sessions/default/restart", "");
  ASSERT_TRUE(until([&] { return status() == "FAILED"; }));
  ASSERT_TRUE(until([&] {
    const auto all = statuses();
    return std::count(all.begin(), all.end(), "STARTING") == 61;  // one of them at the beginning
  }));
}

TEST_F(WahaSessions, WantAPasskeyWhenToldTo) {
  begin([](peers_options& o) {
    o.engine = waha_engine::gows;
    o.version = "2026.7.1";
    o.paired = false;
    o.time_scale = 0.05;
    o.faults.waha_passkey = 1;
  });
  ASSERT_TRUE(until([&] { return status() == "SCAN_QR_CODE"; }));
  EXPECT_EQ(get("/api/default/auth/passkey/challenge").status, 422U);
  control("/scan", "{}");
  EXPECT_EQ(status(), "PASSKEY_REQUIRED");
  EXPECT_THAT(get("/api/default/auth/passkey/challenge").body, HasSubstr("challenge"));
  EXPECT_EQ(post("/api/default/auth/passkey", "{}").status, 201U);
  EXPECT_EQ(status(), "PASSKEY_CONFIRMATION_REQUIRED");
  EXPECT_THAT(get("/api/default/auth/passkey/confirmation").body, HasSubstr(R"({"code":")"));
  EXPECT_EQ(post("/api/default/auth/passkey/confirm", "{}").status, 201U);
  EXPECT_EQ(status(), "WORKING");
}

TEST_F(WahaSessions, AnswerTwoOfFourRestartsAtOnceWith500) {
  begin([](peers_options& o) { o.time_scale = 0.2; });  // 0.6 s each, 1 s of patience
  std::vector<std::future<unsigned>> calls;
  for (int i = 0; i < 4; ++i) {
    calls.push_back(std::async(
        std::launch::async, [this] { return post("/api/sessions/default/restart", "").status; }));
  }
  std::vector<unsigned> answers;
  for (auto& call : calls)
    answers.push_back(call.get());
  EXPECT_THAT(answers, ::testing::UnorderedElementsAre(201, 201, 500, 500));
}

TEST_F(WahaSessions, AnswerAnArmedLockContentionOnce) {
  begin();
  control("/faults", R"({"next":{"waha_lock_percent":1}})");
  EXPECT_EQ(post("/api/sessions/default/restart", "").status, 500U);
  EXPECT_EQ(post("/api/sessions/default/restart", "").status, 201U);
}

TEST_F(WahaSessions, WaitForASessionThatIsAboutToWork) {
  begin([](peers_options& o) { o.time_scale = 0.02; });
  control("/flap", "{}");
  EXPECT_EQ(say("27831112222@c.us", "In time").status, 201U);
}

TEST_F(WahaSessions, AreCreatedListedAndRemovedAsDocumented) {
  begin();
  const auto made = post("/api/sessions", R"({"name":"second"})");
  EXPECT_EQ(made.status, 201U);
  EXPECT_THAT(made.body, HasSubstr(R"("status":"STOPPED")"));  // "start" left out means no
  EXPECT_EQ(post("/api/sessions", R"({"name":"second"})").status, 422U);
  EXPECT_THAT(get("/api/sessions").body, ::testing::Not(HasSubstr("second")));
  EXPECT_THAT(get("/api/sessions?all=true").body, HasSubstr("second"));
  EXPECT_EQ(post("/api/sessions/second/stop", "").status, 201U);
  const auto gone = remove("/api/sessions/second");
  EXPECT_EQ(gone.status, 200U);
  EXPECT_EQ(gone.body, "");
  EXPECT_EQ(remove("/api/sessions/second").status, 200U);
  EXPECT_EQ(get("/api/sessions/second").status, 404U);
  EXPECT_EQ(post("/api/sessions/second/logout", "").status, 404U);
  EXPECT_EQ(post("/api/sessions/stop", R"({"name":"default"})").status, 201U);
  EXPECT_EQ(status(), "STOPPED");
}

TEST_F(WahaSessions, RefuseEventsNobodyKnows) {
  begin();
  const auto bad =
      put("/api/sessions/default",
          R"({"config":{"webhooks":[{"url":"http://127.0.0.1:1/","events":["message","nope"]}]}})");
  EXPECT_EQ(bad.status, 400U);
  EXPECT_THAT(bad.body, StartsWith(R"({"message":["config.webhooks.0.each value in events)"));
}

TEST_F(WahaSessions, LeaveOutWhatTheirConfigurationIgnores) {
  begin();
  put("/api/sessions/default", R"({"config":{"ignore":{"groups":true}}})");
  ASSERT_TRUE(until([&] { return status() == "WORKING"; }));
  control("/send", R"({"chat":"120363000000000001@g.us","text":"In the group"})");
  control("/send", fmt::format(R"({{{},"text":"To you"}})", customer));
  ASSERT_TRUE(wait_for("message.any"));
  EXPECT_THAT(of("message.any")[0].request.body, HasSubstr("To you"));
}

TEST_F(WahaSessions, ForgetPendingWebhooksInARestart) {
  begin([&](peers_options& o) {
    o.webhook_events = {"message.any", "session.status"};
    o.retry_delay_s = 3600;
  });
  testing::fake_hub refusing([](const http_request&, std::size_t) {
    http_reply no;
    no.status = 503;
    return no;
  });
  put("/api/sessions/default",
      fmt::format(R"({{"config":{{"webhooks":[{{"url":"{}","events":["message.any"],)"
                  R"("retries":{{"delaySeconds":3600}}}}]}}}})",
                  refusing.url()));
  ASSERT_TRUE(until([&] { return status() == "WORKING"; }));
  control("/send", fmt::format(R"({{{},"text":"Lost"}})", customer));
  ASSERT_TRUE(refusing.wait([](const auto& all) { return !all.empty(); }));
  const auto pending = "/ledger/webhooks?fate=pending&event=message.any";
  ASSERT_TRUE(until([&] { return look(pending).body.find("[503]") != std::string::npos; }));
  control("/restart", R"({"down_ms":5})");
  const auto lost = look("/ledger/webhooks?fate=lost&event=message.any").body;
  EXPECT_THAT(lost, HasSubstr(refusing.url()));
  EXPECT_THAT(lost, HasSubstr(R"("statuses":[503])"));
  ASSERT_TRUE(until(
      [&] { return fetch(ports.waha, "GET", "/ping").status == 200 && status() == "WORKING"; }));
}

TEST_F(WahaSessions, StayStoppedInARestartWhenTheyWere) {
  begin([](peers_options& o) { o.sessions = {"default", "second"}; });
  const auto second = [&] {
    return std::string(json::text(*json::parse(get("/api/sessions/second").body), "status"));
  };
  ASSERT_TRUE(until([&] { return second() == "WORKING"; }));
  EXPECT_EQ(post("/api/sessions/second/stop", "{}").status, 201U);
  ASSERT_TRUE(until([&] { return second() == "STOPPED"; }));
  control("/restart", R"({"down_ms":5})");
  control("/restart", R"({"down_ms":5})");  // it dies once more before it is back
  ASSERT_TRUE(until(
      [&] { return fetch(ports.waha, "GET", "/ping").status == 200 && status() == "WORKING"; }));
  EXPECT_EQ(second(), "STOPPED");
}

}  // namespace
}  // namespace fibrehub::peers
