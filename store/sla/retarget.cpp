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
#include "store/ticket_events.hpp"
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
// One statement for each kind of scope, so that each is led by its own index.
#define FIBREHUB_OPEN_TICKETS                                                                   \
  "SELECT t.id FROM tickets t WHERE t.status NOT IN ('resolved', 'closed') AND t.deleted_at IS" \
  " NULL AND t.id > $1::bigint"
#define FIBREHUB_NEXT_TICKETS " ORDER BY t.id LIMIT $2::bigint"
constexpr sql select_all{"sla_retarget_all", FIBREHUB_OPEN_TICKETS FIBREHUB_NEXT_TICKETS};
constexpr sql select_of_client{"sla_retarget_client", FIBREHUB_OPEN_TICKETS
                               " AND t.client_id = $3::bigint" FIBREHUB_NEXT_TICKETS};
constexpr sql select_of_project{"sla_retarget_project", FIBREHUB_OPEN_TICKETS
                                " AND t.project_id = $3::bigint" FIBREHUB_NEXT_TICKETS};
constexpr sql select_of_pairs{
    "sla_retarget_pairs", FIBREHUB_OPEN_TICKETS
    " AND t.type || '/' || t.priority = ANY ($3::text[])" FIBREHUB_NEXT_TICKETS};
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
      " t.id FOR NO KEY UPDATE",
      ticket_columns());
  const pqxx::result found = db.run(tx, {"sla_retarget_moved", text.c_str()},
                                    {{people::id_array({wanted.begin(), wanted.end()})}, nullptr});
  std::vector<domain::ticket_record> tickets;
  tickets.reserve(found.size());
  std::vector<ticket_entries> changes;
  std::vector<const domain::ticket_record*> changed;
  std::size_t billed = 0;
  for (const auto& row : found) {
    domain::ticket_record& t = tickets.emplace_back(to_ticket(row));
    const bool is_first = !domain::at(t.values, domain::field::billing_type);
    domain::ticket_draft draft(t);
    if (!to_bill.empty()) bill(draft, clocks.book(), context.origin.at);
    std::vector<domain::change_entry> entries = std::move(moves[t.id]);
    if (!is_first) entries.insert(entries.end(), draft.entries().begin(), draft.entries().end());
    billed += draft.entries().empty() ? 0 : 1;
    if (!entries.empty() || !draft.entries().empty()) changed.push_back(&t);
    if (!entries.empty()) changes.push_back({&t, std::move(entries)});
  }
  append_histories(db, tx, changes, context);
  write_billing(db, tx, changed);
  for (const auto& [t, entries] : changes)
    announce_ticket(context.events, "ticket.updated", *t, standing_of(*t), entries, context.origin);
  return billed;
}

/// The scope's next tickets.
std::vector<std::int64_t> next_tickets(connection& db, pqxx::transaction_base& tx,
                                       const pqxx::row& scope, std::size_t limit) {
  const std::string client = scope[2].c_str(), pairs = scope[3].c_str(), project = scope[5].c_str();
  sql_params params{{scope[4].c_str(), std::to_string(limit)}, nullptr};
  sql which = select_all;
  if (client != "0") {
    which = select_of_client;
    params.texts.push_back(client);
  } else if (project != "0") {
    which = select_of_project;
    params.texts.push_back(project);
  } else if (pairs != "{}") {
    which = select_of_pairs;
    params.texts.push_back(pairs);
  }
  std::vector<std::int64_t> ids;
  const pqxx::result found = db.run(tx, which, params);
  for (const auto& row : found)
    ids.push_back(row[0].as<std::int64_t>());
  return ids;
}

}  // namespace

domain::principal agreements_principal() {
  domain::principal p;
  p.what = domain::principal::kind::system;
  p.id = "system:agreements";
  p.name = "agreements";
  p.as = domain::role::admin;
  return p;
}

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
    const std::vector<std::int64_t> ids = next_tickets(db, tx, scope[0], request.limit);
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
    context.grows_outbox |= clocks.write(context.events, context.clocks);
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
