#include "store/sla/clock_rows.hpp"

#include <fmt/format.h>

#include <array>
#include <set>
#include <tuple>

#include "store/people/sql.hpp"
#include "store/pq.hpp"
#include "store/sla/clock_columns.hpp"
#include "store/sla/due_rows.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

namespace sla = domain::sla;
using domain::from_us;
using domain::to_us;

constexpr sql select_clocks{
    "sla_load_clocks",
    "SELECT DISTINCT ON (c.ticket_id, c.clock) c.ticket_id, c.clock, c.cycle, " FIBREHUB_SQL_US(
        "c.start_at") ", c.target_seconds, c.target_source, c.target_reason,"
    " array_to_string(c.levels_bp, ' '), c.calendar_id, c.calendar_version, c.state = 'withdrawn', "
    FIBREHUB_SQL_US("c.stopped_at") ", " FIBREHUB_SQL_US("c.changed_at") ", "
    FIBREHUB_SQL_US("c.silent_before") ", " FIBREHUB_SQL_US("c.wake_at")
    ", c.marks, coalesce((SELECT string_agg(" FIBREHUB_SQL_US("p.begin_at") "::text || ':' || "
    FIBREHUB_SQL_US("p.end_at") "::text, ' ' ORDER BY p.n) FROM sla_pauses p WHERE p.ticket_id ="
    " c.ticket_id AND p.clock = c.clock AND p.cycle = c.cycle), ''), t.type, t.priority,"
    " coalesce(t.client_id, 0), (SELECT s.revision::text FROM sla_state s), " FIBREHUB_SQL_US("clock_timestamp()")
    " FROM sla_clocks c JOIN tickets t ON t.id = c.ticket_id WHERE"
    " c.ticket_id = ANY ($1::bigint[]) ORDER BY c.ticket_id, c.clock, c.cycle DESC"};

#define FIBREHUB_INSERT_CLOCKS \
  "INSERT INTO sla_clocks (ticket_id, clock, cycle, start_at, target_seconds, target_source," \
    " target_reason, levels_bp, calendar_id, calendar_version, state, stopped_at, verdict," \
    " changed_at, silent_before, due_at, wake_at, level_bp, marks) SELECT r.ticket_id, r.clock," \
    " r.cycle, " FIBREHUB_SQL_INSTANT("r.start_us") ", r.target_seconds, r.target_source," \
    " r.target_reason, string_to_array(r.levels, ' ')::integer[], r.calendar_id," \
    " r.calendar_version, r.state, " FIBREHUB_SQL_INSTANT_OR_NULL("r.stopped_us") ", r.verdict, " \
    FIBREHUB_SQL_INSTANT_OR_NULL("r.changed_us") ", " FIBREHUB_SQL_INSTANT_OR_NULL("r.silent_us") \
    ", " FIBREHUB_SQL_INSTANT_OR_NULL("r.due_us") ", " FIBREHUB_SQL_INSTANT_OR_NULL("r.wake_us") \
    ", r.level_bp, r.marks FROM (SELECT unnest($1::bigint[]) AS ticket_id, unnest($2::text[]) AS" \
    " clock, unnest($3::integer[]) AS cycle, unnest($4::bigint[]) AS start_us," \
    " unnest($5::integer[]) AS target_seconds, unnest($6::text[]) AS target_source," \
    " unnest($7::text[]) AS target_reason, unnest($8::text[]) AS levels, unnest($9::bigint[]) AS" \
    " calendar_id, unnest($10::integer[]) AS calendar_version, unnest($11::text[]) AS state," \
    " unnest($12::bigint[]) AS stopped_us, unnest($13::text[]) AS verdict, unnest($14::bigint[]) AS" \
    " changed_us, unnest($15::bigint[]) AS silent_us, unnest($16::bigint[]) AS due_us," \
    " unnest($17::bigint[]) AS wake_us, unnest($18::integer[]) AS level_bp, unnest($19::text[]) AS" \
    " marks) AS r"
// Most clocks are new: they need no look at what may be there.
constexpr sql insert_clocks{"sla_insert_clocks", FIBREHUB_INSERT_CLOCKS};
constexpr sql upsert_clocks{
    "sla_write_clocks", FIBREHUB_INSERT_CLOCKS
    " ON CONFLICT (ticket_id, clock, cycle) DO UPDATE SET target_seconds ="
    " excluded.target_seconds, target_source = excluded.target_source, target_reason ="
    " excluded.target_reason, levels_bp = excluded.levels_bp, calendar_id = excluded.calendar_id,"
    " calendar_version = excluded.calendar_version, state = excluded.state, stopped_at ="
    " excluded.stopped_at, verdict = excluded.verdict, changed_at = excluded.changed_at, due_at ="
    " excluded.due_at, wake_at = excluded.wake_at, level_bp = excluded.level_bp, marks ="
    " excluded.marks"};

constexpr sql upsert_pauses{
    "sla_write_pauses",
    "INSERT INTO sla_pauses (ticket_id, clock, cycle, n, begin_at, end_at) SELECT r.ticket_id,"
    " r.clock, r.cycle, r.n, " FIBREHUB_SQL_INSTANT("r.begin_us") ", "
    FIBREHUB_SQL_INSTANT_OR_NULL("r.end_us") " FROM (SELECT unnest($1::bigint[]) AS ticket_id,"
    " unnest($2::text[]) AS clock, unnest($3::integer[]) AS cycle, unnest($4::integer[]) AS n,"
    " unnest($5::bigint[]) AS begin_us, unnest($6::bigint[]) AS end_us) AS r ON CONFLICT"
    " (ticket_id, clock, cycle, n) DO UPDATE SET end_at = excluded.end_at"};

constexpr sql insert_events{
    "sla_write_events",
    "INSERT INTO sla_events (ticket_id, clock, cycle, level_bp, epoch, at, noticed_at, disposition)"
    " SELECT r.ticket_id, r.clock, r.cycle, r.level_bp, r.epoch, " FIBREHUB_SQL_INSTANT("r.at_us")
    ", " FIBREHUB_SQL_INSTANT("r.noticed_us") ", r.what FROM (SELECT unnest($1::bigint[]) AS"
    " ticket_id, unnest($2::text[]) AS clock, unnest($3::integer[]) AS cycle, unnest($4::integer[])"
    " AS level_bp, unnest($5::integer[]) AS epoch, unnest($6::bigint[]) AS at_us,"
    " unnest($7::bigint[]) AS noticed_us, unnest($8::text[]) AS what) AS r ON CONFLICT DO NOTHING"
    " RETURNING ticket_id, clock, cycle, level_bp, epoch"};

std::int64_t us_or_zero(const std::optional<domain::instant>& t) {
  return t ? to_us(*t) : 0;
}

sla::target_source source_from(std::string_view name) {
  for (const auto s : {sla::target_source::row, sla::target_source::contract})
    if (name_of(s) == name) return s;
  return sla::target_source::rule;
}

stored_clock to_clock(const pqxx::row& r, const sla_book& book) {
  stored_clock c;
  c.ticket_id = r[0].as<std::int64_t>();
  c.kind = sla::clock_kind_from(r[1].c_str()).value_or(sla::clock_kind::resolution);
  c.state.cycle = r[2].as<int>();
  c.state.start = from_us(r[3].as<std::int64_t>());
  c.terms = book.kept(
      {std::chrono::seconds{r[4].as<std::int64_t>()}, source_from(r[5].c_str()), r[6].c_str()},
      levels_from(r[7].c_str()), r[8].as<std::int64_t>());
  c.worked_out_by = r[9].as<std::int32_t>();
  c.state.withdrawn = r[10].as<bool>();
  c.state.stop = people::instant_or_none(r[11]);
  c.state.changed_at = people::instant_or_none(r[12]);
  c.state.silent_before = people::instant_or_none(r[13]);
  c.wake = people::instant_or_none(r[14]);
  c.state.marks = marks_from(r[15].c_str());
  c.state.pauses = pauses_from(r[16].c_str());
  c.known_pauses = c.state.pauses.size();
  c.type = domain::ticket_type_from(r[17].c_str()).value_or(domain::ticket_type::fault);
  c.priority =
      domain::ticket_priority_from(r[18].c_str()).value_or(domain::ticket_priority::medium);
  c.client_id = r[19].as<std::int64_t>();
  return c;
}

template <std::size_t N>
sql_params taken(std::array<pq_array, N>& columns) {
  sql_params out;
  for (pq_array& c : columns)
    out.texts.push_back(c.take());
  return out;
}

void write_pauses(connection& db, pqxx::transaction_base& tx,
                  std::span<const stored_clock> clocks) {
  std::array<pq_array, 6> a;
  bool any = false;
  for (const stored_clock& c : clocks)
    // The last one that is known may have ended.
    for (std::size_t n = c.known_pauses == 0 ? 0 : c.known_pauses - 1; n < c.state.pauses.size();
         ++n) {
      any = true;
      a[0].add(c.ticket_id);
      a[1].add(name_of(c.kind));
      a[2].add(c.state.cycle);
      a[3].add(static_cast<std::int64_t>(n));
      a[4].add(to_us(c.state.pauses[n].begin));
      a[5].add(us_or_zero(c.state.pauses[n].end));
    }
  if (any) db.run(tx, upsert_pauses, taken(a));
}

}  // namespace

std::string_view state_name(const sla::clock_state& c) {
  if (c.withdrawn) return "withdrawn";
  if (c.stop) return "stopped";
  return is_paused(c) ? "paused" : "running";
}

std::vector<stored_clock> load_clocks(connection& db, pqxx::transaction_base& tx,
                                      const sla_book& book, std::span<const std::int64_t> tickets) {
  std::vector<stored_clock> out;
  if (tickets.empty()) return out;
  const pqxx::result rows =
      db.run(tx, select_clocks, {{people::id_array({tickets.begin(), tickets.end()})}, nullptr});
  for (const auto& r : rows)
    out.push_back(to_clock(r, book));
  return out;
}

read_clocks load_clocks(connection& db, pqxx::transaction_base& tx, std::int64_t ticket) {
  read_clocks out;
  const pqxx::result rows = db.run(tx, select_clocks, {{people::id_array({ticket})}, nullptr});
  for (const auto& r : rows) {
    if (!out.book) out.book = find_sla_book(r[20].c_str());
    if (!out.book) out.book = load_sla_book(db, tx);
    out.now = from_us(r[21].as<std::int64_t>());
    out.items.push_back(to_clock(r, *out.book));
  }
  return out;
}

namespace {

void write_clocks(connection& db, pqxx::transaction_base& tx, const sql& statement,
                  std::span<const stored_clock> clocks, bool are_new, domain::instant now) {
  std::array<pq_array, 19> a;
  bool any = false;
  for (const stored_clock& c : clocks) {
    if (c.is_new != are_new || c.is_brief) continue;
    any = true;
    const sla::clock_view v = view(c.terms.terms, c.state, now);
    a[0].add(c.ticket_id);
    a[1].add(name_of(c.kind));
    a[2].add(c.state.cycle);
    a[3].add(to_us(c.state.start));
    a[4].add(c.terms.target.length.count());
    a[5].add(name_of(c.terms.target.source));
    a[6].add(std::string_view(c.terms.target.reason));
    a[7].add_or_null(std::string_view(levels_text(c.terms.terms.levels_bp)));
    a[8].add(c.terms.calendar_id);
    a[9].add(c.terms.calendar_version);
    a[10].add(state_name(c.state));
    a[11].add(us_or_zero(c.state.stop));
    a[12].add_or_null(v.outcome ? name_of(*v.outcome) : std::string_view());
    a[13].add(us_or_zero(c.state.changed_at));
    a[14].add(us_or_zero(c.state.silent_before));
    a[15].add(us_or_zero(v.due_at));
    a[16].add(us_or_zero(c.wake));
    a[17].add(recorded_level(c.state.marks));
    a[18].add(std::string_view(marks_text(c.state.marks)));
  }
  if (any) db.run(tx, statement, taken(a));
}

}  // namespace

void write_clocks(connection& db, pqxx::transaction_base& tx, std::span<const stored_clock> clocks,
                  domain::instant now) {
  write_clocks(db, tx, insert_clocks, clocks, true, now);
  write_clocks(db, tx, upsert_clocks, clocks, false, now);
  write_looked_at(db, tx, clocks);
  write_pauses(db, tx, clocks);
}

std::vector<bool> write_clock_events(connection& db, pqxx::transaction_base& tx,
                                     std::span<const recorded_event> events) {
  std::vector<bool> out(events.size(), false);
  if (events.empty()) return out;
  std::array<pq_array, 8> a;
  for (const recorded_event& e : events) {
    a[0].add(e.ticket_id);
    a[1].add(name_of(e.kind));
    a[2].add(e.cycle);
    a[3].add(e.event.level_bp);
    a[4].add(e.event.epoch);
    a[5].add(to_us(e.event.at));
    a[6].add(to_us(e.noticed_at));
    a[7].add(name_of(e.event.what));
  }
  using key = std::tuple<std::int64_t, std::string, int, int, int>;
  std::set<key> fresh;
  const pqxx::result rows = db.run(tx, insert_events, taken(a));
  // Nearly always all of them.
  if (static_cast<std::size_t>(rows.size()) == events.size()) {
    out.assign(events.size(), true);
    return out;
  }
  for (const auto& r : rows)
    fresh.emplace(r[0].as<std::int64_t>(), r[1].c_str(), r[2].as<int>(), r[3].as<int>(),
                  r[4].as<int>());
  for (std::size_t i = 0; i < events.size(); ++i)
    out[i] = fresh.contains({events[i].ticket_id, std::string(name_of(events[i].kind)),
                             events[i].cycle, events[i].event.level_bp, events[i].event.epoch});
  return out;
}

}  // namespace fibrehub::store
