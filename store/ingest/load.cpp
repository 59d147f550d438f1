#include "store/ingest/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "domain/text.hpp"
#include "domain/ticket_commands.hpp"
#include "store/chat_family.hpp"
#include "store/ingest/load_targets.hpp"
#include "store/ingest/subject.hpp"
#include "store/pq_array.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

constexpr sql select_chats{
    "load_chats",
    "SELECT k.i, c.id, c.ext_id, coalesce(c.address, c.ext_id), coalesce(c.unmatched, ''),"
    " c.commands FROM unnest($1::text[], $2::text[],"
    " $3::text[]) WITH ORDINALITY AS k(channel, session, ext_id, i) JOIN chats f USING (channel,"
    " session, ext_id) JOIN chats c ON c.id = coalesce(f.merged_into, f.id)"};

// A direct chat may be kept under another id of the same person; the oldest one is the chat.
constexpr sql select_chats_by_person{
    "load_chats_by_person",
    "SELECT DISTINCT ON (k.i) k.i, c.id, c.ext_id, coalesce(c.address, c.ext_id),"
    " coalesce(c.unmatched, ''), c.commands"
    " FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS k(channel, session, "
    "ext_id, i)"
    " JOIN contact_aliases a USING (channel, session, ext_id)"
    " JOIN contact_aliases b ON b.contact_id = a.contact_id AND b.ext_id <> a.ext_id"
    " JOIN chats f ON f.channel = k.channel AND f.session = k.session AND f.ext_id = b.ext_id"
    " AND f.kind = 'direct' JOIN chats c ON c.id = coalesce(f.merged_into, f.id) ORDER BY k.i, "
    "c.id"};

// A chat has the tickets of those that were merged into it.
// A chat nobody ever closes a ticket of must not fill the memory: the newest ones are enough.
constexpr sql select_open_tickets{
    "load_open_tickets",
    "SELECT c.id, t.id, coalesce(t.drop_number, ''), t.uid, t.version, t.history_seq,"
    " t.history_hash, " FIBREHUB_SQL_US("t.last_message_at") ", coalesce(t.assigned_to, 0),"
    " coalesce(t.assigned_team, 0), coalesce(t.client_id, 0)"
    " FROM unnest($1::bigint[]) AS c(id) CROSS JOIN LATERAL ("
    "(SELECT * FROM tickets t WHERE t.chat_id IN (" FIBREHUB_CHAT_FAMILY("c.id")
    ") AND t.status <> 'closed' AND t.deleted_at IS NULL"
    " ORDER BY t.last_message_at DESC NULLS LAST, t.id DESC LIMIT 10000) UNION ALL"
    // Where the tickets of this chat were merged into; that may have been merged again.
    " (WITH RECURSIVE went (uid, n) AS (SELECT m.merged_into, 1 FROM tickets m WHERE m.chat_id IN"
    " (" FIBREHUB_CHAT_FAMILY("c.id") ") AND m.merged_into IS NOT NULL UNION SELECT m.merged_into, w.n + 1 FROM went w JOIN tickets m ON"
    " m.uid = w.uid WHERE m.merged_into IS NOT NULL AND w.n < 20) SELECT * FROM tickets t WHERE t.uid"
    " IN (SELECT w.uid FROM went w) AND t.status <> 'closed' AND t.deleted_at IS NULL AND"
    " (t.chat_id IS NULL OR t.chat_id NOT IN (" FIBREHUB_CHAT_FAMILY("c.id") ")))) t"};

// Under whatever name it was said.
constexpr sql select_newest{
    "load_newest_inbound",
    "SELECT k.id, max(n.us) FROM unnest($1::bigint[]) AS k(id) CROSS JOIN LATERAL ("
    FIBREHUB_CHAT_FAMILY("k.id") ") AS f(id) CROSS JOIN LATERAL (SELECT " FIBREHUB_SQL_US("m.sent_at")
    " AS us FROM messages m WHERE m.chat_id = f.id AND NOT m.outbound ORDER BY m.sent_at DESC, m.id"
    " DESC LIMIT 1) n GROUP BY k.id"};

constexpr sql select_contacts{
    "load_contacts",
    "SELECT k.i, p.id, p.name, p.phone FROM unnest($1::text[], $2::text[], $3::text[])"
    " WITH ORDINALITY AS k(channel, session, ext_id, i)"
    " JOIN contact_aliases a USING (channel, session, ext_id) JOIN contacts p ON p.id = "
    "a.contact_id"};

constexpr sql select_cases{"load_cases",
                           "SELECT k.i, t.id, t.uid, t.title, t.description, t.priority, t.status, "
                           "coalesce(t.address, ''), t.version, t.history_seq,"
                           " t.history_hash, coalesce(t.external ->> 'status', ''), "
                           "coalesce(t.external ->> 'priority', ''),"
                           " coalesce((t.external ->> 'updated_at_us')::bigint, 0),"
                           " coalesce(t.external::text, ''), t.channel, coalesce(t.assigned_to, 0),"
                           " coalesce(t.assigned_team, 0), coalesce(t.client_id, 0),"
                           " coalesce(" FIBREHUB_CHAT_KEPT("t.chat_id") ", 0),"
                           " coalesce(t.drop_number, ''), " FIBREHUB_SQL_US("t.last_message_at")
                           " FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS "
                           "k(source, reference, i)"
                           " JOIN tickets t ON t.source = k.source AND "
                           "t.source_reference = k.reference"};

constexpr sql select_inbox{"load_inbox",
                           "SELECT k.i, i.fingerprint FROM unnest($1::text[], $2::text[]) WITH "
                           "ORDINALITY AS k(source, ext_id, i)"
                           " JOIN inbox i ON i.source = k.source AND i.ext_id = k.ext_id"};

// By name; or, where it has none yet, the same text (of the same sort: a caption is no text, a
// place is a place) handed over to the same chat when the message says it was sent, however late it
// comes; or, as clocks differ, shortly before it came. The one that waits longest first. $7: of
// programs only; what was typed has no send. A bridge that was restarted forgot what it sent
// itself: a name that programs make is then enough for what was answered without one, or not at
// all. What a person settled as sent still lacks its name.
#define FIBREHUB_HANDED_AROUND(us)             \
  "n.handed_at BETWEEN " FIBREHUB_SQL_INSTANT( \
      us) " - interval '5 minutes' AND " FIBREHUB_SQL_INSTANT(us) " + interval '2 minutes'"
constexpr sql select_echoes{
    "load_echoes",
    "SELECT k.i, s.id, coalesce(s.message_id, 0), coalesce(s.ticket_id, 0), s.kind LIKE 'client_%',"
    " coalesce((SELECT o.internal FROM messages o WHERE o.id = s.message_id), false)"
    " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],"
    " $7::bool[], $8::bigint[], $9::text[], $10::bigint[]) WITH ORDINALITY AS k(channel, session,"
    " stanza, chat, chat_alt, body, by_api, came_us, type, said_us, i) CROSS JOIN LATERAL ("
    "(SELECT n.*, 0 AS place FROM wa_sends n WHERE n.stanza = k.stanza AND n.channel = k.channel AND"
    " n.session = k.session) UNION ALL"
    " (SELECT n.*, CASE WHEN " FIBREHUB_HANDED_AROUND("k.said_us") " THEN 1 ELSE 2 END AS place FROM"
    " wa_sends n WHERE (k.by_api OR k.stanza LIKE '3EB0%') AND n.stanza IS NULL"
    " AND n.text_digest ="
    " CASE WHEN k.type = 'location' THEN 'location' ELSE md5(k.body) END AND n.echo_type IN ('',"
    " k.type) AND (" FIBREHUB_HANDED_AROUND("k.said_us") " OR " FIBREHUB_HANDED_AROUND("k.came_us")
    ") AND n.channel = k.channel AND n.session = k.session AND n.chat IN (k.chat, k.chat_alt) AND"
    " n.state IN ('queued', 'accepted', 'sent', 'uncertain'))) s ORDER BY k.i, s.place, s.handed_at, s.id"};

constexpr sql select_counters{
    "load_counters",
    "SELECT scope, value FROM uid_counters WHERE scope = ANY ($1::text[]) FOR UPDATE"};

constexpr sql select_drops{
    "load_drops",
    "SELECT drop_number, coalesce(client_id, 0), coalesce(project_id, 0),"
    " coalesce(install_date::text, '') FROM drop_places WHERE drop_number = ANY ($1::text[])"};

/// Columns of a three-part key, with the cache key of each row.
struct key_columns {
  pq_array first, second, third;
  std::vector<std::string> keys;
  std::unordered_set<std::string> seen;

  void add(const std::string& a, const std::string& b, const std::string& c, std::string key) {
    if (!seen.insert(key).second) return;
    first.add(std::string_view(a));
    second.add(std::string_view(b));
    third.add(std::string_view(c));
    keys.push_back(std::move(key));
  }
  sql_params take() { return {{first.take(), second.take(), third.take()}, nullptr}; }
};

std::size_t row_index(const pqxx::row& row) {
  return row[0].as<std::size_t>() - 1;
}

domain::ticket_ownership owner_at(const pqxx::row& row, int column) {
  return {row[column].as<std::int64_t>(), row[column + 1].as<std::int64_t>(),
          row[column + 2].as<std::int64_t>()};
}

void load_open_tickets(connection& db, pqxx::transaction_base& tx,
                       const std::unordered_map<std::int64_t, known_chat*>& chats,
                       ingest_cache& cache) {
  pq_array ids;
  for (const auto& [id, chat] : chats)
    ids.add(id);
  const pqxx::result rows = db.run(tx, select_open_tickets, {{ids.take()}, nullptr});
  for (const auto& row : rows) {
    const auto ticket_id = row[1].as<std::int64_t>();
    known_chat& chat = *chats.at(row[0].as<std::int64_t>());
    chat.open.push_back({ticket_id, row[2].c_str(), row[7].as<std::int64_t>()});
    // One that is known already may be ahead of the database by what is not written yet.
    const auto [known, is_new] = cache.tickets.try_emplace(ticket_id);
    if (!is_new) {
      known->second.is_also_of(chat.key);
      continue;
    }
    known->second = {row[3].c_str(),
                     row[4].as<std::int32_t>(),
                     row[5].as<std::int32_t>(),
                     digest_from(row[6].c_str()),
                     chat.key,
                     owner_at(row, 8),
                     {}};
  }
}

/// One chat asked for, by each id it may be kept under.
void want_chat(key_columns& wanted, const ingest& item, const std::string& session,
               const std::string& id, const ingest_cache& cache) {
  if (id.empty()) return;
  std::string key = key_of(item.channel, session, id);
  if (!cache.knows_chat(key)) wanted.add(item.channel, session, id, std::move(key));
}

void load_chats(connection& db, pqxx::transaction_base& tx, item_span items, ingest_cache& cache) {
  key_columns wanted;
  for (const ingest* it : items) {
    if (const auto* p = std::get_if<domain::presence_note>(&it->what))
      want_chat(wanted, *it, p->session, p->chat, cache);
    const auto* m = message_in(*it);
    if (!m || m->kind == domain::chat_kind::broadcast) continue;
    want_chat(wanted, *it, m->session, m->chat, cache);
    want_chat(wanted, *it, m->session, m->chat_alt, cache);
    // Somebody in a group turns out to be two people known before: so may be two conversations.
    if (m->author_alt.empty() || m->kind == domain::chat_kind::direct) continue;
    if (cache.is_one_person(key_of(it->channel, m->session, m->author),
                            key_of(it->channel, m->session, m->author_alt)))
      continue;
    want_chat(wanted, *it, m->session, m->author, cache);
    want_chat(wanted, *it, m->session, m->author_alt, cache);
  }
  if (wanted.keys.empty()) return;
  const std::vector<std::string> keys = wanted.keys;
  const sql_params params = wanted.take();
  std::unordered_map<std::int64_t, known_chat*> found;
  const auto take = [&](const pqxx::row& row, const std::string& kept_under) {
    const std::string& key = keys[row_index(row)];
    if (kept_under != key) cache.chat_names[key] = kept_under;
    known_chat& chat = cache.chats[kept_under];
    if (chat.id != 0) return;  // known under another name
    chat.id = row[1].as<std::int64_t>();
    chat.key = kept_under;
    chat.address = row[3].c_str();
    chat.unmatched = domain::unmatched_policy_from(row[4].c_str());
    chat.commands = row[5].as<bool>();
    found[chat.id] = &chat;
  };
  for (const sql& by : {select_chats, select_chats_by_person})
    for (const auto& row : db.run(tx, by, params)) {
      // Its channel and session are those of the key; the id is the chat's.
      const std::string& key = keys[row_index(row)];
      if (cache.knows_chat(key)) continue;
      const std::size_t id_at = key.rfind('\x1f', key.size() - 2) + 1;
      take(row, key.substr(0, id_at) + row[2].c_str() + '\x1f');
    }
  if (!found.empty()) load_open_tickets(db, tx, found, cache);
}

/// The chats whose address this message may change: its own, when it comes by another name, or two
/// that become one.
std::array<known_chat*, 2> moved_by(const ingest& item, const domain::chat_message& m,
                                    ingest_cache& cache) {
  const bool direct = m.kind == domain::chat_kind::direct;
  const auto find = [&](const std::string& id) {
    return id.empty() ? nullptr : cache.find_chat(key_of(item.channel, m.session, id));
  };
  known_chat* const one = find(direct ? m.chat : m.author);
  known_chat* const other = find(direct ? m.chat_alt : m.author_alt);
  if (one != nullptr && other != nullptr && one != other) return {one, other};
  known_chat* const known = one != nullptr ? one : other;
  if (!direct || m.from_me || known == nullptr || known->address == m.chat) return {};
  return {known, nullptr};
}

/// When the newest message came of chats whose address may change now.
void load_addresses(connection& db, pqxx::transaction_base& tx, item_span items,
                    ingest_cache& cache) {
  std::unordered_map<std::int64_t, known_chat*> wanted;
  pq_array ids;
  for (const ingest* it : items) {
    const auto* m = message_in(*it);
    if (!m || m->kind == domain::chat_kind::broadcast) continue;
    for (known_chat* chat : moved_by(*it, *m, cache))
      if (chat != nullptr && !chat->address_dated && wanted.try_emplace(chat->id, chat).second)
        ids.add(chat->id);
  }
  if (wanted.empty()) return;
  for (auto& [id, chat] : wanted)
    chat->address_dated = true;
  const pqxx::result rows = db.run(tx, select_newest, {{ids.take()}, nullptr});
  for (const auto& row : rows) {
    known_chat& chat = *wanted.at(row[0].as<std::int64_t>());
    chat.address_at = std::max(chat.address_at, domain::from_us(row[1].as<std::int64_t>()));
  }
}

/// The id a chat is kept under: the last part of its key.
std::string id_in(const std::string& chat_key) {
  const std::size_t begin = chat_key.rfind('\x1f', chat_key.size() - 2) + 1;
  return chat_key.substr(begin, chat_key.size() - 1 - begin);
}

/// Which of our own messages are echoes of what the hub sent.
void load_echoes(connection& db, pqxx::transaction_base& tx, item_span items, ingest_cache& cache) {
  std::array<pq_array, 10> c;
  std::vector<std::string> keys;
  for (const ingest* it : items) {
    const auto* m = std::get_if<domain::chat_message>(&it->what);
    if (!m || !m->from_me || m->kind == domain::chat_kind::broadcast) continue;
    keys.push_back(key_of(it->channel, m->session, m->message_id));
    const std::string chat_key = cache.chat_key(key_of(it->channel, m->session, m->chat));
    const std::string& alt = m->chat_alt.empty() ? id_in(chat_key) : m->chat_alt;
    c[0].add(std::string_view(it->channel));
    c[1].add(std::string_view(m->session));
    c[2].add(std::string_view(domain::storable(m->message_id, 255)));
    c[3].add(std::string_view(m->chat));
    c[4].add(std::string_view(alt));
    c[5].add(std::string_view(domain::storable(m->text, domain::max_message_bytes)));
    c[6].add_bool(m->by_api);
    c[7].add(domain::to_us(it->received_at));
    c[8].add(std::string_view(m->type));
    c[9].add(domain::to_us(m->sent_at));
  }
  if (keys.empty()) return;
  sql_params params;
  for (pq_array& column : c)
    params.texts.push_back(column.take());
  for (const std::string& key : keys)
    cache.echoes[key].clear();
  const pqxx::result rows = db.run(tx, select_echoes, params);
  for (const auto& row : rows)
    cache.echoes[keys[row_index(row)]].push_back(
        {row[1].as<std::int64_t>(), row[2].as<std::int64_t>(), row[3].as<std::int64_t>(),
         row[4].as<bool>(), row[5].as<bool>()});
}

void load_contacts(connection& db, pqxx::transaction_base& tx, item_span items,
                   ingest_cache& cache) {
  key_columns wanted;
  for (const ingest* it : items) {
    const ingest& item = *it;
    const auto* m = message_in(item);
    if (!m || (m->from_me && m->chat_alt.empty())) continue;
    const auto [one, other] = people_in(*m);
    for (const std::string* alias : {one, other}) {
      if (alias->empty()) continue;
      std::string key = key_of(item.channel, m->session, *alias);
      if (!cache.contacts.contains(key))
        wanted.add(item.channel, m->session, *alias, std::move(key));
    }
  }
  if (wanted.keys.empty()) return;
  const std::vector<std::string> keys = wanted.keys;
  const pqxx::result rows = db.run(tx, select_contacts, wanted.take());
  for (const auto& row : rows)
    cache.contacts[keys[row_index(row)]] = {row[1].as<std::int64_t>(), row[2].c_str(),
                                            row[3].c_str()};
}

void load_cases(connection& db, pqxx::transaction_base& tx, item_span items, ingest_cache& cache) {
  pq_array sources, references;
  std::vector<std::string> keys;
  std::unordered_set<std::string> seen;
  for (const ingest* it : items) {
    const auto* s = std::get_if<domain::case_snapshot>(&it->what);
    if (!s) continue;
    const std::string reference = domain::storable(s->case_id, 60);
    std::string key = key_of(it->source, reference);
    if (cache.cases.contains(key) || !seen.insert(key).second) continue;
    sources.add(std::string_view(it->source));
    references.add(std::string_view(reference));
    keys.push_back(std::move(key));
  }
  if (keys.empty()) return;
  const pqxx::result rows =
      db.run(tx, select_cases, {{sources.take(), references.take()}, nullptr});
  for (const auto& row : rows) {
    known_case& c = cache.cases[keys[row_index(row)]];
    c.ticket_id = row[1].as<std::int64_t>();
    c.title = row[3].c_str();
    c.description = row[4].c_str();
    c.priority = row[5].c_str();
    c.status = row[6].c_str();
    c.address = row[7].c_str();
    known_ticket& t = cache.tickets[c.ticket_id];  // its chats stay as they are known
    t.uid = row[2].c_str();
    t.version = row[8].as<std::int32_t>();
    t.history_seq = row[9].as<std::int32_t>();
    t.history_hash = digest_from(row[10].c_str());
    t.owner = owner_at(row, 16);
    c.chat_id = row[19].as<std::int64_t>();
    c.in_chat = {c.ticket_id, row[20].c_str(), row[21].as<std::int64_t>()};
    c.peer_status = row[11].c_str();
    c.peer_priority = row[12].c_str();
    c.peer_updated_us = row[13].as<std::int64_t>();
    c.external = row[14].c_str();
    c.channel = row[15].c_str();
  }
}

}  // namespace

domain::history_digest digest_from(std::string_view hex) {
  domain::history_digest out{};
  const std::string bytes = unhex(hex);
  std::copy_n(bytes.begin(), std::min(bytes.size(), out.size()), out.begin());
  return out;
}

void load_context(connection& db, pqxx::transaction_base& tx, item_span items,
                  ingest_cache& cache) {
  load_contacts(db, tx, items, cache);
  load_chats(db, tx, items, cache);
  load_addresses(db, tx, items, cache);
  load_targets(db, tx, items, cache);
  load_echoes(db, tx, items, cache);
  load_cases(db, tx, items, cache);
}

void load_known_messages(connection& db, pqxx::transaction_base& tx, item_span items,
                         ingest_cache& cache) {
  pq_array sources, ids;
  std::vector<std::string> keys;
  const auto add = [&](const ingest& item, const std::string& id) {
    sources.add(std::string_view(item.source));
    ids.add(std::string_view(id));
    keys.push_back(key_of(item.source, id));
  };
  for (const ingest* it : items) {
    const ingest& item = *it;
    if (!domain::is_storable(item.ext_id)) continue;
    add(item, item.ext_id);
    add(item, conflict_id(item));
  }
  const pqxx::result rows = db.run(tx, select_inbox, {{sources.take(), ids.take()}, nullptr});
  for (const auto& row : rows)
    cache.remember(keys[row_index(row)], unhex(row[1].c_str()));
}

std::unordered_map<std::string, std::int64_t> load_counters(
    connection& db, pqxx::transaction_base& tx, const std::vector<std::string>& scopes) {
  pq_array wanted;
  for (const std::string& scope : scopes)
    wanted.add(std::string_view(scope));
  std::unordered_map<std::string, std::int64_t> out;
  const pqxx::result rows = db.run(tx, select_counters, {{wanted.take()}, nullptr});
  for (const auto& row : rows)
    out[row[0].c_str()] = row[1].as<std::int64_t>();
  return out;
}

known_drops load_drops(connection& db, pqxx::transaction_base& tx,
                       const std::vector<std::string>& drops) {
  known_drops out;
  if (drops.empty()) return out;
  pq_array wanted;
  for (const std::string& drop : drops)
    wanted.add(std::string_view(drop));
  const pqxx::result rows = db.run(tx, select_drops, {{wanted.take()}, nullptr});
  for (const auto& row : rows)
    out[row[0].c_str()] = {row[1].as<std::int64_t>(), row[2].as<std::int64_t>(), row[3].c_str()};
  return out;
}

}  // namespace fibrehub::store
