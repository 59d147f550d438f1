#include "store/ingest/news.hpp"

#include <fmt/format.h>

#include "domain/ticket.hpp"
#include "store/ingest/mentions.hpp"
#include "store/notify/notify.hpp"
#include "store/pq_array.hpp"
#include "store/tickets/columns.hpp"

namespace fibrehub::store {
namespace {

domain::ticket_news news_of(const ticket_row& r) {
  domain::ticket_news news;
  domain::noticed_ticket& t = news.ticket;
  t.id = r.id;
  t.uid = r.uid;
  t.title = r.fields.title;
  t.source = r.source;
  t.type = r.type;
  // The place of a drop is filled in by the database.
  if (r.drop.empty()) t.zone.emplace();
  t.priority =
      domain::ticket_priority_from(r.fields.priority).value_or(domain::ticket_priority::medium);
  t.channel = r.channel;
  t.chat_id = r.chat_id;
  news.by_name = r.source + "/" + r.channel;
  news.at = r.progress.updated_at;
  const domain::change_entry created{"created", {}, {}, {}};
  domain::read_entries(news, 1, {&created, 1});
  return news;
}

/// The rows by which another desk moved tickets that were there before.
std::vector<const history_row*> moves_in(const ingest_rows& rows) {
  std::vector<const history_row*> out;
  for (const ticket_change& c : rows.changes)
    if (c.sets_fields)
      for (const history_row& h : rows.history)
        if (h.entry.ticket_id == c.id && h.entry.field == "status" && h.entry.action == "field")
          out.push_back(&h);
  return out;
}

void add_moves(connection& db, pqxx::transaction_base& tx, const ingest_rows& rows,
               std::vector<domain::ticket_news>& news) {
  const std::vector<const history_row*> moves = moves_in(rows);
  if (moves.empty()) return;
  pq_array ids;
  for (const history_row* h : moves)
    ids.add(h->entry.ticket_id);
  static const std::string text =
      fmt::format("SELECT {} FROM tickets t WHERE t.id = ANY ($1::bigint[])", ticket_columns());
  const pqxx::result found =
      db.run(tx, {"notify_moved_cases", text.c_str()}, {{ids.take()}, nullptr});
  std::unordered_map<std::int64_t, domain::noticed_ticket> tickets;
  for (const auto& row : found) {
    const domain::ticket_record t = to_ticket(row);
    tickets.emplace(t.id, domain::noticed(t));
  }
  for (const history_row* h : moves) {
    const auto ticket = tickets.find(h->entry.ticket_id);
    if (ticket == tickets.end()) continue;
    domain::ticket_news& n = news.emplace_back();
    n.ticket = ticket->second;
    n.by_name = h->entry.actor.name;
    n.at = h->entry.at;
    const domain::change_entry entry{h->entry.action, h->entry.field, h->entry.old_value,
                                     h->entry.new_value};
    domain::read_entries(n, h->entry.seq, {&entry, 1});
  }
}

}  // namespace

void notify_of(connection& db, pqxx::transaction_base& tx, ingest_rows& rows) {
  std::vector<domain::ticket_news> news;
  for (const ticket_row& r : rows.tickets)
    // A case that another desk has finished before is nothing to work on.
    if (r.fields.status != "resolved" && r.fields.status != "closed") news.push_back(news_of(r));
  add_moves(db, tx, rows, news);
  add_mentions(db, tx, rows, news);
  notify(db, tx, std::move(news), rows.events);
}

}  // namespace fibrehub::store
