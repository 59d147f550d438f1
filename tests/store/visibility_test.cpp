// The three ways of saying who may see a ticket, held against each other: the domain's rule, the
// condition in every query, and the database's own row-level security.
#include "store/visibility.hpp"

#include <gtest/gtest.h>

#include "store/find/indexer.hpp"
#include "store/queries/tickets.hpp"
#include "store/row_security.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::store {
namespace {

using domain::role;

class Visible : public testing::Test {
 protected:
  Visible() {
    db_.ask("INSERT INTO clients (id, code, name) VALUES (5, 'A', 'A'), (6, 'B', 'B')");
    db_.ask(
        "INSERT INTO users (id, email, name, role) SELECT i, i || '@x.example', 'P' || i,"
        " 'technician' FROM generate_series(1, 4) i");
    db_.ask("INSERT INTO teams (id, name) VALUES (10, 'North'), (11, 'South')");
    // Every combination of assignee, team and client.
    db_.ask(
        "INSERT INTO tickets (id, uid, title, description, source, type, priority, status,"
        " history_seq, history_hash, created_at, updated_at, assigned_to, assigned_team,"
        " client_id) SELECT row_number() OVER (), 'T-' || row_number() OVER (), 't', '', 'api',"
        " 'fault', 'low', 'new', 0, '', now(), now(), a, t, c FROM (VALUES (NULL::bigint), (1),"
        " (2), (3)) x(a), (VALUES (NULL::bigint), (10), (11)) y(t), (VALUES (NULL::bigint), (5),"
        " (6)) z(c)");
    db_.ask(
        "INSERT INTO ticket_notes (id, ticket_id, internal, body, author_kind, author,"
        " created_at) SELECT id, id, id % 2 = 0, 'n', 'user', 'x', now() FROM tickets");
  }
  static domain::principal somebody(role as) {
    domain::principal p;
    p.as = as;
    p.user_id = 1;
    p.teams = {10};
    if (as == role::team_lead) {
      p.led = {11};
      p.crew = {2};
    }
    if (as == role::client) p.client_id = 5;
    return p;
  }
  std::set<std::string> lines(const std::string& text) {
    std::set<std::string> out;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
      out.insert(line);
    return out;
  }
  static std::vector<domain::ticket_record> tickets_of(connection& c,
                                                       const domain::principal& who) {
    auto page = run(c, all_of(who));
    return std::move(page->items);
  }
  static list_tickets all_of(const domain::principal& who) {
    list_tickets out;
    out.limit = 100;
    out.filter.by = who;
    return out;
  }
  fixtures::temporary_database db_;
};

TEST_F(Visible, TheSameTicketsWhoeverIsAsked) {
  connection c(db_.options());
  ASSERT_TRUE(prepare_reader_role(c));
  index_some(c, 1000);
  for (const role as : {role::admin, role::manager, role::team_lead, role::technician, role::viewer,
                        role::client}) {
    const domain::principal who = somebody(as);
    std::set<std::string> by_rule;
    for (const auto& t : tickets_of(c, somebody(role::admin)))
      if (domain::may_see(who, domain::ownership_of(t))) by_rule.insert(t.uid);
    std::set<std::string> by_query;
    for (const auto& t : tickets_of(c, who))
      by_query.insert(t.uid);
    const std::set<std::string> by_database = c.transact([&](auto& tx) {
      look_through_eyes_of(c, tx, who);
      std::set<std::string> out;
      for (const auto& row : tx.exec("SELECT uid FROM tickets"))
        out.insert(row[0].c_str());
      // Their words are as hidden as they are.
      EXPECT_EQ(tx.exec("SELECT count(*) FROM ticket_words")[0][0].template as<std::size_t>(),
                out.size());
      return out;
    });
    EXPECT_EQ(by_rule, by_query) << domain::name_of(as);
    EXPECT_EQ(by_rule, by_database) << domain::name_of(as);
    EXPECT_EQ(by_rule.size() == 36, as == role::admin || as == role::manager || as == role::viewer);
    EXPECT_FALSE(by_rule.empty());
  }
}

TEST_F(Visible, ATicketOfOthersDoesNotExist) {
  connection c(db_.options());
  const domain::principal who = somebody(role::technician);
  int seen = 0;
  for (int i = 1; i <= 36; ++i) {
    const auto t = run(c, get_ticket{"T-" + std::to_string(i), 10, 10, 10, who});
    const auto h = run(c, get_history{"T-" + std::to_string(i), 0, 10, {}, who});
    EXPECT_EQ(t.has_value(), h.has_value());
    seen += t ? 1 : 0;
  }
  EXPECT_EQ(seen, 12);
}

TEST_F(Visible, InternalNotesAndHistoriesAreNotForClients) {
  connection c(db_.options());
  const domain::principal client = somebody(role::client);
  std::size_t notes = 0;
  for (const auto& t : tickets_of(c, client)) {
    const auto detail = run(c, get_ticket{t.uid, 10, 10, 10, client});
    ASSERT_TRUE(detail);
    EXPECT_TRUE(detail->history.empty());
    for (const note_view& n : detail->notes) {
      EXPECT_FALSE(n.internal);
      ++notes;
    }
    EXPECT_FALSE(run(c, get_history{t.uid, 0, 10, {}, client}));
  }
  EXPECT_GT(notes, 0U);
  // Even a query without its condition shows none of them.
  c.transact([&](auto& tx) {
    look_through_eyes_of(c, tx, client);
    EXPECT_EQ(tx.exec("SELECT count(*) FROM ticket_notes WHERE internal")[0][0].template as<int>(),
              0);
    EXPECT_GT(tx.exec("SELECT count(*) FROM ticket_notes")[0][0].template as<int>(), 0);
  });
}

}  // namespace
}  // namespace fibrehub::store
