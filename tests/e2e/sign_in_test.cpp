// Signing in to the real program: passwords, locks, sessions, cookies, second factors.
#include "tests/e2e/sign_in_fixture.hpp"

namespace fibrehub::e2e::signing_in {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(SignIn, TheFirstAdminHasAOneTimePasswordInTheLogAndChoosesAnotherFirst) {
  const std::string mark = "sign in as first@example.com with the one-time password ";
  ASSERT_TRUE(eventually([&] { return hub->log().find(mark) != std::string::npos; }));
  const std::string log = hub->log();
  const std::string once = log.substr(log.find(mark) + mark.size(), 27);
  const answer in = try_sign_in("first@example.com", once);
  ASSERT_EQ(in.status, 200u) << in.text;
  EXPECT_THAT(in.text, HasSubstr(R"("must_change_password":true)"));
  const std::string token = in.data("session_token");
  EXPECT_EQ(as(token, "GET", "/api/v1/tickets").code(), "password_change_required");
  EXPECT_EQ(as(token, "GET", "/api/v1/auth/me").status, 200u);
  EXPECT_EQ(
      as(token, "POST", "/api/v1/auth/password", R"({"old":"wrong","new":"another one"})").code(),
      "password_wrong");
  EXPECT_EQ(as(token, "POST", "/api/v1/auth/password",
               fmt::format(R"({{"old":"{}","new":"short"}})", once))
                .status,
            400u);
  const answer changed = as(token, "POST", "/api/v1/auth/password",
                            fmt::format(R"({{"old":"{}","new":"{}"}})", once, password));
  EXPECT_EQ(changed.status, 200u) << changed.text;
  EXPECT_EQ(as(token, "GET", "/api/v1/tickets").status, 200u);
  EXPECT_EQ(try_sign_in("first@example.com", once).status, 401u);
}

TEST_F(SignIn, SaysTheSameToAWrongPasswordAndToSomebodyUnknown) {
  make_user("same@example.com", "viewer");
  answer wrong = try_sign_in("same@example.com", "not my password");
  answer unknown = try_sign_in("nobody@example.com", "not my password");
  EXPECT_EQ(wrong.status, 401u);
  EXPECT_EQ(unknown.status, 401u);
  EXPECT_EQ(wrong.code(), "sign_in_failed");
  const auto without_id = [](std::string text) { return text.substr(0, text.find("request_id")); };
  EXPECT_EQ(without_id(wrong.text), without_id(unknown.text));
  EXPECT_EQ(try_sign_in("same@example.com", password).status, 200u);
}

TEST_F(SignIn, IsRefusedWhileTheAccountIsLockedEvenWithTheRightPassword) {
  const std::int64_t id = make_user("locked@example.com", "viewer");
  db->ask(fmt::format("UPDATE users SET failed_sign_ins = 9 WHERE id = {} RETURNING 1", id));
  EXPECT_EQ(try_sign_in("locked@example.com", "the tenth").status, 401u);
  EXPECT_EQ(try_sign_in("locked@example.com", password).status, 401u);
  db->ask(fmt::format("UPDATE users SET locked_until = now() WHERE id = {} RETURNING 1", id));
  EXPECT_EQ(try_sign_in("locked@example.com", password).status, 200u);
}

TEST_F(SignIn, IsTriedFiveTimesAMinuteForAnAccountAndTwentyForAnAddress) {
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(try_sign_in("often@example.com", "x").status, 401u);
  const answer sixth = try_sign_in("often@example.com", "x");
  EXPECT_EQ(sixth.status, 429u);
  EXPECT_TRUE(sixth.headers.contains("retry-after"));
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(try_sign_in(fmt::format("n{}@example.com", i), "x", "", "203.0.113.9").status, 401u);
  EXPECT_EQ(try_sign_in("n21@example.com", "x", "", "203.0.113.9").status, 429u);
}

TEST_F(SignIn, WithACookieNeedsTheTokenAndTheOriginToChangeSomething) {
  make_user("cookie@example.com", "admin");
  // No proxy between: a browser on this machine.
  const answer in =
      call("POST", "/api/v1/auth/sign-in",
           fmt::format(R"({{"email":"cookie@example.com","password":"{}"}})", password),
           {{"Origin", "http://127.0.0.1"}});
  ASSERT_EQ(in.status, 200u) << in.text;
  const std::string cookies = in.headers.at("set-cookie");
  EXPECT_THAT(cookies, HasSubstr("fibrehub=fhs_"));
  EXPECT_THAT(cookies, HasSubstr("HttpOnly; SameSite=Lax"));
  EXPECT_THAT(cookies, Not(HasSubstr("__Host-")));
  const std::string cookie = "fibrehub=" + in.data("session_token"), csrf = in.data("csrf_token");
  EXPECT_EQ(call("GET", "/api/v1/auth/me", "", {{"Cookie", cookie}}).status, 200u);
  const std::string team = R"({"name":"Cookie team"})";
  const auto make_team = [&](http_headers headers) {
    headers.emplace_back("Cookie", cookie);
    return call("POST", "/api/v1/teams", team, std::move(headers));
  };
  EXPECT_EQ(make_team({}).code(), "csrf_refused");
  EXPECT_EQ(make_team({{"Origin", "http://127.0.0.1"}}).code(), "csrf_refused");
  EXPECT_EQ(make_team({{"X-CSRF-Token", csrf}}).code(), "csrf_refused");
  EXPECT_EQ(make_team({{"Origin", "http://evil.example.com"}, {"X-CSRF-Token", csrf}}).code(),
            "csrf_refused");
  EXPECT_EQ(make_team({{"Origin", "http://127.0.0.1"}, {"X-CSRF-Token", csrf}}).status, 201u);
  EXPECT_THAT(try_sign_in("cookie@example.com", password).headers.at("set-cookie"),
              HasSubstr("__Host-fibrehub=fhs_"));
  EXPECT_EQ(call("POST", "/api/v1/auth/sign-in", R"({"email":"a@b","password":"x"})",
                 {{"Origin", "http://evil.example.com"}})
                .code(),
            "csrf_refused");
}

TEST_F(SignIn, SessionsAreListedEndedAndSignedOutOf) {
  make_user("sessions@example.com", "technician");
  const std::string one = session_of("sessions@example.com"),
                    two = session_of("sessions@example.com");
  const answer list = as(one, "GET", "/api/v1/auth/sessions");
  EXPECT_THAT(list.text, HasSubstr(one.substr(4, 12)));
  EXPECT_THAT(list.text, HasSubstr(two.substr(4, 12)));
  EXPECT_THAT(list.text, Not(HasSubstr(two.substr(17))));
  EXPECT_EQ(as(two, "GET", "/api/v1/auth/me").status, 200u);
  EXPECT_EQ(as(one, "DELETE", "/api/v1/auth/sessions/" + two.substr(4, 12)).status, 200u);
  EXPECT_EQ(as(two, "GET", "/api/v1/auth/me").code(), "session_revoked");
  EXPECT_EQ(as(one, "POST", "/api/v1/auth/sign-out").status, 200u);
  EXPECT_EQ(as(one, "GET", "/api/v1/auth/me").code(), "session_revoked");
  make_user("boss@example.com", "admin");
  const std::string three = session_of("sessions@example.com"),
                    boss = session_of("boss@example.com");
  EXPECT_EQ(as(three, "DELETE", "/api/v1/auth/sessions/" + boss.substr(4, 12)).status, 404u);
  EXPECT_EQ(as(boss, "DELETE", "/api/v1/auth/sessions/" + three.substr(4, 12)).status, 200u);
  EXPECT_EQ(as(three, "GET", "/api/v1/auth/me").status, 401u);
}

TEST_F(SignIn, ASecondFactorIsSetUpAskedForAndTakenAway) {
  make_user("totp@example.com", "manager");
  const std::string token = session_of("totp@example.com");
  const std::string again = fmt::format(R"({{"password":"{}"}})", password);
  const answer enrolled = as(token, "POST", "/api/v1/auth/totp/enrol", again);
  ASSERT_EQ(enrolled.status, 200u) << enrolled.text;
  EXPECT_THAT(enrolled.text, HasSubstr("otpauth://totp/FibreHub:totp"));
  const std::string secret = auth::from_base32(enrolled.data("secret")).value();
  const auto step = [] {
    return auth::totp_step(
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
  };
  EXPECT_EQ(as(token, "POST", "/api/v1/auth/totp/confirm", R"({"code":"12345"})").status, 400u);
  // The code of the step before, so that this one and the next are left for signing in.
  const answer confirmed =
      as(token, "POST", "/api/v1/auth/totp/confirm",
         fmt::format(R"({{"code":"{}"}})", auth::totp_code(secret, step() - 1)));
  ASSERT_EQ(confirmed.status, 200u) << confirmed.text;
  const auto* codes = json::find(*confirmed.data(), "recovery_codes");
  ASSERT_TRUE(codes && codes->IsArray());
  EXPECT_EQ(codes->Size(), 10u);
  EXPECT_THAT(db->ask("SELECT totp_secret FROM users WHERE email = 'totp@example.com'"),
              ::testing::StartsWith("v1:"));

  EXPECT_EQ(as(token, "POST", "/api/v1/auth/totp/enrol", again).code(), "totp_enabled");
  db->ask(
      "UPDATE users SET email = 'totp2@example.com' WHERE email = 'totp@example.com' RETURNING 1");
  EXPECT_EQ(try_sign_in("totp2@example.com", password).code(), "totp_required");
  EXPECT_EQ(try_sign_in("totp2@example.com", "wrong").code(), "sign_in_failed");
}

TEST_F(SignIn, CodesAndRecoveryCodesWorkOnce) {
  const std::int64_t id = make_user("once@example.com", "viewer");
  const std::string token = session_of("once@example.com");
  const answer enrolled =
      as(token, "POST", "/api/v1/auth/totp/enrol", fmt::format(R"({{"password":"{}"}})", password));
  const std::string secret = auth::from_base32(enrolled.data("secret")).value();
  const std::int64_t step =
      auth::totp_step(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
  const answer confirmed = as(token, "POST", "/api/v1/auth/totp/confirm",
                              fmt::format(R"({{"code":"{}"}})", auth::totp_code(secret, step - 1)));
  ASSERT_EQ(confirmed.status, 200u) << confirmed.text;
  // Another address of the same person: the account's five attempts begin anew.
  const auto rename = [&](const std::string& email) {
    db->ask(fmt::format("UPDATE users SET email = '{}' WHERE id = {} RETURNING 1", email, id));
    return email;
  };
  std::string email = rename("once2@example.com");
  const std::string code = fmt::format(R"(,"totp":"{}")", auth::totp_code(secret, step));
  EXPECT_EQ(try_sign_in(email, password, code).status, 200u);
  EXPECT_EQ(try_sign_in(email, password, code).code(), "second_factor_wrong");
  EXPECT_EQ(try_sign_in(email, password, R"(,"totp":"000000")").code(), "second_factor_wrong");
  email = rename("once3@example.com");
  const auto* codes = json::find(*confirmed.data(), "recovery_codes");
  const std::string recovery = fmt::format(R"(,"recovery_code":"{}")", (*codes)[0].GetString());
  EXPECT_EQ(try_sign_in(email, password, recovery).status, 200u);
  EXPECT_EQ(try_sign_in(email, password, recovery).code(), "second_factor_wrong");
  EXPECT_EQ(try_sign_in(email, "wrong", recovery).code(), "sign_in_failed");
  const std::string again = fmt::format(R"({{"password":"{}"}})", password);
  EXPECT_EQ(as(token, "POST", "/api/v1/auth/totp/remove", again).status, 200u);
  EXPECT_EQ(try_sign_in(email, password).status, 200u);
}

}  // namespace
}  // namespace fibrehub::e2e::signing_in
