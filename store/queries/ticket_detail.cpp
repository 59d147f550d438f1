#include <fmt/format.h>

#include <sstream>

#include "store/pq.hpp"
#include "store/queries/tickets.hpp"
#include "store/queries/where_clause.hpp"
#include "store/row_security.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/columns.hpp"
#include "store/visibility.hpp"

namespace fibrehub::store {
namespace {

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

constexpr sql select_history_after{
    "read_history_after",
    "SELECT h.seq, " FIBREHUB_SQL_US(
        "h.at") ", h.actor_kind, h.actor, h.address, h.action, h.field, h.old_value, h.new_value,"
                " encode(h.hash, 'hex') FROM ticket_history h WHERE h.ticket_id = $1::bigint AND"
                " h.seq > $2::integer AND ($4 = '' OR h.action = $4) ORDER BY h.seq LIMIT"
                " $3::bigint"};

constexpr sql select_notes{
    "read_ticket_notes",
    "SELECT * FROM (SELECT n.id, n.internal, n.body, n.author, array_to_string(n.mentions, ' '),"
    " " FIBREHUB_SQL_US(
        "n.created_at") " FROM ticket_notes n WHERE n.ticket_id = $1::bigint AND ($3::boolean OR NOT"
                        " n.internal) ORDER BY n.id DESC LIMIT $2::bigint) latest ORDER BY 1"};

constexpr sql select_attachments{
    "read_ticket_attachments",
    "SELECT a.id, a.name, a.content_type, a.size_bytes, encode(a.sha256, 'hex'), a.author,"
    " " FIBREHUB_SQL_US("a.created_at") " FROM attachments a WHERE a.ticket_id = $1::bigint AND"
                                        " a.deleted_at IS NULL ORDER BY a.id LIMIT 500"};

constexpr sql select_followers{
    "read_ticket_followers",
    "SELECT u.id, u.name FROM ticket_followers f JOIN users u ON u.id = f.user_id WHERE f.ticket_id"
    " = $1::bigint ORDER BY u.name, u.id LIMIT 500"};

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

note_view to_note(const pqxx::row& r) {
  note_view n;
  n.id = r[0].as<std::int64_t>();
  n.internal = r[1].as<bool>();
  n.body = r[2].c_str();
  n.author = r[3].c_str();
  std::istringstream ids(r[4].c_str());
  for (std::int64_t id = 0; ids >> id;)
    n.mentions.push_back(id);
  n.created_at = domain::from_us(r[5].as<std::int64_t>());
  return n;
}

attachment_view to_attachment(const pqxx::row& r) {
  attachment_view a;
  a.id = r[0].as<std::int64_t>();
  a.name = r[1].c_str();
  a.content_type = r[2].c_str();
  a.size_bytes = r[3].as<std::int64_t>();
  a.sha256_hex = r[4].c_str();
  a.author = r[5].c_str();
  a.created_at = domain::from_us(r[6].as<std::int64_t>());
  return a;
}

/// The ticket itself with the names of what it refers to; nothing when it is not to be seen.
std::optional<ticket_detail> find_ticket(connection& db, pqxx::transaction_base& tx,
                                         const std::string& uid, const domain::principal& by) {
  where_clause where(by);
  const std::string text = fmt::format(
      "SELECT {}, coalesce(u.name, ''), coalesce(g.name, ''), coalesce(c.name, ''), "
      "coalesce(p.name,"
      " ''), coalesce(o.code, ''), coalesce(k.name, '') FROM tickets t"
      " LEFT JOIN users u ON u.id = t.assigned_to LEFT JOIN teams g ON g.id = t.assigned_team"
      " LEFT JOIN clients c ON c.id = t.client_id LEFT JOIN projects p ON p.id = t.project_id"
      " LEFT JOIN poles o ON o.id = t.pole_id LEFT JOIN contractors k ON k.id = t.contractor_id"
      " WHERE t.uid = {} AND {}",
      ticket_columns(), where.add(uid), where.text);
  const pqxx::result found = db.run_text(tx, text, where.params);
  if (found.empty()) return std::nullopt;
  ticket_detail out;
  out.ticket = to_ticket(found[0]);
  auto at = static_cast<pqxx::row::size_type>(ticket_column_count());
  for (std::string* name : {&out.names.assignee, &out.names.team, &out.names.client,
                            &out.names.project, &out.names.pole, &out.names.contractor})
    *name = found[0][at++].c_str();
  return out;
}

void read_conversation(connection& db, pqxx::transaction_base& tx, const get_ticket& request,
                       ticket_detail& out) {
  const std::string id = std::to_string(out.ticket.id);
  const bool staff = request.by.as != domain::role::client;
  for (const auto& row :
       db.run(tx, select_messages, {{id, std::to_string(request.message_limit)}, nullptr}))
    out.messages.push_back(to_message(row));
  for (const auto& row :
       db.run(tx, select_notes,
              {{id, std::to_string(request.note_limit), staff ? "true" : "false"}, nullptr}))
    out.notes.push_back(to_note(row));
  for (const auto& row : db.run(tx, select_attachments, {{id}, nullptr}))
    out.attachments.push_back(to_attachment(row));
  if (!staff) return;
  for (const auto& row : db.run(tx, select_followers, {{id}, nullptr}))
    out.followers.push_back({row[0].as<std::int64_t>(), row[1].c_str()});
  for (const auto& row :
       db.run(tx, select_history, {{id, std::to_string(request.history_limit)}, nullptr}))
    out.history.push_back(to_history(out.ticket.id, row));
}

void read_links(connection& db, pqxx::transaction_base& tx, const domain::principal& by,
                ticket_detail& out) {
  sql_params params{{std::to_string(out.ticket.id)}, nullptr};
  const std::string visible = visibility_condition(by, params);
  const pqxx::result rows = db.run_text(
      tx,
      fmt::format("SELECT l.kind, t.uid, t.title, t.status FROM (SELECT kind, other_id FROM"
                  " ticket_links WHERE ticket_id = $1::bigint UNION ALL SELECT CASE kind WHEN"
                  " 'duplicate_of' THEN 'has_duplicate' WHEN 'child_of' THEN 'parent_of' ELSE kind"
                  " END, ticket_id FROM ticket_links WHERE other_id = $1::bigint) l JOIN tickets t"
                  " ON t.id = l.other_id WHERE t.deleted_at IS NULL{}{} ORDER BY t.id LIMIT 200",
                  visible.empty() ? "" : " AND ", visible),
      params);
  for (const auto& row : rows)
    out.links.push_back({row[0].c_str(), row[1].c_str(), row[2].c_str(), row[3].c_str()});
}

}  // namespace

std::optional<ticket_detail> run(connection& db, const get_ticket& request) {
  return transact_as(db, request.by, [&](pqxx::work& tx) {
    auto out = find_ticket(db, tx, request.uid, request.by);
    if (!out) return out;
    read_conversation(db, tx, request, *out);
    read_links(db, tx, request.by, *out);
    return out;
  });
}

std::optional<history_page> run(connection& db, const get_history& request) {
  if (request.by.as == domain::role::client) return std::nullopt;
  return transact_as(db, request.by, [&](pqxx::work& tx) -> std::optional<history_page> {
    const auto ticket = find_ticket(db, tx, request.uid, request.by);
    if (!ticket) return std::nullopt;
    history_page out;
    const pqxx::result rows =
        db.run(tx, select_history_after,
               {{std::to_string(ticket->ticket.id), std::to_string(request.after_seq),
                 std::to_string(request.limit + 1), request.action},
                nullptr});
    for (const auto& row : rows)
      out.items.push_back(to_history(ticket->ticket.id, row));
    out.more = static_cast<std::int64_t>(out.items.size()) > request.limit;
    if (out.more) out.items.pop_back();
    return out;
  });
}

}  // namespace fibrehub::store
