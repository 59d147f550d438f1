// The query language against the database: what each query finds, and in which order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/find/find_fixture.hpp"

namespace fibrehub::store {
namespace {

using namespace tests;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

using Find = find_fixture;

TEST_F(Find, WhatEachFieldSays) {
  const std::pair<const char*, std::vector<std::string>> examples[] = {
      {"", {"A5", "A4", "A3", "A2", "A1"}},
      {"status:open", {"A3", "A2", "A1"}},
      {"-status:open", {"A5", "A4"}},
      {"priority:high,critical", {"A5", "A2", "A1"}},
      {"priority:>=high", {"A5", "A2", "A1"}},
      {"priority:<medium", {"A4"}},
      {"assignee:me", {"A2"}},
      {"assignee:thabo", {"A2"}},
      {"assignee:lerato@x.example", {"A3"}},
      {"assignee:2", {"A3"}},
      {"assignee:none", {"A5", "A4", "A1"}},
      {"-assignee:me", {"A5", "A4", "A3", "A1"}},
      {"team:mine", {"A5"}},
      {"team:sou", {"A3"}},
      {"drop:DR17306", {"A1"}},
      {"drop:654", {"A1"}},
      {"uid:a1", {"A1"}},
      {"address:\"main road\"", {"A1"}},
      {"address:élan", {"A1"}},
      {"phone:0831112222", {"A2"}},
      {"phone:+27831112222", {}},
      {"phone:111", {"A2"}},
      {"phone:0831234567", {"A4"}},
      {"company:acme", {"A2"}},
      {"project:law", {"A4"}},
      {"zone:\"zone 3\"", {"A2"}},
      {"tag:storm", {"A1"}},
      {"-tag:storm", {"A5", "A4", "A3", "A2"}},
      {"title:100%", {"A3"}},
      {"title:over_limit", {"A3"}},
      {"title:over_lim_t", {}},
      {"signal:<-25", {"A3"}},
      {"splice_loss:0.3..0.4", {"A3"}},
      {"rework_count:>1", {"A4"}},
      {"penalty:none", {"A5", "A4", "A3", "A2", "A1"}},
      {"due:<4h", {"A4", "A1"}},
      {"due:<4h status:open", {"A1"}},
      {"due:none", {"A5", "A3"}},
      {"is:overdue", {}},
      {"is:unassigned", {"A4", "A1"}},
      {"is:merged", {"A5"}},
      {"is:unknown_drop", {}},
      {"-is:unknown_drop", {"A5", "A4", "A3", "A2", "A1"}},
      {"is:rework", {"A4"}},
      {"has:tag", {"A1"}},
      {"has:note", {"A2"}},
      {"created:today", {"A2", "A1"}},
      {"created:2025-12-01", {"A5"}},
      {"created:2025-12-02", {}},
      {"created:>=2025-12-01", {"A5", "A2", "A1"}},
      {"created:>2w", {"A4"}},
      {"created:<4h", {"A2", "A1"}},
      {"signal", {"A4", "A1"}},
      {"\"no signal\"", {"A1"}},
      {"sign", {"A4", "A1"}},
      {"\"sign\"", {}},
      {"modem rooi", {"A4"}},
      {"surcharge", {"A2"}},
      {"1730654", {"A1"}},
      {"!!!", {}},
      {"signal OR pole", {"A5", "A4", "A1"}},
      {"(signal OR pole) -status:closed", {"A4", "A1"}},
  };
  for (const auto& [query, uids] : examples)
    EXPECT_EQ(found(query), uids) << query;
}

TEST_F(Find, BySlaClocksOfTheLastCycle) {
  const auto clock = [&](int ticket, const char* name, int cycle, const char* state, int level,
                         const char* verdict) {
    db_.ask(fmt::format(
        "INSERT INTO sla_clocks (ticket_id, clock, cycle, start_at, target_seconds, target_source,"
        " target_reason, calendar_id, calendar_version, state, level_bp, marks, verdict) VALUES"
        " ({}, '{}', {}, now(), 60, 'rule', '', 1, 1, '{}', {}, '', {})",
        ticket, name, cycle, state, level, verdict));
  };
  clock(1, "response", 1, "stopped", 0, "'met'");
  clock(1, "resolution", 1, "running", 7500, "NULL");
  clock(2, "resolution", 1, "stopped", 10000, "'breached'");
  clock(2, "resolution", 2, "paused", 0, "NULL");
  clock(3, "resolution", 1, "running", 10000, "NULL");
  clock(4, "resolution", 1, "stopped", 9000, "'met'");
  EXPECT_THAT(found("sla:running"), ElementsAre("A3", "A1"));
  EXPECT_THAT(found("sla:warning"), ElementsAre("A1"));
  EXPECT_THAT(found("sla:breached"), ElementsAre("A3")) << "A2's was another cycle";
  EXPECT_THAT(found("sla:paused"), ElementsAre("A2"));
  EXPECT_THAT(found("sla:met"), ElementsAre("A4", "A1"));
  EXPECT_THAT(found("sla:none"), ElementsAre("A5"));
  EXPECT_THAT(found("-sla:none sla:breached,paused"), ElementsAre("A3", "A2"));
  EXPECT_THAT(found("sla:paused", domain::role::technician), ElementsAre("A2"));
  EXPECT_THAT(found("sla:breached", domain::role::technician), ElementsAre());
}

TEST_F(Find, NobodyFindsWhatTheyMayNotSee) {
  EXPECT_THAT(found("", domain::role::technician), ElementsAre("A5", "A2"));
  EXPECT_THAT(found("surcharge", domain::role::technician), ElementsAre("A2"));
  EXPECT_THAT(found("modem", domain::role::technician), ElementsAre());
  EXPECT_THAT(found("", domain::role::client), ElementsAre("A2"));
  EXPECT_THAT(found("promise", domain::role::client), ElementsAre("A2"));
  EXPECT_THAT(found("surcharge", domain::role::client), ElementsAre());
  EXPECT_THAT(found("slow OR surcharge", domain::role::client), ElementsAre("A2"));
}

TEST_F(Find, ClientsLearnNothingByAskingForWhatTheyAreNotShown) {
  db_.ask("INSERT INTO contractors (id, code, name) VALUES (8, 'K', 'Diggers')");
  db_.ask("UPDATE tickets SET penalty = 500, rework_count = 3, contractor_id = 8 WHERE uid = 'A2'");
  db_.ask("INSERT INTO ticket_followers (ticket_id, user_id) VALUES (2, 1)");
  for (const char* query : {"penalty:>100", "contractor:digg", "rework_count:>1", "is:rework",
                            "follower:thabo", "follower:any", "penalty:any"}) {
    EXPECT_THAT(found(query), testing::Contains("A2")) << query;
    EXPECT_THAT(found(query, domain::role::client), ElementsAre()) << query;
  }
  // The same answer whatever the ticket holds, also for the opposite.
  for (const char* query : {"-penalty:>100", "-penalty:<100", "-follower:any", "-is:rework"})
    EXPECT_THAT(found(query, domain::role::client), ElementsAre("A2")) << query;
}

TEST_F(Find, EveryOrderPageByPageShowsEachTicketOnce) {
  for (const sort_key& key : sort_keys())
    for (const bool descending : {false, true}) {
      list_tickets whole = asking("");
      whole.order = {&key, descending};
      const auto all = found(whole);
      std::vector<std::string> paged;
      list_tickets ask = whole;
      ask.limit = 2;
      for (int page = 0; page < 5; ++page) {
        const auto got = run(connection_, ask);
        for (const auto& t : got->items)
          paged.push_back(t.uid);
        if (!got->next) break;
        ask.after = got->next;
      }
      EXPECT_EQ(paged, all) << key.name << descending;
      EXPECT_THAT(all, UnorderedElementsAre("A1", "A2", "A3", "A4", "A5")) << key.name;
    }
  list_tickets by_priority = asking("");
  by_priority.order = {find_sort_key("priority"), true};
  EXPECT_THAT(found(by_priority), ElementsAre("A1", "A5", "A2", "A3", "A4"));
  list_tickets by_due = asking("");
  by_due.order = {find_sort_key("due"), false};
  EXPECT_THAT(found(by_due), ElementsAre("A4", "A1", "A2", "A3", "A5"));
}

TEST_F(Find, OrdersByWhatPeopleCallThings) {
  db_.ask(
      "UPDATE tickets SET contact_name = 'Zola', category = 'build/splicing', closed_at ="
      " '2025-12-02T08:00Z' WHERE uid = 'A5'");
  db_.ask("UPDATE tickets SET contact_name = 'Abel', project_id = 3 WHERE uid = 'A1'");
  db_.ask("INSERT INTO projects (id, code, name) VALUES (4, 'ALEX', 'alexandra')");
  db_.ask("UPDATE tickets SET project_id = 4, client_id = 6 WHERE uid = 'A3'");
  // A2 runs until noon, A4 was late in its first cycle and is not in its second, A3 is late.
  db_.ask(
      "INSERT INTO sla_clocks (ticket_id, clock, cycle, start_at, target_seconds,"
      " target_source, target_reason, calendar_id, calendar_version, state, due_at, level_bp,"
      " marks) VALUES (2, 'resolution', 1, now(), 60, 'rule', '', 1, 1, 'running',"
      " '2025-12-03T12:00Z', 0, ''), (4, 'resolution', 1, now(), 60, 'rule', '', 1, 1,"
      " 'stopped', '2025-12-01T12:00Z', 10000, ''), (4, 'resolution', 2, now(), 60, 'rule', '',"
      " 1, 1, 'paused', NULL, 0, ''), (3, 'response', 1, now(), 60, 'rule', '', 1, 1,"
      " 'running', '2025-12-02T12:00Z', 10000, '')");
  const auto ordered = [&](const char* by, bool descending) {
    list_tickets ask = asking("");
    ask.order = {find_sort_key(by), descending};
    return found(ask);
  };
  // Without a value last, whichever the direction; equals by age in the same direction.
  EXPECT_THAT(ordered("assignee", false), ElementsAre("A3", "A2", "A1", "A4", "A5"));
  EXPECT_THAT(ordered("assignee", true), ElementsAre("A2", "A3", "A5", "A4", "A1"));
  EXPECT_THAT(ordered("team", false), ElementsAre("A5", "A3", "A1", "A2", "A4"));
  EXPECT_THAT(ordered("client", true), ElementsAre("A3", "A2", "A5", "A4", "A1"));
  EXPECT_THAT(ordered("project", false), ElementsAre("A3", "A1", "A4", "A2", "A5"));
  EXPECT_THAT(ordered("contact", false), ElementsAre("A1", "A5", "A2", "A3", "A4"));
  EXPECT_THAT(ordered("category", true), ElementsAre("A5", "A4", "A3", "A2", "A1"));
  EXPECT_THAT(ordered("closed", true), ElementsAre("A5", "A4", "A3", "A2", "A1"));
  EXPECT_THAT(ordered("address", false), ElementsAre("A1", "A2", "A3", "A4", "A5"));
  EXPECT_THAT(ordered("sla", true), ElementsAre("A3", "A2", "A4", "A5", "A1"));
  EXPECT_THAT(ordered("sla_due", false), ElementsAre("A3", "A2", "A1", "A4", "A5"));
}

TEST_F(Find, CountsByFacetAreThoseOfTheListsTheyLeadTo) {
  count_facets ask;
  ask.filter = asking("status:open").filter;
  const auto counts = run(connection_, ask);
  EXPECT_EQ(counts->total, 3);
  EXPECT_THAT(counts->statuses, UnorderedElementsAre(std::pair("new", 1), std::pair("assigned", 1),
                                                     std::pair("in_progress", 1)));
  for (const auto& [name, n] : counts->priorities)
    EXPECT_EQ(found("status:open priority:" + name).size(), static_cast<std::size_t>(n));
  ask.filter = asking("title:nothing").filter;
  EXPECT_EQ(run(connection_, ask)->total, 0);
}

}  // namespace
}  // namespace fibrehub::store
