#include "store/sends/delivery_report.hpp"

#include <fmt/format.h>

#include "domain/send_state.hpp"
#include "store/people/sql.hpp"
#include "store/row_security.hpp"
#include "store/sql_time.hpp"
#include "store/visibility.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

constexpr std::size_t max_reasons = 5;

constexpr sql select_zone{
    "delivery_zone",
    "SELECT coalesce(nullif(current_setting('fibrehub.time_zone', true), ''), 'UTC')"};

// A notification is told by what it is about, a message by what it is.
#define FIBREHUB_GROUPS                                                                          \
  "to_char(s.queued_at AT TIME ZONE $1::text, 'YYYY-MM-DD') AS day, s.channel, s.session, CASE " \
  "s.kind"                                                                                       \
  " WHEN 'message' THEN s.what ELSE s.kind END AS sort"

std::string seconds(const char* column) {
  const std::string span = fmt::format("date_part('epoch', s.{} - s.queued_at)", column);
  return fmt::format(
      "coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY {0}), -1),"
      " coalesce(percentile_cont(0.95) WITHIN GROUP (ORDER BY {0}), -1)",
      span);
}

std::string condition(const report_deliveries& request, sql_params& params) {
  std::string where = "s.queued_at >= " FIBREHUB_SQL_INSTANT(
      "$2::bigint") " AND s.queued_at < " FIBREHUB_SQL_INSTANT("$3::bigint") " AND s.what NOT IN"
                                                                             " ('typing', 'seen')";
  const auto also = [&](const char* form, const std::string& value) {
    if (value.empty()) return;
    params.texts.push_back(value);
    where += fmt::format(fmt::runtime(form), params.texts.size());
  };
  also(" AND s.channel = ${}", request.channel);
  also(" AND s.session = ${}", request.session);
  also(" AND CASE s.kind WHEN 'message' THEN s.what ELSE s.kind END = ${}", request.kind);
  if (const std::string seen = visibility_condition(request.by, params); !seen.empty())
    where += " AND t.id IS NOT NULL AND " + seen;
  return where;
}

delivery_row to_row(const pqxx::row& r) {
  delivery_row out;
  out.day = r[0].c_str();
  out.channel = r[1].c_str();
  out.session = r[2].c_str();
  out.kind = r[3].c_str();
  out.total = r[4].as<std::int64_t>();
  pqxx::row::size_type at = 5;
  for (step_times& t : out.times) {
    t.median_s = r[at++].as<double>();
    t.p95_s = r[at++].as<double>();
  }
  for (const std::string_view name : domain::send_state_names())
    out.states[std::string(name)] = r[at++].as<std::int64_t>();
  return out;
}

}  // namespace

std::optional<delivery_rows> run(connection& db, const report_deliveries& request) {
  return read_as(db, request.by, [&](pqxx::transaction_base& tx) {
    delivery_rows out;
    out.zone_name = request.zone_name;
    if (out.zone_name.empty()) out.zone_name = db.run(tx, select_zone)[0][0].c_str();
    sql_params params{{out.zone_name, us(request.from), us(request.to)}, nullptr};
    const std::string where = condition(request, params);
    const std::string from =
        " FROM wa_sends s LEFT JOIN tickets t ON t.id = s.ticket_id WHERE " + where;
    std::string counts;
    for (const std::string_view name : domain::send_state_names())
      counts += fmt::format(", count(*) FILTER (WHERE s.state = '{}')", name);
    const pqxx::result rows = db.run_text(
        tx,
        fmt::format(
            "SELECT " FIBREHUB_GROUPS
            ", count(*), {}, {}, {}{}{} GROUP BY 1, 2, 3, 4 ORDER BY 1 DESC, 2, 3, 4 LIMIT {}",
            seconds("sent_at"), seconds("delivered_at"), seconds("read_at"), counts, from,
            request.limit),
        params);
    std::map<std::string, std::size_t> places;
    const auto key = [](const pqxx::row& r) {
      return fmt::format("{}\x1f{}\x1f{}\x1f{}", r[0].c_str(), r[1].c_str(), r[2].c_str(),
                         r[3].c_str());
    };
    for (const auto& r : rows) {
      places[key(r)] = out.items.size();
      out.items.push_back(to_row(r));
    }
    const pqxx::result why = db.run_text(
        tx,
        fmt::format(
            "SELECT " FIBREHUB_GROUPS ", s.reason, count(*){} AND s.reason <> '' AND s.state"
            " IN ('failed', 'uncertain') GROUP BY 1, 2, 3, 4, 5 ORDER BY 6 DESC, 5 LIMIT {}",
            from, request.limit),
        params);
    for (const auto& r : why) {
      const auto place = places.find(key(r));
      if (place == places.end()) continue;
      auto& reasons = out.items[place->second].reasons;
      if (reasons.size() < max_reasons) reasons[r[4].c_str()] = r[5].as<std::int64_t>();
    }
    return std::optional(std::move(out));
  });
}

}  // namespace fibrehub::store
