#include "store/queries/tickets.hpp"

#include <fmt/format.h>

#include "store/pq.hpp"
#include "store/pq_array.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

constexpr const char* ticket_columns =
    "t.id, t.uid, t.title, t.description, t.source, coalesce(t.source_reference, ''), t.type, t.priority, t.status,"
    " coalesce(t.drop_number, ''), coalesce(t.address, ''), coalesce(t.external::text, ''), t.channel, t.message_count, t.version,"
    " " FIBREHUB_SQL_US("t.last_message_at") ", " FIBREHUB_SQL_US("t.resolved_at") ", " FIBREHUB_SQL_US("t.closed_at") ", "
    FIBREHUB_SQL_US("t.created_at") ", " FIBREHUB_SQL_US("t.updated_at");

constexpr sql select_messages{
    "read_ticket_messages",
    R"(
SELECT * FROM (
  SELECT m.id, m.ext_id, coalesce(p.name, m.author_name), coalesce(p.phone, ''), c.ext_id, c.session, m.outbound, m.type, m.body,
         coalesce(m.media, ''), coalesce(m.reply_to, ''), )" FIBREHUB_SQL_US(
        "m.sent_at") R"( AS sent_us, )" FIBREHUB_SQL_US("m.received_at") R"(,
         CASE WHEN m.outbound THEN (SELECT max(a.level) FROM message_acks a WHERE a.channel = c.channel AND a.session = c.session
                                    AND a.message_id = m.ext_id) END
  FROM messages m JOIN chats c ON c.id = m.chat_id LEFT JOIN contacts p ON p.id = m.contact_id
  WHERE m.id IN ((SELECT o.id FROM messages o WHERE o.ticket_id = $1::bigint ORDER BY o.id DESC LIMIT $2::bigint)
                 UNION ALL (SELECT l.message_id FROM message_links l WHERE l.ticket_id = $1::bigint
                            ORDER BY l.message_id DESC LIMIT $2::bigint))
  ORDER BY m.id DESC LIMIT $2::bigint) latest
ORDER BY sent_us, id)"};

constexpr sql select_history{
    "read_ticket_history",
    R"(
SELECT * FROM (
  SELECT h.seq, )" FIBREHUB_SQL_US(
        "h.at") R"(, h.actor_kind, h.actor, h.address, h.action, h.field, h.old_value, h.new_value,
         encode(h.hash, 'hex')
  FROM ticket_history h WHERE h.ticket_id = $1::bigint ORDER BY h.seq DESC LIMIT $2::bigint) latest
ORDER BY 1)"};

std::optional<domain::instant> optional_instant(const pqxx::field& f) {
  const auto us = f.as<std::int64_t>();
  if (us == 0) return std::nullopt;
  return domain::from_us(us);
}

ticket_view to_ticket(const pqxx::row& r) {
  ticket_view t;
  t.id = r[0].as<std::int64_t>();
  t.uid = r[1].c_str();
  t.title = r[2].c_str();
  t.description = r[3].c_str();
  t.source = r[4].c_str();
  t.source_reference = r[5].c_str();
  t.type = r[6].c_str();
  t.priority = r[7].c_str();
  t.status = r[8].c_str();
  t.drop_number = r[9].c_str();
  t.address = r[10].c_str();
  t.external_json = r[11].c_str();
  t.channel = r[12].c_str();
  t.message_count = r[13].as<std::int32_t>();
  t.version = r[14].as<std::int32_t>();
  t.last_message_at = optional_instant(r[15]);
  t.resolved_at = optional_instant(r[16]);
  t.closed_at = optional_instant(r[17]);
  t.created_at = domain::from_us(r[18].as<std::int64_t>());
  t.updated_at = domain::from_us(r[19].as<std::int64_t>());
  return t;
}

/// Conditions with numbered parameters, joined as they are added.
struct where_clause {
  std::string text = "t.deleted_at IS NULL";
  sql_params params;

  void any_of(const char* column, const std::vector<std::string>& values) {
    if (values.empty()) return;
    pq_array array;
    for (const std::string& v : values)
      array.add(std::string_view(v));
    params.texts.push_back(array.take());
    text += fmt::format(" AND t.{} = ANY (${}::text[])", column, params.texts.size());
  }
  void before(std::int64_t id) {
    params.texts.push_back(std::to_string(id));
    text += fmt::format(" AND t.id < ${}::bigint", params.texts.size());
  }
};

std::int64_t count_of(connection& db, pqxx::transaction_base& tx, const where_clause& where) {
  return db.run_text(tx, "SELECT count(*) FROM tickets t WHERE " + where.text, where.params)[0][0]
      .as<std::int64_t>();
}

message_view to_message(const pqxx::row& r) {
  message_view m;
  m.message_id = r[1].c_str();
  m.author = r[2].c_str();
  m.phone = r[3].c_str();
  m.chat = r[4].c_str();
  m.session = r[5].c_str();
  m.direction = r[6].as<bool>() ? "outbound" : "inbound";
  m.type = r[7].c_str();
  m.body = r[8].c_str();
  m.media_json = r[9].c_str();
  m.reply_to = r[10].c_str();
  m.sent_at = domain::from_us(r[11].as<std::int64_t>());
  m.received_at = domain::from_us(r[12].as<std::int64_t>());
  if (!r[13].is_null()) m.ack = r[13].as<int>();
  return m;
}

history_view to_history(std::int64_t ticket_id, const pqxx::row& r) {
  history_view h;
  h.entry = {ticket_id,
             r[0].as<std::int32_t>(),
             domain::from_us(r[1].as<std::int64_t>()),
             {r[2].c_str(), r[3].c_str(), r[4].c_str()},
             r[5].c_str(),
             r[6].c_str(),
             r[7].c_str(),
             r[8].c_str()};
  h.hash_hex = r[9].c_str();
  return h;
}

}  // namespace

std::optional<ticket_page> run(connection& db, const list_tickets& request) {
  return db.transact([&](pqxx::work& tx) {
    where_clause where;
    where.any_of("status", request.statuses);
    where.any_of("source", request.sources);
    where.any_of("priority", request.priorities);
    ticket_page out;
    if (request.page) out.total = count_of(db, tx, where);
    if (request.before_id) where.before(*request.before_id);
    const std::int64_t offset = request.page ? (*request.page - 1) * request.limit : 0;
    const pqxx::result rows = db.run_text(
        tx,
        fmt::format("SELECT {} FROM tickets t WHERE {} ORDER BY t.id DESC LIMIT {} OFFSET {}",
                    ticket_columns, where.text, request.limit + 1, offset),
        where.params);
    for (const auto& row : rows)
      out.items.push_back(to_ticket(row));
    if (static_cast<std::int64_t>(out.items.size()) > request.limit) {
      out.items.pop_back();
      out.next_before = out.items.back().id;
    }
    return std::optional(std::move(out));
  });
}

std::optional<ticket_detail> run(connection& db, const get_ticket& request) {
  return db.transact([&](pqxx::work& tx) -> std::optional<ticket_detail> {
    const pqxx::result found = db.run_text(
        tx,
        fmt::format("SELECT {} FROM tickets t WHERE t.uid = $1 AND t.deleted_at IS NULL",
                    ticket_columns),
        {{request.uid}, nullptr});
    if (found.empty()) return std::nullopt;
    ticket_detail out;
    out.ticket = to_ticket(found[0]);
    const std::string id = std::to_string(out.ticket.id);
    const pqxx::result messages =
        db.run(tx, select_messages, {{id, std::to_string(request.message_limit)}, nullptr});
    for (const auto& row : messages)
      out.messages.push_back(to_message(row));
    const pqxx::result history =
        db.run(tx, select_history, {{id, std::to_string(request.history_limit)}, nullptr});
    for (const auto& row : history)
      out.history.push_back(to_history(out.ticket.id, row));
    return out;
  });
}

}  // namespace fibrehub::store
