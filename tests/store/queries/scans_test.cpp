// What everybody asks all day must not read a large table from end to end. The requests run as they
// are, through the eyes of each role, and PostgreSQL's own counters say what they read.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "store/find/indexer.hpp"
#include "store/notify/notifications.hpp"
#include "store/notify/outbox.hpp"
#include "store/queries/clocks.hpp"
#include "store/queries/review.hpp"
#include "store/queries/tickets.hpp"
#include "store/sla/evaluate_clocks.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::store {
namespace {

using domain::role;
using testing::IsEmpty;

domain::principal person(role as) {
  domain::principal p;
  p.what = domain::principal::kind::user;
  p.as = as;
  p.user_id = 1;
  p.id = "user:1";
  p.teams = {10};
  if (as == role::team_lead) p.led = {10}, p.crew = {1, 2};
  if (as == role::client) p.client_id = 5;
  return p;
}

/// 60 000 tickets, of which one in fifty is open and each person has a few hundred; with as many
/// messages, clocks, notes, history rows, notifications and outbox rows.
class Scans : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    db = new fixtures::temporary_database;
    db->ask(
        "INSERT INTO clients (id, code, name) SELECT i, 'C' || i, 'Client ' || i FROM"
        " generate_series(1, 200) i");
    db->ask(
        "INSERT INTO users (id, email, name, role) SELECT i, 'u' || i || '@example.com', 'Person '"
        " || i, 'technician' FROM generate_series(1, 200) i");
    db->ask("INSERT INTO teams (id, name) SELECT i, 'Team ' || i FROM generate_series(1, 50) i");
    db->ask("INSERT INTO team_members VALUES (10, 1), (10, 2)");
    db->ask(
        "INSERT INTO tickets (id, uid, title, description, source, type, priority, status,"
        " history_seq, history_hash, created_at, updated_at, drop_number, address, assigned_to,"
        " assigned_team, client_id, due_at, resolved_at, closed_at, contact_phone, tags) SELECT i,"
        " 'DR' || i || '-01', 'Fault ' || i, 'word' || i % 5000, 'api', 'fault', CASE WHEN i % 20 ="
        " 0 THEN 'high' ELSE 'low' END, CASE WHEN i % 50 = 0 THEN 'new' ELSE 'closed' END, 1, '',"
        " now() - i * interval '1 minute', now(), i, i || ' Main Road', CASE WHEN i % 3 > 0 THEN 1"
        " + i % 200 END, 1 + i % 50, 1 + i % 200, CASE WHEN i % 10 = 0 THEN now() + i * interval"
        " '1 minute' END, CASE WHEN i % 50 > 0 THEN now() END, CASE WHEN i % 50 > 0 THEN now() - i "
        "*"
        " interval '1 second' END, '083' || lpad(i::text, 7, '0'), CASE WHEN i % 500 = 0 THEN"
        " '{storm}'::text[] ELSE '{}' END FROM generate_series(1000, 61000) i");
    db->ask(
        "INSERT INTO messages (id, ticket_id, chat_id, inbox_id, outbound, by_api, ext_id,"
        " author_name, type, body, sent_at, received_at) SELECT i, i, 1, i, false, false, 'm' || i,"
        " '', 'text', 'talk' || i % 5000 || ' about it', now(), now() FROM generate_series(1000,"
        " 61000) i");
    db->ask(
        "INSERT INTO ticket_notes (id, ticket_id, internal, body, author_kind, author, created_at)"
        " SELECT i, i, i % 2 = 0, 'hint' || i % 5000, 'user', 'x', now() FROM"
        " generate_series(1000, 61000) i");
    db->ask(
        "INSERT INTO ticket_history (ticket_id, seq, at, actor_kind, actor, address, action, field,"
        " old_value, new_value, hash) SELECT i, 1, now(), 'system', 'x', '', 'created', '', '', '',"
        " '' FROM generate_series(1000, 61000) i");
    db->ask(
        "INSERT INTO sla_clocks (ticket_id, clock, cycle, start_at, target_seconds, target_source,"
        " target_reason, calendar_id, calendar_version, state, verdict, due_at, wake_at, level_bp,"
        " marks) SELECT i, 'resolution', 1, now(), 60, 'rule', '', 1, 1, CASE WHEN i % 50 = 0 THEN"
        " 'running' ELSE 'stopped' END, CASE WHEN i % 50 > 0 THEN 'met' END, now(), CASE WHEN i %"
        " 50 = 0 THEN now() + i * interval '1 minute' END, CASE WHEN i % 1000 = 0 THEN 10000 ELSE 0"
        " END, '' FROM generate_series(1000, 61000) i");
    db->ask(
        "INSERT INTO notifications (key, user_id, kind, actor, subject, body, created_at, read_at)"
        " SELECT 'n' || i, 1 + i % 200, 'mention', '', '', '', now(), CASE WHEN i % 7 > 0 THEN"
        " now() END FROM generate_series(1, 60000) i");
    db->ask(
        "INSERT INTO outbox (key, channel, lane, body, state, next_at, created_at) SELECT 'o' || i,"
        " 'email', 'x', '{}', CASE WHEN i % 100 = 0 THEN 'dead' ELSE 'done' END, now(), now() FROM"
        " generate_series(1, 60000) i");
    connection indexing(db->options());
    while (index_some(indexing, 20'000) > 0) {
    }
    tidy_indexes(indexing);
    db->ask("ANALYZE");
    connection_options options = db->options();
    options.read_only = true;
    reader = new connection(options);
  }
  static void TearDownTestSuite() {
    delete reader;
    delete db;
  }

  static std::map<std::string, std::int64_t> scans() {
    // What a session has counted reaches the others at the end of a transaction, when it likes.
    reader->transact(
        [](auto& tx) { reader->run_text(tx, "SELECT pg_stat_force_next_flush()", {}); });
    std::map<std::string, std::int64_t> out;
    reader->transact([&](auto& tx) {
      const auto rows = reader->run_text(
          tx,
          "SELECT s.relname, s.seq_scan FROM pg_stat_user_tables s JOIN pg_class c ON c.oid ="
          " s.relid WHERE c.reltuples > 5000",
          {});
      for (const auto& row : rows)
        out[row[0].c_str()] = row[1].template as<std::int64_t>();
    });
    return out;
  }
  /// Large tables that `work` has read from end to end.
  template <class F>
  static std::vector<std::string> read_whole(F&& work) {
    const auto before = scans();
    work();
    std::vector<std::string> out;
    for (const auto& [table, count] : scans())
      if (count != before.at(table)) out.push_back(table);
    return out;
  }
  static ticket_filter filter_of(role as, const char* query) {
    ticket_filter out;
    out.by = person(as);
    out.now =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    auto tree = domain::query::parse(query);
    EXPECT_TRUE(tree) << query;
    if (tree) out.query.children.push_back(std::move(*tree));
    return out;
  }

  static inline fixtures::temporary_database* db = nullptr;
  static inline connection* reader = nullptr;
};

constexpr role roles[] = {role::manager, role::team_lead, role::technician, role::client};

TEST_F(Scans, AReadFromEndToEndIsNoticed) {
  EXPECT_THAT(scans(), testing::SizeIs(testing::Ge(7U)));
  EXPECT_THAT(read_whole([] {
                reader->transact([](auto& tx) {
                  reader->run_text(tx, "SELECT count(*) FROM tickets WHERE description LIKE '%q%'",
                                   {});
                });
              }),
              testing::ElementsAre("tickets"));
  // Also behind the code that asks: counting all there is takes all there is.
  EXPECT_THAT(read_whole([] {
                count_facets ask;
                ask.filter = filter_of(role::manager, "");
                EXPECT_TRUE(run(*reader, ask));
              }),
              testing::Contains("tickets"));
}

TEST_F(Scans, ListsAndSearchesOfEveryRoleGoByIndexes) {
  for (const role as : roles)
    for (const char* query : {"",
                              "status:open",
                              "status:open priority:high,critical",
                              "status:new assignee:none",
                              "assignee:me status:open",
                              "is:overdue",
                              "due:<4h status:open",
                              "drop:12345",
                              "uid:DR12345",
                              "tag:storm -status:closed",
                              "phone:0830012345",
                              "word4321",
                              "talk4321",
                              "\"talk4321 about\"",
                              "hint4321",
                              "address:\"12345 main\"",
                              "12345",
                              "sla:breached",
                              "created:today status:open",
                              "team:mine status:open"}) {
      const auto whole = read_whole([&] {
        list_tickets ask;
        ask.filter = filter_of(as, query);
        ask.order = default_order();
        ask.limit = 50;
        EXPECT_TRUE(run(*reader, ask));
      });
      EXPECT_THAT(whole, IsEmpty()) << domain::name_of(as) << ": " << query;
    }
}

TEST_F(Scans, OrdersGoByIndexes) {
  for (const role as : roles)
    for (const auto& [query, sort] :
         {std::pair{"status:open", "due"}, std::pair{"", "due"}, std::pair{"", "closed"},
          std::pair{"", "resolved"}, std::pair{"status:open", "assignee"},
          std::pair{"status:open", "client"}, std::pair{"status:open", "sla_due"},
          std::pair{"status:open", "priority"}})
      for (const bool descending : {false, true}) {
        const auto whole = read_whole([&] {
          list_tickets ask;
          ask.filter = filter_of(as, query);
          ask.order = {find_sort_key(sort), descending};
          ask.limit = 50;
          EXPECT_TRUE(run(*reader, ask));
        });
        EXPECT_THAT(whole, IsEmpty()) << domain::name_of(as) << ": " << query << " by " << sort;
      }
}

TEST_F(Scans, CountsOfOpenTicketsGoByIndexes) {
  for (const role as : roles) {
    const auto whole = read_whole([&] {
      count_facets ask;
      ask.filter = filter_of(as, "status:open");
      EXPECT_TRUE(run(*reader, ask));
    });
    EXPECT_THAT(whole, IsEmpty()) << domain::name_of(as);
  }
}

TEST_F(Scans, OneTicketIsFoundByIndexesWithAllThatBelongsToIt) {
  // Its client is 1 + 4 = 5, its person 1 + 600 % 200 = 1: everybody here may see it.
  db->ask("UPDATE tickets SET assigned_to = 1, assigned_team = 10, client_id = 5 WHERE id = 2000");
  for (const role as : roles) {
    const auto whole = read_whole([&] {
      get_ticket ask;
      ask.uid = "DR2000-01";
      ask.by = person(as);
      EXPECT_TRUE(run(*reader, ask));
      get_clocks clocks;
      clocks.uid = "DR2000-01";
      clocks.by = person(as);
      EXPECT_TRUE(run(*reader, clocks));
      if (as == role::client) return;  // sees no history
      get_history history;
      history.uid = "DR2000-01";
      history.by = person(as);
      EXPECT_TRUE(run(*reader, history));
    });
    EXPECT_THAT(whole, IsEmpty()) << domain::name_of(as);
  }
}

TEST_F(Scans, WhatTheHubAsksItselfGoesByIndexes) {
  const auto whole = read_whole([] {
    list_notifications mine;
    mine.user_id = 1;
    EXPECT_EQ(run(*reader, mine)->items.size(), 50U);
    mine.unread = true;
    EXPECT_TRUE(run(*reader, mine));
    list_outbox rows;
    EXPECT_TRUE(run(*reader, rows));
    rows.state = "dead";
    EXPECT_TRUE(run(*reader, rows));
    list_due_clocks due;
    due.until = std::chrono::time_point_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now() + std::chrono::hours(24 * 365));
    due.limit = 100;
    EXPECT_TRUE(run(*reader, due));
    list_review review;
    EXPECT_TRUE(run(*reader, review));
  });
  EXPECT_THAT(whole, IsEmpty());
}

}  // namespace
}  // namespace fibrehub::store
