// What people are told, through the public API only; and once, although the hub is killed and
// everything is asked for again.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/auth/password.hpp"
#include "protocols/json/parse.hpp"
#include "tests/e2e/deliveries.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::e2e {
namespace {

namespace json = protocols::json;
using ::testing::HasSubstr;

constexpr const char* password = "correct horse battery";

class Notifications : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    db = new fixtures::temporary_database;
    const std::string hash = protocols::auth::hash_password(password).value();
    const auto person = [&](int id, const char* name, const char* role) {
      db->ask(
          fmt::format("INSERT INTO users (id, email, name, role, password_hash, phone) VALUES ({},"
                      " '{}@x.example', '{}', '{}', '{}', '+2783{}') RETURNING 1",
                      id, name, name, role, hash, id));
    };
    person(501, "thabo", "technician");
    person(502, "lerato", "technician");
    person(503, "ada", "admin");
    db->ask("INSERT INTO teams (id, name, zone) VALUES (601, 'North', 'Zone A') RETURNING 1");
    db->ask("INSERT INTO team_members VALUES (601, 501) RETURNING 1");
    db->ask(
        "INSERT INTO outbox (key, channel, lane, body, next_at, created_at, last_status) VALUES"
        " ('old', 'email', 'to:x', '{\"kind\":\"assigned\"}', now(), now() - interval '73 hours',"
        " '451 busy') RETURNING 1");
    hub = new hub_process({.store_url = db->url(), .port = free_port()});
    hub->start_ready();
    token = hub->make_token("write");
  }
  static void TearDownTestSuite() {
    delete hub;
    delete db;
  }
  static std::string sign_in(const std::string& name) {
    const std::string session = e2e::sign_in(hub->port(), name + "@x.example", password);
    EXPECT_NE(session, "");
    return session;
  }
  static http_answer send(const std::string& who, const char* verb, const std::string& path,
                          const std::string& body = "", http_headers more = {}) {
    more.emplace_back("Authorization", "Bearer " + who);
    if (!body.empty()) more.emplace_back("Content-Type", "application/json");
    return fetch(hub->port(), verb, "/api/v1" + path, body, more);
  }
  static std::string data(const http_answer& answer, const char* key) {
    const auto body = json::parse(answer.body);
    const auto* found = body ? json::find(*body, "data") : nullptr;
    return found ? json::text_or_number(*found, key) : "";
  }

  static inline fixtures::temporary_database* db = nullptr;
  static inline hub_process* hub = nullptr;
  static inline std::string token;
};

TEST_F(Notifications, AreMadeOnceAlthoughTheHubIsKilledAndTheRequestsAreRepeated) {
  const std::string lerato = sign_in("lerato");
  const auto everything = [&](const char* expected) {
    const http_answer made =
        send(token, "POST", "/tickets",
             R"({"title":"Dark","source":"ff_internal","zone":"Zone A","priority":"critical"})",
             {{"Idempotency-Key", "make-1"}});
    EXPECT_EQ(made.status, 201U) << made.body;
    const std::string uid = data(made, "ticket_uid");
    EXPECT_EQ(send(token, "POST", "/tickets/" + uid + "/assign", R"({"assigned_to":502})",
                   {{"Idempotency-Key", "give-1"}})
                  .status,
              200U);
    EXPECT_EQ(send(token, "POST", "/tickets/" + uid + "/notes",
                   R"({"body":"@lerato and again @lerato: take the ladder"})",
                   {{"Idempotency-Key", "note-1"}})
                  .status,
              201U);
    const http_answer list = send(lerato, "GET", "/notifications?unread=true");
    EXPECT_EQ(data(list, "unread_count"), expected) << list.body;
    EXPECT_THAT(list.body, HasSubstr(uid + " is assigned to you: Dark"));
    EXPECT_THAT(list.body, HasSubstr("take the ladder"));
  };
  everything("2");
  for (int kills = 0; kills < 3; ++kills) {
    hub->kill_now();
    hub->start_ready();
    everything("2");
  }
  EXPECT_EQ(db->ask("SELECT user_id || ' ' || kind FROM notifications WHERE kind <> 'delivery_dead'"
                    " ORDER BY id"),
            "501 created\n502 assigned\n502 mention");
  EXPECT_EQ(db->ask("SELECT channel || ' ' || user_id || ' ' || (body->>'kind') || ' ' || state"
                    " FROM outbox WHERE user_id <> 503 ORDER BY id"),
            "email 501 created ready\nemail 502 assigned ready\nwhatsapp 502 assigned ready\n"
            "email 502 mention ready");
}

TEST_F(Notifications, AreReadByTheirOwner) {
  const std::string thabo = sign_in("thabo"), lerato = sign_in("lerato");
  for (int i = 0; i < 3; ++i)
    ASSERT_EQ(
        send(token, "POST", "/tickets", R"({"title":"more","source":"adhoc","zone":"Zone A"})")
            .status,
        201U);
  const http_answer page = send(thabo, "GET", "/notifications?limit=1");
  EXPECT_EQ(page.status, 200U) << page.body;
  const auto body = json::parse(page.body);
  const auto* items = json::at(*body, "data", "notifications");
  ASSERT_TRUE(items && items->IsArray() && items->Size() == 1);
  const std::string id = json::text_or_number((*items)[0], "id");
  const std::string one = "/notifications/" + id + "/read";
  EXPECT_EQ(send(lerato, "POST", one).status, 404U);
  const std::string before =
      data(send(thabo, "GET", "/notifications/unread-count"), "unread_count");
  EXPECT_EQ(send(thabo, "POST", one).status, 200U);
  EXPECT_EQ(std::stoi(data(send(thabo, "GET", "/notifications/unread-count"), "unread_count")),
            std::stoi(before) - 1);
  const auto* next = json::at(*body, "data", "pagination");
  const http_answer second =
      send(thabo, "GET",
           "/notifications?limit=1&cursor=" + std::string(json::text(*next, "next_cursor")));
  EXPECT_EQ(second.status, 200U);
  EXPECT_THAT(second.body, ::testing::Not(HasSubstr("\"id\":" + id + ",")));
  EXPECT_EQ(send(thabo, "POST", "/notifications/read-all", R"({"up_to":)" + id + "}").status, 200U);
  EXPECT_EQ(data(send(thabo, "GET", "/notifications/unread-count"), "unread_count"), "0");
  // A path without the version, a token, nobody.
  EXPECT_EQ(get(hub->port(), "/api/notifications/unread-count", thabo).status, 200U);
  EXPECT_EQ(send(token, "GET", "/notifications").status, 403U);
  EXPECT_EQ(fetch(hub->port(), "GET", "/api/v1/notifications").status, 401U);
}

TEST_F(Notifications, PreferencesAreCheckedFieldByField) {
  const std::string lerato = sign_in("lerato");
  const http_answer before = send(lerato, "GET", "/notifications/preferences");
  EXPECT_THAT(before.body, HasSubstr(R"("time_zone":"UTC","quiet_hours":null)"));
  struct row {
    const char *body, *field;
  };
  const row wrong[] = {
      {R"({"time_zone":"Mars/Olympus"})", "time_zone"},
      {R"({"quiet_hours":{"from":"22:00"}})", "quiet_hours.to"},
      {R"({"quiet_hours":{"from":"25:00","to":"06:00"}})", "quiet_hours.from"},
      {R"({"quiet_hours":{"from":"22:00","to":"22:00"}})", "quiet_hours.to"},
      {R"({"quiet_hours":"always"})", "quiet_hours"},
      {R"({"digest":{"mode":"weekly"}})", "digest.mode"},
      {R"({"digest":{"mode":"daily","at":"7"}})", "digest.at"},
      {R"({"digest":{"when":"07:00"}})", "digest.when"},
      {R"({"kinds":{"birthday":{"email":true}}})", "kinds.birthday"},
      {R"({"kinds":{"mention":{"email":"yes"}}})", "kinds.mention.email"},
      {R"({"kinds":{"mention":{"whatsapp":"sometimes"}}})", "kinds.mention.whatsapp"},
      {R"({"kinds":{"mention":{"sms":true}}})", "kinds.mention.sms"},
      {R"({"kinds":{"mention":true}})", "kinds.mention"},
      {R"({"urgent_breaks_through":1})", "urgent_breaks_through"},
      {R"({"colour":"red"})", "colour"},
  };
  for (const row& r : wrong) {
    const http_answer no = send(lerato, "PUT", "/notifications/preferences", r.body);
    EXPECT_EQ(no.status, 400U) << r.body;
    EXPECT_THAT(no.body, HasSubstr(fmt::format(R"("field":"{}")", r.field))) << r.body;
  }
  EXPECT_EQ(send(lerato, "GET", "/notifications/preferences").body, before.body);
  const http_answer set =
      send(lerato, "PUT", "/notifications/preferences",
           R"({"time_zone":"Africa/Johannesburg","quiet_hours":{"from":"22:00","to":"06:00"},)"
           R"("digest":{"mode":"daily","at":"07:30"},"kinds":{"mention":{"email":false}}})");
  EXPECT_EQ(set.status, 200U) << set.body;
  EXPECT_THAT(set.body, HasSubstr(R"("quiet_hours":{"from":"22:00","to":"06:00"})"));
  EXPECT_THAT(set.body, HasSubstr(R"("mention":{"in_app":true,"email":false,"whatsapp":"off"})"));
  EXPECT_EQ(send(lerato, "GET", "/notifications/preferences").body, set.body);
  EXPECT_EQ(send(lerato, "PUT", "/notifications/preferences", "{}").body, before.body);
}

TEST_F(Notifications, TheOutboxIsForAdmins) {
  const std::string ada = sign_in("ada");
  ASSERT_EQ(
      send(token, "POST", "/tickets", R"({"title":"x","source":"adhoc","zone":"Zone A"})").status,
      201U);
  const http_answer page = send(ada, "GET", "/outbox?state=ready&channel=email&limit=1");
  EXPECT_EQ(page.status, 200U) << page.body;
  const auto body = json::parse(page.body);
  const auto* items = json::at(*body, "data", "items");
  ASSERT_TRUE(items && items->IsArray() && items->Size() == 1);
  const std::string row = "/outbox/" + json::text_or_number((*items)[0], "id");
  EXPECT_EQ(data(send(ada, "POST", row + "/cancel"), "state"), "dead");
  EXPECT_EQ(send(ada, "POST", row + "/cancel").status, 409U);
  EXPECT_EQ(data(send(ada, "POST", row + "/retry"), "state"), "ready");
  EXPECT_EQ(send(ada, "POST", "/outbox/1000000/retry").status, 404U);
  EXPECT_EQ(send(ada, "GET", "/outbox?state=lost").status, 400U);
  for (const std::string& who : {sign_in("thabo"), token})
    EXPECT_EQ(send(who, "GET", "/outbox").status, 403U);
}

TEST_F(Notifications, AdminsAreToldOfWhatCouldNotBeDeliveredInTime) {
  const std::string ada = sign_in("ada");
  EXPECT_TRUE(eventually([&] {
    return send(ada, "GET", "/outbox?state=dead")
               .body.find("not delivered within 72 h: 451 busy") != std::string::npos;
  }));
  const http_answer told = send(ada, "GET", "/notifications?limit=100");
  EXPECT_THAT(told.body, HasSubstr(R"("kind":"delivery_dead")"));
  EXPECT_THAT(told.body, HasSubstr("A delivery was given up"));
  const http_answer lines = fetch(hub->port(), "GET", "/metrics");
  EXPECT_THAT(lines.body, HasSubstr("\nfibrehub_outbox_given_up "));
}

TEST_F(Notifications, AreCounted) {
  ASSERT_EQ(
      send(token, "POST", "/tickets", R"({"title":"x","source":"adhoc","zone":"Zone A"})").status,
      201U);
  const std::string metrics = fetch(hub->port(), "GET", "/metrics").body;
  EXPECT_THAT(metrics, ::testing::Not(HasSubstr("\nfibrehub_notifications 0\n")));
  EXPECT_THAT(metrics, HasSubstr("\nfibrehub_notifications "));
  for (const char* state : {"ready", "inflight", "done", "dead"})
    EXPECT_THAT(metrics, HasSubstr(fmt::format("fibrehub_outbox_rows{{state=\"{}\"}}", state)));
  EXPECT_THAT(metrics, HasSubstr("\nfibrehub_outbox_oldest_seconds "));
}

}  // namespace
}  // namespace fibrehub::e2e
