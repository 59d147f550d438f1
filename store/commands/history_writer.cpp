#include "store/commands/history_writer.hpp"

#include <fmt/format.h>

#include <array>

#include "store/pq.hpp"
#include "store/pq_array.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/columns.hpp"
#include "store/visibility.hpp"

namespace fibrehub::store {
namespace {

constexpr sql insert_rows{
    "append_ticket_history",
    "INSERT INTO ticket_history (ticket_id, seq, at, actor_kind, actor, address, action, field,"
    " old_value, new_value, hash) SELECT r.ticket_id, r.seq, " FIBREHUB_SQL_INSTANT(
        "$1::bigint") ", $2, $3, $4, r.action, r.field, r.old_value, r.new_value,"
                      " decode(r.hash, 'hex') FROM unnest($5::bigint[], $6::integer[], $7::text[],"
                      " $8::text[], $9::text[], $10::text[], $11::text[]) AS r(ticket_id, seq,"
                      " action, field, old_value, new_value, hash)"};

constexpr sql update_head{"write_ticket_head",
                          "UPDATE tickets SET version = $2::integer, history_seq = $3::integer,"
                          " history_hash = decode($4, 'hex'), updated_at = " FIBREHUB_SQL_INSTANT(
                              "$5::bigint") " WHERE id = $1::bigint"};

std::string hex(const domain::history_digest& digest) {
  std::string out;
  for (const std::uint8_t byte : digest)
    out += fmt::format("{:02x}", byte);
  return out;
}

domain::history_actor actor_of(const domain::principal& by) {
  using kind = domain::principal::kind;
  const char* what = by.what == kind::user ? "user" : by.what == kind::token ? "token" : "system";
  return {what, by.name, by.address};
}

}  // namespace

std::optional<domain::ticket_record> lock_ticket(connection& db, pqxx::transaction_base& tx,
                                                 const std::string& uid,
                                                 const domain::principal& by) {
  sql_params params{{uid}, nullptr};
  const std::string visible = visibility_condition(by, params);
  const pqxx::result rows = db.run_text(
      tx,
      fmt::format("SELECT {} FROM tickets t WHERE t.uid = $1 AND t.deleted_at IS NULL{}{} FOR"
                  " UPDATE OF t",
                  ticket_columns(), visible.empty() ? "" : " AND ", visible),
      params);
  if (rows.empty()) return std::nullopt;
  return to_ticket(rows[0]);
}

error no_such_ticket() {
  return {errc::not_found, "there is no such ticket, or it is not yours to see", "not_found"};
}

void append_histories(connection& db, pqxx::transaction_base& tx,
                      std::span<const ticket_entries> changes, change_context& context) {
  const domain::instant at = context.origin.at;
  const domain::history_actor actor = actor_of(context.origin.by);
  pq_array tickets, seqs;
  std::array<pq_array, 5> texts;
  bool any = false;
  for (const auto& [ticket, entries] : changes) {
    if (entries.empty()) continue;
    any = true;
    for (const domain::change_entry& e : entries) {
      const domain::history_entry row{
          ticket->id, ++ticket->history_seq, at,         actor, e.action,
          e.field,    e.old_value,           e.new_value};
      ticket->history_hash = domain::chain(ticket->history_hash, row);
      ++ticket->version;
      tickets.add(ticket->id);
      seqs.add(row.seq);
      const std::string hash = hex(ticket->history_hash);
      std::size_t column = 0;
      for (const std::string* text : {&e.action, &e.field, &e.old_value, &e.new_value, &hash})
        texts[column++].add(std::string_view(*text));
    }
    ticket->updated_at = at;
    context.tickets.push_back(ticket->id);
  }
  if (!any) return;
  sql_params params{{std::to_string(domain::to_us(at)), actor.kind, actor.name, actor.address,
                     tickets.take(), seqs.take()},
                    nullptr};
  for (pq_array& column : texts)
    params.texts.push_back(column.take());
  db.run(tx, insert_rows, params);
}

void append_history(connection& db, pqxx::transaction_base& tx, domain::ticket_record& ticket,
                    const std::vector<domain::change_entry>& entries, change_context& context) {
  const ticket_entries one{&ticket, entries};
  append_histories(db, tx, {&one, 1}, context);
}

void write_head(connection& db, pqxx::transaction_base& tx, const domain::ticket_record& ticket) {
  db.run(tx, update_head,
         {{std::to_string(ticket.id), std::to_string(ticket.version),
           std::to_string(ticket.history_seq), hex(ticket.history_hash),
           std::to_string(domain::to_us(ticket.updated_at))},
          nullptr});
}

}  // namespace fibrehub::store
