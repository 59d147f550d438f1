#include "store/ingest/write_events.hpp"

#include <map>

#include "domain/text.hpp"
#include "store/ingest/column_writer.hpp"
#include "store/ingest/event_json.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

using std::string_view;

constexpr sql merge_aliases{
    "write_merged_aliases",
    "UPDATE contact_aliases SET contact_id = $2::bigint WHERE contact_id = $1::bigint"};
constexpr sql merge_contacts{"write_merged_contacts",
                             "UPDATE contacts SET merged_into = $2::bigint WHERE id = $1::bigint "
                             "OR merged_into = $1::bigint"};
constexpr sql merge_chats{
    "write_merged_chats",
    "UPDATE chats SET merged_into = $2::bigint WHERE id = $1::bigint OR merged_into = $1::bigint"};

// What waits for the chat that is gone queues with what waits for the one that stays.
constexpr sql merge_lanes{"write_merged_lanes",
                          "UPDATE outbox o SET lane = k.channel || '/' || k.session || '/' || "
                          "k.ext_id FROM chats f, chats"
                          " k WHERE f.id = $1::bigint AND k.id = $2::bigint AND o.channel = "
                          "'whatsapp' AND o.state = 'ready'"
                          " AND o.lane = f.channel || '/' || f.session || '/' || f.ext_id"};
constexpr sql queue_merged_lane{
    "write_merged_queue",
    "UPDATE outbox o SET behind = EXISTS (SELECT 1 FROM outbox e WHERE e.channel = o.channel AND"
    " e.lane = o.lane AND e.state IN ('ready', 'inflight') AND (e.seq, e.id) < (o.seq, o.id)) FROM"
    " chats k WHERE k.id = $1::bigint AND o.channel = 'whatsapp' AND o.state = 'ready' AND o.lane ="
    " k.channel || '/' || k.session || '/' || k.ext_id"};

constexpr sql update_addresses{
    "write_addresses",
    "UPDATE chats c SET address = r.address FROM (SELECT unnest($1::bigint[]) AS id,"
    " unnest($2::text[]) AS address) AS r WHERE c.id = r.id"};

constexpr sql insert_changes{
    "write_message_changes",
    "INSERT INTO message_changes (id, channel, session, stanza, message_id, kind, person,"
    " person_name, from_me, value, at, key, inbox_id, received_at) SELECT r.id, r.channel,"
    " r.session, r.stanza, r.message_id, r.kind, r.person, r.person_name, r.from_me, r.value, "
    FIBREHUB_SQL_INSTANT("r.at_us") ", r.key, r.inbox_id, " FIBREHUB_SQL_INSTANT("r.received_us")
    " FROM (SELECT unnest($1::bigint[]) AS id, unnest($2::text[]) AS channel, unnest($3::text[]) AS"
    " session, unnest($4::text[]) AS stanza, unnest($5::bigint[]) AS message_id, unnest($6::text[])"
    " AS kind, unnest($7::text[]) AS person, unnest($8::text[]) AS person_name, unnest($9::bool[])"
    " AS from_me, unnest($10::text[]) AS value, unnest($11::bigint[]) AS at_us, unnest($12::text[])"
    " AS key, unnest($13::bigint[]) AS inbox_id, unnest($14::bigint[]) AS received_us) AS r"};

constexpr sql adopt_changes{
    "write_adoptions",
    "UPDATE message_changes c SET message_id = r.message_id FROM (SELECT unnest($1::text[]) AS"
    " channel, unnest($2::text[]) AS session, unnest($3::text[]) AS stanza, unnest($4::bigint[]) AS"
    " message_id) AS r WHERE c.channel = r.channel AND c.session = r.session AND c.stanza ="
    " r.stanza AND c.message_id IS NULL"};

// What it said at first is kept once.
constexpr sql update_texts{
    "write_texts",
    "UPDATE messages m SET body = r.body, original_body = CASE WHEN r.edited_us <> 0 THEN"
    " coalesce(m.original_body, r.original) ELSE m.original_body END, edited_at = "
    FIBREHUB_SQL_INSTANT_OR_NULL("r.edited_us") ", revoked_at = "
    FIBREHUB_SQL_INSTANT_OR_NULL("r.revoked_us") ", sent_at = least(m.sent_at, "
    FIBREHUB_SQL_INSTANT_OR_NULL("r.begun_us") ")"
    " FROM (SELECT unnest($1::bigint[]) AS id, unnest($2::text[]) AS body, unnest($3::text[]) AS"
    " original, unnest($4::bigint[]) AS edited_us, unnest($5::bigint[]) AS revoked_us,"
    " unnest($6::bigint[]) AS begun_us) AS r WHERE m.id = r.id"};

constexpr sql insert_facts{
    "write_message_facts",
    "INSERT INTO message_facts (message_id, mentions, poll) SELECT r.id, coalesce(string_to_array("
    "r.mentions, chr(31)), '{}'), r.poll::jsonb FROM (SELECT unnest($1::bigint[]) AS id,"
    " unnest($2::text[]) AS mentions, unnest($3::text[]) AS poll) AS r"};

// Messages have come in their place.
constexpr sql delete_placeholders{
    "write_placeholders_over",
    "DELETE FROM messages WHERE id = ANY ($1::bigint[]) AND type = 'waiting'"};

constexpr sql update_group_name{
    "write_group_name",
    "UPDATE chats SET name = $2, named_at = " FIBREHUB_SQL_INSTANT("$3::bigint")
    " WHERE id = $1::bigint AND (named_at IS NULL OR named_at <= " FIBREHUB_SQL_INSTANT("$3::bigint")
    ")"};
constexpr sql update_group_description{
    "write_group_description",
    "UPDATE chats SET description = $2, described_at = " FIBREHUB_SQL_INSTANT("$3::bigint")
    " WHERE id = $1::bigint AND (described_at IS NULL OR described_at <= "
    FIBREHUB_SQL_INSTANT("$3::bigint") ")"};

constexpr sql insert_members{
    "write_members",
    "INSERT INTO chat_member_changes (chat_id, person, phone, role, at, key) SELECT r.chat_id,"
    " r.person, r.phone, r.role, " FIBREHUB_SQL_INSTANT("r.at_us")
    ", r.key FROM (SELECT unnest($1::bigint[]) AS chat_id, unnest($2::text[]) AS person,"
    " unnest($3::text[]) AS phone, unnest($4::text[]) AS role, unnest($5::bigint[]) AS at_us,"
    " unnest($6::text[]) AS key) AS r ON CONFLICT DO NOTHING"};

constexpr sql upsert_presence{
    "write_presence",
    "INSERT INTO contact_presence AS p (channel, session, person, state, last_seen, updated_at)"
    " SELECT r.channel, r.session, r.person, r.state, " FIBREHUB_SQL_INSTANT_OR_NULL("r.seen_us")
    ", " FIBREHUB_SQL_INSTANT("r.at_us")
    " FROM (SELECT unnest($1::text[]) AS channel, unnest($2::text[]) AS session, unnest($3::text[])"
    " AS person, unnest($4::text[]) AS state, unnest($5::bigint[]) AS seen_us, unnest($6::bigint[])"
    " AS at_us) AS r ON CONFLICT (channel, session, person) DO UPDATE SET state = excluded.state,"
    " last_seen = greatest(p.last_seen, excluded.last_seen), updated_at = excluded.updated_at WHERE"
    " p.updated_at <= excluded.updated_at"};

constexpr sql update_archived{
    "write_archived",
    "UPDATE chats SET archived = $4::bool, archived_at = " FIBREHUB_SQL_INSTANT("$5::bigint")
    " WHERE channel = $1 AND session = $2 AND ext_id = $3 AND (archived_at IS NULL OR archived_at"
    " <= " FIBREHUB_SQL_INSTANT("$5::bigint") ")"};

// A label without a name only says that it is gone.
constexpr sql upsert_label{
    "write_label",
    "INSERT INTO wa_labels AS l (channel, session, label, name, color, deleted, at) VALUES ($1, $2,"
    " $3, $4, $5, $6::bool, " FIBREHUB_SQL_INSTANT("$7::bigint")
    ") ON CONFLICT (channel, session, label) DO UPDATE SET name = CASE WHEN excluded.name = '' THEN"
    " l.name ELSE excluded.name END, color = CASE WHEN excluded.color = '' THEN l.color ELSE"
    " excluded.color END, deleted = excluded.deleted, at = excluded.at WHERE l.at <= excluded.at"};
constexpr sql upsert_chat_label{
    "write_chat_label",
    "INSERT INTO wa_chat_labels AS l (channel, session, chat, label, removed, at) VALUES ($1, $2, $3,"
    " $4, $5::bool, " FIBREHUB_SQL_INSTANT("$6::bigint")
    ") ON CONFLICT (channel, session, chat, label) DO UPDATE SET removed = excluded.removed, at ="
    " excluded.at WHERE l.at <= excluded.at"};

std::int64_t us_or_zero(const std::optional<domain::instant>& at) {
  return at ? domain::to_us(*at) : 0;
}

std::string poll_json(const domain::poll_question& poll) {
  return R"({"question":)" + json_string(domain::storable(poll.question, 2000)) + R"(,"options":)" +
         texts_json(poll.options) + R"(,"multiple":)" + (poll.multiple ? "true}" : "false}");
}

std::string joined(const std::vector<std::string>& ids) {
  std::string out;
  for (const std::string& id : ids)
    out += (out.empty() ? "" : "\x1f") + domain::storable(id, 255);
  return out;
}

void write_changes(connection& db, pqxx::transaction_base& tx, const event_rows& rows) {
  run_columns(db, tx, insert_changes, rows.changes, std::array<pq_array, 14>{},
              [](const message_change_row& r, auto& c) {
                c[0].add(r.id);
                c[1].add(string_view(r.channel));
                c[2].add(string_view(r.session));
                c[3].add(string_view(r.stanza));
                c[4].add_or_null(r.message_id);
                c[5].add(string_view(r.kind));
                c[6].add(string_view(r.person));
                c[7].add(string_view(r.person_name));
                c[8].add_bool(r.from_me);
                c[9].add(string_view(r.value));
                c[10].add(domain::to_us(r.at));
                c[11].add(string_view(r.key));
                c[12].add(r.inbox_id);
                c[13].add(domain::to_us(r.received_at));
              });
  run_columns(db, tx, adopt_changes, rows.adoptions, std::array<pq_array, 4>{},
              [](const adoption_row& r, auto& c) {
                c[0].add(string_view(r.channel));
                c[1].add(string_view(r.session));
                c[2].add(string_view(r.stanza));
                c[3].add(r.message_id);
              });
}

/// One row per message, as a statement may not touch a row twice: the last one knows all.
std::vector<message_text_row> last_texts(const std::vector<message_text_row>& texts) {
  std::map<std::int64_t, message_text_row> last;
  for (const message_text_row& r : texts) {
    const auto [it, fresh] = last.try_emplace(r.message_id, r);
    if (fresh) continue;
    const auto begun = it->second.begun_at;
    it->second = r;
    if (begun && (!r.begun_at || *begun < *r.begun_at)) it->second.begun_at = begun;
  }
  std::vector<message_text_row> out;
  for (auto& [id, row] : last)
    out.push_back(std::move(row));
  return out;
}

void write_texts(connection& db, pqxx::transaction_base& tx, const event_rows& rows) {
  if (!rows.texts.empty())
    run_columns(db, tx, update_texts, last_texts(rows.texts), std::array<pq_array, 6>{},
                [](const message_text_row& r, auto& c) {
                  c[0].add(r.message_id);
                  c[1].add(string_view(r.body));
                  c[2].add(string_view(r.original));
                  c[3].add(us_or_zero(r.edited_at));
                  c[4].add(us_or_zero(r.revoked_at));
                  c[5].add(us_or_zero(r.begun_at));
                });
  run_columns(db, tx, insert_facts, rows.facts, std::array<pq_array, 3>{},
              [](const message_facts_row& r, auto& c) {
                c[0].add(r.message_id);
                c[1].add_or_null(string_view(joined(r.message->mentions)));
                c[2].add_or_null(
                    string_view(r.message->poll ? poll_json(*r.message->poll) : std::string()));
              });
  if (rows.over.empty()) return;
  pq_array ids;
  for (const std::int64_t id : rows.over)
    ids.add(id);
  db.run(tx, delete_placeholders, {{ids.take()}, nullptr});
}

void write_groups(connection& db, pqxx::transaction_base& tx, const event_rows& rows) {
  for (const group_facts_row& r : rows.groups) {
    const auto set = [&](const sql& statement, const std::string& text) {
      db.run(tx, statement,
             {{std::to_string(r.chat_id), text, std::to_string(domain::to_us(r.at))}, nullptr});
    };
    if (r.subject) set(update_group_name, domain::storable(*r.subject, 255));
    if (r.description) set(update_group_description, domain::storable(*r.description, 4096));
  }
  run_columns(db, tx, insert_members, rows.members, std::array<pq_array, 6>{},
              [](const member_row& r, auto& c) {
                c[0].add(r.chat_id);
                c[1].add(string_view(r.person));
                c[2].add(string_view(r.phone));
                c[3].add(string_view(r.role));
                c[4].add(domain::to_us(r.at));
                c[5].add(string_view(r.key));
              });
}

/// One row per person, the last one.
std::vector<const presence_row*> last_presences(const std::vector<presence_row>& rows) {
  std::map<std::string, const presence_row*> last;
  for (const presence_row& r : rows)
    last[r.channel + '\x1f' + r.session + '\x1f' + r.entry.person] = &r;
  std::vector<const presence_row*> out;
  for (const auto& [key, row] : last)
    out.push_back(row);
  return out;
}

void write_presences(connection& db, pqxx::transaction_base& tx, const event_rows& rows) {
  if (rows.presences.empty()) return;
  run_columns(db, tx, upsert_presence, last_presences(rows.presences), std::array<pq_array, 6>{},
              [](const presence_row* r, auto& c) {
                c[0].add(string_view(r->channel));
                c[1].add(string_view(domain::storable(r->session, 255)));
                c[2].add(string_view(domain::storable(r->entry.person, 255)));
                c[3].add(string_view(domain::storable(r->entry.state, 40)));
                c[4].add(us_or_zero(r->entry.last_seen));
                c[5].add(domain::to_us(r->at));
              });
}

void write_label(connection& db, pqxx::transaction_base& tx, const label_row& r) {
  const domain::label_change& l = r.what;
  const auto text = [](const std::string& t) { return domain::storable(t, 255); };
  const std::string removed = l.removed ? "t" : "f";
  const std::string at = std::to_string(domain::to_us(l.at));
  if (l.chat.empty()) {
    db.run(tx, upsert_label,
           {{r.channel, text(l.session), text(l.label), text(l.name), text(l.color), removed, at},
            nullptr});
  } else {
    db.run(tx, upsert_chat_label,
           {{r.channel, text(l.session), text(l.chat), text(l.label), removed, at}, nullptr});
  }
}

}  // namespace

void write_merges(connection& db, pqxx::transaction_base& tx, const event_rows& rows) {
  const auto pair = [](const merge_row& r) {
    return sql_params{{std::to_string(r.from), std::to_string(r.into)}, nullptr};
  };
  // One by one: what one became may become another.
  for (const merge_row& r : rows.merged_contacts) {
    db.run(tx, merge_aliases, pair(r));
    db.run(tx, merge_contacts, pair(r));
  }
  for (const merge_row& r : rows.merged_chats) {
    db.run(tx, merge_chats, pair(r));
    db.run(tx, merge_lanes, pair(r));
    db.run(tx, queue_merged_lane, {{std::to_string(r.into)}, nullptr});
  }
  std::map<std::int64_t, address_row> last;
  for (const address_row& r : rows.addresses)
    last[r.chat_id] = r;
  std::vector<address_row> addresses;
  for (auto& [id, row] : last)
    addresses.push_back(std::move(row));
  run_columns(db, tx, update_addresses, addresses, std::array<pq_array, 2>{},
              [](const address_row& r, auto& c) {
                c[0].add(r.chat_id);
                c[1].add(string_view(r.address));
              });
}

void write_events(connection& db, pqxx::transaction_base& tx, const event_rows& rows) {
  write_changes(db, tx, rows);
  write_texts(db, tx, rows);
  write_groups(db, tx, rows);
  write_presences(db, tx, rows);
  for (const archive_row& r : rows.archived)
    db.run(tx, update_archived,
           {{r.channel, domain::storable(r.what.session, 255), domain::storable(r.what.chat, 255),
             r.what.archived ? "t" : "f", std::to_string(domain::to_us(r.what.at))},
            nullptr});
  for (const label_row& r : rows.labels)
    write_label(db, tx, r);
}

}  // namespace fibrehub::store
