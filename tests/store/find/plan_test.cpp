// How queries are answered from many tickets: as the slow way would, without reading all of them.
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

/// How the database goes about a query once the tables are large.
class FindPlan : public find_fixture {
 protected:
  FindPlan() {
    db_.ask(
        "INSERT INTO tickets (id, uid, title, description, source, type, priority, status,"
        " history_seq, history_hash, created_at, updated_at, drop_number, address, due_at) SELECT "
        "i,"
        " 'DR' || i || '-01', 'Fault ' || i, 'word' || i % 5000, 'api', 'fault', 'low', CASE WHEN"
        " i % 50 = 0 THEN 'new' ELSE 'closed' END, 0, '', now() - i * interval '1 minute', now(), "
        "i,"
        " i || ' Main Road', CASE WHEN i % 10 = 0 THEN now() + i * interval '1 minute' END FROM"
        " generate_series(1000, 61000) i");
    db_.ask(
        "INSERT INTO messages (id, ticket_id, chat_id, inbox_id, outbound, by_api, ext_id,"
        " author_name, type, body, sent_at, received_at) SELECT i, i, 1, i, false, false, 'm' || i,"
        " '', 'text', 'talk' || i % 5000 || ' about it', now(), now() FROM generate_series(1000,"
        " 61000) i");
    while (index_some(connection_, 20'000) > 0) {
    }
    tidy_indexes(connection_);
    db_.ask("ANALYZE");
  }
  std::string plan(const std::string& query, const char* sort = "-created") {
    list_tickets ask = asking(query);
    sql_params params;
    const bool descending = *sort == '-';
    const ticket_order order{find_sort_key(sort + (descending ? 1 : 0)), descending};
    std::string out;
    connection_.transact([&](auto& tx) {
      const text_places texts =
          look_up(connection_, tx, ask.filter.query, ask.filter.by, thoroughness::complete);
      const std::string condition = condition_sql(
          ask.filter.query, {ask.filter.by, ask.filter.now, ask.filter.zone, texts}, params);
      for (const auto& row : connection_.run_text(
               tx,
               fmt::format("EXPLAIN SELECT t.id FROM tickets t WHERE t.deleted_at IS NULL AND {}"
                           " ORDER BY {} LIMIT 51",
                           condition, order_sql(order)),
               params))
        out += std::string(row[0].c_str()) + "\n";
    });
    return out;
  }
};

TEST_F(FindPlan, APageOfWhatIsInManyTicketsIsThatOfTheSlowWay) {
  // Every second word of "talkN about it" is in all messages; "fault" in all titles.
  for (const char* query :
       {"about", "\"about it\"", "about status:open", "fault -about", "about OR zzz",
        "-(about status:new)", "fault about drop:12345", "\"it about\"", "about status:blocked"}) {
    list_tickets near = asking(query);
    near.limit = 20;
    list_tickets slow = near;
    slow.page = 1;  // with a count: looked for as a whole
    const auto found_near = run(connection_, near);
    const auto found_slow = run(connection_, slow);
    ASSERT_EQ(found_near->items.size(), found_slow->items.size()) << query;
    for (std::size_t i = 0; i < found_near->items.size(); ++i)
      EXPECT_EQ(found_near->items[i].uid, found_slow->items[i].uid) << query;
    EXPECT_EQ(found_near->next.has_value(), *found_slow->total > 20) << query;
    if (!found_near->next) continue;
    near.after = found_near->next;
    slow.page = 2;
    EXPECT_EQ(run(connection_, near)->items.front().uid, run(connection_, slow)->items.front().uid)
        << query;
  }
}

TEST_F(FindPlan, APageOfTheNewestWithATextIsThatOfTheSlowWay) {
  // An old message that is read in a new ticket is one of the newest.
  db_.ask("INSERT INTO message_links (message_id, ticket_id) VALUES (4321, 60990)");
  // "word4321" and "talk4321" are in twelve tickets each, 5 000 apart; so a page of three is found
  // among the newest, and the last ones are not.
  const lookup_limits limits{.common_share = 1, .few_hits = 4, .enough_hits = 8};
  for (const char* query :
       {"word4321", "talk4321", "\"word4321\"", "\"talk4321 about\"", "\"talk4321 about it\"",
        "word4321 OR word1234", "word4321 -\"talk1234 about\"", "word4321 status:closed"}) {
    list_tickets near = asking(query);
    near.limit = 3;
    list_tickets whole = near;
    whole.limit = 100;
    whole.page = 1;
    std::vector<std::string> slowly, quickly;
    const auto all = run(connection_, whole);
    for (const auto& t : all->items)
      slowly.push_back(t.uid);
    for (bool more = true; more;) {
      const auto page = read_tickets(connection_, near, limits);
      for (const auto& t : page->items)
        quickly.push_back(t.uid);
      more = page->next.has_value();
      near.after = page->next;
    }
    EXPECT_EQ(quickly, slowly) << query;
    connection_.transact([&](pqxx::work& tx) {
      const text_places texts = look_up(connection_, tx, near.filter.query, near.filter.by,
                                        thoroughness::newest_first, limits);
      EXPECT_GT(texts.complete_after(), 0) << query << ": everything was listed";
    });
  }
}

TEST_F(FindPlan, NoHotQueryReadsABigTableFromEndToEnd) {
  for (const char* query :
       {"", "status:open", "status:new priority:low", "drop:12345", "uid:DR12345", "word4321",
        "talk4321", "\"talk4321 about\"", "address:\"12345 main\"", "assignee:me", "phone:12345678",
        "created:>=2025-12-01 assignee:me", "tag:storm", "12345"})
    EXPECT_THAT(plan(query), Not(HasSubstr("Seq Scan on tickets"))) << query << "\n" << plan(query);
  for (const char* query : {"word4321", "talk4321", "\"talk4321 about\"", "12345"})
    EXPECT_THAT(plan(query), Not(HasSubstr("Seq Scan on message"))) << query << "\n" << plan(query);
  EXPECT_THAT(plan("due:<4h", "due"), HasSubstr("tickets_due")) << plan("due:<4h", "due");
}

}  // namespace
}  // namespace fibrehub::store
