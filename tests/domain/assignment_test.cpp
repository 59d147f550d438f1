#include "domain/assignment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

using enum assignment_method;
using ::testing::ElementsAre;

constexpr std::int64_t thabo = 1, lerato = 2, sipho = 3;

assignment_candidate person(std::int64_t id, std::int64_t open = 0) {
  const char* names[] = {"", "Thabo", "Lerato", "Sipho"};
  return {id, names[id], open};
}

assignment_rule rule(std::string name, assignment_method method = round_robin) {
  assignment_rule r;
  r.id = 7;
  r.name = std::move(name);
  r.team_id = 20;
  r.team_name = "Lawley";
  r.method = method;
  r.candidates = {person(thabo), person(lerato), person(sipho)};
  return r;
}

const assignment_facts north_fault{"North", "fault", "wa_inbound"};

struct fit_case {
  const char* what;
  std::vector<std::string> zones, types, sources;
  assignment_facts ticket;
  bool fits;
  const char* why;
};

const fit_case fits[] = {
    {"no lists", {}, {}, {}, north_fault, true, "rule 'R' fits: it takes every ticket"},
    {"zone", {"North"}, {}, {}, north_fault, true, "rule 'R' fits: zone North"},
    {"zone in other letters", {"NORTH"}, {}, {}, north_fault, true, "rule 'R' fits: zone North"},
    {"one of several", {"South", "North"}, {}, {}, north_fault, true, "rule 'R' fits: zone North"},
    {"another zone",
     {"South", "East"},
     {},
     {},
     north_fault,
     false,
     "rule 'R' does not fit: zone North (the rule takes South, East)"},
    {"the beginning of a zone",
     {"Nort"},
     {},
     {},
     north_fault,
     false,
     "rule 'R' does not fit: zone North (the rule takes Nort)"},
    {"no zone",
     {"North"},
     {},
     {},
     {"", "fault", "api"},
     false,
     "rule 'R' does not fit: the ticket has no zone (the rule takes North)"},
    {"no zone and none wanted",
     {},
     {"fault"},
     {},
     {"", "fault", "api"},
     true,
     "rule 'R' fits: type fault"},
    {"type", {}, {"build", "fault"}, {}, north_fault, true, "rule 'R' fits: type fault"},
    {"another type",
     {},
     {"build"},
     {},
     north_fault,
     false,
     "rule 'R' does not fit: type fault (the rule takes build)"},
    {"source", {}, {}, {"wa_inbound"}, north_fault, true, "rule 'R' fits: source wa_inbound"},
    {"another source",
     {},
     {},
     {"qcontact"},
     north_fault,
     false,
     "rule 'R' does not fit: source wa_inbound (the rule takes qcontact)"},
    {"all three",
     {"North"},
     {"fault"},
     {"wa_inbound"},
     north_fault,
     true,
     "rule 'R' fits: zone North, type fault, source wa_inbound"},
    {"two of three",
     {"North"},
     {"fault"},
     {"api"},
     north_fault,
     false,
     "rule 'R' does not fit: source wa_inbound (the rule takes api)"},
};

TEST(Assignment, FitsARuleWhenEachOfItsListsHoldsTheTicketsValue) {
  for (const fit_case& c : fits) {
    assignment_rule r = rule("R", team);
    r.zones = c.zones;
    r.types = c.types;
    r.sources = c.sources;
    const auto d = decide_assignment(c.ticket, std::span(&r, 1));
    EXPECT_EQ(d.rule.has_value(), c.fits) << c.what;
    EXPECT_EQ(d.explanation.front().rfind(c.why, 0), 0U) << c.what << ": " << d.explanation.front();
  }
}

struct turn_case {
  const char* what;
  assignment_method method;
  std::int64_t last;
  std::vector<assignment_candidate> candidates;
  std::int64_t user;
  const char* why;
};

const turn_case turns[] = {
    {"the first ever",
     round_robin,
     0,
     {person(lerato), person(thabo)},
     thabo,
     "round robin begins with Thabo"},
    {"the next",
     round_robin,
     thabo,
     {person(thabo), person(lerato), person(sipho)},
     lerato,
     "round robin after Thabo → Lerato"},
    {"however they are listed",
     round_robin,
     thabo,
     {person(sipho), person(lerato), person(thabo)},
     lerato,
     "round robin after Thabo → Lerato"},
    {"after the last of the team",
     round_robin,
     sipho,
     {person(thabo), person(lerato), person(sipho)},
     thabo,
     "round robin after Sipho → Thabo"},
    {"after somebody who left the team",
     round_robin,
     lerato,
     {person(thabo), person(sipho)},
     sipho,
     "round robin after Lerato → Sipho"},
    {"alone", round_robin, thabo, {person(thabo)}, thabo, "round robin after Thabo → Thabo"},
    {"whatever their load",
     round_robin,
     thabo,
     {person(thabo), person(lerato, 99)},
     lerato,
     "round robin after Thabo → Lerato"},
    {"nobody there",
     round_robin,
     thabo,
     {},
     0,
     "nobody in the team Lawley can work on tickets, so the team gets it"},
    {"the fewest",
     least_loaded,
     0,
     {person(thabo, 5), person(lerato, 2), person(sipho, 7)},
     lerato,
     "least loaded: Lerato has 2 open (Thabo 5, Sipho 7)"},
    {"equals begin with the first",
     least_loaded,
     0,
     {person(thabo, 2), person(lerato, 2)},
     thabo,
     "least loaded: Thabo has 2 open (Lerato 2), the next in turn among equals"},
    {"equals take turns",
     least_loaded,
     thabo,
     {person(thabo, 2), person(lerato, 2), person(sipho, 2)},
     lerato,
     "least loaded: Lerato has 2 open (Thabo 2, Sipho 2), the next in turn among equals"},
    {"equals go round",
     least_loaded,
     sipho,
     {person(thabo, 0), person(lerato, 3), person(sipho, 0)},
     thabo,
     "least loaded: Thabo has 0 open (Lerato 3, Sipho 0), the next in turn among equals"},
    {"alone with many",
     least_loaded,
     0,
     {person(sipho, 40)},
     sipho,
     "least loaded: Sipho has 40 open"},
    {"nobody to load",
     least_loaded,
     0,
     {},
     0,
     "nobody in the team Lawley can work on tickets, so the team gets it"},
    {"the team",
     team,
     thabo,
     {person(thabo), person(lerato)},
     0,
     "the team Lawley gets it, a member claims it"},
};

TEST(Assignment, GivesTheTicketToTheOneTheMethodSays) {
  const char* names[] = {"", "Thabo", "Lerato", "Sipho"};
  for (const turn_case& c : turns) {
    assignment_rule r = rule("R", c.method);
    r.last_user = c.last;
    r.last_user_name = names[c.last];
    r.candidates = c.candidates;
    const auto d = decide_assignment(north_fault, std::span(&r, 1));
    EXPECT_EQ(d.user, c.user) << c.what;
    EXPECT_EQ(d.team, 20) << c.what;
    EXPECT_THAT(d.explanation,
                ElementsAre(fmt::format("rule 'R' fits: it takes every ticket; {}", c.why)))
        << c.what;
  }
}

TEST(Assignment, LetsTheFirstRuleThatFitsDecideAndExplainsThoseBefore) {
  std::vector<assignment_rule> rules{rule("Off"), rule("South"), rule("Gone"), rule("North"),
                                     rule("All")};
  rules[0].enabled = false;
  rules[1].zones = {"South"};
  rules[2].team_archived = true;
  rules[3].zones = {"North"};
  rules[3].last_user = thabo;
  rules[3].last_user_name = "Thabo";
  const auto d = decide_assignment(north_fault, rules);
  EXPECT_EQ(d.rule, std::size_t{3});
  EXPECT_EQ(d.user, lerato);
  EXPECT_THAT(d.explanation,
              ElementsAre("rule 'Off' does not fit: it is switched off",
                          "rule 'South' does not fit: zone North (the rule takes South)",
                          "rule 'Gone' does not fit: its team Lawley is archived",
                          "rule 'North' fits: zone North; round robin after Thabo → Lerato"));
}

TEST(Assignment, SaysThatNoRuleFitsOrThatThereAreNone) {
  std::vector<assignment_rule> rules{rule("South")};
  rules[0].zones = {"South"};
  const auto d = decide_assignment(north_fault, rules);
  EXPECT_FALSE(d.rule);
  EXPECT_EQ(d.team, 0);
  EXPECT_THAT(
      d.explanation,
      ElementsAre("rule 'South' does not fit: zone North (the rule takes South)", "no rule fits"));
  EXPECT_THAT(decide_assignment(north_fault, {}).explanation, ElementsAre("there are no rules"));
}

TEST(Assignment, GoesRoundEverybodyEquallyOften) {
  assignment_rule r = rule("R");
  std::map<std::int64_t, int> had;
  for (int i = 0; i < 30; ++i) {
    r.last_user = decide_assignment(north_fault, std::span(&r, 1)).user;
    ++had[r.last_user];
  }
  EXPECT_THAT(had, ElementsAre(std::pair{thabo, 10}, std::pair{lerato, 10}, std::pair{sipho, 10}));
}

TEST(Assignment, LevelsTheLoad) {
  assignment_rule r = rule("R", least_loaded);
  r.candidates = {person(thabo, 6), person(lerato, 0), person(sipho, 3)};
  for (int i = 0; i < 12; ++i) {
    r.last_user = decide_assignment(north_fault, std::span(&r, 1)).user;
    ++r.candidates[static_cast<std::size_t>(r.last_user - 1)].open_tickets;
  }
  for (const auto& c : r.candidates)
    EXPECT_EQ(c.open_tickets, 7) << c.name;
}

TEST(Assignment, KnowsItsMethodsByName) {
  for (const std::string_view name : assignment_method_names())
    EXPECT_EQ(name_of(*assignment_method_from(name)), name);
  EXPECT_FALSE(assignment_method_from("random"));
}

}  // namespace
}  // namespace fibrehub::domain
