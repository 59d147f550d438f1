#include <fmt/format.h>

#include <sstream>

#include "store/attachments/for_clients.hpp"
#include "store/pq.hpp"
#include "store/pq_array.hpp"
#include "store/queries/tickets.hpp"
#include "store/queries/where_clause.hpp"
#include "store/row_security.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/columns.hpp"
#include "store/visibility.hpp"
#include "store/wa/media_json.hpp"

namespace fibrehub::store {
namespace {

// One statement reads everything that hangs on a ticket, as rows of texts: what it is, two keys of
// its order, then its columns. A round trip costs more than any of these does.
// $1 ticket, $2 messages, $3 notes, $4 history rows at most.
#define FIBREHUB_MESSAGE_COLUMNS \
  "SELECT 'm', " FIBREHUB_SQL_US("m.sent_at")                                                      \
  ", m.id, m.ext_id, coalesce(p.name, m.author_name), coalesce(p.phone, ''), c.ext_id, c.session," \
  " m.outbound::text, m.type, m.body, " FIBREHUB_MEDIA_JSON("m")                           \
  ", coalesce(m.reply_to, ''), "                                                                   \
  FIBREHUB_SQL_US("m.sent_at") "::text, " FIBREHUB_SQL_US("m.received_at")                         \
  "::text, CASE WHEN m.outbound THEN coalesce((SELECT concat_ws(chr(31), s.state, "                \
  FIBREHUB_SQL_US("s.queued_at") ", " FIBREHUB_SQL_US("s.accepted_at") ", "                        \
  FIBREHUB_SQL_US("s.sent_at") ", " FIBREHUB_SQL_US("s.delivered_at") ", "                         \
  FIBREHUB_SQL_US("s.read_at") ", " FIBREHUB_SQL_US("s.ended_at")                                  \
  ", s.reason) FROM wa_sends s WHERE s.id = m.id), (SELECT max(a.level)::text FROM message_acks a" \
  " WHERE a.channel = c.channel AND a.session = c.session AND a.message_id = m.ext_id)) END"
#define FIBREHUB_MESSAGE_SOURCES                                                                  \
  " JOIN messages m ON m.id = latest.id JOIN chats c ON c.id = m.chat_id LEFT JOIN contacts o ON" \
  " o.id = m.contact_id LEFT JOIN contacts p ON p.id = coalesce(o.merged_into, o.id)"

/// The parts in braces keep from clients what is said among staff.
constexpr const char* messages_part = "(" FIBREHUB_MESSAGE_COLUMNS R"(
 FROM (SELECT ids.id FROM ((SELECT o.id FROM messages o WHERE o.ticket_id = $1::bigint{} ORDER BY o.id DESC LIMIT $2::bigint)
                           UNION (SELECT l.message_id FROM message_links l WHERE l.ticket_id = $1::bigint
                                  ORDER BY l.message_id DESC LIMIT $2::bigint)) ids
       ORDER BY ids.id DESC LIMIT $2::bigint) latest
)" FIBREHUB_MESSAGE_SOURCES "{})";

constexpr const char* notes_part = R"(
UNION ALL
(SELECT 'n', n.id, 0, n.id::text, n.internal::text, n.body, n.author, array_to_string(n.mentions, ' '), )"
    FIBREHUB_SQL_US("n.created_at") R"(::text, NULL, NULL, NULL, NULL, NULL, NULL, NULL
 FROM ticket_notes n WHERE n.ticket_id = $1::bigint{} ORDER BY n.id DESC LIMIT $3::bigint)
UNION ALL
(SELECT 'a', a.id, 0, a.id::text, a.name, a.content_type, a.size_bytes::text, encode(a.sha256, 'hex'), a.author, )"
    FIBREHUB_SQL_US("a.created_at") R"(::text, NULL, NULL, NULL, NULL, NULL, NULL
 FROM attachments a WHERE a.ticket_id = $1::bigint AND a.deleted_at IS NULL{} ORDER BY a.id LIMIT 500)
UNION ALL
(SELECT 'l', t.id, 0, l.kind, t.uid, t.title, t.status, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
 FROM (SELECT kind, other_id FROM ticket_links WHERE ticket_id = $1::bigint
       UNION ALL SELECT CASE kind WHEN 'duplicate_of' THEN 'has_duplicate' WHEN 'child_of' THEN 'parent_of' ELSE kind END,
                        ticket_id FROM ticket_links WHERE other_id = $1::bigint) l
 JOIN tickets t ON t.id = l.other_id WHERE t.deleted_at IS NULL{} ORDER BY t.id LIMIT 200))";

/// For staff only.
constexpr const char* staff_part = R"(
UNION ALL
(SELECT 'f', row_number() OVER (ORDER BY u.name, u.id), 0, u.id::text, u.name, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
 FROM ticket_followers f JOIN users u ON u.id = f.user_id WHERE f.ticket_id = $1::bigint ORDER BY u.name, u.id LIMIT 500)
UNION ALL
(SELECT 'h', h.seq, 0, h.seq::text, )" FIBREHUB_SQL_US(
    "h.at") R"(::text, h.actor_kind, h.actor, h.address, h.action, h.field,
        h.old_value, h.new_value, encode(h.hash, 'hex'), NULL, NULL, NULL
 FROM ticket_history h WHERE h.ticket_id = $1::bigint ORDER BY h.seq DESC LIMIT $4::bigint))";

constexpr sql select_history_after{
    "read_history_after",
    "SELECT h.seq, " FIBREHUB_SQL_US(
        "h.at") ", h.actor_kind, h.actor, h.address, h.action, h.field, h.old_value, h.new_value,"
                " encode(h.hash, 'hex') FROM ticket_history h WHERE h.ticket_id = $1::bigint AND"
                " h.seq > $2::integer AND ($4 = '' OR h.action = $4) ORDER BY h.seq LIMIT"
                " $3::bigint"};

/// A row's columns from the first one of what it is.
struct cells {
  const pqxx::row& row;
  pqxx::row::size_type first = 0;
  auto operator[](pqxx::row::size_type i) const { return row[first + i]; }
};

/// What the query put together: the send's state, times and reason, which comes last because it may
/// hold anything; or a delivery step alone.
send_progress to_progress(const std::string& text) {
  if (text.find('\x1f') == std::string::npos) return progress_by_ack(std::stoi(text));
  std::istringstream in(text);
  const auto next = [&in] {
    std::string part;
    std::getline(in, part, '\x1f');
    return part;
  };
  send_progress p;
  p.state = next();
  for (auto* t :
       {&p.queued_at, &p.accepted_at, &p.sent_at, &p.delivered_at, &p.read_at, &p.ended_at})
    if (const std::int64_t us = std::stoll(next()); us != 0) *t = domain::from_us(us);
  std::getline(in, p.reason, '\0');  // there is no NUL in the database: to the end
  return p;
}

message_view to_message(const cells& r) {
  message_view m;
  m.id = r.row[2].as<std::int64_t>();
  m.message_id = r[0].c_str();
  m.author = r[1].c_str();
  m.phone = r[2].c_str();
  m.chat = r[3].c_str();
  m.session = r[4].c_str();
  m.direction = r[5].as<bool>() ? "outbound" : "inbound";
  m.type = r[6].c_str();
  m.body = r[7].c_str();
  m.media_json = r[8].c_str();
  m.reply_to = r[9].c_str();
  m.sent_at = domain::from_us(r[10].as<std::int64_t>());
  m.received_at = domain::from_us(r[11].as<std::int64_t>());
  if (!r[12].is_null()) m.delivery = to_progress(r[12].c_str());
  return m;
}

history_view to_history(std::int64_t ticket_id, const cells& r) {
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

note_view to_note(const cells& r) {
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

attachment_view to_attachment(const cells& r) {
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
  const pqxx::result found = db.run_kept(tx, text, where.params);
  if (found.empty()) return std::nullopt;
  ticket_detail out;
  out.ticket = to_ticket(found[0]);
  auto at = static_cast<pqxx::row::size_type>(ticket_column_count());
  for (std::string* name : {&out.names.assignee, &out.names.team, &out.names.client,
                            &out.names.project, &out.names.pole, &out.names.contractor})
    *name = found[0][at++].c_str();
  return out;
}

void add_row(const pqxx::row& row, ticket_detail& out) {
  const cells c{row, 3};
  switch (row[0].c_str()[0]) {
    case 'm':
      out.messages.push_back(to_message(c));
      break;
    case 'n':
      out.notes.push_back(to_note(c));
      break;
    case 'a':
      out.attachments.push_back(to_attachment(c));
      break;
    case 'l':
      out.links.push_back({c[0].c_str(), c[1].c_str(), c[2].c_str(), c[3].c_str()});
      break;
    case 'f':
      out.followers.push_back({c[0].as<std::int64_t>(), c[1].c_str()});
      break;
    default:
      out.history.push_back(to_history(out.ticket.id, c));
  }
}

/// What became of them, and nothing of it that the reader must not see.
void complete(connection& db, pqxx::transaction_base& tx, domain::role reader,
              std::vector<message_view>& messages) {
  std::vector<std::int64_t> ids;
  for (const message_view& m : messages)
    ids.push_back(m.id);
  auto extras = read_message_extras(db, tx, ids, reader);
  for (message_view& m : messages)
    if (const auto found = extras.find(m.id); found != extras.end())
      m.extras = std::move(found->second);
  if (reader != domain::role::client) return;
  for (message_view& m : messages) {
    // What the bridge said is no business of clients.
    if (m.delivery) m.delivery->reason.clear();
    m.media_json = media_json_for_clients(m.media_json);
    // Who else is in a group is theirs to know there.
    m.extras.receipts.clear();
    // What was taken back is evidence for us, and gone for them.
    if (!m.extras.revoked_at) continue;
    m.body.clear();
    m.media_json.clear();
  }
}

/// Conversation, notes, attachments, links, followers and history.
void read_the_rest(connection& db, pqxx::transaction_base& tx, const get_ticket& request,
                   ticket_detail& out) {
  sql_params params{{std::to_string(out.ticket.id), std::to_string(request.message_limit),
                     std::to_string(request.note_limit), std::to_string(request.history_limit)},
                    nullptr};
  const bool staff = request.by.as != domain::role::client;
  if (!staff) params.texts.pop_back();
  const std::string visible = visibility_condition(request.by, params);
  std::string text = fmt::format(fmt::runtime(messages_part), staff ? "" : " AND NOT o.internal",
                                 staff ? "" : " WHERE NOT m.internal");
  text += fmt::format(fmt::runtime(notes_part), staff ? "" : " AND NOT n.internal",
                      staff ? "" : " AND " FIBREHUB_FILE_FOR_CLIENTS,
                      visible.empty() ? "" : " AND " + visible);
  if (staff) text += staff_part;
  text += " ORDER BY 1, 2, 3";
  for (const auto& row : db.run_kept(tx, text, params))
    add_row(row, out);
  complete(db, tx, request.by.as, out.messages);
}

constexpr sql select_messages{
    "read_messages", FIBREHUB_MESSAGE_COLUMNS
    " FROM (SELECT unnest($1::bigint[]) AS id) latest" FIBREHUB_MESSAGE_SOURCES " ORDER BY 2, 3"};

}  // namespace

std::vector<message_view> read_messages(connection& db, pqxx::transaction_base& tx,
                                        const std::vector<std::int64_t>& ids, domain::role reader) {
  pq_array wanted;
  for (const std::int64_t id : ids)
    wanted.add(id);
  std::vector<message_view> out;
  for (const auto& row : db.run(tx, select_messages, {{wanted.take()}, nullptr}))
    out.push_back(to_message(cells{row, 3}));
  complete(db, tx, reader, out);
  return out;
}

std::optional<ticket_detail> run(connection& db, const get_ticket& request) {
  return read_as(db, request.by, [&](pqxx::transaction_base& tx) {
    auto out = find_ticket(db, tx, request.uid, request.by);
    if (out) read_the_rest(db, tx, request, *out);
    return out;
  });
}

std::optional<history_page> run(connection& db, const get_history& request) {
  if (request.by.as == domain::role::client) return std::nullopt;
  return read_as(db, request.by, [&](pqxx::transaction_base& tx) -> std::optional<history_page> {
    const auto ticket = find_ticket(db, tx, request.uid, request.by);
    if (!ticket) return std::nullopt;
    history_page out;
    const pqxx::result rows =
        db.run(tx, select_history_after,
               {{std::to_string(ticket->ticket.id), std::to_string(request.after_seq),
                 std::to_string(request.limit + 1), request.action},
                nullptr});
    for (const auto& row : rows)
      out.items.push_back(to_history(ticket->ticket.id, cells{row}));
    out.more = static_cast<std::int64_t>(out.items.size()) > request.limit;
    if (out.more) out.items.pop_back();
    return out;
  });
}

}  // namespace fibrehub::store
