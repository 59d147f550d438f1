#include "store/sla/evaluate_clocks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "store/commands/history_writer.hpp"
#include "store/people/sql.hpp"
#include "store/pq.hpp"
#include "store/sla/clock_set.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/columns.hpp"

namespace fibrehub::store {
namespace {

namespace sla = domain::sla;

constexpr sql select_now{"sla_now", "SELECT " FIBREHUB_SQL_US("clock_timestamp()")};

constexpr sql select_open{
    "sla_open_clocks",
    "SELECT ticket_id, clock, " FIBREHUB_SQL_US(
        "wake_at") " FROM sla_clocks WHERE (ticket_id, clock) > ($1::bigint, $2) AND wake_at IS NOT"
                   " NULL ORDER BY ticket_id, clock LIMIT $3::bigint"};

// Each arm by its index.
constexpr sql select_due{
    "sla_due_clocks",
    "(SELECT ticket_id, clock, " FIBREHUB_SQL_US(
        "wake_at") " FROM sla_clocks WHERE wake_at <= " FIBREHUB_SQL_INSTANT(
        "$1::bigint") " ORDER BY wake_at LIMIT $2::bigint) UNION ALL (SELECT c.ticket_id, c.clock, 0"
                      " FROM sla_calendars k JOIN sla_clocks c ON c.calendar_id = k.id AND"
                      " c.calendar_version < k.version WHERE c.state IN ('running', 'paused') LIMIT"
                      " $2::bigint)"};

std::vector<clock_wake> to_wakes(const pqxx::result& rows) {
  std::vector<clock_wake> out;
  for (const auto& r : rows)
    out.push_back({r[0].as<std::int64_t>(), std::string_view(r[1].c_str()) == "resolution",
                   domain::from_us(r[2].as<std::int64_t>())});
  return out;
}

/// A row in the history of each ticket that is due at another instant because a calendar was
/// changed.
void note_new_due(connection& db, pqxx::transaction_base& tx, const clock_set& clocks,
                  change_context& context) {
  if (clocks.worked_out_anew().empty()) return;
  static const std::string text = fmt::format(
      "SELECT {} FROM tickets t WHERE t.id = ANY ($1::bigint[]) AND t.deleted_at IS NULL ORDER BY"
      " t.id FOR UPDATE",
      ticket_columns());
  const pqxx::result rows = db.run(tx, {"sla_moved_tickets", text.c_str()},
                                   {{people::id_array(clocks.worked_out_anew())}, nullptr});
  for (const auto& row : rows) {
    domain::ticket_record t = to_ticket(row);
    const std::string before = domain::at(t.values, domain::field::due_at).value_or("");
    const auto due = clocks.due_of(t.id).value_or(std::nullopt);
    const std::string after = due ? domain::to_rfc3339(*due) : "";
    if (before == after) continue;
    append_history(db, tx, t, {{"calendar", "due_at", before, after}}, context);
    write_head(db, tx, t);
  }
}

const char* name_of_clock(bool is_resolution) {
  return is_resolution ? "resolution" : "response";
}

}  // namespace

domain::principal clock_principal() {
  domain::principal p;
  p.what = domain::principal::kind::system;
  p.id = "system:clocks";
  p.name = "SLA clocks";
  p.as = domain::role::admin;
  return p;
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const evaluate_clocks& request,
                  change_context& context) {
  evaluated_clocks done;
  const domain::instant now =
      request.now ? *request.now : domain::from_us(db.run(tx, select_now)[0][0].as<std::int64_t>());
  const auto drift = now > context.origin.at ? now - context.origin.at : context.origin.at - now;
  done.drifted = drift > request.max_drift;
  if (!done.drifted) {
    clock_set clocks(db, tx);
    clocks.load_due(request.clocks);
    for (const clock_key& k : request.clocks)
      clocks.look(k.ticket_id,
                  k.is_resolution ? sla::clock_kind::resolution : sla::clock_kind::response, now);
    for (const clock_key& k : request.clocks)
      done.wakes.push_back(
          {k.ticket_id, k.is_resolution,
           clocks.wake_of(k.ticket_id, k.is_resolution ? sla::clock_kind::resolution
                                                       : sla::clock_kind::response)});
    note_new_due(db, tx, clocks, context);
    clocks.write_due(now);
    std::vector<clock_wake> moved;  // among those that were asked for
    context.grows_outbox |= clocks.write(context.events, moved);
    done.recorded = clocks.recorded();
    done.sent = clocks.sent();
    context.clocks.insert(context.clocks.end(), done.wakes.begin(), done.wakes.end());
  }
  if (request.result) *request.result = done;
  return write_answer{200, fmt::format(R"({{"recorded":{},"sent":{}}})", done.recorded, done.sent)};
}

std::optional<std::vector<clock_wake>> run(connection& db, const list_clocks& request) {
  return db.transact([&](pqxx::work& tx) {
    return std::optional(to_wakes(
        db.run(tx, select_open,
               {{std::to_string(request.after.ticket_id),
                 request.after.ticket_id == 0 ? "" : name_of_clock(request.after.is_resolution),
                 std::to_string(request.limit)},
                nullptr})));
  });
}

std::optional<std::vector<clock_wake>> run(connection& db, const list_due_clocks& request) {
  return db.transact([&](pqxx::work& tx) {
    return std::optional(to_wakes(db.run(
        tx, select_due,
        {{std::to_string(domain::to_us(request.until)), std::to_string(request.limit)}, nullptr})));
  });
}

}  // namespace fibrehub::store
