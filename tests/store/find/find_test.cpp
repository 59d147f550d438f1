// The query language against the database: what each query finds, in which order, through which
// index.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/find/condition_sql.hpp"
#include "store/find/indexer.hpp"
#include "store/find/lookup.hpp"
#include "store/queries/tickets.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

const domain::instant now = *domain::parse_rfc3339("2025-12-03T10:00:00Z");

domain::principal somebody(domain::role as) {
  domain::principal p;
  p.as = as;
  p.user_id = 1;
  p.teams = {10};
  if (as == domain::role::client) p.client_id = 5;
  return p;
}

class Find : public testing::Test {
 protected:
  Find() {
    db_.ask("INSERT INTO clients (id, code, name) VALUES (5, 'A', 'Acme Fibre'), (6, 'B', 'Beta')");
    db_.ask(
        "INSERT INTO users (id, email, name, role) VALUES (1, 'thabo@x.example', 'Thabo Nkosi',"
        " 'technician'), (2, 'lerato@x.example', 'Lerato', 'technician')");
    db_.ask("INSERT INTO teams (id, name) VALUES (10, 'North'), (11, 'South')");
    db_.ask("INSERT INTO team_members VALUES (10, 1)");
    db_.ask("INSERT INTO projects (id, code, name) VALUES (3, 'LAW', 'Lawley')");
    make("A1", "no signal at the ONT", "critical", "new", "due_at", "'2025-12-03T12:00Z'",
         "drop_number", "'1730654'", "address", "'12 Main Road, Élan'", "tags", "'{storm,vip}'");
    make("A2", "Slow speed", "high", "assigned", "assigned_to", "1", "client_id", "5", "due_at",
         "'2025-12-05T12:00Z'", "contact_phone", "'083 111 2222'", "zone", "'Zone 3'");
    make("A3", "Splice loss 100% over_limit", "medium", "in_progress", "assigned_to", "2",
         "assigned_team", "11", "signal_level_dbm", "-27.5", "splice_loss_db", "0.35", "created_at",
         "'2025-11-20T08:00Z'");
    make("A4", "Signal gone, no light", "low", "resolved", "project_id", "3", "rework_count", "2",
         "created_at", "'2025-10-01T08:00Z'", "due_at", "'2025-10-02T08:00Z'");
    make("A5", "Pole down", "high", "closed", "assigned_team", "10", "created_at",
         "'2025-12-01T21:59Z'", "merged_into", "'A1'");
    db_.ask(
        "INSERT INTO contacts (id, channel, session, name, phone, created_at, updated_at) VALUES"
        " (7, 'main', 's', 'Piet', '27831234567', now(), now())");
    db_.ask(
        "INSERT INTO messages (id, ticket_id, chat_id, inbox_id, contact_id, outbound, by_api, "
        "ext_id,"
        " author_name, type, body, sent_at, received_at) VALUES (1, 4, 1, 1, 7, false, false, 'm',"
        " 'Piet', 'text', 'die modem blink rooi', now(), now())");
    db_.ask(
        "INSERT INTO ticket_notes (id, ticket_id, internal, body, author_kind, author, created_at)"
        " VALUES (1, 2, true, 'secret surcharge', 'user', 'x', now()),"
        " (2, 2, false, 'public promise', 'user', 'x', now())");
  }

  /// A ticket with further columns and their SQL values by turns.
  template <class... More>
  void make(const std::string& uid, const std::string& title, const char* priority,
            const char* status, More... more) {
    std::map<std::string, std::string> columns{{"created_at", "'2025-12-03T08:00Z'"}};
    const std::vector<std::string> pairs{more...};
    for (std::size_t i = 0; i < pairs.size(); i += 2)
      columns[pairs[i]] = pairs[i + 1];
    std::string names, values;
    for (const auto& [name, value] : columns) {
      names += ", " + name;
      values += ", " + value;
    }
    db_.ask(fmt::format(
        "INSERT INTO tickets (id, uid, title, description, source, type, priority, status,"
        " history_seq, history_hash, updated_at{}) VALUES ({}, '{}', '{}', '', 'api', 'fault', "
        "'{}',"
        " '{}', 0, '', now(){})",
        names, ++last_id_, uid, title, priority, status, values));
  }

  static list_tickets asking(const std::string& query, domain::role as = domain::role::manager) {
    list_tickets out;
    const auto tree = domain::query::parse(query);
    EXPECT_TRUE(tree) << query << ": " << tree.error().message;
    if (tree) out.filter.query = *tree;
    out.filter.by = somebody(as);
    out.filter.now = now;
    out.filter.zone = *domain::time_zone::find("Africa/Johannesburg");
    return out;
  }
  std::vector<std::string> found(const list_tickets& request) {
    std::vector<std::string> out;
    const auto page = run(connection_, request);
    for (const auto& t : page->items)
      out.push_back(t.uid);
    return out;
  }
  std::vector<std::string> found(const std::string& query,
                                 domain::role as = domain::role::manager) {
    return found(asking(query, as));
  }

  std::int64_t last_id_ = 0;
  fixtures::temporary_database db_;
  connection connection_{db_.options()};
};

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

TEST_F(Find, TheSameIsFoundBeforeAndAfterItsWordsAreIndexed) {
  const char* queries[] = {"signal",           "\"no signal\"", "modem rooi", "surcharge",
                           "drop:654",         "address:main",  "uid:a1",     "phone:0831234567",
                           "1730654",          "phone:111",     "-signal",    "signal OR pole",
                           "-(signal OR pole)"};
  std::vector<std::vector<std::string>> before;
  for (const char* query : queries)
    before.push_back(found(query));
  EXPECT_EQ(count_due(connection_, 100), 6) << "five tickets and a message";
  EXPECT_EQ(index_some(connection_, 4), 4);
  for (std::size_t i = 0; i < std::size(queries); ++i)
    EXPECT_EQ(found(queries[i]), before[i]) << queries[i] << ", half of it indexed";
  EXPECT_EQ(index_some(connection_, 4), 2);
  EXPECT_EQ(index_some(connection_, 4), 0);
  tidy_indexes(connection_);
  for (std::size_t i = 0; i < std::size(queries); ++i)
    EXPECT_EQ(found(queries[i]), before[i]) << queries[i];
}

TEST_F(Find, WhatChangesIsIndexedAnewAndNothingElse) {
  index_some(connection_, 100);
  db_.ask("UPDATE tickets SET updated_at = now(), version = version + 1, status = 'blocked'");
  EXPECT_EQ(count_due(connection_, 100), 0) << "no word changed";
  db_.ask("UPDATE tickets SET title = 'Mast leaning' WHERE uid = 'A5'");
  db_.ask("UPDATE messages SET body = 'all good' WHERE id = 1");
  EXPECT_THAT(found("mast"), ElementsAre("A5")) << "not indexed yet";
  EXPECT_EQ(index_some(connection_, 100), 2);
  EXPECT_THAT(found("mast"), ElementsAre("A5"));
  EXPECT_THAT(found("pole"), ElementsAre());
  EXPECT_THAT(found("rooi"), ElementsAre());
  EXPECT_THAT(found("\"all good\""), ElementsAre("A4"));
  db_.ask("UPDATE messages SET ticket_id = 3 WHERE id = 1");
  index_some(connection_, 100);
  EXPECT_THAT(found("\"all good\""), ElementsAre("A3"));
  db_.ask("UPDATE messages SET ticket_id = NULL WHERE id = 1");
  index_some(connection_, 100);
  EXPECT_THAT(found("\"all good\""), ElementsAre());
  EXPECT_EQ(db_.ask("SELECT count(*) FROM message_words"), "0");
}

TEST_F(Find, ATextTooLongForTheIndexIsCutAndHoldsUpNobody) {
  db_.ask(
      "UPDATE messages SET body = (SELECT string_agg('word' || i, ' ') FROM generate_series(1,"
      " 200000) i) WHERE id = 1");
  EXPECT_EQ(index_some(connection_, 100), 7);
  EXPECT_THAT(found("word17"), ElementsAre("A4"));
  EXPECT_THAT(found("word199999"), ElementsAre());
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

TEST_F(Find, AMessageIsFoundInEveryTicketItIsReadIn) {
  db_.ask("INSERT INTO message_links (message_id, ticket_id) VALUES (1, 2)");
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(found("rooi"), ElementsAre("A4", "A2"));
    EXPECT_THAT(found("phone:0831234567"), ElementsAre("A4", "A2"));
    EXPECT_THAT(found("rooi", domain::role::technician), ElementsAre("A2"));
    index_some(connection_, 100);
  }
}

TEST_F(Find, WhatWasThereBeforeTheTablesIsIndexedPieceByPiece) {
  db_.ask("DELETE FROM search_due");
  EXPECT_THAT(found("rooi"), ElementsAre());
  int pieces = 0;
  while (backfill_some(connection_, 2)) {
    ++pieces;
    index_some(connection_, 100);
  }
  EXPECT_EQ(pieces, 3) << "two tickets at a time";
  EXPECT_THAT(found("rooi"), ElementsAre("A4"));
  EXPECT_THAT(found("signal"), ElementsAre("A4", "A1"));
  EXPECT_FALSE(backfill_some(connection_, 2));
  EXPECT_EQ(db_.ask("SELECT count(*) FROM search_backfill"), "0");
}

TEST_F(Find, OnlyATextThatCanNeverBeIndexedIsSetAside) {
  db_.ask(
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.ticket_id = 3"
      " THEN RAISE 'cannot be'; END IF; RETURN NEW; END $$");
  db_.ask(
      "CREATE TRIGGER refuse BEFORE INSERT ON ticket_words FOR EACH ROW EXECUTE FUNCTION refuse()");
  EXPECT_THROW(index_some(connection_, 100), bad_statement);
  std::vector<std::int64_t> aside;
  for (int i = 0; i < 7; ++i)
    if (const auto text = index_or_set_aside(connection_)) aside.push_back(text->ticket_id);
  EXPECT_THAT(aside, ElementsAre(3));
  EXPECT_EQ(count_due(connection_, 100), 0);
  EXPECT_THAT(found("signal"), ElementsAre("A4", "A1"));
  EXPECT_THAT(found("rooi"), ElementsAre("A4"));
}

TEST_F(Find, WhatCannotBeIndexedForNowStaysDue) {
  index_some(connection_, 100);
  db_.ask("UPDATE tickets SET title = 'Mast leaning' WHERE uid = 'A5'");
  connection_options options = db_.options();
  options.lock_timeout = std::chrono::milliseconds{50};
  connection other(options);
  connection_.transact([&](pqxx::work& tx) {
    tx.exec("LOCK TABLE ticket_words");
    EXPECT_THROW(index_or_set_aside(other), try_later);
  });
  EXPECT_EQ(count_due(connection_, 100), 1);
  EXPECT_FALSE(index_or_set_aside(connection_));
  EXPECT_THAT(found("mast"), ElementsAre("A5"));
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

/// How the database goes about a query once the tables are large.
class FindPlan : public Find {
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
