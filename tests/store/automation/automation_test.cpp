#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/automation/automation_fixture.hpp"

namespace fibrehub::store {
namespace {

using namespace tests;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

using Automation = automation_fixture;

TEST_F(Automation, ActsOnceWhenItsTimeHasCome) {
  const std::string uid = make_ticket();
  make("Stale", unassigned_for_2_h, "status:open is:unassigned", tag_it);
  EXPECT_EQ(act().runs(), 0U);
  now_ = noon + 2h - 10s;
  EXPECT_EQ(act().runs(), 0U);
  now_ = noon + 2h;
  EXPECT_EQ(act().done, 1U);
  EXPECT_EQ(act().runs(), 0U);
  now_ += 100h;
  EXPECT_EQ(act().runs(), 0U);
  EXPECT_EQ(tags(uid), "seen");
  EXPECT_THAT(history(uid), ElementsAre("field tags:  → seen"));
  EXPECT_EQ(ticket(uid).history.back().entry.actor.name, "automation: Stale");
  EXPECT_THAT(runs(), ElementsAre("done " + uid + ": add tag seen"));
}

TEST_F(Automation, ActsAnewWhenItBecomesSoAgain) {
  const std::string uid = make_ticket();
  make("Stale", unassigned_for_2_h, "status:open is:unassigned",
       R"([{"do":"add_note","text":"Nobody has it"}])");
  now_ = noon + 2h;
  EXPECT_EQ(act().done, 1U);
  domain::assign_ticket give;
  give.team = 20;
  command(uid, give);
  give.team = 0;
  command(uid, give);
  now_ += 2h - 10s;
  EXPECT_EQ(act().runs(), 0U);
  now_ += 10s;
  EXPECT_EQ(act().done, 1U);
}

TEST_F(Automation, LeavesAloneWhatCameDueBeforeItBeganUnlessItIsToldTo) {
  const std::string old = make_ticket();
  now_ = noon + 3h;
  const std::int64_t id = make("Stale", unassigned_for_2_h, "status:open is:unassigned", tag_it);
  EXPECT_EQ(act().runs(), 0U);
  save_automation_rule edit = edit_of(id);
  edit.name = "Another name";
  ASSERT_TRUE(change(edit));
  EXPECT_EQ(act().runs(), 0U);
  edit.backfill = true;
  ASSERT_TRUE(change(edit));
  EXPECT_EQ(act().done, 1U);
  EXPECT_EQ(tags(old), "seen");
  edit = edit_of(id);
  edit.enabled = false;
  ASSERT_TRUE(change(edit));
  edit.enabled = true;
  ASSERT_TRUE(change(edit));
  EXPECT_EQ(act().runs(), 0U);
}

TEST_F(Automation, DoesNothingWhileItIsSwitchedOffOrWhenItsConditionNoLongerFits) {
  const std::string uid = make_ticket();
  save_automation_rule off = rule("Off", unassigned_for_2_h, "status:open", tag_it);
  off.enabled = false;
  make(off);
  make("Elsewhere", unassigned_for_2_h, "status:open tag:storm", tag_it);
  now_ = noon + 3h;
  EXPECT_EQ(act().runs(), 0U);
  // It fits later than its time came: then it is acted on.
  execute("UPDATE tickets SET tags = '{storm}'");
  EXPECT_EQ(act().done, 1U);
  EXPECT_EQ(tags(uid), "seen storm");
}

TEST_F(Automation, CountsFromEachAnchor) {
  struct row {
    const char* anchor;
    const char* change;    // what makes it so, at noon + 1 h
    const char* so_since;  // minutes after noon
  };
  for (const row& r : std::vector<row>{
           {"created", "", "0"},
           {"unassigned", "", "0"},
           {"unassigned", "UPDATE tickets SET assigned_team = 20 WHERE id = $ID", ""},
           {"status", "", "0"},
           {"status",
            "INSERT INTO ticket_history VALUES ($ID, 9, $AT, 'user', 'x', '', 'status', 'status',"
            " 'new', 'triaged', '')",
            "60"},
           {"status",
            "INSERT INTO ticket_history VALUES ($ID, 9, $AT, 'user', 'x', '', 'reason', 'status',"
            " '', 'why', '')",
            "0"},
           {"resolved", "UPDATE tickets SET resolved_at = $AT WHERE id = $ID", ""},
           {"resolved", "UPDATE tickets SET resolved_at = $AT, status = 'resolved' WHERE id = $ID",
            "60"},
           {"closed", "UPDATE tickets SET closed_at = $AT, status = 'closed' WHERE id = $ID", "60"},
           {"due", "UPDATE tickets SET due_at = $AT WHERE id = $ID", "60"},
           {"due", "", ""},
           {"scheduled", "UPDATE tickets SET scheduled_at = $AT WHERE id = $ID", "60"},
           {"last_message", "UPDATE tickets SET last_message_at = $AT WHERE id = $ID", "60"},
           // Nobody has said anything yet.
           {"unanswered", "", "0"},
           // What a program sent, and what staff say among themselves, is no answer.
           {"unanswered", "MESSAGE($ID, 1, true, true)", "0"},
           {"unanswered",
            "INSERT INTO ticket_notes VALUES ($ID, $ID, true, 'x', '{}', 'user', 1, 'Thabo', $AT)",
            "0"},
           {"unanswered", "MESSAGE($ID, 1, true, false)", ""},
           {"unanswered",
            "INSERT INTO ticket_notes VALUES ($ID, $ID, false, 'x', '{}', 'user', 1, 'Thabo', $AT)",
            ""}}) {
    const std::string uid = make_ticket();
    const std::string id = uid.substr(2);
    execute_at(r.change, id, 60);
    EXPECT_EQ(since(r.anchor, uid), r.so_since) << r.anchor << " " << r.change;
  }
}

TEST_F(Automation, KnowsSinceWhenAClientWaitsForAnAnswer) {
  const std::string uid = make_ticket();
  const std::string id = uid.substr(2);
  execute_at("MESSAGE($ID, 1, false, false)", id, 10);
  execute_at("MESSAGE($ID, 2, true, false)", id, 20);
  EXPECT_EQ(since("unanswered", uid), "");
  execute_at("MESSAGE($ID, 3, false, false)", id, 30);
  execute_at("MESSAGE($ID, 4, false, false)", id, 40);
  EXPECT_EQ(since("unanswered", uid), "30");
  execute_at("MESSAGE($ID, 5, true, false)", id, 50);
  EXPECT_EQ(since("unanswered", uid), "");
}

TEST_F(Automation, ActsOnChangesOnceEachAndInTheirOrder) {
  make("Loud", R"({"on":"change","events":["changed"],"fields":["priority"]})", "priority:critical",
       R"([{"do":"add_note","text":"Now it burns"}])");
  const std::string uid = make_ticket();
  command(uid, set(domain::field::priority, "high"));
  EXPECT_EQ(act().runs(), 0U);
  command(uid, set(domain::field::title, "Dark"));
  command(uid, set(domain::field::priority, "critical"));
  EXPECT_EQ(act().done, 1U);
  EXPECT_EQ(act().runs(), 0U);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM automation_due"), "0");
  EXPECT_EQ(db_.ask("SELECT string_agg(body, ',') FROM ticket_notes"), "Now it burns");
}

TEST_F(Automation, NotesChangesOnlyWhileARuleWantsToHearOfThem) {
  const auto waiting = [&] { return db_.ask("SELECT count(*) FROM automation_due"); };
  const std::string uid = make_ticket();
  make("On time", unassigned_for_2_h, "status:open", tag_it);
  command(uid, set(domain::field::title, "A"));
  EXPECT_EQ(waiting(), "0");
  const std::int64_t id =
      make("Any", R"({"on":"change","events":["changed"]})", "title:never", tag_it);
  command(uid, set(domain::field::title, "B"));
  EXPECT_EQ(waiting(), "1");
  save_automation_rule edit = edit_of(id);
  edit.enabled = false;
  ASSERT_TRUE(change(edit));
  command(uid, set(domain::field::title, "C"));
  EXPECT_EQ(waiting(), "1");
  act();
  EXPECT_EQ(waiting(), "0");
}

TEST_F(Automation, KnowsWhatKindOfChangeItWas) {
  make("Any", R"({"on":"change","events":["changed"]})", "", tag_it);
  const std::string uid = make_ticket();
  const auto last = [&] {
    return db_.ask(
        "SELECT array_to_string(events, ' ') || '|' || array_to_string(fields, ' ') FROM"
        " automation_due ORDER BY id DESC LIMIT 1");
  };
  EXPECT_EQ(last(), "created|");
  domain::assign_ticket give;
  give.user = 1;
  command(uid, give);
  EXPECT_EQ(last(), "changed status_changed assigned|assigned_to status");
  command(uid, domain::note_ticket{"Hello", false});
  EXPECT_EQ(last(), "note_added|");
  command(uid, domain::move_ticket{domain::ticket_status::in_progress, ""});
  EXPECT_EQ(last(), "changed status_changed|status");
  execute(
      "INSERT INTO ticket_history VALUES (1, 7, now(), 'system', 'waha/main', '', 'message',"
      " 'inbound', '', '', '')");
  EXPECT_EQ(last(), "message_received|");
  const std::string before = db_.ask("SELECT count(*) FROM automation_due");
  execute(
      "INSERT INTO ticket_history VALUES (1, 8, now(), 'system', 'waha/main', '', 'message',"
      " 'outbound', '', '', '')");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM automation_due"), before);
}

TEST_F(Automation, RecordsWhatTheWorkflowRefusesAndGoesOn) {
  const std::string uid = make_ticket("", "in_progress");
  const std::string fine = make_ticket("", "resolved");
  make("Close", R"({"on":"time","anchor":"created","after_seconds":60})", "",
       R"([{"do":"add_tag","tag":"old"},{"do":"set_status","status":"closed"},)"
       R"({"do":"add_tag","tag":"never"}])",
       true);
  now_ += 2h;
  const automation_round done = act();
  EXPECT_EQ(done.done, 1U);
  EXPECT_EQ(done.refused, 1U);
  EXPECT_THAT(runs(),
              UnorderedElementsAre(
                  HasSubstr("refused " + uid + ": step 2: a ticket that is in_progress cannot"),
                  "done " + fine + ": add tag old; set status closed; add tag never"));
  EXPECT_EQ(tags(uid), "old");
  EXPECT_EQ(ticket(fine).ticket.values[static_cast<std::size_t>(domain::field::status)], "closed");
  now_ += 2h;
  EXPECT_EQ(act().runs(), 0U);
}

TEST_F(Automation, TellsWhomItNames) {
  domain::assign_ticket give;
  give.user = 1;
  give.team = 20;
  const std::string uid = make_ticket();
  command(uid, give);
  execute("DELETE FROM notifications");
  const char* now = R"({"on":"time","anchor":"created","after_seconds":1})";
  const auto told_by = [&](const std::string& to) {
    execute("DELETE FROM notifications");
    execute("DELETE FROM automation_rules");
    make("Tell", now, "status:open", R"([{"do":"notify","to":)" + to + "}]", true);
    EXPECT_EQ(act().done, 1U);
    return told();
  };
  EXPECT_EQ(told_by(R"({"assignee":true})"), "Thabo automation");
  EXPECT_EQ(told_by(R"({"lead":true,"roles":["manager"]})"),
            "Lindiwe automation, Mandla automation");
  EXPECT_EQ(told_by(R"({"people":[3,4]})"), "Sipho automation, Vera automation");
  EXPECT_EQ(told_by(R"({"teams":[21]})"), "Sipho automation");
  EXPECT_EQ(told_by(R"({"all_agents":true})"),
            "Ada automation, Lerato automation, Lindiwe automation, Mandla automation, Sipho"
            " automation, Thabo automation");
  execute("INSERT INTO ticket_followers VALUES (1000, 4)");
  EXPECT_EQ(told_by(R"({"followers":true})"), "Vera automation");
  give.user = 0;
  give.team = 0;
  give.reason = "wrong one";
  command(uid, give);
  execute("UPDATE teams SET specialties = '{fault}' WHERE id = 20");
  EXPECT_EQ(told_by(R"({"lead":true})"), "Lindiwe automation");
  EXPECT_EQ(db_.ask("SELECT subject FROM notifications"), uid + ": Tell (No light)");
}

TEST_F(Automation, AssignsByTheAssignmentRulesAndMakesPeopleFollow) {
  const std::string uid = make_ticket("", "triaged");
  const char* now = R"({"on":"time","anchor":"created","after_seconds":1})";
  make("Give", now, "is:unassigned status:open",
       R"([{"do":"assign","auto":true},{"do":"follow","people":[4]}])", true);
  EXPECT_EQ(act().refused, 1U);
  EXPECT_THAT(runs(), ElementsAre("refused " + uid + ": no assignment rule fits"));
  execute(
      "INSERT INTO assignment_rules (position, name, team_id, method) VALUES (1, 'All', 21,"
      " 'round_robin')");
  save_automation_rule again = edit_of(std::stoll(db_.ask("SELECT id FROM automation_rules")));
  again.backfill = true;
  ASSERT_TRUE(change(again));
  EXPECT_EQ(act().done, 1U);
  EXPECT_EQ(db_.ask("SELECT assigned_to || ' ' || status FROM tickets"), "3 assigned");
  EXPECT_EQ(db_.ask("SELECT user_id FROM ticket_followers"), "4");
}

}  // namespace
}  // namespace fibrehub::store
