// Reports whose rows are days, weeks or months: compliance over time, and the trend. A piece in
// which nothing happened has a row as well.
#include <fmt/format.h>

#include "store/queries/reports.hpp"

namespace fibrehub::store {
namespace {

/// The first three cells of each piece's row.
std::vector<domain::report_row> empty_pieces(const get_report& request) {
  std::vector<domain::report_row> out;
  for (std::size_t i = 0; i + 1 < request.borders.size(); ++i)
    out.push_back({request.piece_names.at(i), domain::to_rfc3339(request.borders[i]),
                   domain::to_rfc3339(request.borders[i + 1])});
  return out;
}

/// resolved, measured, met, breached, compliance, average, median; from the third column on.
void append_compliance(domain::report_row& out, const pqxx::row& r) {
  const auto measured = r[4].as<std::int64_t>(), met = r[5].as<std::int64_t>();
  out.push_back(cell(r, 3));
  out.push_back(std::to_string(measured));
  out.push_back(std::to_string(met));
  out.push_back(std::to_string(measured - met));
  out.push_back(domain::percent(met, measured));
  out.push_back(cell(r, 6));
  out.push_back(cell(r, 7));
}

struct piece_counts {
  std::int64_t created = 0, resolved = 0, closed = 0, ended = 0;
};

}  // namespace

report_answer report_sla(connection& db, pqxx::transaction_base& tx, const get_report& request) {
  report_where where(request.by, request.filter);
  const std::string piece = where.piece("t.resolved_at", request.borders);
  const std::string during = where.during("t.resolved_at", request.during);
  const pqxx::result rows = db.run_text(
      tx,
      fmt::format(
          "SELECT grouping(x.piece, x.priority, x.type), x.piece, coalesce(x.priority, x.type),"
          " count(*), count(x.target), count(*) FILTER (WHERE x.resolved_at <= x.target),"
          " round(avg(x.s))::bigint, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY x.s::double"
          " precision)::numeric)::bigint FROM (SELECT {} AS piece, t.priority, t.type, {} AS"
          " target, t.resolved_at, {} AS s FROM tickets t WHERE {} AND {}) x GROUP BY GROUPING SETS"
          " ((x.piece), (x.priority), (x.type), ()) ORDER BY 1, 4 DESC, 3",
          piece, target_at, resolution_s, where.text, during),
      where.params);
  report_answer out;
  const auto columns = domain::compliance_columns();
  out.sections = {{"total", "In all", columns, {}},
                  {"by_priority", "By priority", columns, {}},
                  {"by_type", "By type", columns, {}}};
  out.rows = empty_pieces(request);
  for (const auto& row : rows) {
    const int bits = row[0].as<int>();
    if (bits == 0b011) {
      append_compliance(out.rows.at(row[1].as<std::size_t>() - 1), row);
      continue;
    }
    domain::report_section& section = out.sections[bits == 0b111 ? 0 : bits == 0b101 ? 1 : 2];
    append_compliance(section.rows.emplace_back(domain::report_row{cell(row, 2)}), row);
  }
  for (domain::report_row& row : out.rows)
    if (row.size() == 3) row.insert(row.end(), {"0", "0", "0", "0", {}, {}, {}});
  return out;
}

report_answer report_trend(connection& db, pqxx::transaction_base& tx, const get_report& request) {
  report_where where(request.by, request.filter);
  const auto counted = [&](std::string_view column) {
    const std::string piece = where.piece(column, request.borders);
    return fmt::format("SELECT {} AS n, count(*) AS c FROM tickets t WHERE {} AND {} GROUP BY 1",
                       piece, where.text, where.during(column, request.during));
  };
  const std::string created = counted("t.created_at"), resolved = counted("t.resolved_at"),
                    closed = counted("t.closed_at"), ended = counted(ended_at);
  const std::string from = where.time(request.during.from);
  const pqxx::result rows = db.run_text(
      tx,
      fmt::format("SELECT 0, 0, count(*) FROM tickets t WHERE {0} AND t.created_at < {1} AND ({2}"
                  " OR {3} >= {1}) UNION ALL SELECT 1, n, c FROM ({4}) a UNION ALL SELECT 2, n, c"
                  " FROM ({5}) b UNION ALL SELECT 3, n, c FROM ({6}) c UNION ALL SELECT 4, n, c"
                  " FROM ({7}) d",
                  where.text, from, open_condition, ended_at, created, resolved, closed, ended),
      where.params);
  std::vector<piece_counts> pieces(request.borders.size() - 1);
  std::int64_t open = 0;
  for (const auto& row : rows) {
    const auto count = row[2].as<std::int64_t>();
    const int what = row[0].as<int>();
    if (what == 0) {
      open = count;
      continue;
    }
    piece_counts& p = pieces.at(row[1].as<std::size_t>() - 1);
    (what == 1 ? p.created : what == 2 ? p.resolved : what == 3 ? p.closed : p.ended) = count;
  }
  report_answer out;
  out.rows = empty_pieces(request);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const piece_counts& p = pieces[i];
    open += p.created - p.ended;
    for (const std::int64_t v : {p.created, p.resolved, p.closed, open})
      out.rows[i].emplace_back(std::to_string(v));
  }
  return out;
}

}  // namespace fibrehub::store
