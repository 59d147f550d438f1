// Edits of targets, contracts and calendars in a running hub: what they would do is told before,
// and the clocks that run follow, also when the hub is killed meanwhile.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/json/parse.hpp"
#include "tests/e2e/api.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::e2e {
namespace {

namespace json = protocols::json;
using ::testing::HasSubstr;

class SlaEdit : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    db = new fixtures::temporary_database;
    db->ask("INSERT INTO clients (id, code, name) VALUES (5, 'C5', 'Acme') RETURNING 1");
    db->ask(
        "INSERT INTO users (id, email, name, role) VALUES (503, 'm@x.example', 'Mandla',"
        " 'manager') RETURNING 1");
    hub = new hub_process({.store_url = db->url(), .port = free_port()});
    hub->start_ready();
    admin = hub->make_token("admin");
  }
  static void TearDownTestSuite() {
    delete hub;
    delete db;
  }
  static http_answer send(const char* verb, const std::string& path, const std::string& body = "") {
    return ask_api(hub->port(), admin, verb, path, body);
  }
  static std::string make_ticket(const std::string& more = "") {
    const http_answer made =
        send("POST", "/tickets", fmt::format(R"({{"title":"x","type":"fault"{}}})", more));
    EXPECT_EQ(made.status, 201U) << made.body;
    return field_of(made, "ticket_uid");
  }
  static std::string target_of(const std::string& uid) {
    return db->ask(
        "SELECT c.target_seconds || ' ' || date_part('epoch', c.due_at - c.start_at) || ' ' ||"
        " (t.due_at = c.due_at) FROM sla_clocks c JOIN tickets t ON t.id = c.ticket_id WHERE"
        " c.clock = 'resolution' AND t.uid = '" +
        uid + "'");
  }

  static inline fixtures::temporary_database* db = nullptr;
  static inline hub_process* hub = nullptr;
  static inline std::string admin;
};

TEST_F(SlaEdit, OfAContractIsPreviewedAndFollowedByTheClocksOfItsClient) {
  const std::string theirs = make_ticket(R"(,"client_id":5)"), other = make_ticket();
  EXPECT_EQ(target_of(theirs), "14400 14400 true");
  const std::string body =
      R"({"number":"K-7","client_id":5,"starts_on":"2020-01-01","resolution_seconds":7200})";
  const http_answer preview = send("POST", "/contracts/preview", body);
  ASSERT_EQ(preview.status, 200U) << preview.body;
  EXPECT_THAT(preview.body, HasSubstr(R"("changed":1,"moved":1,"breached_at_once":0)"));
  EXPECT_THAT(preview.body, HasSubstr(theirs));
  EXPECT_THAT(preview.body, HasSubstr(R"("from_target_seconds":14400,"to_target_seconds":7200)"));
  EXPECT_EQ(db->ask("SELECT count(*) FROM contracts"), "0");
  EXPECT_EQ(db->ask("SELECT count(*) FROM sla_retargets"), "0");
  const http_answer made = send("POST", "/contracts", body);
  ASSERT_EQ(made.status, 201U) << made.body;
  EXPECT_TRUE(eventually([&] { return target_of(theirs) == "7200 7200 true"; }))
      << target_of(theirs);
  EXPECT_EQ(target_of(other), "14400 14400 true");
  EXPECT_THAT(send("GET", "/tickets/" + theirs + "/history").body,
              HasSubstr(R"("action":"retarget","field":"resolution_target")"));
  const std::string id = field_of(made, "id");
  EXPECT_THAT(send("POST", "/contracts/" + id + "/preview", R"({"archived":true})").body,
              HasSubstr(R"("changed":1,"moved":1)"));
  EXPECT_EQ(send("POST", "/contracts/" + id + "/preview", R"({"client_id":77})").status, 400U);
  ASSERT_EQ(send("PATCH", "/contracts/" + id, R"({"archived":true})").status, 200U);
  EXPECT_TRUE(eventually([&] { return target_of(theirs) == "14400 14400 true"; }));
  EXPECT_EQ(db->ask("SELECT count(*) FROM sla_retargets"), "0");
  EXPECT_EQ(db->ask("SELECT count(*) FROM tickets t WHERE (t.version, t.history_seq) <> (SELECT"
                    " count(*), max(seq) FROM ticket_history h WHERE h.ticket_id = t.id)"),
            "0");
}

TEST_F(SlaEdit, OfATargetBreachesOnceAndSurvivesAKill) {
  std::vector<std::string> uids;
  for (int i = 0; i < 10; ++i)
    uids.push_back(make_ticket(R"(,"priority":"critical")"));
  db->ask(
      "UPDATE sla_clocks SET start_at = start_at - interval '10 min', due_at = due_at - interval"
      " '10 min', wake_at = wake_at - interval '10 min' WHERE target_seconds = 3600 AND clock ="
      " 'resolution' RETURNING 1");
  const std::string body =
      R"({"configs":[{"type":"fault","priority":"critical","resolution_seconds":300}]})";
  const http_answer preview = send("POST", "/sla-configs/preview?limit=4", body);
  EXPECT_THAT(preview.body,
              HasSubstr(R"("changed":10,"moved":10,"breached_at_once":10,"unbreached":0)"));
  const std::string cursor = [&] {
    auto document = json::parse(preview.body);
    return std::string(json::text(*json::at(*document, "data", "pagination"), "next_cursor"));
  }();
  EXPECT_THAT(preview.body, HasSubstr(uids[3]));
  EXPECT_THAT(send("POST", "/sla-configs/preview?limit=4&cursor=" + cursor, body).body,
              HasSubstr(uids[4]));
  ASSERT_EQ(send("POST", "/sla-configs", body).status, 200U);
  hub->kill_now();
  hub->start_ready();
  // One by one, or named together: each ticket once.
  const char* breaches =
      "SELECT count(*) || ' ' || count(DISTINCT t.id) FROM notifications n JOIN tickets t ON"
      " n.ticket_id = t.id OR (n.ticket_id IS NULL AND position(t.uid || ' ' IN n.body) > 0) WHERE"
      " n.kind = 'clock_breached' AND n.user_id = 503";
  EXPECT_TRUE(eventually([&] { return db->ask(breaches) == "10 10"; })) << db->ask(breaches);
  for (const std::string& uid : uids)
    EXPECT_EQ(target_of(uid), "300 300 true");
  // Dated at the change, not at the instant that would have been due.
  EXPECT_EQ(db->ask("SELECT count(*) FROM sla_events e JOIN sla_clocks c USING (ticket_id, clock,"
                    " cycle) WHERE e.level_bp = 10000 AND e.at < c.due_at + interval '1 minute'"),
            "0");
  EXPECT_THAT(
      send("POST", "/sla-configs/preview",
           R"({"configs":[{"type":"fault","priority":"critical","resolution_seconds":null}]})")
          .body,
      HasSubstr(R"("breached_at_once":0,"unbreached":10)"));
}

TEST_F(SlaEdit, OfACalendarIsPreviewed) {
  make_ticket();
  const http_answer preview =
      send("POST", "/calendars/1/preview",
           R"({"calendar":{"zone":"UTC","weekly":{"mon":[["08:00","09:00"]]}}})");
  ASSERT_EQ(preview.status, 200U) << preview.body;
  EXPECT_GT(std::stoi(field_of(preview, "moved")), 0);
  EXPECT_EQ(db->ask("SELECT version FROM sla_calendars WHERE id = 1"), "1");
  EXPECT_EQ(send("POST", "/calendars/1/preview", R"({"version":9})").status, 409U);
  EXPECT_EQ(send("POST", "/calendars/99/preview", R"({"name":"x"})").status, 404U);
}

}  // namespace
}  // namespace fibrehub::e2e
