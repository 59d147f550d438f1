#include "store/queries/clocks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "store/pq.hpp"
#include "store/row_security.hpp"
#include "store/sql_time.hpp"
#include "store/visibility.hpp"

namespace fibrehub::store {
namespace {

namespace sla = domain::sla;

constexpr sql select_events{
    "read_clock_events",
    "SELECT clock, cycle, level_bp, epoch, " FIBREHUB_SQL_US("at") ", " FIBREHUB_SQL_US(
        "noticed_at") ", disposition FROM sla_events WHERE ticket_id = $1::bigint ORDER BY at,"
                      " level_bp, epoch"};

sla::disposition disposition_from(std::string_view name) {
  for (const auto d : {sla::disposition::superseded, sla::disposition::silent})
    if (name_of(d) == name) return d;
  return sla::disposition::send;
}

void add_events(connection& db, pqxx::transaction_base& tx, std::int64_t ticket,
                std::vector<clock_detail>& items) {
  const pqxx::result rows = db.run(tx, select_events, {{std::to_string(ticket)}, nullptr});
  for (const auto& r : rows)
    for (clock_detail& c : items) {
      if (name_of(c.clock.kind) != r[0].c_str() || c.clock.state.cycle != r[1].as<int>()) continue;
      crossed_level e;
      e.event.level_bp = r[2].as<int>();
      e.event.epoch = r[3].as<int>();
      e.event.at = domain::from_us(r[4].as<std::int64_t>());
      e.noticed_at = domain::from_us(r[5].as<std::int64_t>());
      e.event.late_by = e.noticed_at - e.event.at;
      e.event.what = disposition_from(r[6].c_str());
      c.crossed.push_back(e);
    }
}

}  // namespace

namespace {

std::optional<std::int64_t> find_ticket(connection& db, pqxx::transaction_base& tx,
                                        const get_clocks& request) {
  if (request.seen_ticket_id != 0) return request.seen_ticket_id;
  sql_params params{{request.uid}, nullptr};
  const std::string visible = visibility_condition(request.by, params);
  const pqxx::result found = db.run_kept(
      tx,
      fmt::format("SELECT t.id FROM tickets t WHERE t.uid = $1 AND t.deleted_at IS NULL{}{}",
                  visible.empty() ? "" : " AND ", visible),
      params);
  if (found.empty()) return std::nullopt;
  return found[0][0].as<std::int64_t>();
}

}  // namespace

std::optional<ticket_clocks> run(connection& db, const get_clocks& request) {
  return read_as(db, request.by, [&](pqxx::transaction_base& tx) -> std::optional<ticket_clocks> {
    const auto ticket = find_ticket(db, tx, request);
    if (!ticket) return std::nullopt;
    read_clocks found = load_clocks(db, tx, *ticket);
    ticket_clocks out;
    out.now = found.now;
    bool any_crossed = false;
    for (stored_clock& c : found.items) {
      clock_detail& d = out.items.emplace_back();
      d.calendar = found.book->calendars.at(c.terms.calendar_id).name;
      any_crossed = any_crossed || !c.state.marks.empty();
      d.clock = std::move(c);
    }
    std::sort(out.items.begin(), out.items.end(),
              [](const auto& a, const auto& b) { return a.clock.kind < b.clock.kind; });
    if (any_crossed) add_events(db, tx, *ticket, out.items);
    return out;
  });
}

}  // namespace fibrehub::store
