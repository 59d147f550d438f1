// Who may sign in: people, tokens, an identity provider, the command line.
#include "tests/e2e/sign_in_fixture.hpp"

namespace fibrehub::e2e::signing_in {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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
}  // namespace fibrehub::e2e::signing_in
