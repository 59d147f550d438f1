#include "domain/automation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

using namespace std::chrono_literals;
using enum automation_event;
using kind = automation_action::kind;

constexpr instant noon = from_us(1'795'000'000'000'000);

automation_trigger after(std::chrono::seconds wait) {
  automation_trigger t;
  t.on_time = true;
  t.after = wait;
  return t;
}
automation_trigger on(std::vector<automation_event> events, std::vector<std::string> fields = {}) {
  automation_trigger t;
  t.events = std::move(events);
  t.fields = std::move(fields);
  return t;
}

TEST(AutomationTime, HasComeWhenItHasBeenSoForLongEnoughSinceTheRuleBegan) {
  struct row {
    std::optional<instant> anchor, active_from;
    instant now;
    automation_time expected;
  };
  for (const row& r :
       std::vector<row>{{std::nullopt, std::nullopt, noon, automation_time::no_anchor},
                        {noon, std::nullopt, noon + 2h - 1us, automation_time::not_yet},
                        {noon, std::nullopt, noon + 2h, automation_time::now},
                        {noon, std::nullopt, noon + 2000h, automation_time::now},
                        {noon, noon + 2h, noon + 3h, automation_time::before_rule},
                        {noon, noon + 2h - 1us, noon + 3h, automation_time::now},
                        {noon, noon + 1h, noon + 90min, automation_time::not_yet},
                        // Not yet due is told before anything else: the rule will act on it.
                        {noon, noon + 3h, noon + 1h, automation_time::not_yet}})
    EXPECT_EQ(time_of(after(2h), r.anchor, r.active_from, r.now), r.expected) << to_rfc3339(r.now);
}

TEST(AutomationTrigger, ConcernsTheChangesItNames) {
  struct row {
    automation_trigger trigger;
    automation_change change;
    bool expected;
  };
  for (const row& r :
       std::vector<row>{{on({created}), {{created}, {}}, true},
                        {on({created}), {{changed}, {"title"}}, false},
                        {on({changed}), {{changed}, {"title"}}, true},
                        {on({changed}, {"priority"}), {{changed}, {"title"}}, false},
                        {on({changed}, {"priority"}), {{changed}, {"title", "priority"}}, true},
                        // The fields narrow `changed` only.
                        {on({created, changed}, {"priority"}), {{created}, {}}, true},
                        {on({status_changed}), {{changed, status_changed}, {"status"}}, true},
                        {on({message_received}), {{created, message_received}, {}}, true},
                        {on({note_added, assigned}), {{message_received}, {}}, false},
                        {after(1h), {{created}, {}}, false}})
    EXPECT_EQ(concerns(r.trigger, r.change), r.expected);
}

TEST(AutomationLoopGuard, StopsWhatIsTooDeepOrTooOften) {
  const automation_limits limits{3, 5};
  EXPECT_FALSE(loop_guard(limits, 1, 0));
  EXPECT_FALSE(loop_guard(limits, 3, 4));
  EXPECT_EQ(loop_guard(limits, 4, 0), "loop guard: rules have followed from each other 3 times");
  EXPECT_EQ(loop_guard(limits, 1, 5),
            "loop guard: it has acted on this ticket 5 times within an hour");
}

TEST(AutomationCondition, KnowsNobodyWhoAsks) {
  const auto objection = [](const char* text) {
    const auto no = objection_to(query::parse(text).value());
    return no ? fmt::format("{}: {}", no->column, no->message) : std::string();
  };
  EXPECT_EQ(objection("status:open assignee:none team:any tag:mine \"me\""), "");
  EXPECT_EQ(objection("assignee:\"me\""), "");
  EXPECT_EQ(objection("status:open assignee:thabo,me"),
            "28: me means whoever asks, and a rule is nobody");
  EXPECT_EQ(objection("-(follower:me)"), "12: me means whoever asks, and a rule is nobody");
  EXPECT_EQ(objection("team:mine"), "6: mine means whoever asks, and a rule is nobody");
  EXPECT_EQ(objection("is:open or is:mine"), "15: mine means whoever asks, and a rule is nobody");
}

TEST(AutomationActions, AreCommandsThatSayWhichRuleGaveThem) {
  automation_rule rule{"Close", {}, "", {}};
  automation_action a;
  a.what = kind::set_status;
  a.status = ticket_status::closed;
  auto command = command_of(a, rule, "FT1").value();
  EXPECT_EQ(command.uid, "FT1");
  EXPECT_EQ(std::get<move_ticket>(command.what).reason, "automation rule Close");
  a.text = "Long enough";
  EXPECT_EQ(std::get<move_ticket>(command_of(a, rule, "FT1")->what).reason, "Long enough");
  EXPECT_EQ(describe(a), "set status closed");
  a = {};
  a.who.lead = true;
  a.who.roles = {role::manager};
  EXPECT_EQ(std::get<alert_people>(command_of(a, rule, "FT1")->what).text, "Close");
  EXPECT_EQ(describe(a), "notify lead, role manager");
  a = {};
  a.what = kind::assign;
  a.user = 0;
  a.team = 7;
  EXPECT_EQ(describe(a), "assign no person team 7");
  EXPECT_EQ(std::get<assign_ticket>(command_of(a, rule, "FT1")->what).team, 7);
  a.by_rules = true;
  EXPECT_FALSE(command_of(a, rule, "FT1"));
}

TEST(AutomationNames, LeadBackToWhatTheyName) {
  for (const std::string_view n : automation_event_names())
    EXPECT_EQ(name_of(automation_event_from(n).value()), n);
  for (const std::string_view n : automation_anchor_names())
    EXPECT_EQ(name_of(automation_anchor_from(n).value()), n);
  for (const std::string_view n : automation_action_names())
    EXPECT_EQ(name_of(automation_action_from(n).value()), n);
  EXPECT_FALSE(automation_anchor_from("yesterday"));
}

}  // namespace
}  // namespace fibrehub::domain
