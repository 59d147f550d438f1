// Tickets for reports: made with a handful of fields, the same in the database and in memory, so
// that a slow and obvious recount can be held against the reports.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "domain/people.hpp"
#include "store/queries/reports.hpp"
#include "store/queries/stats.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::store::tests {

inline domain::instant time_of(const char* text) {
  return domain::parse_rfc3339(text).value();
}

struct plain_ticket {
  std::string status = "new", type = "fault", priority = "medium", source = "api", zone;
  std::int64_t project = 0, contractor = 0, assignee = 0, team = 0;
  domain::instant created{};
  std::optional<domain::instant> due, resolved, closed;
  std::string defect, drop;
  int rework = 0;
  bool rework_required = false, deleted = false;
  std::int64_t penalty_cents = 0;  // 0: none
  std::vector<domain::instant> reopened = {};

  bool open() const { return status != "resolved" && status != "closed"; }
};

class report_fixture : public testing::Test {
 protected:
  report_fixture() {
    db_.ask("INSERT INTO clients (id, code, name) VALUES (1, 'C1', 'Acme')");
    db_.ask(
        "INSERT INTO projects (id, code, name) VALUES (1, 'LAW', 'Lawley'), (2, 'MOH', 'Mohadin')");
    db_.ask(
        "INSERT INTO contractors (id, code, name) VALUES (1, 'K1', 'Splice & Co'), (2, 'K2',"
        " 'Noël Bouwers')");
    db_.ask(
        "INSERT INTO users (id, email, name, role) VALUES (1, 'a@x', 'Thabo', 'technician'), (2,"
        " 'b@x', 'Lerato', 'technician'), (3, 'c@x', 'Zoë', 'technician')");
    db_.ask("INSERT INTO teams (id, name) VALUES (10, 'North'), (11, 'South')");
  }
  static std::string sql_time(const std::optional<domain::instant>& at) {
    return at ? "'" + domain::to_rfc3339(*at) + "'" : "NULL";
  }
  static std::string sql_id(std::int64_t id) { return id == 0 ? "NULL" : std::to_string(id); }
  static std::string sql_text(const std::string& text) {
    return text.empty() ? "NULL" : "'" + text + "'";
  }
  void store(const plain_ticket& t) {
    const std::int64_t id = next_id_++;
    const std::string insert = fmt::format(
        "({0}, 'T-{0}', 'Title {0}', '', '{1}', '{2}', '{3}', '{4}', 0, '', {5}, {5}, {6}, {7},"
        " {8}, {9}, {10}, {11}, {12}, {13}, {14}, {15}, {16}, {17}, {18}, {19})",
        id, t.source, t.type, t.priority, t.status, sql_time(t.created), sql_time(t.due),
        sql_time(t.resolved), sql_time(t.closed), sql_text(t.zone), sql_id(t.project),
        sql_id(t.contractor), sql_id(t.assignee), sql_id(t.team), sql_text(t.defect),
        sql_text(t.drop), t.rework, t.rework_required ? "true" : "NULL",
        t.penalty_cents == 0
            ? std::string("NULL")
            : fmt::format("{}.{:02}", t.penalty_cents / 100, t.penalty_cents % 100),
        t.deleted ? "now()" : "NULL");
    pending_ += (pending_.empty() ? "" : ", ") + insert;
    int seq = 1;
    for (const domain::instant at : t.reopened)
      history_ += fmt::format(
          "{}({}, {}, {}, 'user', 'x', '', 'status', 'status', 'resolved',"
          " 'in_progress', '')",
          history_.empty() ? "" : ", ", id, seq++, sql_time(at));
  }
  /// What was stored so far, into the database.
  void flush() {
    if (!pending_.empty())
      db_.ask(
          "INSERT INTO tickets (id, uid, title, description, source, type, priority, status,"
          " history_seq, history_hash, created_at, updated_at, due_at, resolved_at, closed_at,"
          " zone, project_id, contractor_id, assigned_to, assigned_team, defect_type,"
          " drop_number, rework_count, rework_required, penalty, deleted_at) VALUES " +
          pending_ + " RETURNING 1");
    if (!history_.empty())
      db_.ask("INSERT INTO ticket_history VALUES " + history_ + " RETURNING 1");
    pending_.clear();
    history_.clear();
  }
  void store_all(const std::vector<plain_ticket>& all) {
    for (const plain_ticket& t : all)
      store(t);
    flush();
  }
  void remove_all() { db_.ask("TRUNCATE tickets, ticket_history"); }

  static domain::principal manager() {
    domain::principal p;
    p.as = domain::role::manager;
    return p;
  }
  get_report ask(domain::report_kind kind, domain::report_step step = domain::report_step::day) {
    get_report out;
    out.kind = kind;
    out.during = during_;
    out.now = now_;
    out.by = manager();
    if (definition(kind).by_step) {
      out.borders = cut(during_, step, zone_);
      for (std::size_t i = 0; i + 1 < out.borders.size(); ++i)
        out.piece_names.push_back(domain::local_date(out.borders[i], zone_));
    }
    return out;
  }
  report_answer read(const get_report& request) { return run(connection_, request).value(); }
  /// "a|b|–|c"
  static std::string line(const domain::report_row& row) {
    std::string out;
    for (const auto& c : row)
      out += (out.empty() ? "" : "|") + c.value_or("–");
    return out;
  }
  static std::vector<std::string> lines(const std::vector<domain::report_row>& rows) {
    std::vector<std::string> out;
    for (const auto& row : rows)
      out.push_back(line(row));
    return out;
  }

  fixtures::temporary_database db_;
  connection connection_{db_.options()};
  domain::time_zone zone_ = *domain::time_zone::find("Africa/Johannesburg");
  domain::period during_{time_of("2026-11-17T22:00:00Z"), time_of("2026-11-21T22:00:00Z")};
  domain::instant now_ = time_of("2026-11-21T12:00:00Z");
  std::int64_t next_id_ = 1;
  std::string pending_, history_;
};

}  // namespace fibrehub::store::tests
