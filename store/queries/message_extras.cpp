#include "store/queries/message_extras.hpp"

#include <fmt/format.h>

#include "store/pq.hpp"
#include "store/pq_array.hpp"
#include "store/queries/where_clause.hpp"
#include "store/row_security.hpp"
#include "store/sends/json.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

// Of a person who has several names the first one tells who it is; those who never wrote are known
// by their id alone.
#define FIBREHUB_PERSON(channel, session, id)                                       \
  "LEFT JOIN contact_aliases a ON a.channel = " channel " AND a.session = " session \
  " AND a.ext_id = " id " LEFT JOIN contacts p ON p.id = a.contact_id"

// Rows of texts: what it is, the message, its place among its like, then its columns.
constexpr sql select_extras{
    "message_extras",
    "(SELECT 'e', m.id, 0::bigint, " FIBREHUB_SQL_US("m.edited_at") "::text, " FIBREHUB_SQL_US(
        "m.revoked_at") "::text, (SELECT count(*) FROM message_changes c WHERE c.message_id = m.id AND"
    " c.kind = 'edited')::text, NULL, NULL, NULL, NULL FROM messages m WHERE m.id = ANY"
    " ($1::bigint[]) AND (m.edited_at IS NOT NULL OR m.revoked_at IS NOT NULL))"
    // The latest word of each person.
    " UNION ALL (SELECT l.kind, l.message_id, " FIBREHUB_SQL_US("l.at") ", l.value, l.who, l.name, "
    FIBREHUB_SQL_US("l.at") "::text, NULL, NULL, NULL FROM (SELECT DISTINCT ON (c.message_id, c.kind,"
    " coalesce(p.id::text, c.person)) CASE c.kind WHEN 'reaction' THEN 'r' ELSE 'v' END AS kind,"
    " c.message_id, c.at, c.value, c.person AS who, coalesce(nullif(p.name, ''), c.person_name) AS"
    " name FROM message_changes c " FIBREHUB_PERSON("c.channel", "c.session", "c.person")
    " WHERE c.message_id = ANY ($1::bigint[]) AND c.kind IN ('reaction', 'vote') ORDER BY"
    " c.message_id, c.kind, coalesce(p.id::text, c.person), c.at DESC, c.key DESC) AS l WHERE l.value"
    " NOT IN ('', '[]'))"
    " UNION ALL (SELECT 'p', f.message_id, 0, f.poll::text, NULL, NULL, NULL, NULL, NULL, NULL FROM"
    " message_facts f WHERE f.message_id = ANY ($1::bigint[]) AND f.poll IS NOT NULL)"
    " UNION ALL (SELECT 'n', f.message_id, k.i, k.id, p.name, NULL, NULL, NULL, NULL, NULL FROM"
    " message_facts f JOIN messages m ON m.id = f.message_id JOIN chats c ON c.id = m.chat_id CROSS"
    " JOIN LATERAL unnest(f.mentions) WITH ORDINALITY AS k(id, i) "
    FIBREHUB_PERSON("c.channel", "c.session", "k.id") " WHERE f.message_id = ANY ($1::bigint[]))"
    // It may have come after the answer.
    " UNION ALL (SELECT 'q', m.id, 0, q.id::text, m.reply_to, coalesce(nullif(p.name, ''),"
    " q.author_name), CASE WHEN q.outbound THEN 'outbound' ELSE 'inbound' END, q.type, left(q.body,"
    " 160), (q.revoked_at IS NOT NULL)::text FROM messages m JOIN chats c ON c.id = m.chat_id LEFT"
    " JOIN messages q ON q.id = message_named(c.channel, c.session, m.reply_to) LEFT JOIN contacts"
    " o ON o.id = q.contact_id LEFT JOIN contacts p ON p.id = coalesce(o.merged_into, o.id) WHERE"
    " m.id = ANY ($1::bigint[]) AND m.reply_to IS NOT NULL)"
    " UNION ALL (SELECT 'a', m.id, row_number() OVER (PARTITION BY m.id ORDER BY k.participant),"
    " k.participant, p.name, k.level::text, " FIBREHUB_SQL_US("k.at") "::text, NULL, NULL, NULL FROM"
    " messages m JOIN chats c ON c.id = m.chat_id AND c.kind = 'group' JOIN message_acks k ON"
    " k.channel = c.channel AND k.session = c.session AND k.message_id = m.ext_id AND k.participant"
    " <> '' " FIBREHUB_PERSON("c.channel", "c.session", "k.participant")
    " WHERE m.id = ANY ($1::bigint[]) AND m.outbound) ORDER BY 1, 2, 3"};

constexpr sql select_edits{
    "message_edits",
    "(SELECT 0, m.sent_at, '', 'original', coalesce(m.original_body, m.body), '', '', "
    FIBREHUB_SQL_US("m.sent_at") " FROM messages m WHERE m.id = $1::bigint)"
    " UNION ALL (SELECT 1, c.at, c.key, c.kind, c.value, c.person, coalesce(nullif(p.name, ''),"
    " c.person_name), " FIBREHUB_SQL_US("c.at") " FROM message_changes c "
    FIBREHUB_PERSON("c.channel", "c.session", "c.person")
    " WHERE c.message_id = $1::bigint AND c.kind IN ('edited', 'revoked')) ORDER BY 1, 2, 3"};

std::string text_at(const pqxx::row& r, int i) {
  return r[i].is_null() ? std::string() : std::string(r[i].c_str());
}

std::optional<domain::instant> instant_at(const pqxx::row& r, int i) {
  const auto us = r[i].as<std::int64_t>();
  return us == 0 ? std::nullopt : std::optional(domain::from_us(us));
}

quoted_view to_quoted(const pqxx::row& r, bool for_client) {
  quoted_view q;
  q.message_id = text_at(r, 4);
  if (r[3].is_null()) return q;
  q.id = r[3].as<std::int64_t>();
  q.author = text_at(r, 5);
  q.direction = text_at(r, 6);
  q.type = text_at(r, 7);
  q.revoked = r[9].as<bool>();
  if (!q.revoked || !for_client) q.text = text_at(r, 8);
  return q;
}

void add_row(const pqxx::row& r, message_extras& out, bool for_client) {
  const auto at = [&] { return domain::from_us(r[6].as<std::int64_t>()); };
  switch (r[0].c_str()[0]) {
    case 'e':
      out.edited_at = instant_at(r, 3);
      out.revoked_at = instant_at(r, 4);
      out.edits = r[5].as<std::int64_t>();
      break;
    case 'r':
      out.reactions.push_back({text_at(r, 3), {text_at(r, 4), text_at(r, 5)}, at()});
      break;
    case 'v':
      if (!out.poll) out.poll.emplace();
      out.poll->votes.push_back({text_at(r, 3), {text_at(r, 4), text_at(r, 5)}, at()});
      break;
    case 'p':
      if (!out.poll) out.poll.emplace();
      out.poll->question_json = text_at(r, 3);
      break;
    case 'n':
      out.mentions.push_back({text_at(r, 3), text_at(r, 4)});
      break;
    case 'q':
      out.quoted = to_quoted(r, for_client);
      break;
    default:
      out.receipts.push_back({{text_at(r, 3), text_at(r, 4)}, r[5].as<int>(), at()});
  }
}

std::string json_or_null(const std::string& text) {
  return text.empty() ? "null" : json_string(text);
}

std::string time_or_null(const std::optional<domain::instant>& at) {
  return at ? json_string(domain::to_rfc3339(*at)) : "null";
}

std::string person_json(const named_person& p) {
  return fmt::format(R"({{"id":{},"name":{}}})", json_or_null(p.id), json_or_null(p.name));
}

template <class Items, class Write>
std::string array_of(const Items& items, const Write& write) {
  std::string out = "[";
  for (const auto& item : items) {
    if (out.size() > 1) out += ',';
    out += write(item);
  }
  return out + ']';
}

std::string quoted_json(const quoted_view& q) {
  return fmt::format(
      R"({{"id":{},"message_id":{},"author":{},"direction":{},"type":{},"text":{},"revoked":{}}})",
      q.id == 0 ? "null" : json_string(std::to_string(q.id)), json_string(q.message_id),
      json_or_null(q.author), json_or_null(q.direction), json_or_null(q.type), json_string(q.text),
      q.revoked);
}

std::string poll_json(const poll_view& p) {
  // Its members, in the poll's own object.
  const std::string question = p.question_json.size() > 2
                                   ? p.question_json.substr(1, p.question_json.size() - 2)
                                   : R"("question":null,"options":[],"multiple":false)";
  return fmt::format(R"({{{},"votes":{}}})", question, array_of(p.votes, [](const vote_view& v) {
                       return fmt::format(R"({{"options":{},"by":{},"at":"{}"}})", v.options_json,
                                          person_json(v.by), domain::to_rfc3339(v.at));
                     }));
}

constexpr const char* find_message =
    "SELECT m.id FROM messages m WHERE m.id = {0} AND EXISTS (SELECT 1 FROM tickets t WHERE t.uid ="
    " {1} AND {2} AND (t.id = m.ticket_id OR EXISTS (SELECT 1 FROM message_links l WHERE"
    " l.message_id = m.id AND l.ticket_id = t.id)))";

}  // namespace

std::unordered_map<std::int64_t, message_extras> read_message_extras(
    connection& db, pqxx::transaction_base& tx, std::span<const std::int64_t> message_ids,
    domain::role reader) {
  std::unordered_map<std::int64_t, message_extras> out;
  if (message_ids.empty()) return out;
  pq_array ids;
  for (const std::int64_t id : message_ids)
    ids.add(id);
  const pqxx::result rows = db.run(tx, select_extras, {{ids.take()}, nullptr});
  for (const auto& row : rows)
    add_row(row, out[row[1].as<std::int64_t>()], reader == domain::role::client);
  return out;
}

std::vector<std::pair<const char*, std::string>> message_extra_fields(const message_extras& x) {
  return {{"edited_at", time_or_null(x.edited_at)},
          {"edits", std::to_string(x.edits)},
          {"revoked_at", time_or_null(x.revoked_at)},
          {"reactions", array_of(x.reactions,
                                 [](const reaction_view& r) {
                                   return fmt::format(R"({{"emoji":{},"by":{},"at":"{}"}})",
                                                      json_string(r.emoji), person_json(r.by),
                                                      domain::to_rfc3339(r.at));
                                 })},
          {"quoted", x.quoted ? quoted_json(*x.quoted) : "null"},
          {"mentions", array_of(x.mentions, person_json)},
          {"poll", x.poll ? poll_json(*x.poll) : "null"}};
}

std::string receipts_json(const message_extras& x) {
  if (x.receipts.empty()) return {};
  return array_of(x.receipts, [](const receipt_view& r) {
    return fmt::format(R"({{"id":{},"name":{},"state":{},"at":"{}"}})", json_or_null(r.who.id),
                       json_or_null(r.who.name), json_string(progress_by_ack(r.level).state),
                       domain::to_rfc3339(r.at));
  });
}

std::optional<message_edits> run(connection& db, const get_message_edits& request) {
  if (request.by.as == domain::role::client) return std::nullopt;
  return read_as(db, request.by, [&](pqxx::transaction_base& tx) -> std::optional<message_edits> {
    where_clause where(request.by);
    const std::string id = where.add(std::to_string(request.message_id)) + "::bigint";
    const std::string uid = where.add(request.uid);
    const std::string text = fmt::format(fmt::runtime(find_message), id, uid, where.text);
    if (db.run_kept(tx, text, where.params).empty()) return std::nullopt;
    message_edits out;
    const pqxx::result rows =
        db.run(tx, select_edits, {{std::to_string(request.message_id)}, nullptr});
    for (const auto& r : rows) {
      const domain::instant at = domain::from_us(r[7].as<std::int64_t>());
      const named_person by{text_at(r, 5), text_at(r, 6)};
      if (r[3].c_str() != std::string_view("revoked")) {
        out.texts.push_back({text_at(r, 4), by, at});
      } else if (!out.revoked_at) {
        out.revoked_at = at;
        out.revoked_by = by;
      }
    }
    return out;
  });
}

}  // namespace fibrehub::store
