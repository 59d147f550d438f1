#include "store/ingest/load_targets.hpp"

#include "domain/text.hpp"
#include "store/ingest/subject.hpp"
#include "store/pq_array.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

constexpr sql select_parked{
    "load_parked",
    "SELECT DISTINCT channel, session, stanza FROM message_changes WHERE message_id IS NULL LIMIT"
    " $1::bigint"};

// A call is a message under the name of whichever of its steps was told first.
constexpr sql select_targets{
    "load_targets",
    "SELECT k.i, m.id, coalesce(m.ticket_id, 0), m.body, coalesce(m.original_body, m.body), m.type,"
    " " FIBREHUB_SQL_US("coalesce(m.edited_at, m.sent_at)") ", m.internal"
    " FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS k(channel, session,"
    " stanza, i) JOIN messages m ON m.id = CASE WHEN k.stanza LIKE 'call/%' THEN"
    " message_received_as(ARRAY[k.channel || '/' || k.session || '/' || k.stanza || '/received',"
    " k.channel || '/' || k.session || '/' || k.stanza || '/rejected', k.channel || '/' || "
    "k.session"
    " || '/' || k.stanza || '/accepted']) ELSE message_named(k.channel, k.session, k.stanza) END"};

constexpr sql select_changes{
    "load_changes",
    "(SELECT 0::bigint AS i, c.message_id, c.kind, " FIBREHUB_SQL_US("c.at")
    ", c.key, c.value, c.person_name, c.person FROM message_changes c WHERE c.message_id = ANY"
    " ($1::bigint[]) AND c.kind IN ('edited', 'revoked', 'call'))"
    " UNION ALL (SELECT k.i, 0, c.kind, " FIBREHUB_SQL_US("c.at")
    ", c.key, c.value, c.person_name, c.person FROM unnest($2::text[], $3::text[], $4::text[])"
    " WITH ORDINALITY AS k(channel, session, stanza, i) JOIN message_changes c USING (channel,"
    " session, stanza) WHERE c.message_id IS NULL)"};

constexpr sql select_places{
    "load_placeholders",
    "SELECT id, coalesce(ticket_id, 0) FROM messages WHERE id = ANY ($1::bigint[])"};

constexpr sql select_tickets{
    "load_target_tickets",
    "SELECT t.id, t.uid, t.version, t.history_seq, t.history_hash, coalesce(t.assigned_to, 0),"
    " coalesce(t.assigned_team, 0), coalesce(t.client_id, 0) FROM tickets t WHERE t.id = ANY"
    " ($1::bigint[])"};

using keys_of_rows = std::vector<std::string>;

/// The columns of the names that are asked about.
struct wanted_names {
  pq_array channels, sessions, stanzas;
  keys_of_rows keys;

  sql_params take() { return {{channels.take(), sessions.take(), stanzas.take()}, nullptr}; }
};

void load_parked(connection& db, pqxx::transaction_base& tx, ingest_cache& cache) {
  if (cache.parked_loaded) return;
  const auto most = std::to_string(ingest_cache::max_parked + 1);
  for (const auto& row : db.run(tx, select_parked, {{most}, nullptr}))
    cache.parked.insert(key_of(std::string(row[0].c_str()), std::string(row[1].c_str()),
                               std::string(row[2].c_str())));
  cache.parked_loaded = true;
}

wanted_names names_wanted(item_span items, ingest_cache& cache) {
  wanted_names out;
  for (const ingest* it : items) {
    auto [session, stanza] = target_in(*it);
    const bool refers = stanza != nullptr;
    if (!refers) {
      const auto* m = cache.awaits_any() ? std::get_if<domain::chat_message>(&it->what) : nullptr;
      if (m == nullptr) continue;
      session = &m->session;
      stanza = &m->message_id;
    }
    std::string key = key_of(it->channel, *session, *stanza);
    if (!refers && !cache.may_be_awaited(key)) continue;
    if (!cache.targets.try_emplace(key).second) continue;
    out.channels.add(std::string_view(it->channel));
    out.sessions.add(std::string_view(domain::storable(*session, 255)));
    out.stanzas.add(std::string_view(domain::storable(*stanza, 255)));
    out.keys.push_back(std::move(key));
  }
  return out;
}

/// One row of what was done to a message.
void take_change(known_message& m, const pqxx::row& row) {
  const std::string_view kind = row[2].c_str();
  const domain::instant at = domain::from_us(row[3].as<std::int64_t>());
  const std::string by = *row[6].c_str() != 0 ? row[6].c_str() : row[7].c_str();
  if (kind == "edited") {
    domain::add_edit(m.text, {at, row[4].c_str(), row[5].c_str()});
    m.edited_by = by;
  } else if (kind == "revoked") {
    domain::revoke(m.text, at);
    m.revoked_by = by;
  } else if (kind == "waiting") {
    m.placeholder_id = row[5].as<std::int64_t>();
  } else if (const auto step = domain::call_step_from(row[5].c_str()); step && kind == "call") {
    m.step = std::max(m.step, *step);
  }
}

void load_changes(connection& db, pqxx::transaction_base& tx, const sql_params& names,
                  const keys_of_rows& keys, ingest_cache& cache) {
  std::unordered_map<std::int64_t, known_message*> by_id;
  pq_array ids;
  for (const std::string& key : keys)
    if (known_message& m = cache.targets.at(key); m.id != 0) {
      by_id[m.id] = &m;
      ids.add(m.id);
    }
  sql_params params{{ids.take()}, nullptr};
  params.texts.insert(params.texts.end(), names.texts.begin(), names.texts.end());
  for (const auto& row : db.run(tx, select_changes, params)) {
    const auto id = row[1].as<std::int64_t>();
    take_change(id != 0 ? *by_id.at(id) : cache.targets.at(keys[row[0].as<std::size_t>() - 1]),
                row);
  }
}

void load_placeholders(connection& db, pqxx::transaction_base& tx, const keys_of_rows& keys,
                       ingest_cache& cache) {
  std::unordered_map<std::int64_t, known_message*> by_id;
  pq_array ids;
  for (const std::string& key : keys)
    if (known_message& m = cache.targets.at(key); m.placeholder_id != 0) {
      by_id[m.placeholder_id] = &m;
      ids.add(m.placeholder_id);
    }
  if (by_id.empty()) return;
  for (const auto& row : db.run(tx, select_places, {{ids.take()}, nullptr}))
    by_id.at(row[0].as<std::int64_t>())->placeholder_ticket = row[1].as<std::int64_t>();
}

void load_tickets(connection& db, pqxx::transaction_base& tx, const keys_of_rows& keys,
                  ingest_cache& cache) {
  pq_array ids;
  bool any = false;
  for (const std::string& key : keys) {
    const known_message& m = cache.targets.at(key);
    for (const std::int64_t id : {m.ticket_id, m.placeholder_ticket})
      if (id != 0 && !cache.tickets.contains(id)) {
        ids.add(id);
        any = true;
      }
  }
  if (!any) return;
  for (const auto& row : db.run(tx, select_tickets, {{ids.take()}, nullptr})) {
    known_ticket& t = cache.tickets[row[0].as<std::int64_t>()];
    t.uid = row[1].c_str();
    t.version = row[2].as<std::int32_t>();
    t.history_seq = row[3].as<std::int32_t>();
    const std::string hash = unhex(row[4].c_str());
    std::copy_n(hash.begin(), std::min(hash.size(), t.history_hash.size()), t.history_hash.begin());
    t.owner = {row[5].as<std::int64_t>(), row[6].as<std::int64_t>(), row[7].as<std::int64_t>()};
  }
}

}  // namespace

void load_targets(connection& db, pqxx::transaction_base& tx, item_span items,
                  ingest_cache& cache) {
  load_parked(db, tx, cache);
  wanted_names wanted = names_wanted(items, cache);
  const keys_of_rows keys = std::move(wanted.keys);
  if (keys.empty()) return;
  const sql_params names = wanted.take();
  const pqxx::result found = db.run(tx, select_targets, names);
  for (const auto& row : found) {
    known_message& m = cache.targets.at(keys[row[0].as<std::size_t>() - 1]);
    m.id = row[1].as<std::int64_t>();
    m.ticket_id = row[2].as<std::int64_t>();
    m.text.original = row[4].c_str();
    m.type = row[5].c_str();
    m.internal = row[7].as<bool>();
  }
  load_changes(db, tx, names, keys, cache);
  // What the hub itself changed is no delivery.
  for (const auto& row : found) {
    domain::message_text& text = cache.targets.at(keys[row[0].as<std::size_t>() - 1]).text;
    if (text.current() != row[3].c_str())
      domain::add_edit(text, {domain::from_us(row[6].as<std::int64_t>()), "", row[3].c_str()});
  }
  load_placeholders(db, tx, keys, cache);
  load_tickets(db, tx, keys, cache);
}

}  // namespace fibrehub::store
