// SLA clocks of a running hub, through its API only: a ticket of seconds warns and breaches, and
// people are told once although the hub is killed around the instant at which it happens.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/e2e/api.hpp"
#include "tests/e2e/deliveries.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::e2e {
namespace {

using ::testing::HasSubstr;

class Clocks : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    db = new fixtures::temporary_database;
    for (const char* person : {"501, 'thabo@x.example', 'Thabo', 'technician'",
                               "502, 'lerato@x.example', 'Lerato', 'team_lead'",
                               "503, 'mandla@x.example', 'Mandla', 'manager'"})
      db->ask(
          fmt::format("INSERT INTO users (id, email, name, role) VALUES ({}) RETURNING 1", person));
    db->ask("INSERT INTO teams (id, name, lead_id) VALUES (601, 'North', 502) RETURNING 1");
    db->ask("INSERT INTO team_members VALUES (601, 501) RETURNING 1");
    hub = new hub_process({.store_url = db->url(), .port = free_port()});
    hub->start_ready();
    token = hub->make_token("write");
    admin = hub->make_token("admin");
  }
  static void TearDownTestSuite() {
    delete hub;
    delete db;
  }
  static http_answer send(const char* verb, const std::string& path, const std::string& body = "",
                          const std::string& who = admin, http_headers more = {}) {
    return ask_api(hub->port(), who, verb, path, body, std::move(more));
  }
  static void set_target(const char* priority, int seconds) {
    const http_answer done = send("POST", "/sla-configs",
                                  fmt::format(R"({{"configs":[{{"type":"fault","priority":"{}",)"
                                              R"("resolution_seconds":{}}}]}})",
                                              priority, seconds));
    ASSERT_EQ(done.status, 200U) << done.body;
  }
  /// A fault that has been answered and is Thabo's.
  static std::string make_ticket(const char* priority) {
    const http_answer made =
        send("POST", "/tickets",
             fmt::format(R"({{"title":"No light","type":"fault","priority":"{}"}})", priority));
    EXPECT_EQ(made.status, 201U) << made.body;
    const std::string uid = field_of(made, "ticket_uid");
    EXPECT_NE(field_of(made, "due_at"), "");
    EXPECT_EQ(
        send("POST", "/tickets/" + uid + "/notes", R"({"body":"We are on it","internal":false})")
            .status,
        201U);
    EXPECT_EQ(
        send("POST", "/tickets/" + uid + "/assign", R"({"assigned_to":501,"assigned_team":601})")
            .status,
        200U);
    return uid;
  }
  /// "clock_75 Thabo …": who was told what of the ticket's clocks.
  static std::string told(const std::string& uid) {
    return db->ask(
        "SELECT string_agg(n.kind || ' ' || u.name, ', ' ORDER BY n.kind, u.name) FROM"
        " notifications n JOIN users u ON u.id = n.user_id WHERE n.kind LIKE 'clock%' AND"
        " n.ticket_uid = '" +
        uid + "'");
  }
  static constexpr const char* everything =
      "clock_75 Thabo, clock_90 Lerato, clock_90 Thabo, clock_breached Lerato, clock_breached"
      " Mandla, clock_breached Thabo";

  static inline fixtures::temporary_database* db = nullptr;
  static inline hub_process* hub = nullptr;
  static inline std::string token, admin;
};

TEST_F(Clocks, WarnTwiceAndBreachInTime) {
  set_target("critical", 8);
  const std::string uid = make_ticket("critical");
  EXPECT_TRUE(eventually([&] { return told(uid) == everything; })) << told(uid);
  // Long before the sweep that finds what the wheel forgot.
  EXPECT_EQ(db->ask("SELECT count(*) FROM sla_events WHERE noticed_at - at > interval '3 s'"), "0");
  const http_answer clocks = send("GET", "/tickets/" + uid + "/clocks");
  EXPECT_THAT(clocks.body, HasSubstr(R"("clock":"resolution","cycle":1,"state":"breached")"));
  EXPECT_THAT(clocks.body, HasSubstr(R"("clock":"response","cycle":1,"state":"met")"));
  EXPECT_THAT(send("GET", "/tickets/" + uid).body, HasSubstr(R"("clocks":[{"clock":"response")"));
  const http_answer why = send("GET", "/tickets/" + uid + "/clocks/resolution/explain");
  EXPECT_THAT(why.body, HasSubstr(R"("target_reason":"configured for fault, critical: 8 s")"));
  EXPECT_THAT(why.body, HasSubstr(R"("status":"breached")"));
  EXPECT_EQ(send("GET", "/tickets/" + uid + "/clocks/other/explain").status, 400U);
  const std::string metrics = get(hub->port(), "/metrics", token).body;
  EXPECT_THAT(metrics, HasSubstr("fibrehub_clocks_sent 3"));
  EXPECT_THAT(metrics, HasSubstr("fibrehub_clocks_loaded 1"));
}

TEST_F(Clocks, AreToldOfOnceAlthoughTheHubIsKilledAroundTheInstant) {
  set_target("high", 5);
  std::vector<std::string> uids;
  for (int i = 0; i < 5; ++i)
    uids.push_back(make_ticket("high"));
  // The 75 % of the first one is about to be recorded, or just was.
  EXPECT_TRUE(eventually([&] {
    return db->ask(
               "SELECT count(*) FROM sla_clocks c JOIN tickets t ON t.id = c.ticket_id WHERE"
               " c.wake_at <= clock_timestamp() + interval '5 ms' AND t.priority = 'high'") != "0";
  }));
  hub->kill_now();
  hub->start_ready();
  EXPECT_TRUE(eventually([&] {
    return db->ask(
               "SELECT count(*) FROM sla_events e JOIN tickets t ON t.id = e.ticket_id WHERE"
               " t.priority = 'high' AND level_bp = 10000") == "5";
  }));
  hub->kill_now();
  hub->start_ready();
  for (const std::string& uid : uids) {
    EXPECT_THAT(told(uid), HasSubstr("clock_breached Lerato, clock_breached Mandla,"
                                     " clock_breached Thabo"));
    // Whatever was crossed while it was dead is superseded, never repeated.
    EXPECT_EQ(db->ask("SELECT count(*) FROM (SELECT kind, user_id FROM notifications WHERE"
                      " ticket_uid = '" +
                      uid +
                      "' AND kind LIKE 'clock%' GROUP BY 1, 2 HAVING"
                      " count(*) > 1) twice"),
              "0");
    EXPECT_EQ(db->ask("SELECT count(*) FROM sla_events e JOIN tickets t ON t.id = e.ticket_id WHERE"
                      " t.uid = '" +
                      uid + "' AND clock = 'resolution'"),
              "3");
  }
}

TEST_F(Clocks, StandStillWhileTheTicketIsBlocked) {
  set_target("medium", 3);
  const std::string uid = make_ticket("medium");
  EXPECT_EQ(
      send("POST", "/tickets/" + uid + "/status", R"({"status":"blocked","reason":"no access"})")
          .status,
      200U);
  const http_answer clocks = send("GET", "/tickets/" + uid + "/clocks");
  EXPECT_THAT(clocks.body, HasSubstr(R"("state":"paused")"));
  EXPECT_THAT(send("GET", "/tickets/" + uid).body, HasSubstr(R"("due_at":null)"));
  set_target("low", 3);
  const std::string other = make_ticket("low");
  EXPECT_TRUE(eventually([&] { return told(other) == everything; })) << told(other);
  EXPECT_EQ(told(uid), "") << "it has waited longer than the other";
}

TEST_F(Clocks, AreConfiguredByManagersOnlyAndOnceForEachKey) {
  EXPECT_EQ(send("POST", "/sla-configs", R"({"types":[{"type":"build","base_seconds":60}]})",
                 hub->make_token("read"))
                .status,
            403U);
  const http_answer wrong = send(
      "POST", "/sla-configs",
      R"({"configs":[{"type":"fault","priority":"urgent","resolution_seconds":0,"hours":1}]})");
  EXPECT_EQ(wrong.status, 400U);
  for (const char* field :
       {"configs[0].priority", "configs[0].resolution_seconds", "configs[0].hours"})
    EXPECT_THAT(wrong.body, HasSubstr(field));
  const http_headers key{{"Idempotency-Key", "calendar-1"}};
  const std::string body =
      R"({"name":"Office","calendar":{"zone":"Africa/Johannesburg","weekly":{"mon":[["08:00","17:00"]]}}})";
  const http_answer made = send("POST", "/calendars", body, admin, key);
  ASSERT_EQ(made.status, 201U) << made.body;
  EXPECT_EQ(send("POST", "/calendars", body, admin, key).body, made.body);
  EXPECT_EQ(send("POST", "/calendars", body).status, 409U);
  EXPECT_THAT(send("GET", "/calendars").body, HasSubstr(R"("name":"Office")"));
  const http_answer never =
      send("POST", "/calendars", R"({"name":"Never","calendar":{"zone":"UTC","weekly":{}}})");
  EXPECT_EQ(never.status, 400U);
  EXPECT_THAT(never.body, HasSubstr("calendar."));
  EXPECT_EQ(fetch(hub->port(), "GET", "/api/tickets/sla-configs", "",
                  {{"Authorization", "Bearer " + admin}})
                .status,
            200U);
}

}  // namespace
}  // namespace fibrehub::e2e
