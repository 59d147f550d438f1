// Automation rules of a running hub, through its API only: the four rules that come with it, with
// seconds instead of hours; and each acts once although the hub is killed in the middle.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "protocols/auth/password.hpp"
#include "tests/e2e/api.hpp"
#include "tests/e2e/deliveries.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Automation : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    db = new fixtures::temporary_database;
    for (const char* person :
         {"501, 'thabo@x.example', 'Thabo', 'technician'",
          "502, 'lindiwe@x.example', 'Lindiwe', 'team_lead'",
          "503, 'mandla@x.example', 'Mandla', 'manager'", "504, 'ada@x.example', 'Ada', 'admin'",
          "505, 'vera@x.example', 'Vera', 'viewer'"})
      db->ask(
          fmt::format("INSERT INTO users (id, email, name, role) VALUES ({}) RETURNING 1", person));
    db->ask(
        "INSERT INTO teams (id, name, specialties, lead_id) VALUES (601, 'North', '{fault}', 502)"
        " RETURNING 1");
    db->ask("INSERT INTO team_members VALUES (601, 501) RETURNING 1");
    hub = new hub_process({.store_url = db->url(), .port = free_port()});
    hub->start_ready();
    admin = hub->make_token("admin");
    token = hub->make_token("write");
  }
  static void TearDownTestSuite() {
    delete hub;
    delete db;
  }
  static http_answer send(const char* verb, const std::string& path, const std::string& body = "",
                          const std::string& who = admin) {
    return ask_api(hub->port(), who, verb, path, body);
  }
  static std::string make_ticket(const std::string& more = "") {
    const http_answer made =
        send("POST", "/tickets",
             fmt::format(R"({{"title":"No light","type":"fault","source":"api"{}}})", more), token);
    EXPECT_EQ(made.status, 201U) << made.body;
    return field_of(made, "ticket_uid");
  }
  static void post(const std::string& uid, const char* what, const std::string& body) {
    const http_answer done = send("POST", "/tickets/" + uid + what, body, token);
    EXPECT_LT(done.status, 300U) << done.body;
  }
  static std::string rule_id(const std::string& name) {
    return db->ask("SELECT id FROM automation_rules WHERE name = '" + name + "'");
  }
  static void change_rule(const std::string& name, const std::string& body) {
    const http_answer done = send("PATCH", "/automation-rules/" + rule_id(name), body);
    ASSERT_EQ(done.status, 200U) << done.body;
  }
  /// Who was told of the ticket by a rule.
  static std::string told(const std::string& uid) {
    return db->ask(
        "SELECT coalesce(string_agg(u.name, ', ' ORDER BY u.name), '') FROM notifications n JOIN"
        " users u ON u.id = n.user_id WHERE n.kind = 'automation' AND n.ticket_uid = '" +
        uid + "'");
  }
  static std::string status_of(const std::string& uid) {
    return field_of(send("GET", "/tickets/" + uid), "status");
  }
  /// After two rounds a rule on time that wanted to act would have.
  static void let_rules_look() {
    const std::string uid = make_ticket();
    db->ask("UPDATE tickets SET tags = '{probe}' WHERE uid = '" + uid + "' RETURNING 1");
    const http_answer made =
        send("POST", "/automation-rules",
             fmt::format(R"({{"name":"probe {0}","enabled":true,"query":"tag:probe uid:{0}",)"
                         R"("trigger":{{"on":"time","anchor":"created","after_seconds":1}},)"
                         R"("backfill":true,"actions":[{{"do":"add_tag","tag":"probed"}}]}})",
                         uid));
    ASSERT_EQ(made.status, 201U) << made.body;
    EXPECT_TRUE(eventually([&] {
      return db->ask("SELECT 1 FROM tickets WHERE uid = '" + uid + "' AND 'probed' = ANY (tags)") ==
             "1";
    }));
    EXPECT_EQ(send("DELETE", "/automation-rules/" + field_of(made, "id")).status, 200U);
  }

  static inline fixtures::temporary_database* db = nullptr;
  static inline hub_process* hub = nullptr;
  static inline std::string admin, token;
};

TEST_F(Automation, ComesWithTheFourRulesOfWhichTwoAreSwitchedOn) {
  const http_answer all = send("GET", "/automation-rules");
  for (const char* text : {R"("name":"Unassigned for 2 hours","enabled":true)",
                           R"("name":"No answer in 48 hours: remind","enabled":true)",
                           R"("name":"Resolved for 3 days: close","enabled":false)",
                           R"("name":"Critical and critical: all agents","enabled":false)",
                           R"("does":["notify lead, role manager"])"})
    EXPECT_THAT(all.body, HasSubstr(text));
  const std::string reader = hub->make_token("read");
  for (const char* path : {"/automation-rules", "/automation-runs", "/automation-rules/1/runs"})
    EXPECT_EQ(send("GET", path, "", reader).status, 403U) << path;
  EXPECT_EQ(send("POST", "/automation-rules/1/dry-run", "", reader).status, 403U);
}

TEST_F(Automation, TellsTheLeadAndManagersOfWhatNobodyTakes) {
  change_rule("Unassigned for 2 hours",
              R"({"trigger":{"on":"time","anchor":"unassigned","after_seconds":5}})");
  const std::string taken = make_ticket(), left = make_ticket();
  post(taken, "/assign", R"({"assigned_to":501})");
  EXPECT_TRUE(eventually([&] { return told(left) == "Lindiwe, Mandla"; })) << told(left);
  EXPECT_EQ(told(taken), "");
  EXPECT_THAT(send("GET", "/tickets/" + left + "/history").body,
              HasSubstr(R"("actor":"automation: Unassigned for 2 hours")"));
  const http_answer runs = send("GET", "/automation-runs?ticket=" + left);
  EXPECT_THAT(runs.body, HasSubstr(R"("outcome":"done","detail":"notify lead, role manager")"));
  EXPECT_THAT(runs.body, HasSubstr(R"("next_cursor":null)"));
  const std::string metrics = get(hub->port(), "/metrics", token).body;
  EXPECT_THAT(metrics, HasSubstr(R"(fibrehub_automation_runs{outcome="done"})"));
  // At most seconds late.
  EXPECT_EQ(db->ask("SELECT count(*) FROM automation_runs WHERE at - due_at > interval '10 s'"),
            "0");
  change_rule("Unassigned for 2 hours", R"({"enabled":false})");
}

TEST_F(Automation, TellsAllAgentsOfWhatIsCriticalAndCritical) {
  change_rule("Critical and critical: all agents", R"({"enabled":true})");
  const std::string half = make_ticket(R"(,"urgency":"critical","importance":"high")");
  const std::string whole = make_ticket(R"(,"urgency":"critical","importance":"critical")");
  EXPECT_TRUE(eventually([&] { return told(whole) == "Ada, Lindiwe, Mandla, Thabo"; }))
      << told(whole);
  EXPECT_EQ(told(half), "");
  const http_answer edit = send("PATCH", "/tickets/" + half, R"({"importance":"critical"})", token);
  EXPECT_EQ(edit.status, 200U) << edit.body;
  EXPECT_TRUE(eventually([&] { return told(half) == "Ada, Lindiwe, Mandla, Thabo"; }));
  change_rule("Critical and critical: all agents", R"({"enabled":false})");
}

TEST_F(Automation, ClosesWhatHasBeenResolvedForLongEnough) {
  const auto resolve = [](const std::string& uid) {
    post(uid, "/assign", R"({"assigned_to":501})");
    post(uid, "/status", R"({"status":"in_progress"})");
    post(uid, "/status", R"({"status":"resolved"})");
  };
  const std::string before = make_ticket();
  resolve(before);
  db->ask("UPDATE tickets SET resolved_at = resolved_at - interval '4 days' WHERE uid = '" +
          before + "' RETURNING 1");
  change_rule("Resolved for 3 days: close",
              R"({"enabled":true,"trigger":{"on":"time","anchor":"resolved","after_seconds":2}})");
  const std::string after = make_ticket();
  resolve(after);
  EXPECT_TRUE(eventually([&] { return status_of(after) == "closed"; }));
  EXPECT_THAT(send("GET", "/tickets/" + after + "/history").body,
              HasSubstr("Resolved for 3 days without a word"));
  // What had been resolved before the rule was switched on is left alone, until that is wanted.
  let_rules_look();
  EXPECT_EQ(status_of(before), "resolved");
  const std::string dry_run =
      "/automation-rules/" + rule_id("Resolved for 3 days: close") + "/dry-run";
  EXPECT_THAT(send("POST", dry_run).body, HasSubstr(R"("before_rule":1)"));
  EXPECT_THAT(send("POST", dry_run, R"({"backfill":true})").body,
              HasSubstr(R"("do":"set status closed","changes":[{"field":"status","from":)"
                        R"("resolved","to":"closed"}])"));
  EXPECT_EQ(status_of(before), "resolved");
  change_rule("Resolved for 3 days: close", R"({"backfill":true})");
  EXPECT_TRUE(eventually([&] { return status_of(before) == "closed"; }));
  change_rule("Resolved for 3 days: close", R"({"enabled":false})");
}

TEST_F(Automation, RemindsOfClientsWhoWaitForAnAnswer) {
  change_rule("No answer in 48 hours: remind",
              R"({"trigger":{"on":"time","anchor":"unanswered","after_seconds":5}})");
  const std::string answered = make_ticket(), waiting = make_ticket();
  post(answered, "/notes", R"({"body":"We are on it","internal":false})");
  for (const std::string& uid : {answered, waiting})
    post(uid, "/assign", R"({"assigned_to":501})");
  EXPECT_TRUE(eventually([&] { return told(waiting) == "Thabo"; })) << told(waiting);
  let_rules_look();
  EXPECT_EQ(told(answered), "");
  change_rule("No answer in 48 hours: remind", R"({"enabled":false})");
}

TEST_F(Automation, ActsOnceOnEachTicketAlthoughTheHubIsKilledInTheMiddle) {
  const auto make_rule = [](const char* name, const char* trigger) {
    const http_answer made =
        send("POST", "/automation-rules",
             fmt::format(R"({{"name":"{0}","enabled":true,"query":"tag:kill","trigger":{1},)"
                         R"("actions":[{{"do":"add_note","text":"{0}"}},{{"do":"notify","to":)"
                         R"({{"people":[505]}}}}]}})",
                         name, trigger));
    EXPECT_EQ(made.status, 201U) << made.body;
    return field_of(made, "id");
  };
  const std::string on_time =
      make_rule("later", R"({"on":"time","anchor":"created","after_seconds":1})");
  const std::string on_change = make_rule("at once", R"({"on":"change","events":["created"]})");
  constexpr int count = 120;
  std::vector<std::string> uids;
  int kills = 0;
  for (int i = 0; i < count; ++i) {
    uids.push_back(make_ticket(R"(,"tags":["kill"])"));
    if (i % 30 != 29) continue;
    // While some of them are being acted on.
    const std::string before = db->ask("SELECT count(*) FROM automation_runs");
    EXPECT_TRUE(
        eventually([&] { return db->ask("SELECT count(*) FROM automation_runs") != before; }));
    hub->kill_now();
    ++kills;
    hub->start_ready();
  }
  EXPECT_EQ(kills, 4);
  const std::string runs = fmt::format(
      "SELECT count(*) FROM automation_runs WHERE rule_id IN ({}, {}) AND outcome = 'done'",
      on_time, on_change);
  EXPECT_TRUE(eventually([&] { return db->ask(runs) == std::to_string(2 * count); }, 30s))
      << db->ask(runs);
  let_rules_look();
  EXPECT_EQ(db->ask(runs), std::to_string(2 * count));
  EXPECT_EQ(db->ask("SELECT count(*) || ' ' || count(DISTINCT (ticket_id, body)) FROM ticket_notes"
                    " WHERE body IN ('later', 'at once')"),
            fmt::format("{0} {0}", 2 * count));
  EXPECT_EQ(db->ask("SELECT count(*) FROM notifications WHERE user_id = 505"),
            std::to_string(2 * count));
  EXPECT_TRUE(eventually([&] { return db->ask("SELECT count(*) FROM automation_due") == "0"; }));
  EXPECT_EQ(db->ask("SELECT count(*) FROM tickets t WHERE (t.version, t.history_seq) <> (SELECT"
                    " count(*), max(seq) FROM ticket_history h WHERE h.ticket_id = t.id)"),
            "0");
  for (const std::string& id : {on_time, on_change})
    EXPECT_EQ(send("DELETE", "/automation-rules/" + id).status, 200U);
}

TEST_F(Automation, StopsTwoRulesThatChaseEachOther) {
  const auto make_rule = [](const char* name, const char* from, const char* to) {
    const http_answer made =
        send("POST", "/automation-rules",
             fmt::format(
                 R"({{"name":"{}","enabled":true,"query":"tag:loop priority:{}","trigger":{{"on":)"
                 R"("change","events":["changed"],"fields":["priority"]}},"actions":[{{"do":)"
                 R"("set_priority","priority":"{}"}}]}})",
                 name, from, to));
    EXPECT_EQ(made.status, 201U) << made.body;
    return field_of(made, "id");
  };
  const std::string down = make_rule("down", "high", "low"), up = make_rule("up", "low", "high");
  const std::string uid = make_ticket(R"(,"tags":["loop"],"priority":"medium")");
  EXPECT_EQ(send("PATCH", "/tickets/" + uid, R"({"priority":"high"})", token).status, 200U);
  const std::string stopped =
      "SELECT count(*) FROM notifications WHERE kind ="
      " 'automation_stopped' AND user_id = 504";
  EXPECT_TRUE(eventually([&] { return db->ask(stopped) == "1"; }));
  const http_answer runs = send("GET", "/automation-runs?ticket=" + uid);
  EXPECT_THAT(runs.body, HasSubstr(R"("outcome":"stopped","detail":"loop guard: rules have)"));
  EXPECT_EQ(db->ask("SELECT string_agg(outcome, ' ' ORDER BY id) FROM automation_runs WHERE"
                    " rule_id IN (" +
                    down + ", " + up + ")"),
            "done done done stopped");
  EXPECT_THAT(send("GET", "/automation-rules/" + up + "/runs?outcome=done").body,
              Not(HasSubstr("stopped")));
  for (const std::string& id : {down, up})
    EXPECT_EQ(send("DELETE", "/automation-rules/" + id).status, 200U);
}

TEST_F(Automation, RefusesWhatIsNoRuleByName) {
  const http_answer wrong = send(
      "POST", "/automation-rules",
      R"({"name":" ","query":"status:open assignee:me","trigger":{"on":"time","anchor":"birth"},)"
      R"("actions":[{"do":"notify","to":{"roles":["client"]}},{"do":"dance"},)"
      R"({"do":"assign","auto":true,"user_id":1},{"do":"set_status","status":"gone"}],"color":1})");
  EXPECT_EQ(wrong.status, 400U);
  for (const char* text :
       {R"("name")", "column 22: me means whoever asks", "trigger.anchor", "trigger.after_seconds",
        "actions[0].to.roles", "actions[1].do", "actions[2].auto", "actions[3].status", "color"})
    EXPECT_THAT(wrong.body, HasSubstr(text));
  EXPECT_THAT(send("POST", "/automation-rules/dry-run",
                   R"({"name":"x","query":"status:open prio:high","trigger":{"on":"change",)"
                   R"("events":["created"]},"actions":[{"do":"add_tag","tag":"x"}]})")
                  .body,
              HasSubstr("column 13"));
  EXPECT_EQ(send("GET", "/automation-rules/999999").status, 404U);
  EXPECT_EQ(send("POST", "/automation-rules/999999/dry-run").status, 404U);
}

}  // namespace
}  // namespace fibrehub::e2e
