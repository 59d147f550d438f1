// Five tickets with what queries ask for, and the queries asked of them.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "store/find/condition_sql.hpp"
#include "store/find/indexer.hpp"
#include "store/find/lookup.hpp"
#include "store/queries/tickets.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::store::tests {

inline const domain::instant now = *domain::parse_rfc3339("2025-12-03T10:00:00Z");

inline domain::principal somebody(domain::role as) {
  domain::principal p;
  p.as = as;
  p.user_id = 1;
  p.teams = {10};
  if (as == domain::role::client) p.client_id = 5;
  return p;
}

class find_fixture : public ::testing::Test {
 protected:
  find_fixture() {
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

}  // namespace fibrehub::store::tests
