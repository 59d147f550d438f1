#include "store/sla/retarget.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

#include "store/billing/bill.hpp"
#include "store/commands/history_writer.hpp"
#include "store/people/sql.hpp"
#include "store/pq.hpp"
#include "store/sla/clock_set.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/columns.hpp"

namespace fibrehub::store {
namespace {

namespace sla = domain::sla;

constexpr sql insert_scope{
    "sla_retarget_ask",
    "INSERT INTO sla_retargets (made_at, reason, client_id, pairs, project_id) VALUES"
    " (" FIBREHUB_SQL_INSTANT("$1::bigint") ", $2, nullif($3::bigint, 0), nullif($4::text[], '{}'),"
    " nullif($5::bigint, 0))"};
constexpr sql select_scope{
    "sla_retarget_next",
    "SELECT id, reason, coalesce(client_id, 0), coalesce(pairs, '{}')::text, after_ticket,"
    " coalesce(project_id, 0) FROM sla_retargets ORDER BY id LIMIT 1 FOR UPDATE"};
constexpr sql select_tickets{
    "sla_retarget_tickets",
    "SELECT t.id FROM tickets t WHERE t.status NOT IN ('resolved', 'closed') AND t.deleted_at IS"
    " NULL AND t.id > $1::bigint AND ($2::bigint = 0 OR t.client_id = $2::bigint) AND ($3::text[] ="
    " '{}' OR t.type || '/' || t.priority = ANY ($3::text[])) AND ($5::bigint = 0 OR t.project_id ="
    " $5::bigint) ORDER BY t.id LIMIT $4::bigint"};
constexpr sql update_scope{
    "sla_retarget_reached",
    "UPDATE sla_retargets SET after_ticket = $2::bigint WHERE id = $1::bigint"};
constexpr sql delete_scope{"sla_retarget_over", "DELETE FROM sla_retargets WHERE id = $1::bigint"};

#define FIBREHUB_TODAY "(" FIBREHUB_SQL_INSTANT("$1::bigint") " AT TIME ZONE 'UTC')::date"
constexpr sql select_turns{
    "sla_contract_turns",
    "SELECT k.client_id, k.number FROM contracts k, sla_contract_days d WHERE k.archived_at IS NULL"
    " AND d.checked_to < " FIBREHUB_TODAY
    " AND ((k.starts_on > d.checked_to AND k.starts_on <= " FIBREHUB_TODAY
    ") OR (k.ends_on >= d.checked_to AND k.ends_on < " FIBREHUB_TODAY ")) ORDER BY k.id"};
constexpr sql update_day{"sla_contract_day",
                         "UPDATE sla_contract_days SET checked_to = " FIBREHUB_TODAY
                         " WHERE checked_to < " FIBREHUB_TODAY};

/// "4 h, due 2026-11-21T12:00:00Z", for histories.
std::string told(const target_change::terms& t) {
  std::string out = sla::duration_text(t.target);
  if (t.due) out += ", due " + domain::to_rfc3339(std::chrono::floor<std::chrono::seconds>(*t.due));
  return out;
}

using entries_by_ticket = std::map<std::int64_t, std::vector<domain::change_entry>>;

/// One for each clock that moved.
entries_by_ticket moves_of(const clock_set& clocks, const std::string& reason) {
  entries_by_ticket out;
  for (const target_change& c : clocks.target_changes())
    out[c.ticket_id].push_back({"retarget", fmt::format("{}_target", name_of(c.kind)),
                                told(c.before), fmt::format("{} ({})", told(c.after), reason)});
  return out;
}

/// Writes what has moved, and bills the tickets `to_bill` anew; answers how many are billed
/// otherwise now.
std::size_t note_changes(connection& db, pqxx::transaction_base& tx, clock_set& clocks,
                         const std::vector<std::int64_t>& to_bill, const std::string& reason,
                         change_context& context) {
  entries_by_ticket moves = moves_of(clocks, reason);
  std::set<std::int64_t> wanted(to_bill.begin(), to_bill.end());
  for (const auto& [id, entries] : moves)
    wanted.insert(id);
  if (wanted.empty()) return 0;
  static const std::string text = fmt::format(
      "SELECT {} FROM tickets t WHERE t.id = ANY ($1::bigint[]) AND t.deleted_at IS NULL ORDER BY"
      " t.id FOR UPDATE",
      ticket_columns());
  const pqxx::result found = db.run(tx, {"sla_retarget_moved", text.c_str()},
                                    {{people::id_array({wanted.begin(), wanted.end()})}, nullptr});
  std::vector<domain::ticket_record> billed;
  for (const auto& row : found) {
    domain::ticket_record t = to_ticket(row);
    domain::ticket_draft draft(t);
    if (!to_bill.empty()) bill(draft, clocks.book(), context.origin.at);
    std::vector<domain::change_entry> entries = std::move(moves[t.id]);
    entries.insert(entries.end(), draft.entries().begin(), draft.entries().end());
    if (entries.empty()) continue;
    append_history(db, tx, t, entries, context);
    if (draft.entries().empty()) {
      write_head(db, tx, t);
    } else {
      billed.push_back(std::move(t));
    }
  }
  std::vector<const domain::ticket_record*> rows;
  for (const domain::ticket_record& t : billed)
    rows.push_back(&t);
  if (!rows.empty()) update_tickets(db, tx, rows);
  return rows.size();
}

}  // namespace

void ask_for_retarget(connection& db, pqxx::transaction_base& tx, const retarget_scope& scope,
                      domain::instant at) {
  db.run(tx, insert_scope,
         {{people::us(at), scope.reason, std::to_string(scope.client_id.value_or(0)),
           people::text_array(scope.pairs), std::to_string(scope.project_id.value_or(0))},
          nullptr});
}

void follow_contract_days(connection& db, pqxx::transaction_base& tx, domain::instant now) {
  const sql_params at{{people::us(now)}, nullptr};
  const pqxx::result turns = db.run(tx, select_turns, at);
  for (const auto& r : turns)
    ask_for_retarget(db, tx,
                     {fmt::format("contract {}", r[1].c_str()), r[0].as<std::int64_t>(), {}}, now);
  db.run(tx, update_day, at);
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const retarget_clocks& request,
                  change_context& context) {
  retarget_round done;
  const pqxx::result scope = db.run(tx, select_scope);
  if (!scope.empty()) {
    const std::string id = scope[0][0].c_str();
    std::vector<std::int64_t> ids;
    const pqxx::result found =
        db.run(tx, select_tickets,
               {{scope[0][4].c_str(), scope[0][2].c_str(), scope[0][3].c_str(),
                 std::to_string(request.limit), scope[0][5].c_str()},
                nullptr});
    for (const auto& row : found)
      ids.push_back(row[0].as<std::int64_t>());
    clock_set clocks(db, tx);
    clocks.load(ids);
    for (const std::int64_t ticket : ids)
      clocks.follow_targets(ticket, context.origin.at);
    const bool targets_only = std::string_view(scope[0][3].c_str()) != "{}";
    done.billed = note_changes(db, tx, clocks, targets_only ? std::vector<std::int64_t>() : ids,
                               scope[0][1].c_str(), context);
    done.looked_at = ids.size();
    done.moved = clocks.target_changes().size();
    clocks.write_due(context.origin.at);
    clocks.write(context.events, context.clocks);
    if (ids.size() == request.limit) {
      db.run(tx, update_scope, {{id, std::to_string(ids.back())}, nullptr});
    } else {
      db.run(tx, delete_scope, {{id}, nullptr});
    }
    done.more = true;  // another piece, or another edit
  }
  if (request.result) *request.result = done;
  return write_answer{200, fmt::format(R"({{"moved":{},"billed":{}}})", done.moved, done.billed)};
}

}  // namespace fibrehub::store
