// Signing in to the real program: passwords, locks, sessions, cookies, second factors, tokens of an
// identity provider that the test plays.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

#include "peers/http_server.hpp"
#include "protocols/auth/password.hpp"
#include "protocols/auth/totp.hpp"
#include "protocols/json/parse.hpp"
#include "tests/e2e/http.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/fixtures/postgres_fixture.hpp"
#include "tests/protocols/auth/jwt_support.hpp"

namespace fibrehub::e2e {
namespace {

namespace json = protocols::json;
namespace auth = protocols::auth;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* password = "correct horse battery";
constexpr const char* issuer = "https://idp.example.com";

/// An identity provider as far as the hub sees one: its keys.
class key_server {
 public:
  key_server() : work_(io_.get_executor()) {
    port_ = peers::serve_http(io_, {},
                              [](peers::http_request) -> boost::asio::awaitable<peers::http_reply> {
                                peers::http_reply out;
                                out.body = auth::jwks_of(auth::jwk("k1", auth::provider_key()));
                                co_return out;
                              });
    thread_ = std::thread([this] { io_.run(); });
  }
  ~key_server() {
    io_.stop();
    thread_.join();
  }
  std::uint16_t port() const { return port_; }

 private:
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

struct answer {
  unsigned status = 0;
  std::map<std::string, std::string> headers;
  json::document body;
  std::string text;

  const json::value* data() const { return json::find(body, "data"); }
  std::string data(std::string_view key) const {
    const auto* d = data();
    return d ? json::text_or_number(*d, key) : "";
  }
  std::string code() const {
    const auto* e = json::find(body, "error");
    return e ? std::string(json::text(*e, "code")) : "";
  }
};

class SignIn : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    setenv("E2E_SECRETS_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", 1);
    db = new fixtures::temporary_database;
    keys = new key_server;
    hub = new hub_process(
        {.store_url = db->url(),
         .overrides = {"web.trusted_proxies=127.0.0.1", "web.secrets_key=env:E2E_SECRETS_KEY",
                       "people.first_admin_email=first@example.com"},
         .more_toml = fmt::format("\n[oidc]\nissuer = \"{}\"\njwks_url = "
                                  "\"http://127.0.0.1:{}/jwks\"\naudiences = [\"fibrehub\"]\n"
                                  "allow_private_addresses = true\n",
                                  issuer, keys->port())});
    hub->start_ready();
    hash = auth::hash_password(password).value();
  }
  static void TearDownTestSuite() {
    delete hub;
    delete keys;
    delete db;
  }

  /// Somebody whose password is `password`.
  static std::int64_t make_user(const std::string& email, const std::string& role) {
    return std::stoll(
        db->ask(fmt::format("INSERT INTO users (email, name, role, password_hash) VALUES "
                            "('{}', 'Lerato', '{}', '{}') RETURNING id",
                            email, role, hash)));
  }
  static answer call(std::string_view method, const std::string& target, const std::string& body,
                     http_headers headers) {
    if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
    const http_answer raw = fetch(hub->port(), method, target, body, headers);
    answer out;
    out.status = raw.status;
    out.headers = raw.headers;
    out.text = raw.body;
    if (auto parsed = json::parse(raw.body)) out.body = std::move(*parsed);
    return out;
  }
  /// Each from an address of its own, unless one is given: twenty a minute are allowed to one.
  static answer try_sign_in(const std::string& email, const std::string& pass,
                            const std::string& more = "", std::string address = "") {
    static int next = 0;
    if (address.empty()) address = fmt::format("198.51.100.{}", ++next % 250 + 1);
    return call("POST", "/api/v1/auth/sign-in",
                fmt::format(R"({{"email":"{}","password":"{}"{}}})", email, pass, more),
                {{"X-Forwarded-For", address}});
  }
  static std::string session_of(const std::string& email) {
    const answer in = try_sign_in(email, password);
    EXPECT_EQ(in.status, 200u) << in.text;
    return in.data("session_token");
  }
  static answer as(const std::string& token, std::string_view method, const std::string& target,
                   const std::string& body = "") {
    return call(method, target, body, {{"Authorization", "Bearer " + token}});
  }
  static std::string jwt(const std::string& claims,
                         const auth::test_key& key = auth::provider_key(),
                         const std::string& header = R"({"alg":"RS256","kid":"k1"})") {
    const auto exp = std::chrono::duration_cast<std::chrono::seconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count() +
                     300;
    return auth::signed_token(
        header, fmt::format(R"({{"iss":"{}","aud":"fibrehub","exp":{},{}}})", issuer, exp, claims),
        key);
  }

  static inline fixtures::temporary_database* db = nullptr;
  static inline key_server* keys = nullptr;
  static inline hub_process* hub = nullptr;
  static inline std::string hash;
};

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

TEST_F(SignIn, PeopleAreMadeChangedAndDisabledByAdminsOnly) {
  make_user("admin2@example.com", "admin");
  make_user("tech2@example.com", "technician");
  const std::string admin = session_of("admin2@example.com"),
                    tech = session_of("tech2@example.com");
  const std::string wanted = R"({"email":"new@example.com","name":"Thabo","role":"technician"})";
  const answer refused = as(tech, "POST", "/api/v1/users", wanted);
  EXPECT_EQ(refused.status, 403u);
  EXPECT_THAT(refused.text, HasSubstr("technician"));
  const answer made = as(admin, "POST", "/api/v1/users", wanted);
  ASSERT_EQ(made.status, 201u) << made.text;
  const std::string once = made.data("one_time_password");
  EXPECT_EQ(once.size(), 27u);
  const auto* user = json::find(*made.data(), "user");
  ASSERT_TRUE(user);
  const std::string id = json::text_or_number(*user, "id");
  EXPECT_EQ(as(admin, "POST", "/api/v1/users", wanted).code(), "email_taken");
  EXPECT_EQ(as(admin, "POST", "/api/v1/users", R"({"email":"x","name":" ","role":"king"})").status,
            400u);
  const answer in = try_sign_in("new@example.com", once);
  ASSERT_EQ(in.status, 200u) << in.text;
  const std::string token = in.data("session_token");
  const answer seen = as(tech, "GET", "/api/v1/users/" + id);
  EXPECT_THAT(seen.text, HasSubstr("Thabo"));
  EXPECT_THAT(seen.text, Not(HasSubstr("locked_until")));
  const answer disabled = as(admin, "PATCH", "/api/v1/users/" + id, R"({"disabled":true})");
  EXPECT_EQ(disabled.status, 200u) << disabled.text;
  EXPECT_EQ(as(token, "GET", "/api/v1/auth/me").status, 401u);
  EXPECT_EQ(try_sign_in("new@example.com", once).code(), "sign_in_failed");
  EXPECT_EQ(as(admin, "PATCH", "/api/v1/users/" + id, R"({"disabled":false})").status, 200u);
  const answer reset = as(admin, "POST", "/api/v1/users/" + id + "/one-time-password");
  EXPECT_EQ(try_sign_in("new@example.com", reset.data("one_time_password")).status, 200u);
  EXPECT_EQ(as(admin, "PATCH", "/api/v1/users/999999", R"({"name":"x"})").status, 404u);
}

TEST_F(SignIn, AOneTimePasswordIsGoodForSeventyTwoHours) {
  make_user("admin7@example.com", "admin");
  const std::string admin = session_of("admin7@example.com");
  const answer made = as(admin, "POST", "/api/v1/users",
                         R"({"email":"late@example.com","name":"Late","role":"viewer"})");
  ASSERT_EQ(made.status, 201u) << made.text;
  const auto age = [](int hours) {
    db->ask(
        fmt::format("UPDATE users SET password_changed_at = now() - interval '{} hours' WHERE"
                    " email = 'late@example.com' RETURNING 1",
                    hours));
  };
  const std::string once = made.data("one_time_password");
  age(73);
  const answer late = try_sign_in("late@example.com", once);
  EXPECT_EQ(late.status, 401u);
  EXPECT_EQ(late.code(), "one_time_password_expired");
  EXPECT_THAT(late.text, HasSubstr("ask an admin for a new one"));
  EXPECT_EQ(try_sign_in("late@example.com", "another password").code(), "sign_in_failed");
  age(71);
  EXPECT_EQ(try_sign_in("late@example.com", once).status, 200u);
  age(73);
  const std::string id = json::text_or_number(*json::find(*made.data(), "user"), "id");
  const answer reset = as(admin, "POST", "/api/v1/users/" + id + "/one-time-password");
  EXPECT_EQ(try_sign_in("late@example.com", reset.data("one_time_password")).status, 200u);
}

TEST_F(SignIn, TheLastUseOfATokenIsWrittenDown) {
  make_user("admin8@example.com", "admin");
  const std::string admin = session_of("admin8@example.com");
  const std::string token = hub->make_token();
  const std::string used =
      "SELECT count(*) FROM api_tokens WHERE last_used_at > now() - interval '1 minute'";
  EXPECT_EQ(db->ask(used), "0");
  EXPECT_EQ(as(token, "GET", "/api/v1/tickets").status, 200u);
  EXPECT_TRUE(eventually([&] { return db->ask(used) == "1"; }));
  EXPECT_THAT(as(admin, "GET", "/api/v1/tokens").text, HasSubstr(R"("last_used_at":"20)"));
}

TEST_F(SignIn, TheSameRequestTwiceMakesOnePersonAndShowsThePasswordOnce) {
  make_user("admin5@example.com", "admin");
  const http_headers headers{{"Authorization", "Bearer " + session_of("admin5@example.com")},
                             {"Idempotency-Key", "k-1"}};
  const std::string body = R"({"email":"twice@example.com","name":"Zanele","role":"viewer"})";
  const answer first = call("POST", "/api/v1/users", body, headers);
  const answer second = call("POST", "/api/v1/users", body, headers);
  EXPECT_EQ(first.status, 201u) << first.text;
  EXPECT_EQ(second.status, 201u) << second.text;
  EXPECT_EQ(second.headers.at("idempotency-replayed"), "true");
  EXPECT_NE(first.data("one_time_password"), "");
  EXPECT_EQ(second.data("one_time_password"), "");
  EXPECT_EQ(db->ask("SELECT count(*) FROM idempotency_keys WHERE position('" +
                    first.data("one_time_password") + "' in body) > 0"),
            "0");
}

TEST_F(SignIn, TeamsTokensAndTheAuditLogAreManagedByThoseWhoMay) {
  make_user("admin3@example.com", "admin");
  make_user("manager3@example.com", "manager");
  const std::int64_t tech = make_user("tech3@example.com", "technician");
  const std::string admin = session_of("admin3@example.com"),
                    manager = session_of("manager3@example.com");
  const answer team = as(manager, "POST", "/api/v1/teams",
                         fmt::format(R"({{"name":"Lawley","zone":"A","members":[{}]}})", tech));
  ASSERT_EQ(team.status, 201u) << team.text;
  const std::string path = "/api/v1/teams/" + team.data("id");
  EXPECT_EQ(as(manager, "PATCH", path, R"({"specialties":["splicing"],"lead_id":null})").status,
            200u);
  EXPECT_THAT(as(manager, "GET", path).text, HasSubstr(R"("specialties":["splicing"])"));
  EXPECT_EQ(as(manager, "DELETE", path).status, 200u);

  const std::string wanted = R"({"name":"robot","scopes":["read"]})";
  EXPECT_EQ(as(manager, "POST", "/api/v1/tokens", wanted).status, 403u);
  const answer made = as(admin, "POST", "/api/v1/tokens", wanted);
  ASSERT_EQ(made.status, 201u) << made.text;
  const std::string robot = made.data("token");
  EXPECT_EQ(get(hub->port(), "/api/v1/tickets", robot).status, 200u);
  EXPECT_THAT(as(admin, "GET", "/api/v1/tokens").text, HasSubstr(made.data("id")));
  EXPECT_EQ(as(admin, "DELETE", "/api/v1/tokens/" + made.data("id")).status, 200u);
  EXPECT_EQ(get(hub->port(), "/api/v1/tickets", robot).status, 401u);

  const answer audit = as(manager, "GET", "/api/v1/audit?limit=5");
  ASSERT_EQ(audit.status, 200u) << audit.text;
  EXPECT_THAT(audit.text, HasSubstr("token.revoked"));
  EXPECT_THAT(as(manager, "GET", "/api/v1/audit?action=team.created").text, HasSubstr("Lawley"));
  EXPECT_EQ(as(session_of("tech3@example.com"), "GET", "/api/v1/audit").status, 403u);
  EXPECT_EQ(as(admin, "GET", "/api/v1/audit?cursor=nonsense").status, 400u);
}

TEST_F(SignIn, TakesTokensOfTheIdentityProviderAndNoForgedOnes) {
  make_user("idp@example.com", "manager");
  const std::string claims = R"("sub":"idp|77","email":"idp@example.com","email_verified":true)";
  const std::string good = jwt(claims);
  const answer me = as(good, "GET", "/api/v1/auth/me");
  ASSERT_EQ(me.status, 200u) << me.text;
  EXPECT_THAT(me.text, HasSubstr("idp@example.com"));
  EXPECT_TRUE(eventually([&] {
    return db->ask("SELECT subject FROM users WHERE email = 'idp@example.com'") == "idp|77";
  }));
  const std::string payload = good.substr(0, good.rfind('.'));
  const std::string none =
      auth::to_base64url(R"({"alg":"none","kid":"k1"})") + payload.substr(payload.find('.')) + ".";
  EXPECT_EQ(as(none, "GET", "/api/v1/auth/me").status, 401u);
  EXPECT_EQ(as(jwt(claims, auth::other_key()), "GET", "/api/v1/auth/me").status, 401u);
  const answer stranger = as(jwt(R"("sub":"idp|78")"), "GET", "/api/v1/auth/me");
  EXPECT_EQ(stranger.status, 403u);
  EXPECT_EQ(stranger.code(), "no_account");
}

TEST_F(SignIn, TheCommandLineMakesDisablesAndListsPeople) {
  const run_result made = hub->run(
      {"user", "add", "--email", "cli@example.com", "--name", "Sipho", "--role", "viewer"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const std::string once = made.out.substr(0, made.out.find('\n'));
  EXPECT_EQ(try_sign_in("cli@example.com", once).status, 200u);
  EXPECT_EQ(hub->run({"user", "disable", "cli@example.com"}).exit_code, 0);
  EXPECT_EQ(try_sign_in("cli@example.com", once).status, 401u);
  EXPECT_THAT(hub->run({"user", "list"}).out, HasSubstr("disabled  viewer      cli@example.com"));
  EXPECT_EQ(hub->run({"user", "enable", "cli@example.com"}).exit_code, 0);
  const run_result again = hub->run({"user", "passwd", "cli@example.com"});
  EXPECT_EQ(try_sign_in("cli@example.com", again.out.substr(0, again.out.find('\n'))).status, 200u);
  EXPECT_EQ(hub->run({"user", "passwd", "nobody@example.com"}).exit_code, 2);
  EXPECT_EQ(hub->run({"user", "add", "--email", "c@example.com", "--name", "C", "--role", "client",
                      "--client", "NONE"})
                .exit_code,
            2);
}

TEST_F(SignIn, WithoutAKeyForSecretsThereIsNoSecondFactor) {
  fixtures::temporary_database other;
  hub_process plain({.store_url = other.url()});
  plain.start_ready();
  other.ask(
      fmt::format("INSERT INTO users (email, name, role, password_hash) VALUES "
                  "('a@example.com', 'A', 'viewer', '{}') RETURNING id",
                  hash));
  const http_answer in =
      fetch(plain.port(), "POST", "/api/v1/auth/sign-in",
            fmt::format(R"({{"email":"a@example.com","password":"{}"}})", password),
            {{"Content-Type", "application/json"}});
  const auto body = json::parse(in.body);
  ASSERT_TRUE(body && in.status == 200) << in.body;
  const http_answer enrol =
      fetch(plain.port(), "POST", "/api/v1/auth/totp/enrol",
            fmt::format(R"({{"password":"{}"}})", password),
            {{"Content-Type", "application/json"},
             {"Authorization",
              "Bearer " + std::string(json::text(*json::find(*body, "data"), "session_token"))}});
  EXPECT_EQ(enrol.status, 409u);
  EXPECT_THAT(enrol.body, HasSubstr("web.secrets_key"));
}

}  // namespace
}  // namespace fibrehub::e2e
