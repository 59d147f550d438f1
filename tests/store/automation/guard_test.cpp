// What keeps automation rules within bounds, rehearsals that change nothing, and rules as they are
// kept.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/automation/automation_fixture.hpp"

namespace fibrehub::store {
namespace {

using namespace tests;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using AutomationGuard = automation_fixture;

TEST_F(AutomationGuard, StopsTwoRulesThatChaseEachOtherAndTellsAdminsOnce) {
  const char* on_priority = R"({"on":"change","events":["changed"],"fields":["priority"]})";
  make("Up", on_priority, "priority:medium", R"([{"do":"set_priority","priority":"high"}])");
  make("Down", on_priority, "priority:high", R"([{"do":"set_priority","priority":"medium"}])");
  const std::string uid = make_ticket();
  command(uid, set(domain::field::priority, "high"));
  const automation_round done = act();
  EXPECT_EQ(done.done, 3U);
  EXPECT_EQ(done.stopped, 1U);
  EXPECT_THAT(
      runs(),
      ElementsAre("done " + uid + ": set priority medium", "done " + uid + ": set priority high",
                  "done " + uid + ": set priority medium",
                  "stopped " + uid + ": loop guard: rules have followed from each other 3 times"));
  EXPECT_EQ(told(), "Ada automation_stopped");
  const std::string other = make_ticket();
  command(other, set(domain::field::priority, "high"));
  act();
  EXPECT_EQ(told(), "Ada automation_stopped");
  EXPECT_EQ(act().runs(), 0U);
}

TEST_F(AutomationGuard, LetsARuleActOnATicketSoOftenWithinAnHour) {
  make("Echo", R"({"on":"change","events":["note_added"]})", "status:open", tag_it);
  const std::string uid = make_ticket();
  for (int i = 0; i < 7; ++i)
    command(uid, domain::note_ticket{"Hello", true});
  const automation_round done = act();
  EXPECT_EQ(done.done, 5U);
  EXPECT_EQ(done.stopped, 2U);
  now_ += 61min;
  command(uid, domain::note_ticket{"Hello again", true});
  EXPECT_EQ(act().done, 1U);
}

TEST_F(AutomationGuard, KeepsWhatFailsApartFromTheRest) {
  const std::string bad = make_ticket(), good = make_ticket();
  execute(
      "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.ticket_id = " +
      bad.substr(2) +
      " THEN RAISE EXCEPTION 'not this one'; END IF; RETURN NEW; END $$; CREATE TRIGGER failing"
      " BEFORE INSERT ON ticket_notes FOR EACH ROW EXECUTE FUNCTION fail(); SELECT 1 WHERE"
      " false; DELETE FROM alarms WHERE false");
  make("Note", R"({"on":"time","anchor":"created","after_seconds":1})", "status:open",
       R"([{"do":"add_tag","tag":"seen"},{"do":"add_note","text":"Old"}])", true);
  const automation_round done = act();
  EXPECT_EQ(done.done, 1U);
  EXPECT_EQ(done.failed, 1U);
  EXPECT_EQ(tags(bad), "");
  EXPECT_EQ(tags(good), "seen");
  EXPECT_EQ(act().runs(), 0U);
}

TEST_F(AutomationGuard, ForgetsNothingWhenATransactionIsLost) {
  make("Note", R"({"on":"change","events":["changed"]})", "",
       R"([{"do":"add_note","text":"New"}])");
  const std::string uid = make_ticket();
  command(uid, set(domain::field::title, "Dark"));
  run_automation request;
  request.setup = setup_;
  write_origin origin;
  origin.at = now_ + 1s;
  try {
    connection_.transact([&](pqxx::work& tx) {
      change_context context{origin, [this] { return next_id_++; }, {}, {}};
      EXPECT_TRUE(run(connection_, tx, request, context));
      throw bad_statement("as if the hub had died", "57P01");
    });
  } catch (const bad_statement&) {
  }
  EXPECT_EQ(db_.ask("SELECT count(*) FROM ticket_notes"), "0");
  EXPECT_EQ(act().done, 1U);
  EXPECT_EQ(act().runs(), 0U);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM ticket_notes"), "1");
}

TEST_F(AutomationGuard, RehearsesWithoutChangingAnything) {
  const std::string old = make_ticket("", "resolved"), busy = make_ticket("", "in_progress");
  now_ = noon + 1h;
  const std::string fresh = make_ticket();
  execute("UPDATE tickets SET created_at = created_at + interval '1 hour' WHERE uid = '" + fresh +
          "'");
  rehearse_automation_rule ask;
  ask.setup = setup_;
  ask.now = now_ + 1min;
  ask.edit = rule("Close", R"({"on":"time","anchor":"created","after_seconds":1800})", "",
                  R"([{"do":"set_status","status":"closed"},{"do":"add_tag","tag":"x"}])");
  const auto told = [&] { return read(ask).value(); };
  EXPECT_THAT(told(), HasSubstr(R"("tickets":3,"fit":3,"not_so":0,"not_yet":1,"before_rule":2,)"
                                R"("done":0,"now":0})"));
  ask.edit.backfill = true;
  const std::string all = told();
  EXPECT_THAT(all, HasSubstr(R"("not_yet":1,"before_rule":0,"done":0,"now":2})"));
  EXPECT_THAT(all, HasSubstr(R"({"do":"set status closed","changes":[{"field":"status","from":)"
                             R"("resolved","to":"closed"}]},{"do":"add tag x","changes":[{"field":)"
                             R"("tags","from":"","to":"x"}]})"));
  EXPECT_THAT(all,
              HasSubstr(R"({"do":"set status closed","refused":"a ticket that is in_progress)"));
  EXPECT_THAT(all, HasSubstr(R"({"do":"add tag x","skipped":true})"));
  EXPECT_EQ(db_.ask("SELECT count(*) FROM automation_rules"), "0");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM automation_runs"), "0");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM tickets WHERE status = 'closed' OR tags <> '{}'"), "0");
  // Of a saved rule: what it has done counts as done.
  ask.edit = edit_of(make(ask.edit));
  EXPECT_EQ(act().runs(), 2U);
  ask.now = now_ + 1min;
  EXPECT_THAT(told(), HasSubstr(R"("done":2,"now":0})"));
  ask.edit.id = 999;
  EXPECT_FALSE(read(ask));
  EXPECT_EQ(tags(busy) + tags(fresh), "");
}

TEST_F(AutomationGuard, KeepsRulesWithTheirVersionsAndAudit) {
  const std::int64_t id = make("Stale", unassigned_for_2_h, "status:open", tag_it);
  save_automation_rule edit = edit_of(id);
  edit.version = 7;
  EXPECT_EQ(change(edit).error().reason, "stale_version");
  edit.version = 1;
  edit.query = "status:new";
  EXPECT_THAT(change(edit).value().data_json, HasSubstr(R"("version":2,"generation":2)"));
  edit = edit_of(id);
  edit.name = "Renamed";
  EXPECT_THAT(change(edit).value().data_json, HasSubstr(R"("version":3,"generation":2)"));
  EXPECT_EQ(change(rule("renamed", unassigned_for_2_h, "", tag_it)).error().reason, "name_taken");
  edit.actions =
      actions_from(R"([{"do":"add_tag","tag":"x"},{"do":"notify","to":{"people":[99]}}])");
  EXPECT_EQ(change(edit).error().message, "actions[1] names nobody of ours: 99");
  edit.actions = actions_from(R"([{"do":"assign","team_id":99}])");
  EXPECT_EQ(change(edit).error().message, "actions[0] names no team: 99");
  delete_automation_rule gone{id};
  EXPECT_TRUE(change(gone));
  EXPECT_EQ(change(gone).error().code, errc::not_found);
  EXPECT_EQ(db_.ask("SELECT string_agg(action, ' ' ORDER BY seq) FROM audit_log"),
            "automation_rule.created automation_rule.updated automation_rule.updated"
            " automation_rule.deleted");
}

TEST_F(AutomationGuard, LooksAtManyTicketsPieceByPiece) {
  for (int i = 0; i < 25; ++i)
    make_ticket();
  make("A", R"({"on":"time","anchor":"created","after_seconds":1})", "status:open", tag_it, true);
  make("B", R"({"on":"time","anchor":"created","after_seconds":1})", "status:open",
       R"([{"do":"add_tag","tag":"other"}])", true);
  find_automation_work ask;
  ask.piece = 10;
  ask.limit = 4;
  std::size_t looks = 0;
  std::set<std::pair<std::int64_t, std::int64_t>> found;
  do {
    ask.now = now_ + 1s;
    const automation_work work = read(ask).value();
    EXPECT_LE(work.candidates.size(), 8U);
    for (const automation_candidate& c : work.candidates)
      EXPECT_TRUE(found.emplace(c.rule_id, c.ticket_id).second);
    run_automation request;
    request.setup = setup_;
    request.candidates = work.candidates;
    ASSERT_TRUE(change(request));
    ask.rule_id = work.rule_id;
    ask.after_ticket = work.after_ticket;
    if (!work.more) break;
  } while (++looks < 100);
  EXPECT_EQ(found.size(), 50U);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM tickets WHERE array_length(tags, 1) = 2"), "25");
}

TEST_F(AutomationGuard, ListsRunsByPagesRuleAndTicket) {
  const std::string one = make_ticket(), two = make_ticket();
  const std::int64_t a = make("A", R"({"on":"time","anchor":"created","after_seconds":1})",
                              "status:open", tag_it, true);
  act();
  make("B", R"({"on":"time","anchor":"created","after_seconds":1})", "status:open", tag_it, true);
  act();
  list_automation_runs ask;
  ask.by = manager();
  ask.limit = 3;
  auto page = read(ask).value();
  EXPECT_EQ(page.items.size(), 3U);
  ask.before_id = page.next_before.value();
  page = read(ask).value();
  EXPECT_EQ(page.items.size(), 1U);
  EXPECT_FALSE(page.next_before);
  ask = {};
  ask.by = manager();
  ask.rule_id = a;
  ask.ticket_uid = two;
  page = read(ask).value();
  ASSERT_EQ(page.items.size(), 1U);
  EXPECT_EQ(page.items[0].rule, "A");
  ask.outcome = "failed";
  EXPECT_TRUE(read(ask).value().items.empty());
  ask = {};
  ask.by = technician(1);
  EXPECT_TRUE(read(ask).value().items.empty());
  EXPECT_NE(one, two);
}

}  // namespace
}  // namespace fibrehub::store
