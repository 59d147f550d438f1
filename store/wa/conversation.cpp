#include "store/wa/conversation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "domain/text.hpp"
#include "store/people/sql.hpp"
#include "store/queries/where_clause.hpp"
#include "store/row_security.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/columns.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

constexpr sql select_where{"talk_where",
                           "SELECT m.id, m.internal, EXISTS (SELECT 1 FROM wa_evidence e WHERE "
                           "e.message_id = m.id), c.kind,"
                           " c.name, coalesce(t.uid, '') FROM messages m JOIN chats c ON c.id = "
                           "m.chat_id LEFT JOIN tickets"
                           " t ON t.id = m.ticket_id WHERE m.id = ANY ($1::bigint[])"};

constexpr sql select_notes{
    "talk_notes",
    "SELECT n.id, n.internal, n.body, n.author, array_to_string(n.mentions, ' '), " FIBREHUB_SQL_US(
        "n.created_at") " FROM ticket_notes n WHERE n.id = ANY ($1::bigint[])"};

// Those of the ticket's own chat first; each with every id they are known by.
constexpr sql select_people{
    "talk_people",
    "SELECT p.name, p.phone, array_to_string(ARRAY(SELECT a.ext_id FROM contact_aliases a WHERE"
    " a.contact_id = p.id ORDER BY a.ext_id), ' ') FROM (SELECT coalesce(o.merged_into, o.id) AS "
    "id,"
    " bool_or(m.chat_id = $2::bigint) AS own, min(m.sent_at) AS first FROM messages m JOIN "
    "contacts o"
    " ON o.id = m.contact_id WHERE (m.ticket_id = $1::bigint OR"
    " m.id IN (SELECT l.message_id FROM message_links l WHERE l.ticket_id = $1::bigint)) AND"
    " ($3::bool OR NOT m.internal) GROUP BY 1) w JOIN contacts p ON p.id = w.id ORDER BY NOT "
    "w.own, w.first, p.id LIMIT 20"};

std::string place(const said_at& p) {
  return fmt::format("(" FIBREHUB_SQL_INSTANT("{}::bigint") ", {}::bigint)", p.us, p.id);
}

/// One page of rows, a SELECT of (at, id, kind) with numbered parameters.
struct place_row {
  said_at where;
  bool is_note = false;
};
struct places {
  std::vector<place_row> rows;  // oldest first
  bool more_before = false, more_after = false;
  std::optional<std::int64_t> total;
};

places read_places(connection& db, pqxx::transaction_base& tx, const std::string& rows,
                   const sql_params& params, const talk_window& w) {
  places out;
  const bool forward = w.after.has_value() || w.offset.has_value();
  std::string text = fmt::format("SELECT {}, s.id, s.kind FROM ({}) s(at, id, kind)",
                                 FIBREHUB_SQL_US("s.at"), rows);
  if (w.before) text += " WHERE (s.at, s.id) < " + place(*w.before);
  if (w.after) text += " WHERE (s.at, s.id) > " + place(*w.after);
  text +=
      fmt::format(" ORDER BY s.at {0}, s.id {0} LIMIT {1}", forward ? "ASC" : "DESC", w.limit + 1);
  if (w.offset) text += fmt::format(" OFFSET {}", *w.offset);
  for (const auto& r : db.run_text(tx, text, params))
    out.rows.push_back({{r[0].as<std::int64_t>(), r[1].as<std::int64_t>()},
                        r[2].c_str() == std::string_view("n")});
  const bool more = static_cast<std::int64_t>(out.rows.size()) > w.limit;
  if (more) out.rows.pop_back();
  if (!forward) std::reverse(out.rows.begin(), out.rows.end());
  out.more_before = forward ? w.after.has_value() || w.offset.value_or(0) > 0 : more;
  out.more_after = forward ? more : w.before.has_value();
  if (w.offset)
    out.total = db.run_text(tx, fmt::format("SELECT count(*) FROM ({}) s", rows), params)[0][0]
                    .as<std::int64_t>();
  return out;
}

std::map<std::int64_t, said_where> read_where(connection& db, pqxx::transaction_base& tx,
                                              const std::vector<std::int64_t>& ids) {
  std::map<std::int64_t, said_where> out;
  const pqxx::result rows = db.run(tx, select_where, {{id_array(ids)}, nullptr});
  for (const auto& r : rows) {
    said_where& x = out[r[0].as<std::int64_t>()];
    x.internal = r[1].as<bool>();
    x.evidence = r[2].as<bool>();
    x.chat_kind = r[3].c_str();
    x.chat_name = r[4].c_str();
    x.ticket_uid = r[5].c_str();
  }
  return out;
}

std::map<std::int64_t, note_view> read_notes(connection& db, pqxx::transaction_base& tx,
                                             const std::vector<std::int64_t>& ids) {
  std::map<std::int64_t, note_view> out;
  if (ids.empty()) return out;
  for (const auto& r : db.run(tx, select_notes, {{id_array(ids)}, nullptr})) {
    note_view& n = out[r[0].as<std::int64_t>()];
    n.id = r[0].as<std::int64_t>();
    n.internal = r[1].as<bool>();
    n.body = r[2].c_str();
    n.author = r[3].c_str();
    n.mentions = ids_of(r[4]);
    n.created_at = instant_of(r[5]);
  }
  return out;
}

talk_page read_page(connection& db, pqxx::transaction_base& tx, const places& found,
                    domain::role reader) {
  talk_page out;
  out.total = found.total;
  std::vector<std::int64_t> messages, notes;
  for (const place_row& p : found.rows)
    (p.is_note ? notes : messages).push_back(p.where.id);
  std::map<std::int64_t, message_view> said_messages;
  std::map<std::int64_t, said_where> where;
  if (!messages.empty()) {
    for (message_view& m : read_messages(db, tx, messages, reader))
      said_messages.emplace(m.id, std::move(m));
    where = read_where(db, tx, messages);
  }
  const std::map<std::int64_t, note_view> said_notes = read_notes(db, tx, notes);
  for (const place_row& p : found.rows) {
    said one;
    one.at = p.where;
    if (p.is_note) {
      const auto it = said_notes.find(p.where.id);
      if (it == said_notes.end()) continue;
      one.note = it->second;
    } else {
      const auto it = said_messages.find(p.where.id);
      if (it == said_messages.end()) continue;
      one.message = std::move(it->second);
      one.in = std::move(where[p.where.id]);
    }
    out.items.push_back(std::move(one));
  }
  if (found.rows.empty()) return out;
  if (found.more_before) out.earlier = found.rows.front().where;
  if (found.more_after) out.later = found.rows.back().where;
  return out;
}

std::optional<conversation_view> find_ticket(connection& db, pqxx::transaction_base& tx,
                                             const get_conversation& request) {
  where_clause where(request.by);
  const std::string text = fmt::format(
      "SELECT {}, coalesce(u.name, ''), coalesce(g.name, ''), coalesce(c.name, ''),"
      " coalesce(p.name, '') FROM tickets t LEFT JOIN users u ON u.id = t.assigned_to LEFT JOIN"
      " teams g ON g.id = t.assigned_team LEFT JOIN clients c ON c.id = t.client_id LEFT JOIN"
      " projects p ON p.id = t.project_id WHERE t.uid = {} AND {}",
      ticket_columns(), where.add(request.uid), where.text);
  const pqxx::result found = db.run_kept(tx, text, where.params);
  if (found.empty()) return std::nullopt;
  conversation_view out;
  out.ticket = to_ticket(found[0]);
  auto at = static_cast<pqxx::row::size_type>(ticket_column_count());
  for (std::string* name :
       {&out.names.assignee, &out.names.team, &out.names.client, &out.names.project})
    *name = found[0][at++].c_str();
  return out;
}

std::string ticket_rows(bool staff, bool notes) {
  const char* const open = staff ? "" : " AND NOT m.internal";
  std::string out = fmt::format(
      "SELECT m.sent_at, m.id, 'm' FROM messages m WHERE m.ticket_id = $1::bigint{0} UNION SELECT"
      " m.sent_at, m.id, 'm' FROM message_links l JOIN messages m ON m.id = l.message_id WHERE"
      " l.ticket_id = $1::bigint{0}",
      open);
  if (notes)
    out += fmt::format(
        " UNION ALL SELECT n.created_at, n.id, 'n' FROM ticket_notes n WHERE n.ticket_id ="
        " $1::bigint{}",
        staff ? "" : " AND NOT n.internal");
  return out;
}

/// Of the same drop, of the same person, and linked ones; the latest first.
void read_related(connection& db, pqxx::transaction_base& tx, const get_conversation& request,
                  conversation_view& out) {
  const auto value = [&](domain::field f) { return domain::at(out.ticket.values, f).value_or(""); };
  sql_params params{{std::to_string(out.ticket.id), value(domain::field::drop_number),
                     std::to_string(out.ticket.chat_id)},
                    nullptr};
  const std::string visible = visibility_condition(request.by, params);
  const std::string text = fmt::format(
      "SELECT t.uid, t.title, t.status, r.why FROM (SELECT id, min(place || why) AS why FROM ("
      "SELECT other_id AS id, '0' AS place, kind AS why FROM ticket_links WHERE ticket_id = "
      "$1::bigint"
      " UNION ALL SELECT ticket_id, '0', CASE kind WHEN 'duplicate_of' THEN 'has_duplicate' WHEN"
      " 'child_of' THEN 'parent_of' ELSE kind END FROM ticket_links WHERE other_id = $1::bigint"
      " UNION ALL (SELECT id, '1', 'same_drop' FROM tickets WHERE drop_number = $2 AND $2 <> '' "
      "ORDER"
      " BY id DESC LIMIT 50)"
      " UNION ALL (SELECT id, '2', 'same_contact' FROM tickets WHERE chat_id IN (SELECT f.id"
      " FROM chats f JOIN chats own ON own.id = $3::bigint WHERE coalesce(f.merged_into, f.id) ="
      " coalesce(own.merged_into, own.id)) AND $3::bigint <> 0 AND EXISTS (SELECT 1 FROM chats c "
      "WHERE c.id = $3::bigint AND c.kind ="
      " 'direct') ORDER BY id DESC LIMIT 50)"
      ") a GROUP BY id) r JOIN tickets t ON t.id = r.id WHERE t.id <> $1::bigint AND t.deleted_at "
      "IS"
      " NULL{}{} ORDER BY t.id DESC LIMIT 20",
      visible.empty() ? "" : " AND ", visible);
  for (const auto& r : db.run_kept(tx, text, params))
    out.related.push_back({r[0].c_str(), r[1].c_str(), r[2].c_str(), r[3].c_str() + 1});
}

constexpr sql select_history{
    "talk_history",
    "SELECT h.seq, " FIBREHUB_SQL_US(
        "h.at") ", h.actor_kind, h.actor, h.address, h.action, h.field, h.old_value, h.new_value,"
                " encode(h.hash, 'hex') FROM ticket_history h WHERE h.ticket_id = $1::bigint ORDER BY"
                " h.seq DESC LIMIT 10"};

void read_history(connection& db, pqxx::transaction_base& tx, conversation_view& out) {
  for (const auto& r : db.run(tx, select_history, {{std::to_string(out.ticket.id)}, nullptr})) {
    history_view& h = out.history.emplace_back();
    h.entry = {out.ticket.id,    r[0].as<std::int32_t>(),
               instant_of(r[1]), {r[2].c_str(), r[3].c_str(), r[4].c_str()},
               r[5].c_str(),     r[6].c_str(),
               r[7].c_str(),     r[8].c_str()};
    h.hash_hex = r[9].c_str();
  }
}

/// What is said of a ticket one may see was written by people one may know.
void read_people(connection& db, const get_conversation& request, conversation_view& out) {
  const bool staff = request.by.as != domain::role::client;
  db.autocommit([&](pqxx::transaction_base& tx) {
    for (const auto& r : db.run(tx, select_people,
                                {{std::to_string(out.ticket.id), std::to_string(out.ticket.chat_id),
                                  staff ? "t" : "f"},
                                 nullptr}))
      out.people.push_back({r[0].c_str(), r[1].c_str(), split(r[2].c_str(), ' ')});
  });
}

}  // namespace

std::optional<conversation_view> run(connection& db, const get_conversation& request) {
  const bool staff = request.by.as != domain::role::client;
  auto out =
      read_as(db, request.by, [&](pqxx::transaction_base& tx) -> std::optional<conversation_view> {
        auto view = find_ticket(db, tx, request);
        if (!view) return std::nullopt;
        const sql_params id{{std::to_string(view->ticket.id)}, nullptr};
        const places found =
            read_places(db, tx, ticket_rows(staff, request.notes), id, request.window);
        view->page = read_page(db, tx, found, request.by.as);
        if (!request.context) return view;
        read_related(db, tx, request, *view);
        if (staff) read_history(db, tx, *view);
        return view;
      });
  if (out && request.context) read_people(db, request, *out);
  return out;
}

std::optional<talk_page> run(connection& db, const get_chat_talk& request) {
  return read_as(db, request.by, [&](pqxx::transaction_base& tx) -> std::optional<talk_page> {
    sql_params params{{std::to_string(request.chat_id)}, nullptr};
    if (db.run_text(tx, "SELECT 1 FROM chats WHERE id = $1::bigint", params).empty())
      return std::nullopt;
    const std::string visible = visibility_condition(request.by, params);
    const std::string rows = fmt::format(
        "SELECT m.sent_at, m.id, 'm' FROM messages m{} WHERE (m.chat_id = $1::bigint OR m.chat_id "
        "IN (SELECT f.id"
        " FROM chats f WHERE f.merged_into = $1::bigint)){}{}",
        visible.empty() ? "" : " JOIN tickets t ON t.id = m.ticket_id",
        visible.empty() ? "" : " AND t.deleted_at IS NULL AND ", visible);
    return read_page(db, tx, read_places(db, tx, rows, params, request.window), request.by.as);
  });
}

}  // namespace fibrehub::store
