#include "store/queries/stats.hpp"

#include <fmt/format.h>

#include "store/row_security.hpp"

namespace fibrehub::store {
namespace {

constexpr std::size_t max_places = 100;

/// `condition` says which tickets are counted.
ticket_counts count_tickets(connection& db, pqxx::transaction_base& tx, report_where where,
                            const std::string& condition, domain::instant now) {
  const std::string text = fmt::format(
      "SELECT x.bits, coalesce(x.status, x.priority, x.type, x.source, x.zone), p.code, p.name,"
      " x.n, x.late FROM (SELECT grouping(t.status, t.priority, t.type, t.source, t.zone,"
      " t.project_id) AS bits, t.status, t.priority, t.type, t.source, t.zone, t.project_id,"
      " count(*) AS n, count(*) FILTER (WHERE {} AND {} < {}) AS late FROM tickets t WHERE {} AND"
      " {} GROUP BY GROUPING SETS ((t.status), (t.priority), (t.type), (t.source), (t.zone),"
      " (t.project_id), ())) x LEFT JOIN projects p ON p.id = x.project_id ORDER BY x.n DESC, 2,"
      " 3",
      open_condition, target_at, where.time(now), where.text, condition);
  ticket_counts out;
  for (const auto& r : db.run_text(tx, text, where.params)) {
    const auto n = r[4].as<std::int64_t>();
    // Of status, priority, type, source, zone and project the bit of the one grouped by is clear.
    switch (r[0].as<int>()) {
      case 0b011111:
        out.by_status[r[1].c_str()] = n;
        break;
      case 0b101111:
        out.by_priority[r[1].c_str()] = n;
        break;
      case 0b110111:
        out.by_type[r[1].c_str()] = n;
        break;
      case 0b111011:
        out.by_source[r[1].c_str()] = n;
        break;
      case 0b111101:
        if (out.by_zone.size() < max_places) out.by_zone.push_back({r[1].c_str(), "", n});
        break;
      case 0b111110:
        if (out.by_project.size() < max_places)
          out.by_project.push_back({r[2].c_str(), r[3].c_str(), n});
        break;
      default:
        out.total = n;
        out.overdue = r[5].as<std::int64_t>();
    }
  }
  return out;
}

std::optional<std::int64_t> seconds(const pqxx::row& r, pqxx::row::size_type column) {
  if (r[column].is_null()) return std::nullopt;
  return r[column].as<std::int64_t>();
}

void resolutions(connection& db, pqxx::transaction_base& tx, report_where where,
                 const domain::period& during, stats_view& out) {
  const std::string resolved = where.during("t.resolved_at", during);
  const std::string text = fmt::format(
      "SELECT grouping(x.type, x.priority), coalesce(x.type, x.priority), count(*),"
      " count(x.target), count(*) FILTER (WHERE x.resolved_at <= x.target), "
      "round(avg(x.s))::bigint,"
      " round(percentile_cont(0.5) WITHIN GROUP (ORDER BY x.s::double precision)::numeric)::bigint"
      " FROM (SELECT t.type, t.priority, t.resolved_at, {} AS target, {} AS s FROM tickets t WHERE"
      " {} AND {}) x GROUP BY GROUPING SETS ((x.type), (x.priority), ())",
      target_at, resolution_s, where.text, resolved);
  for (const auto& r : db.run_text(tx, text, where.params)) {
    const resolution_figures f{r[2].as<std::int64_t>(), r[3].as<std::int64_t>(),
                               r[4].as<std::int64_t>(), seconds(r, 5), seconds(r, 6)};
    const int bits = r[0].as<int>();
    (bits == 0b01   ? out.by_type[r[1].c_str()]
     : bits == 0b10 ? out.by_priority[r[1].c_str()]
                    : out.resolved) = f;
  }
}

resolution_figures compliance(connection& db, pqxx::transaction_base& tx, report_where where,
                              const domain::period& during) {
  const std::string resolved = where.during("t.resolved_at", during);
  const auto r = db.run_text(tx,
                             fmt::format("SELECT count(*), count({0}), count(*) FILTER (WHERE"
                                         " t.resolved_at <= {0}) FROM tickets t WHERE {1} AND {2}",
                                         target_at, where.text, resolved),
                             where.params)[0];
  return {r[0].as<std::int64_t>(), r[1].as<std::int64_t>(), r[2].as<std::int64_t>(), {}, {}};
}

}  // namespace

std::optional<stats_view> run(connection& db, const get_stats& request) {
  return db.transact([&](pqxx::work& tx) -> std::optional<stats_view> {
    see_one_moment(db, tx);
    look_through_eyes_of(db, tx, request.by);
    if (!projects_exist(db, tx, request.filter.projects)) return std::nullopt;
    const report_where where(request.by, request.filter);
    stats_view out;
    out.open = count_tickets(db, tx, where, std::string(open_condition), request.now);
    report_where made = where;
    const std::string created = made.during("t.created_at", request.during);
    out.created = count_tickets(db, tx, made, created, request.now);
    resolutions(db, tx, where, request.during, out);
    const auto until_now = domain::from_us(domain::to_us(request.now) + 1);
    out.week = compliance(db, tx, where, {request.week_begins, until_now});
    out.month = compliance(db, tx, where, {request.month_begins, until_now});
    return out;
  });
}

}  // namespace fibrehub::store
