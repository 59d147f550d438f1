#include <gmock/gmock.h>

#include "store/assignment/assign.hpp"
#include "store/assignment/rules.hpp"
#include "tests/store/work_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using domain::assignment_method;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AssignmentRules : public work_fixture {
 protected:
  static assignment_rule_fields fields(const std::string& name, assignment_method method,
                                       std::vector<std::string> zones = {},
                                       std::int64_t team = 20) {
    assignment_rule_fields f;
    f.name = name;
    f.method = method;
    f.zones = std::move(zones);
    f.team_id = team;
    return f;
  }
  std::int64_t make_rule(assignment_rule_fields f) {
    const auto done = change(create_assignment_rule{std::move(f)});
    EXPECT_TRUE(done) << done.error().message;
    return rules().back().rule.id;
  }
  std::vector<assignment_rule_view> rules() { return read(list_assignment_rules{}).value(); }
  assignment_run run_once(std::size_t limit = 100) {
    assign_new_tickets request;
    request.limit = limit;
    request.result = std::make_shared<assignment_run>();
    EXPECT_TRUE(change(request, assignment_principal()));
    return *request.result;
  }
  /// "1" for Thabo, "team 20" for the team alone, "-" for nobody.
  std::string owner(const std::string& uid) {
    const domain::ticket_record t = ticket(uid).ticket;
    const auto o = domain::ownership_of(t);
    const std::string status = *domain::at(t.values, domain::field::status);
    if (o.assigned_to != 0) return std::to_string(o.assigned_to) + " " + status;
    return o.assigned_team != 0 ? fmt::format("team {} {}", o.assigned_team, status)
                                : "- " + status;
  }
};

TEST_F(AssignmentRules, AlsoLookAtTicketsWithSmallerIdsThanTheLast) {
  make_rule(fields("All", assignment_method::team));
  const std::string first = make_ticket();
  // As an import does, which has ids of its own.
  execute("UPDATE tickets SET id = id + 1000000 WHERE uid = '" + first + "'");
  EXPECT_EQ(run_once().assigned, 1U);
  const std::string second = make_ticket();
  EXPECT_EQ(run_once().assigned, 1U);
  EXPECT_EQ(owner(second), "team 20 assigned");
}

TEST_F(AssignmentRules, AreMadeChangedListedInOrderAndDeleted) {
  const auto first = make_rule(fields("North", assignment_method::round_robin, {"North"}));
  const auto second = make_rule(fields("All", assignment_method::team));
  auto all = rules();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].rule.zones, std::vector<std::string>{"North"});
  EXPECT_EQ(all[0].rule.team_name, "Lawley");
  EXPECT_LT(all[0].position, all[1].position);
  assignment_rule_fields front;
  front.position = 0;
  front.enabled = false;
  ASSERT_TRUE(change(update_assignment_rule{second, front}));
  EXPECT_EQ(events_.at(0).kind, "assignment_rules.changed");
  all = rules();
  EXPECT_EQ(all[0].rule.id, second);
  EXPECT_FALSE(all[0].rule.enabled);
  EXPECT_EQ(all[0].rule.name, "All");
  ASSERT_TRUE(change(delete_assignment_rule{first}));
  EXPECT_EQ(rules().size(), 1U);
  EXPECT_EQ(change(delete_assignment_rule{first}).error().code, errc::not_found);
  EXPECT_EQ(change(update_assignment_rule{first, front}).error().code, errc::not_found);
  EXPECT_EQ(db_.ask("SELECT string_agg(action, ' ' ORDER BY seq) FROM audit_log"),
            "assignment_rule.created assignment_rule.created assignment_rule.updated"
            " assignment_rule.deleted");
}

TEST_F(AssignmentRules, NeedATeamThatIsThere) {
  const auto done = change(create_assignment_rule{fields("X", assignment_method::team, {}, 99)});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, errc::invalid);
  EXPECT_EQ(done.error().fields.at(0).first, "team_id");
}

TEST_F(AssignmentRules, GiveNewTicketsToOneAfterTheOther) {
  make_rule(fields("North", assignment_method::round_robin, {"North"}));
  std::vector<std::string> uids;
  for (int i = 0; i < 3; ++i)
    uids.push_back(make_ticket("North"));
  const std::string elsewhere = make_ticket("South");
  const assignment_run done = run_once();
  EXPECT_TRUE(done.active);
  EXPECT_EQ(done.seen, 4U);
  EXPECT_EQ(done.assigned, 3U);
  EXPECT_EQ(owner(uids[0]), "1 assigned");
  EXPECT_EQ(owner(uids[1]), "2 assigned");
  EXPECT_EQ(owner(uids[2]), "1 assigned");
  EXPECT_EQ(owner(elsewhere), "- new");
  EXPECT_EQ(rules()[0].rule.last_user, 1);
  EXPECT_THAT(history(uids[1]),
              ElementsAre("assigned assigned_team:  → 20", "assigned assigned_to:  → 2",
                          "reason assigned_to:  → rule 'North' fits: zone North; round robin after"
                          " Thabo → Lerato",
                          "status status: new → assigned"));
  ASSERT_EQ(events_.size(), 12U) << "three for each ticket, and three people are told";
  EXPECT_EQ(events_[0].kind, "ticket.updated");
  EXPECT_EQ(events_[1].kind, "ticket.status_changed");
  EXPECT_EQ(events_[2].kind, "ticket.assigned");
  EXPECT_EQ(events_[2].access.owner.assigned_to, 1);
  EXPECT_THAT(events_[2].data_json, HasSubstr(R"("assigned_to":1,"assigned_team":20)"));
  EXPECT_EQ(touched_.size(), 3U);
}

TEST_F(AssignmentRules, LookAtEachNewTicketOnce) {
  make_rule(fields("South", assignment_method::team, {"South"}));
  const std::string uid = make_ticket("North");
  EXPECT_EQ(run_once().seen, 1U);
  EXPECT_EQ(run_once().seen, 0U);
  make_rule(fields("All", assignment_method::team));
  EXPECT_EQ(run_once().seen, 0U) << "a second rule does not reach back";
  const std::string later = make_ticket("North");
  EXPECT_EQ(run_once().assigned, 1U);
  EXPECT_EQ(owner(uid), "- new");
  EXPECT_EQ(owner(later), "team 20 assigned");
}

TEST_F(AssignmentRules, LeaveAloneWhatWasThereBeforeTheFirstRule) {
  const std::string before = make_ticket();
  EXPECT_FALSE(run_once().active);
  const auto id = make_rule(fields("All", assignment_method::team));
  const std::string after = make_ticket();
  EXPECT_EQ(run_once().assigned, 1U);
  EXPECT_EQ(owner(before), "- new");
  EXPECT_EQ(owner(after), "team 20 assigned");
  assignment_rule_fields off, on;
  off.enabled = false;
  on.enabled = true;
  ASSERT_TRUE(change(update_assignment_rule{id, off}));
  const std::string meanwhile = make_ticket();
  EXPECT_FALSE(run_once().active);
  ASSERT_TRUE(change(update_assignment_rule{id, on}));
  EXPECT_EQ(run_once().seen, 0U);
  EXPECT_EQ(owner(meanwhile), "- new");
}

TEST_F(AssignmentRules, LeaveAloneWhatSomebodyHasOrIsNotNew) {
  make_rule(fields("All", assignment_method::round_robin));
  make_ticket("", "resolved");
  make_ticket();
  execute("UPDATE tickets SET assigned_to = 3");
  EXPECT_EQ(run_once().seen, 0U);
}

TEST_F(AssignmentRules, GoOnInPiecesAndMissNothing) {
  make_rule(fields("All", assignment_method::round_robin));
  for (int i = 0; i < 7; ++i)
    make_ticket();
  int runs = 0;
  while (run_once(3).more)
    ++runs;
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM tickets WHERE status = 'assigned'"), "7");
}

TEST_F(AssignmentRules, GiveToTheLeastLoadedAndCountWhatTheyGive) {
  make_rule(fields("All", assignment_method::least_loaded));
  for (int i = 0; i < 2; ++i)
    make_ticket("", "in_progress");
  make_ticket("", "closed");
  execute("UPDATE tickets SET assigned_to = 1 WHERE status = 'in_progress'");
  execute("UPDATE tickets SET assigned_to = 2 WHERE status = 'closed'");
  std::vector<std::string> got;
  for (int i = 0; i < 4; ++i)
    got.push_back(make_ticket());
  run_once();
  EXPECT_EQ(owner(got[0]), "2 assigned");
  EXPECT_EQ(owner(got[1]), "2 assigned");
  // Two each by now: equals take turns after the one who had the last.
  EXPECT_EQ(owner(got[2]), "1 assigned");
  EXPECT_EQ(owner(got[3]), "2 assigned");
}

TEST_F(AssignmentRules, PassOverPeopleWhoCannotWork) {
  execute("UPDATE users SET disabled_at = now() WHERE id = 1");
  make_rule(fields("All", assignment_method::round_robin));
  const std::string a = make_ticket(), b = make_ticket();
  run_once();
  EXPECT_EQ(owner(a), "2 assigned");
  EXPECT_EQ(owner(b), "2 assigned") << "neither the disabled nor the viewer";
}

TEST_F(AssignmentRules, RehearseWithoutATrace) {
  make_rule(fields("South", assignment_method::team, {"South"}));
  make_rule(fields("North", assignment_method::round_robin, {"North"}));
  const std::string uid = make_ticket("North");
  const auto said = change(auto_assign_ticket{uid, true});
  ASSERT_TRUE(said);
  EXPECT_THAT(said->data_json, HasSubstr(R"("assigned":false)"));
  EXPECT_THAT(said->data_json, HasSubstr(R"("assigned_to":1,"assigned_to_name":"Thabo")"));
  EXPECT_THAT(said->data_json, HasSubstr(R"(rule 'South' does not fit: zone North)"));
  EXPECT_THAT(said->data_json, HasSubstr(R"(rule 'North' fits: zone North; round robin begins)"));
  EXPECT_THAT(events_, IsEmpty());
  EXPECT_EQ(owner(uid), "- new");
  EXPECT_EQ(rules()[1].rule.last_user, 0);
  const auto done = change(auto_assign_ticket{uid, false});
  ASSERT_TRUE(done);
  EXPECT_THAT(done->data_json, HasSubstr(R"("assigned":true)"));
  EXPECT_EQ(owner(uid), "1 assigned");
}

TEST_F(AssignmentRules, TakeNothingFromAnybody) {
  make_rule(fields("All", assignment_method::round_robin));
  const std::string uid = make_ticket();
  execute("UPDATE tickets SET assigned_to = 3, status = 'assigned'");
  EXPECT_EQ(change(auto_assign_ticket{uid, false}).error().reason, "assigned");
  const auto said = change(auto_assign_ticket{uid, true});
  ASSERT_TRUE(said);
  EXPECT_THAT(said->data_json, HasSubstr("somebody works on it already"));
}

TEST_F(AssignmentRules, SayWhenNoneFits) {
  const std::string uid = make_ticket();
  const auto said = change(auto_assign_ticket{uid, false});
  ASSERT_TRUE(said);
  EXPECT_THAT(said->data_json, HasSubstr(R"("rule":null)"));
  EXPECT_THAT(said->data_json, HasSubstr("there are no rules"));
  EXPECT_EQ(change(auto_assign_ticket{uid, false}, technician(1)).error().code, errc::not_found);
}

}  // namespace
}  // namespace fibrehub::store::tests
