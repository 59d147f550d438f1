// The ticket summary: its counts, and its list page by page.
#include <fmt/format.h>

#include "store/queries/reports.hpp"
#include "store/row_security.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

constexpr std::string_view list_columns =
    "t.uid, t.title, t.status, t.priority, t.type, t.source, p.code, t.zone,"
    " 'DR' || t.drop_number, c.name, k.name, u.name, g.name, " FIBREHUB_SQL_US("t.created_at")
    ", " FIBREHUB_SQL_US("t.due_at") ", " FIBREHUB_SQL_US("t.resolved_at")
    ", " FIBREHUB_SQL_US("t.closed_at");

constexpr std::string_view list_joins =
    " LEFT JOIN projects p ON p.id = t.project_id LEFT JOIN clients c ON c.id = t.client_id"
    " LEFT JOIN contractors k ON k.id = t.contractor_id LEFT JOIN users u ON u.id = t.assigned_to"
    " LEFT JOIN teams g ON g.id = t.assigned_team";

constexpr int first_instant = 13;  // of list_columns
constexpr int plain_columns = 17;

domain::report_row to_row(const pqxx::row& r) {
  domain::report_row out;
  for (int i = 0; i < plain_columns; ++i)
    out.push_back(i < first_instant ? cell(r, i) : instant_cell(r, i));
  for (int i = plain_columns; i < plain_columns + 3; ++i)
    out.push_back(cell(r, i));
  return out;
}

/// " AND …"
std::string state_condition(summary_state state, domain::instant now, report_where& where) {
  std::string text;
  if (state != summary_state::any) text += fmt::format(" AND {}", open_condition);
  if (state == summary_state::overdue)
    text += fmt::format(" AND {} < {}", target_at, where.time(now));
  return text;
}

std::string conditions_of(const list_report_tickets& request, report_where& where) {
  std::string text = where.text;
  if (request.during) text += " AND " + where.during("t.created_at", *request.during);
  text += state_condition(request.state, request.now, where);
  if (request.after)
    text += fmt::format(" AND (t.created_at, t.id) > ({}, {}::bigint)",
                        where.time(domain::from_us(request.after->created_us)),
                        where.add(std::to_string(request.after->id)));
  return text;
}

}  // namespace

std::optional<summary_page> run(connection& db, const list_report_tickets& request) {
  return transact_as(db, request.by, [&](pqxx::work& tx) -> std::optional<summary_page> {
    if (!projects_exist(db, tx, request.filter.projects)) return std::nullopt;
    report_where where(request.by, request.filter);
    const std::string conditions = conditions_of(request, where);
    const std::string now = where.time(request.now);
    const std::string text = fmt::format(
        "SELECT {}, CASE WHEN t.resolved_at IS NOT NULL THEN round({})::bigint END,"
        " CASE WHEN {} AND {} < {} THEN 'yes' ELSE 'no' END, t.rework_count, t.id FROM (SELECT *"
        " FROM tickets t WHERE {} ORDER BY t.created_at, t.id LIMIT {}) t{} ORDER BY t.created_at,"
        " t.id",
        list_columns, resolution_s, open_condition, target_at, now, conditions, request.limit + 1,
        list_joins);
    const pqxx::result rows = db.run_text(tx, text, where.params);
    summary_page out;
    for (const auto& row : rows) {
      if (static_cast<std::int64_t>(out.rows.size()) == request.limit) {
        const auto last = rows[static_cast<pqxx::result::size_type>(request.limit - 1)];
        out.next = summary_place{last[first_instant].as<std::int64_t>(),
                                 last[plain_columns + 3].as<std::int64_t>()};
        break;
      }
      out.rows.push_back(to_row(row));
    }
    return out;
  });
}

report_answer report_summary(connection& db, pqxx::transaction_base& tx,
                             const get_report& request) {
  report_where where(request.by, request.filter);
  const std::string during = where.during("t.created_at", request.during) +
                             state_condition(request.state, request.now, where);
  const pqxx::result rows = db.run_text(
      tx,
      fmt::format("SELECT grouping(t.status, t.priority, t.type, t.source), coalesce(t.status,"
                  " t.priority, t.type, t.source), count(*) FROM tickets t WHERE {} AND {} GROUP BY"
                  " GROUPING SETS ((t.status), (t.priority), (t.type), (t.source))"
                  " ORDER BY 1, 3 DESC, 2",
                  where.text, during),
      where.params);
  report_answer out;
  const auto columns = domain::count_columns();
  out.sections = {{"by_status", "By status", columns, {}},
                  {"by_priority", "By priority", columns, {}},
                  {"by_type", "By type", columns, {}},
                  {"by_source", "By source", columns, {}}};
  for (const auto& row : rows) {
    // The bit of the column that is grouped by is clear, the first column's bit is the highest.
    const int bits = row[0].as<int>();
    const std::size_t at = bits == 0b0111 ? 0 : bits == 0b1011 ? 1 : bits == 0b1101 ? 2 : 3;
    out.sections[at].rows.push_back({cell(row, 1), cell(row, 2)});
  }
  return out;
}

}  // namespace fibrehub::store
