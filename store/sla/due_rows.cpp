#include "store/sla/due_rows.hpp"

#include <array>

#include "store/people/sql.hpp"
#include "store/pq.hpp"
#include "store/sla/clock_columns.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

namespace sla = domain::sla;
using domain::from_us;
using people::instant_or_none;

constexpr sql select_due{
    "sla_load_due",
    "SELECT c.ticket_id, c.clock, c.cycle, " FIBREHUB_SQL_US("c.start_at") ", c.target_seconds,"
    " array_to_string(c.levels_bp, ' '), c.calendar_id, c.calendar_version, c.state = 'withdrawn', "
    FIBREHUB_SQL_US("c.stopped_at") ", " FIBREHUB_SQL_US("c.changed_at") ", "
    FIBREHUB_SQL_US("c.silent_before") ", " FIBREHUB_SQL_US("c.wake_at")
    ", c.marks, coalesce((SELECT string_agg(" FIBREHUB_SQL_US("p.begin_at") "::text || ':' || "
    FIBREHUB_SQL_US("p.end_at") "::text, ' ' ORDER BY p.n) FROM sla_pauses p WHERE p.ticket_id ="
    " c.ticket_id AND p.clock = c.clock AND p.cycle = c.cycle), '') FROM (SELECT"
    " unnest($1::bigint[]) AS ticket_id, unnest($2::text[]) AS clock) r CROSS JOIN LATERAL (SELECT *"
    " FROM sla_clocks x WHERE x.ticket_id = r.ticket_id AND x.clock = r.clock ORDER BY x.cycle DESC"
    " LIMIT 1) c"};

// A look moves the marks and what follows from them, nothing else: a verdict comes with the stop.
constexpr sql update_looked_at{
    "sla_write_looked_at",
    "UPDATE sla_clocks c SET wake_at = " FIBREHUB_SQL_INSTANT_OR_NULL("r.wake_us")
    ", level_bp = r.level_bp, marks = r.marks FROM (SELECT unnest($1::bigint[]) AS ticket_id,"
    " unnest($2::text[]) AS clock, unnest($3::integer[]) AS cycle, unnest($4::bigint[]) AS wake_us,"
    " unnest($5::integer[]) AS level_bp, unnest($6::text[]) AS marks) AS r WHERE c.ticket_id = r.ticket_id AND c.clock = r.clock AND c.cycle = r.cycle"};

stored_clock to_clock(const pqxx::row& r, const sla_book& book) {
  stored_clock c;
  c.is_brief = true;
  c.ticket_id = r[0].as<std::int64_t>();
  c.kind = sla::clock_kind_from(r[1].c_str()).value_or(sla::clock_kind::resolution);
  c.state.cycle = r[2].as<int>();
  c.state.start = from_us(r[3].as<std::int64_t>());
  c.terms = book.kept({std::chrono::seconds{r[4].as<std::int64_t>()}, sla::target_source::rule, {}},
                      levels_from(r[5].c_str()), r[6].as<std::int64_t>());
  c.worked_out_by = r[7].as<std::int32_t>();
  c.state.withdrawn = r[8].as<bool>();
  c.state.stop = instant_or_none(r[9]);
  c.state.changed_at = instant_or_none(r[10]);
  c.state.silent_before = instant_or_none(r[11]);
  c.wake = instant_or_none(r[12]);
  c.state.marks = marks_from(r[13].c_str());
  c.state.pauses = pauses_from(r[14].c_str());
  c.known_pauses = c.state.pauses.size();
  return c;
}

}  // namespace

std::vector<stored_clock> load_due_clocks(connection& db, pqxx::transaction_base& tx,
                                          const sla_book& book, std::span<const clock_key> clocks) {
  std::vector<stored_clock> out;
  if (clocks.empty()) return out;
  pq_array tickets, names;
  for (const clock_key& k : clocks) {
    tickets.add(k.ticket_id);
    names.add(name_of(k.is_resolution ? sla::clock_kind::resolution : sla::clock_kind::response));
  }
  const pqxx::result rows = db.run(tx, select_due, {{tickets.take(), names.take()}, nullptr});
  out.reserve(rows.size());
  for (const auto& r : rows)
    out.push_back(to_clock(r, book));
  return out;
}

void write_looked_at(connection& db, pqxx::transaction_base& tx,
                     std::span<const stored_clock> clocks) {
  std::array<pq_array, 6> a;
  bool any = false;
  for (const stored_clock& c : clocks) {
    if (!c.is_brief) continue;
    any = true;
    a[0].add(c.ticket_id);
    a[1].add(name_of(c.kind));
    a[2].add(c.state.cycle);
    a[3].add(c.wake ? domain::to_us(*c.wake) : 0);
    a[4].add(recorded_level(c.state.marks));
    a[5].add(std::string_view(marks_text(c.state.marks)));
  }
  if (!any) return;
  sql_params params;
  for (pq_array& column : a)
    params.texts.push_back(column.take());
  db.run(tx, update_looked_at, params);
}

}  // namespace fibrehub::store
