// Reports that compare: technicians, zones, contractors.
#include <fmt/format.h>

#include "store/queries/reports.hpp"
#include "store/row_security.hpp"

namespace fibrehub::store {
namespace {

// Of a set of resolved tickets with their seconds in s.
constexpr std::string_view average_and_median =
    "round(avg(s))::bigint AS average, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY s::double"
    " precision)::numeric)::bigint AS median";

report_answer rows_of(const pqxx::result& found, int columns) {
  report_answer out;
  for (const auto& row : found) {
    domain::report_row& cells = out.rows.emplace_back();
    for (int i = 0; i < columns; ++i)
      cells.push_back(cell(row, i));
  }
  return out;
}

}  // namespace

report_answer report_technicians(connection& db, pqxx::transaction_base& tx,
                                 const get_report& request) {
  report_where where(request.by, request.filter);
  where.text += " AND t.assigned_to IS NOT NULL";
  if (request.only_person != 0)
    where.text += fmt::format(" AND t.assigned_to = {}::bigint",
                              where.add(std::to_string(request.only_person)));
  const std::string resolved = where.during("t.resolved_at", request.during);
  const std::string again = where.during("h.at", request.during);
  const std::string now = where.time(request.now);
  const std::string text = fmt::format(
      "WITH done AS (SELECT assigned_to, count(*) AS n, {average}, sum(rework_count) AS rework FROM"
      " (SELECT t.assigned_to, t.rework_count, {seconds} AS s FROM tickets t WHERE {where} AND"
      " {resolved}) x GROUP BY 1), again AS (SELECT t.assigned_to, count(DISTINCT t.id) AS n FROM"
      " ticket_history h JOIN tickets t ON t.id = h.ticket_id WHERE {reopened} AND {again} AND"
      " {where} GROUP BY 1), waiting AS (SELECT t.assigned_to, count(*) AS n, count(*) FILTER"
      " (WHERE {target} < {now}) AS late FROM tickets t WHERE {where} AND {open} GROUP BY 1)"
      " SELECT u.id, u.name, coalesce(d.n, 0), d.average, d.median, coalesce(a.n, 0),"
      " coalesce(d.rework, 0), coalesce(w.n, 0), coalesce(w.late, 0) FROM (SELECT assigned_to FROM"
      " done UNION SELECT assigned_to FROM again UNION SELECT assigned_to FROM waiting) p JOIN"
      " users u ON u.id = p.assigned_to LEFT JOIN done d ON d.assigned_to = u.id LEFT JOIN again a"
      " ON a.assigned_to = u.id LEFT JOIN waiting w ON w.assigned_to = u.id ORDER BY 3 DESC, 2, 1"
      " LIMIT {limit}",
      fmt::arg("average", average_and_median), fmt::arg("seconds", resolution_s),
      fmt::arg("where", where.text), fmt::arg("resolved", resolved),
      fmt::arg("reopened", reopened_condition), fmt::arg("again", again),
      fmt::arg("target", target_at), fmt::arg("now", now), fmt::arg("open", open_condition),
      fmt::arg("limit", max_report_rows));
  return rows_of(db.run_text(tx, text, where.params), 9);
}

report_answer report_zones(connection& db, pqxx::transaction_base& tx, const get_report& request) {
  report_where where(request.by, request.filter);
  const std::string created = where.during("t.created_at", request.during);
  const std::string now = where.time(request.now);
  std::string by_type;
  for (const char* type : {"build", "fault", "infrastructure", "preventative", "adhoc"})
    by_type += fmt::format(" count(*) FILTER (WHERE type = '{}'),", type);
  const std::string text = fmt::format(
      "SELECT p.code, p.name, x.zone, count(*),{} count(DISTINCT drop_number), count(*) FILTER"
      " (WHERE open), count(*) FILTER (WHERE open AND target < {}), {} FROM (SELECT t.project_id,"
      " t.zone, t.type, t.drop_number, {} AS open, {} AS target, CASE WHEN t.resolved_at IS NOT"
      " NULL THEN {} END AS s FROM tickets t WHERE {} AND {}) x LEFT JOIN projects p ON p.id ="
      " x.project_id GROUP BY p.id, p.code, p.name, x.zone ORDER BY 4 DESC, 1, 3 LIMIT {}",
      by_type, now, average_and_median, open_condition, target_at, resolution_s, where.text,
      created, max_report_rows);
  return rows_of(db.run_text(tx, text, where.params), 14);
}

report_answer report_contractors(connection& db, pqxx::transaction_base& tx,
                                 const get_report& request) {
  report_where where(request.by, request.filter);
  const std::string created = where.during("t.created_at", request.during);
  const std::string text = fmt::format(
      "WITH c AS MATERIALIZED (SELECT t.contractor_id, t.defect_type, t.resolved_at, t.penalty,"
      " (t.rework_count > 0 OR coalesce(t.rework_required, false)) AS rework, EXISTS (SELECT FROM"
      " ticket_history h WHERE h.ticket_id = t.id AND {}) AS again FROM tickets t WHERE {} AND {}"
      " AND t.contractor_id IS NOT NULL), d AS (SELECT contractor_id, json_object_agg(defect_type,"
      " n ORDER BY n DESC, defect_type)::text AS types FROM (SELECT contractor_id, defect_type,"
      " count(*) AS n FROM c WHERE defect_type IS NOT NULL GROUP BY 1, 2) x GROUP BY 1)"
      " SELECT k.code, k.name, count(*), count(c.defect_type), coalesce(d.types, '{{}}'), count(*)"
      " FILTER (WHERE c.rework), count(c.resolved_at), count(*) FILTER (WHERE c.resolved_at IS NOT"
      " NULL AND NOT c.rework AND NOT c.again), coalesce(sum(c.penalty), 0)::numeric(20, 2)::text"
      " FROM c JOIN contractors k ON k.id = c.contractor_id LEFT JOIN d ON d.contractor_id ="
      " c.contractor_id GROUP BY k.id, k.code, k.name, d.types ORDER BY 3 DESC, 1 LIMIT {}",
      reopened_condition, where.text, created, max_report_rows);
  report_answer out;
  for (const auto& r : db.run_text(tx, text, where.params)) {
    const auto tickets = r[2].as<std::int64_t>(), rework = r[5].as<std::int64_t>(),
               resolved = r[6].as<std::int64_t>(), at_once = r[7].as<std::int64_t>();
    out.rows.push_back({cell(r, 0), cell(r, 1), cell(r, 2), cell(r, 3), cell(r, 4), cell(r, 5),
                        domain::percent(rework, tickets), cell(r, 6), cell(r, 7),
                        domain::percent(at_once, resolved), cell(r, 8)});
  }
  return out;
}

std::optional<report_answer> run(connection& db, const get_report& request) {
  using report = report_answer (*)(connection&, pqxx::transaction_base&, const get_report&);
  constexpr report makers[]{report_summary, report_sla,         report_technicians, report_zones,
                            report_trend,   report_contractors, report_clocks};
  return db.transact([&](pqxx::work& tx) -> std::optional<report_answer> {
    see_one_moment(db, tx);
    look_through_eyes_of(db, tx, request.by);
    if (!projects_exist(db, tx, request.filter.projects)) return std::nullopt;
    return makers[static_cast<std::size_t>(request.kind)](db, tx, request);
  });
}

}  // namespace fibrehub::store
