#include "store/ingest/mentions.hpp"

#include <fmt/format.h>

#include <map>

#include "domain/text.hpp"
#include "store/pq_array.hpp"
#include "store/tickets/columns.hpp"

namespace fibrehub::store {
namespace {

constexpr std::size_t max_excerpt_characters = 300;

constexpr sql select_staff{
    "mention_staff",
    "SELECT id, phone FROM users WHERE phone <> '' AND disabled_at IS NULL AND role <> 'client'"};

// A hidden id is the person's whose number is known.
constexpr sql select_numbers{
    "mention_numbers",
    "SELECT k.i, p.phone FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS"
    " k(channel, session, ext_id, i) JOIN contact_aliases a USING (channel, session, ext_id) JOIN"
    " contacts p ON p.id = a.contact_id WHERE p.phone <> ''"};

struct named {
  const message_facts_row* in = nullptr;
  std::string number;  // digits, with the country's code
};

std::vector<named> named_in(connection& db, pqxx::transaction_base& tx, const ingest_rows& rows) {
  std::vector<named> out;
  std::vector<const message_facts_row*> hidden;
  pq_array channels, sessions, ids;
  for (const message_facts_row& f : rows.around.facts) {
    if (f.ticket_id == 0) continue;
    for (const std::string& id : f.message->mentions) {
      if (id.ends_with("@c.us")) {
        out.push_back({&f, id.substr(0, id.size() - 5)});
        continue;
      }
      hidden.push_back(&f);
      channels.add(std::string_view(f.channel));
      sessions.add(std::string_view(f.message->session));
      ids.add(std::string_view(domain::storable(id, 255)));
    }
  }
  if (hidden.empty()) return out;
  const sql_params params{{channels.take(), sessions.take(), ids.take()}, nullptr};
  for (const auto& row : db.run(tx, select_numbers, params))
    out.push_back({hidden[row[0].as<std::size_t>() - 1], row[1].c_str()});
  return out;
}

std::map<std::int64_t, domain::noticed_ticket> tickets_of(
    connection& db, pqxx::transaction_base& tx,
    const std::map<const message_facts_row*, std::vector<std::int64_t>>& people) {
  pq_array ids;
  for (const auto& [facts, users] : people)
    ids.add(facts->ticket_id);
  static const std::string text =
      fmt::format("SELECT {} FROM tickets t WHERE t.id = ANY ($1::bigint[])", ticket_columns());
  std::map<std::int64_t, domain::noticed_ticket> out;
  for (const auto& row : db.run(tx, {"mention_tickets", text.c_str()}, {{ids.take()}, nullptr})) {
    const domain::ticket_record t = to_ticket(row);
    out.emplace(t.id, domain::noticed(t));
  }
  return out;
}

}  // namespace

void add_mentions(connection& db, pqxx::transaction_base& tx, const ingest_rows& rows,
                  std::vector<domain::ticket_news>& news) {
  if (rows.around.facts.empty()) return;
  const std::vector<named> all = named_in(db, tx, rows);
  if (all.empty()) return;
  std::map<const message_facts_row*, std::vector<std::int64_t>> people;
  for (const auto& row : db.run(tx, select_staff))
    for (const named& n : all)
      if (domain::is_same_phone(row[1].c_str(), n.number))
        people[n.in].push_back(row[0].as<std::int64_t>());
  if (people.empty()) return;
  const auto tickets = tickets_of(db, tx, people);
  for (auto& [facts, users] : people) {
    const auto ticket = tickets.find(facts->ticket_id);
    if (ticket == tickets.end()) continue;
    const domain::chat_message& m = *facts->message;
    domain::ticket_news& n = news.emplace_back();
    n.ticket = ticket->second;
    n.by_name = m.author_name.empty() ? m.author : m.author_name;
    n.at = m.sent_at;
    domain::ticket_notice& notice = n.notices.emplace_back();
    notice.kind = domain::notice_kind::mention;
    notice.seq = facts->history_seq;
    notice.people = users;
    notice.detail = domain::first_line(domain::storable(m.text, 2000), max_excerpt_characters);
  }
}

}  // namespace fibrehub::store
