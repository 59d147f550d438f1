// The report of SLA clocks: how many of those that stopped in the period had met their target, by
// type, priority, team, contractor and week.
#include <fmt/format.h>

#include "store/queries/reports.hpp"

namespace fibrehub::store {
namespace {

constexpr const char* dimensions[]{"all", "type", "priority", "team", "contractor", "week"};

}  // namespace

report_answer report_clocks(connection& db, pqxx::transaction_base& tx, const get_report& request) {
  report_where where(request.by, request.filter);
  const std::string during = where.during("k.stopped_at", request.during);
  const std::string week = where.piece("k.stopped_at", request.borders);
  const std::string text = fmt::format(
      "SELECT c.clock, d.n, d.value, count(*), count(*) FILTER (WHERE c.verdict = 'met') FROM"
      " (SELECT k.clock, k.verdict, t.type, t.priority, m.name AS team, r.name AS contractor,"
      " to_char({}, 'FM0000') AS week FROM sla_clocks k JOIN"
      " tickets t ON t.id = k.ticket_id LEFT JOIN teams m ON m.id = t.assigned_team LEFT JOIN"
      " contractors r ON r.id = t.contractor_id WHERE k.verdict IS NOT NULL AND {} AND {}) c CROSS"
      " JOIN LATERAL (VALUES (0, NULL), (1, c.type), (2, c.priority), (3, c.team), (4,"
      " c.contractor), (5, c.week)) d(n, value) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 NULLS LAST LIMIT"
      " {}",
      week, during, where.text, max_report_rows);
  report_answer out;
  for (const auto& r : db.run_text(tx, text, where.params)) {
    const auto measured = r[3].as<std::int64_t>(), met = r[4].as<std::int64_t>();
    const char* by = dimensions[r[1].as<std::size_t>()];
    auto value = cell(r, 2);
    if (std::string_view(by) == "week") value = request.piece_names.at(r[2].as<std::size_t>() - 1);
    out.rows.push_back({cell(r, 0), by, std::move(value), cell(r, 3), cell(r, 4),
                        std::to_string(measured - met), domain::percent(met, measured)});
  }
  return out;
}

}  // namespace fibrehub::store
