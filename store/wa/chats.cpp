#include "store/wa/chats.hpp"

#include <fmt/format.h>

#include "domain/text.hpp"
#include "store/people/audit.hpp"
#include "store/people/sql.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"
#include "store/visibility.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

// Its own id, and those of chats that became one with it.
#define FIBREHUB_ITS_IDS \
  "ANY (ARRAY(SELECT f.id FROM chats f WHERE f.id = c.id OR f.merged_into = c.id))"

// A direct chat is called as the person is, by whatever id they are known.
constexpr const char* columns =
    "SELECT c.id, c.channel, c.session, c.ext_id, c.kind, coalesce(nullif(c.name, ''), p.name, ''),"
    " coalesce(p.phone, CASE WHEN c.ext_id LIKE '%@c.us' THEN split_part(c.ext_id, '@', 1) END, ''),"
    " coalesce(j.code, ''), coalesce(c.unmatched, ''), coalesce(c.project_id, 0), c.commands,"
    " (SELECT count(*) FROM tickets o WHERE o.chat_id = " FIBREHUB_ITS_IDS " AND o.status <> 'closed' AND o.deleted_at"
    " IS NULL), (SELECT count(*) FROM wa_triage w WHERE w.chat_id = " FIBREHUB_ITS_IDS " AND w.state = 'waiting'),"
    " coalesce((SELECT o.uid FROM tickets o WHERE o.chat_id = " FIBREHUB_ITS_IDS " AND o.status <> 'closed' AND"
    " o.deleted_at IS NULL ORDER BY o.last_message_at DESC NULLS LAST, o.id DESC LIMIT 1), ''), "
    FIBREHUB_SQL_US("(SELECT m.sent_at FROM messages m WHERE m.chat_id = " FIBREHUB_ITS_IDS " ORDER BY m.sent_at DESC,"
                    " m.id DESC LIMIT 1)") ", " FIBREHUB_SQL_US("c.created_at")
    " FROM chats c LEFT JOIN projects j ON j.id = c.project_id LEFT JOIN contact_aliases a ON c.kind ="
    " 'direct' AND a.channel = c.channel AND a.session = c.session AND a.ext_id = c.ext_id LEFT JOIN"
    " contacts p ON p.id = a.contact_id";

constexpr sql select_members{
    "chat_members_of",
    "SELECT p.name, p.phone, array_to_string(ARRAY(SELECT a.ext_id FROM contact_aliases a WHERE"
    " a.contact_id = p.id ORDER BY a.ext_id), ' '), w.n, " FIBREHUB_SQL_US("w.last")
    " FROM (SELECT contact_id, count(*) AS n, max(sent_at) AS last FROM (SELECT contact_id, sent_at"
    " FROM messages WHERE chat_id = $1::bigint ORDER BY sent_at DESC, id DESC LIMIT 1000) m WHERE"
    " contact_id IS NOT NULL GROUP BY contact_id ORDER BY max(sent_at) DESC LIMIT 100) w JOIN"
    " contacts p ON p.id = w.contact_id ORDER BY w.last DESC, p.id"};

constexpr sql update_chat{
    "chat_edit",
    "UPDATE chats SET project_id = CASE WHEN $2::bool THEN nullif($3::bigint, 0) ELSE project_id "
    "END,"
    " unmatched = CASE WHEN $4::bool THEN nullif($5, '') ELSE unmatched END, commands ="
    " coalesce(nullif($6, '')::bool, commands), name = CASE WHEN $7::bool THEN $8 ELSE name END "
    "WHERE"
    " id = $1::bigint AND kind <> 'broadcast' RETURNING id"};
constexpr sql select_other_group{
    "chat_other_group",
    "SELECT o.id, o.name FROM chats o JOIN chats c ON c.id = $1::bigint WHERE c.kind = 'group' AND"
    " o.kind = 'group' AND o.project_id = $2::bigint AND o.id <> c.id"};
constexpr sql select_project{
    "chat_project", "SELECT 1 FROM projects WHERE id = $1::bigint AND archived_at IS NULL"};

chat_view to_view(const pqxx::row& r) {
  chat_view v;
  v.id = r[0].as<std::int64_t>();
  pqxx::row::size_type at = 1;
  for (std::string* text : {&v.channel, &v.session, &v.ext_id, &v.kind, &v.name, &v.phone,
                            &v.project_code, &v.unmatched})
    *text = r[at++].c_str();
  v.project_id = r[9].as<std::int64_t>();
  v.commands = r[10].as<bool>();
  v.open_tickets = r[11].as<std::int64_t>();
  v.waiting = r[12].as<std::int64_t>();
  v.ticket_uid = r[13].c_str();
  v.last_message_at = instant_or_none(r[14]);
  v.created_at = instant_of(r[15]);
  return v;
}

std::string like(std::string text) {
  std::string out = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out + "%";
}

/// Conditions on `columns`.
std::string condition(const list_chats& request, sql_params& params) {
  std::string where = "c.kind <> 'broadcast' AND c.merged_into IS NULL";
  const auto also = [&](const char* form, std::string value) {
    params.texts.push_back(std::move(value));
    where += fmt::format(fmt::runtime(form), params.texts.size());
  };
  if (!request.session.empty()) also(" AND c.session = ${}", request.session);
  if (!request.kind.empty())
    also(" AND c.kind = ${}", request.kind == "individual" ? "direct" : request.kind);
  if (request.project_id)
    also(" AND c.project_id = ${}::bigint", std::to_string(*request.project_id));
  if (!request.text.empty())
    also(" AND (c.name ILIKE ${0} OR p.name ILIKE ${0} OR p.phone LIKE ${0} OR c.ext_id LIKE ${0})",
         like(request.text));
  if (request.before_id) also(" AND c.id < ${}::bigint", std::to_string(*request.before_id));
  if (request.ticket_uid.empty()) return where;
  // Its customer's chat, and those in which it was talked about.
  params.texts.push_back(request.ticket_uid);
  const std::size_t uid = params.texts.size();
  const std::string visible = visibility_condition(request.by, params);
  return where + fmt::format(
                     " AND c.id IN (SELECT coalesce(f.merged_into, f.id) FROM tickets t CROSS JOIN "
                     "LATERAL (SELECT t.chat_id"
                     " UNION SELECT m.chat_id FROM messages m WHERE m.ticket_id = t.id UNION "
                     "SELECT s.chat_id"
                     " FROM ticket_chats s WHERE s.ticket_id = t.id) x JOIN chats f ON f.id = "
                     "x.chat_id WHERE t.uid = ${} AND t.deleted_at IS"
                     " NULL{}{})",
                     uid, visible.empty() ? "" : " AND ", visible);
}

std::optional<chat_view> read_chat(connection& db, pqxx::transaction_base& tx, std::int64_t id) {
  const pqxx::result rows =
      db.run_kept(tx, fmt::format("{} WHERE c.id = $1::bigint AND c.kind <> 'broadcast'", columns),
                  {{std::to_string(id)}, nullptr});
  if (rows.empty()) return std::nullopt;
  return to_view(rows[0]);
}

error wrong(const char* name, std::string why) {
  error out{errc::invalid, fmt::format("{} {}", name, why), "invalid_field"};
  out.fields.emplace_back(name, std::move(why));
  return out;
}

std::string text_or_null(const std::string& text) {
  return text.empty() ? "null" : json_string(text);
}

}  // namespace

std::optional<chat_page> run(connection& db, const list_chats& request) {
  return db.transact([&](pqxx::work& tx) {
    chat_page out;
    sql_params params;
    const std::string where = condition(request, params);
    const pqxx::result rows = db.run_text(
        tx,
        fmt::format("{} WHERE {} ORDER BY c.id DESC LIMIT {}", columns, where, request.limit + 1),
        params);
    for (const auto& r : rows)
      out.items.push_back(to_view(r));
    if (static_cast<std::int64_t>(out.items.size()) > request.limit) {
      out.items.pop_back();
      out.next_before = out.items.back().id;
    }
    return std::optional(std::move(out));
  });
}

std::optional<chat_detail> run(connection& db, const get_chat& request) {
  return db.transact([&](pqxx::work& tx) -> std::optional<chat_detail> {
    auto found = read_chat(db, tx, request.id);
    if (!found) return std::nullopt;
    chat_detail out;
    out.chat = std::move(*found);
    for (const auto& r : db.run(tx, select_members, {{std::to_string(request.id)}, nullptr})) {
      chat_member& m = out.members.emplace_back();
      m.name = r[0].c_str();
      m.phone = r[1].c_str();
      m.ids = split(r[2].c_str(), ' ');
      m.messages = r[3].as<std::int64_t>();
      m.last_at = instant_of(r[4]);
    }
    return out;
  });
}

std::string chat_json(const chat_view& c) {
  return fmt::format(
      R"({{"id":"{}","chat_id":{},"channel":{},"session":{},"kind":"{}","name":{},"phone":{},)"
      R"("project_id":{},"project":{},"unmatched":{},"commands":{},"open_tickets":{},"waiting":{},)"
      R"("ticket_uid":{},"last_message_at":{},"created_at":"{}"}})",
      c.id, json_string(c.ext_id), json_string(c.channel), json_string(c.session), c.kind,
      text_or_null(c.name), text_or_null(c.phone),
      c.project_id == 0 ? "null" : std::to_string(c.project_id), text_or_null(c.project_code),
      text_or_null(c.unmatched), c.commands, c.open_tickets, c.waiting, text_or_null(c.ticket_uid),
      c.last_message_at ? fmt::format(R"("{}")", domain::to_rfc3339(*c.last_message_at)) : "null",
      domain::to_rfc3339(c.created_at));
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const edit_chat& request,
                  change_context& context) {
  const std::string id = std::to_string(request.id);
  const std::string project = std::to_string(request.project_id.value_or(0));
  if (request.project_id.value_or(0) != 0) {
    if (db.run(tx, select_project, {{project}, nullptr}).empty())
      return tl::unexpected(wrong("project_id", "is no project"));
    const pqxx::result other = db.run(tx, select_other_group, {{id, project}, nullptr});
    if (!other.empty())
      return tl::unexpected(error{errc::conflict,
                                  fmt::format("the project has a group already: chat {} ({})",
                                              other[0][0].c_str(), other[0][1].c_str()),
                                  "project_has_group"});
  }
  const std::string unmatched = request.unmatched && *request.unmatched
                                    ? std::string(name_of(**request.unmatched))
                                    : std::string();
  const std::string commands = request.commands ? (*request.commands ? "true" : "false") : "";
  const pqxx::result done = db.run(
      tx, update_chat,
      {{id, request.project_id ? "t" : "f", project, request.unmatched ? "t" : "f", unmatched,
        commands, request.name ? "t" : "f", domain::storable(request.name.value_or(""), 255)},
       nullptr});
  if (done.empty())
    return tl::unexpected(error{errc::not_found, "there is no such chat", "not_found"});
  const chat_view now = *read_chat(db, tx, request.id);
  append_audit(db, tx, context.origin, "chat.edited", "chat:" + id, chat_json(now));
  context.moves_chats = true;  // what is remembered of it is void
  return write_answer{200, chat_json(now)};
}

}  // namespace fibrehub::store
