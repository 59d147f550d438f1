#include "store/ingest/write_rare.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <map>

#include "domain/ack.hpp"
#include "domain/sla/calendar_check.hpp"
#include "domain/text.hpp"
#include "store/ingest/column_writer.hpp"
#include "store/ingest/write_events.hpp"
#include "store/ingest/write_sessions.hpp"
#include "store/sends/steps.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

constexpr sql insert_chats{"write_chats", R"(
INSERT INTO chats (id, channel, session, ext_id, kind, name, created_at)
SELECT r.id, r.channel, r.session, r.ext_id, r.kind, r.name, )" FIBREHUB_SQL_INSTANT("r.at_us") R"(
FROM (SELECT unnest($1::bigint[]) AS id, unnest($2::text[]) AS channel, unnest($3::text[]) AS
      session, unnest($4::text[]) AS ext_id, unnest($5::text[]) AS kind, unnest($6::text[]) AS name,
      unnest($7::bigint[]) AS at_us) AS r)"};

constexpr sql upsert_contacts{"write_contacts",
                              R"(
INSERT INTO contacts (id, channel, session, name, phone, created_at, updated_at)
SELECT r.id, r.channel, r.session, r.name, r.phone, )" FIBREHUB_SQL_INSTANT(
                                  "r.at_us") ", " FIBREHUB_SQL_INSTANT("r.at_us") R"(
FROM (SELECT unnest($1::bigint[]) AS id, unnest($2::text[]) AS channel, unnest($3::text[]) AS
      session, unnest($4::text[]) AS name, unnest($5::text[]) AS phone, unnest($6::bigint[]) AS at_us)
      AS r
ON CONFLICT (id) DO UPDATE SET name = excluded.name, phone = excluded.phone, updated_at = excluded.updated_at)"};

constexpr sql insert_aliases{"write_aliases", R"(
INSERT INTO contact_aliases (channel, session, ext_id, contact_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]))"};

constexpr sql insert_links{"write_links", R"(
INSERT INTO message_links (ticket_id, message_id) SELECT * FROM unnest($1::bigint[], $2::bigint[]))"};

constexpr sql upsert_counters{"write_counters", R"(
INSERT INTO uid_counters (scope, value) SELECT * FROM unnest($1::text[], $2::bigint[])
ON CONFLICT (scope) DO UPDATE SET value = excluded.value)"};

constexpr sql insert_tickets{"write_tickets", R"(
INSERT INTO tickets (id, uid, title, description, source, source_reference, type, priority, status, drop_number, address,
                     external, channel, chat_id, message_count, last_message_at, version, history_seq, history_hash,
                     created_at, updated_at, resolved_at, closed_at, drop_known, project_id, pole_id, contractor_id,
                     client_id, pon, zone, latitude, longitude, install_date, due_at, billing_type, billing_reason,
                     guarantee_until, contract_id)
SELECT r.id, r.uid, r.title, r.description, r.source, r.reference, r.type, r.priority, r.status, r.drop_number,
       coalesce(r.address, p.address), r.external::json, r.channel, r.chat_id, r.messages, )" FIBREHUB_SQL_INSTANT_OR_NULL("r.last_us") R"(, r.version, r.seq,
       substring($1::bytea FROM r.hash_at FOR 32), )" FIBREHUB_SQL_INSTANT("r.created_us") ", " FIBREHUB_SQL_INSTANT("r.updated_us") ", "
       FIBREHUB_SQL_INSTANT_OR_NULL("r.resolved_us") ", " FIBREHUB_SQL_INSTANT_OR_NULL("r.closed_us") R"(,
       CASE WHEN r.drop_number IS NOT NULL THEN p.drop_id IS NOT NULL END, p.project_id, p.pole_id, p.contractor_id,
       p.client_id, p.pon, p.zone, p.latitude, p.longitude, p.install_date, )" FIBREHUB_SQL_INSTANT_OR_NULL("r.due_us") R"(,
       r.billing_type, r.billing_reason, r.guarantee_until, r.contract_id
FROM (SELECT unnest($2::bigint[]) AS id, unnest($3::text[]) AS uid, unnest($4::text[]) AS title,
      unnest($5::text[]) AS description, unnest($6::text[]) AS source, unnest($7::text[]) AS
      reference, unnest($8::text[]) AS type, unnest($9::text[]) AS priority, unnest($10::text[]) AS
      status, unnest($11::text[]) AS drop_number, unnest($12::text[]) AS address, unnest($13::text[])
      AS external, unnest($14::text[]) AS channel, unnest($15::bigint[]) AS chat_id,
      unnest($16::int[]) AS messages, unnest($17::bigint[]) AS last_us, unnest($18::int[]) AS version,
      unnest($19::int[]) AS seq, unnest($20::int[]) AS hash_at, unnest($21::bigint[]) AS created_us,
      unnest($22::bigint[]) AS updated_us, unnest($23::bigint[]) AS resolved_us, unnest($24::bigint[])
      AS closed_us, unnest($25::bigint[]) AS due_us,
      unnest($26::text[]) AS billing_type, unnest($27::text[]) AS billing_reason,
      unnest($28::date[]) AS guarantee_until, unnest($29::bigint[]) AS contract_id) AS r
LEFT JOIN drop_places p ON p.drop_number = r.drop_number)"};

constexpr sql update_case_tickets{"write_case_tickets",
                                  R"(
UPDATE tickets t
SET title = r.title, description = r.description, priority = r.priority, status = r.status, address = r.address,
    channel = r.channel, external = r.external::json, version = r.version, history_seq = r.seq,
    history_hash = substring($1::bytea FROM r.hash_at FOR 32), updated_at = )" FIBREHUB_SQL_INSTANT("r.updated_us") R"(,
    resolved_at = CASE WHEN r.resolved_us <> 0 THEN coalesce(t.resolved_at, )" FIBREHUB_SQL_INSTANT(
                                      "r.resolved_us") R"() END,
    closed_at = CASE WHEN r.closed_us <> 0 THEN coalesce(t.closed_at, )" FIBREHUB_SQL_INSTANT("r."
                                                                                              "clos"
                                                                                              "ed_"
                                                                                              "us") R"() END
FROM (SELECT unnest($2::bigint[]) AS id, unnest($3::text[]) AS title, unnest($4::text[]) AS
      description, unnest($5::text[]) AS priority, unnest($6::text[]) AS status, unnest($7::text[]) AS
      address, unnest($8::text[]) AS external, unnest($9::text[]) AS channel, unnest($10::int[]) AS
      version, unnest($11::int[]) AS seq, unnest($12::int[]) AS hash_at, unnest($13::bigint[]) AS
      updated_us, unnest($14::bigint[]) AS resolved_us, unnest($15::bigint[]) AS closed_us) AS r
WHERE t.id = r.id)"};

// The rule of domain/ack.hpp, for the row as it stands: levels rise, an error counts only before
// the first step.
constexpr sql upsert_acks{"write_acks", R"(
INSERT INTO message_acks AS a (channel, session, message_id, participant, level, at)
SELECT r.channel, r.session, r.message_id, r.participant, r.level, )" FIBREHUB_SQL_INSTANT(
                                            "r.at_us") R"(
FROM (SELECT unnest($1::text[]) AS channel, unnest($2::text[]) AS session, unnest($3::text[]) AS
      message_id, unnest($4::text[]) AS participant, unnest($5::smallint[]) AS level,
      unnest($6::bigint[]) AS at_us) AS r
ON CONFLICT (channel, session, message_id, participant) DO UPDATE SET level = excluded.level, at = excluded.at
WHERE (excluded.level > a.level AND (a.level >= 0 OR excluded.level >= 1)) OR (excluded.level = -1 AND a.level = 0))"};

constexpr sql insert_reviews{"write_reviews", R"(
INSERT INTO review_items (id, inbox_id, reason, detail, created_at)
SELECT r.id, r.inbox_id, r.reason, r.detail, )" FIBREHUB_SQL_INSTANT("r.at_us") R"(
FROM (SELECT unnest($1::bigint[]) AS id, unnest($2::bigint[]) AS inbox_id, unnest($3::text[]) AS
      reason, unnest($4::text[]) AS detail, unnest($5::bigint[]) AS at_us) AS r)"};

constexpr sql set_internal{"write_internal",
                           "UPDATE messages SET internal = true WHERE id = ANY ($1::bigint[])"};

constexpr sql insert_triage{"write_triage", R"(
INSERT INTO wa_triage (message_id, chat_id, reason, since)
SELECT r.message_id, r.chat_id, r.reason, )" FIBREHUB_SQL_INSTANT("r.at_us") R"(
FROM (SELECT unnest($1::bigint[]) AS message_id, unnest($2::bigint[]) AS chat_id, unnest($3::text[]) AS
      reason, unnest($4::bigint[]) AS at_us) AS r)"};

constexpr sql insert_commands{"write_chat_commands", R"(
INSERT INTO wa_commands (message_id, chat_id, user_id, verb, uid, argument, due_at)
SELECT r.message_id, r.chat_id, r.user_id, r.verb, r.uid, r.argument, )" FIBREHUB_SQL_INSTANT(
                                                         "r.at_us") R"(
FROM (SELECT unnest($1::bigint[]) AS message_id, unnest($2::bigint[]) AS chat_id, unnest($3::bigint[]) AS
      user_id, unnest($4::text[]) AS verb, unnest($5::text[]) AS uid, unnest($6::text[]) AS argument,
      unnest($7::bigint[]) AS at_us) AS r)"};

constexpr sql insert_remarks{"write_remarks", R"(
INSERT INTO ticket_notes (id, ticket_id, internal, body, author_kind, author, created_at)
SELECT r.id, r.ticket_id, true, r.body, 'system', r.author, )" FIBREHUB_SQL_INSTANT("r.at_us") R"(
FROM (SELECT unnest($1::bigint[]) AS id, unnest($2::bigint[]) AS ticket_id, unnest($3::text[]) AS body,
      unnest($4::text[]) AS author, unnest($5::bigint[]) AS at_us) AS r)"};

using std::string_view;

string_view name_of_kind(domain::chat_kind kind) {
  return kind == domain::chat_kind::direct  ? "direct"
         : kind == domain::chat_kind::group ? "group"
                                            : "broadcast";
}

std::int64_t append(std::string& bytes, const domain::history_digest& digest) {
  const auto at = static_cast<std::int64_t>(bytes.size()) + 1;
  bytes.append(reinterpret_cast<const char*>(digest.data()), digest.size());
  return at;
}

void write_people(connection& db, pqxx::transaction_base& tx, const ingest_rows& rows) {
  run_columns(db, tx, insert_chats, rows.chats, std::array<pq_array, 7>{},
              [](const chat_row& r, auto& c) {
                c[0].add(r.id);
                c[1].add(string_view(r.channel));
                c[2].add(string_view(r.session));
                c[3].add(string_view(r.ext_id));
                c[4].add(name_of_kind(r.kind));
                c[5].add(string_view(r.name));
                c[6].add(domain::to_us(r.at));
              });
  // One row per person: the last state wins, as a statement may not touch a row twice.
  std::map<std::int64_t, const contact_row*> last;
  for (const contact_row& r : rows.contacts)
    last[r.id] = &r;
  std::vector<const contact_row*> contacts;
  contacts.reserve(last.size());
  for (const auto& [id, row] : last)
    contacts.push_back(row);
  run_columns(db, tx, upsert_contacts, contacts, std::array<pq_array, 6>{},
              [](const contact_row* r, auto& c) {
                c[0].add(r->id);
                c[1].add(string_view(r->channel));
                c[2].add(string_view(r->session));
                c[3].add(string_view(r->name));
                c[4].add(string_view(r->phone));
                c[5].add(domain::to_us(r->at));
              });
  run_columns(db, tx, insert_aliases, rows.aliases, std::array<pq_array, 4>{},
              [](const alias_row& r, auto& c) {
                c[0].add(string_view(r.channel));
                c[1].add(string_view(r.session));
                c[2].add(string_view(r.ext_id));
                c[3].add(r.contact_id);
              });
}

void write_tickets(connection& db, pqxx::transaction_base& tx, const ingest_rows& rows) {
  std::vector<std::pair<std::string, std::int64_t>> counters(rows.counters.begin(),
                                                             rows.counters.end());
  run_columns(db, tx, upsert_counters, counters, std::array<pq_array, 2>{},
              [](const auto& r, auto& c) {
                c[0].add(string_view(r.first));
                c[1].add(r.second);
              });
  std::string bytes;
  for (const ticket_row& r : rows.tickets)
    append(bytes, r.progress.history_hash);
  std::int64_t at = 1;
  run_columns(
      db, tx, insert_tickets, rows.tickets, std::array<pq_array, 28>{},
      [&](const ticket_row& r, auto& c) {
        c[0].add(r.id);
        c[1].add(string_view(r.uid));
        c[2].add(string_view(r.fields.title));
        c[3].add(string_view(r.fields.description));
        c[4].add(string_view(r.source));
        c[5].add_or_null(string_view(r.source_reference));
        c[6].add(string_view(r.type));
        c[7].add(string_view(r.fields.priority));
        c[8].add(string_view(r.fields.status));
        c[9].add_or_null(string_view(r.drop));
        c[10].add_or_null(string_view(r.fields.address));
        c[11].add_or_null(string_view(r.fields.external));
        c[12].add(string_view(r.channel));
        c[13].add_or_null(r.chat_id);
        c[14].add(r.progress.new_messages);
        c[15].add(domain::to_us(r.progress.last_message_at));
        c[16].add(r.progress.version);
        c[17].add(r.progress.history_seq);
        c[18].add(at);
        at += static_cast<std::int64_t>(r.progress.history_hash.size());
        c[19].add(domain::to_us(r.created_at));
        c[20].add(domain::to_us(r.progress.updated_at));
        c[21].add(domain::to_us(r.fields.resolved_at));
        c[22].add(domain::to_us(r.fields.closed_at));
        c[23].add(domain::to_us(r.due_at));
        c[24].add(name_of(r.billing.type));
        c[25].add(string_view(r.billing.reason));
        c[26].add_or_null(string_view(
            r.billing.guarantee_until ? domain::sla::date_text(*r.billing.guarantee_until) : ""));
        c[27].add_or_null(r.billing.contract_id);
      },
      &bytes);
}

void write_case_changes(connection& db, pqxx::transaction_base& tx, const ingest_rows& rows) {
  std::vector<const ticket_change*> changes;
  for (const ticket_change& r : rows.changes)
    if (r.sets_fields) changes.push_back(&r);
  std::string bytes;
  run_columns(
      db, tx, update_case_tickets, changes, std::array<pq_array, 14>{},
      [&](const ticket_change* r, auto& c) {
        c[0].add(r->id);
        c[1].add(string_view(r->fields.title));
        c[2].add(string_view(r->fields.description));
        c[3].add(string_view(r->fields.priority));
        c[4].add(string_view(r->fields.status));
        c[5].add_or_null(string_view(r->fields.address));
        c[6].add_or_null(string_view(r->fields.external));
        c[7].add(string_view(r->fields.channel));
        c[8].add(r->progress.version);
        c[9].add(r->progress.history_seq);
        c[10].add(append(bytes, r->progress.history_hash));
        c[11].add(domain::to_us(r->progress.updated_at));
        c[12].add(domain::to_us(r->fields.resolved_at));
        c[13].add(domain::to_us(r->fields.closed_at));
      },
      &bytes);
}

/// Acks of one message within the batch, merged; a statement may not touch a row twice.
std::vector<ack_row> merged_acks(const std::vector<ack_row>& acks) {
  std::map<std::string, ack_row> merged;
  for (const ack_row& r : acks) {
    auto [it, fresh] = merged.try_emplace(
        r.channel + '\x1f' + r.ack.session + '\x1f' + r.ack.message_id + '\x1f' + r.ack.participant,
        r);
    if (fresh) continue;
    const int level = domain::merge_ack(it->second.ack.level, r.ack.level);
    if (level != it->second.ack.level) it->second = r;
    it->second.ack.level = level;
  }
  std::vector<ack_row> out;
  out.reserve(merged.size());
  for (auto& [key, row] : merged)
    out.push_back(std::move(row));
  return out;
}

/// Echoes first: they say what is called how.
void follow_what_we_sent(connection& db, pqxx::transaction_base& tx, ingest_rows& rows) {
  std::vector<seen_echo> echoes;
  echoes.reserve(rows.echoes.size());
  for (const echo_row& r : rows.echoes)
    echoes.push_back({r.send_id, r.inbox_id, r.stanza, r.at});
  follow_echoes(db, tx, echoes, rows.events);
  std::vector<seen_ack> acks;
  acks.reserve(rows.acks.size());
  for (const ack_row& r : rows.acks)
    acks.push_back(
        {r.channel, r.ack.session, r.ack.message_id, r.ack.level, r.at, r.ack.restricted_until});
  follow_acks(db, tx, acks, rows.events);
}

/// What follows for people from where messages went, or did not.
void write_routing(connection& db, pqxx::transaction_base& tx, const ingest_rows& rows) {
  run_columns(db, tx, set_internal, rows.internal, std::array<pq_array, 1>{},
              [](std::int64_t id, auto& c) { c[0].add(id); });
  run_columns(db, tx, insert_triage, rows.triage, std::array<pq_array, 4>{},
              [](const triage_row& r, auto& c) {
                c[0].add(r.message_id);
                c[1].add(r.chat_id);
                c[2].add(string_view(r.reason));
                c[3].add(domain::to_us(r.at));
              });
  run_columns(db, tx, insert_commands, rows.commands, std::array<pq_array, 7>{},
              [](const command_row& r, auto& c) {
                c[0].add(r.message_id);
                c[1].add(r.chat_id);
                c[2].add(r.user_id);
                c[3].add(name_of(r.what.verb));
                c[4].add(string_view(r.what.uid));
                c[5].add(string_view(r.what.text));
                c[6].add(domain::to_us(r.at));
              });
  run_columns(db, tx, insert_remarks, rows.remarks, std::array<pq_array, 5>{},
              [](const remark_row& r, auto& c) {
                c[0].add(r.id);
                c[1].add(r.ticket_id);
                c[2].add(string_view(r.body));
                c[3].add(string_view(r.author));
                c[4].add(domain::to_us(r.at));
              });
}

}  // namespace

bool has_rare_rows(const ingest_rows& rows) {
  const bool sets_fields = std::any_of(rows.changes.begin(), rows.changes.end(),
                                       [](const ticket_change& c) { return c.sets_fields; });
  return sets_fields || !rows.tickets.empty() || !rows.chats.empty() || !rows.contacts.empty() ||
         !rows.aliases.empty() || !rows.acks.empty() || !rows.sessions.empty() ||
         !rows.reviews.empty() || !rows.counters.empty() || !rows.links.empty() ||
         !rows.answers.empty() || !rows.echoes.empty() || !rows.around.empty() ||
         !rows.internal.empty() || !rows.triage.empty() || !rows.commands.empty() ||
         !rows.remarks.empty();
}

void write_tickets_and_people(connection& db, pqxx::transaction_base& tx, const ingest_rows& rows) {
  write_people(db, tx, rows);
  write_merges(db, tx, rows.around);
  write_tickets(db, tx, rows);
  write_case_changes(db, tx, rows);
}

void write_what_follows(connection& db, pqxx::transaction_base& tx, ingest_rows& rows) {
  run_columns(db, tx, insert_links, rows.links, std::array<pq_array, 2>{},
              [](const message_link_row& r, auto& c) {
                c[0].add(r.ticket_id);
                c[1].add(r.message_id);
              });
  run_columns(db, tx, upsert_acks, merged_acks(rows.acks), std::array<pq_array, 6>{},
              [](const ack_row& r, auto& c) {
                c[0].add(string_view(r.channel));
                c[1].add(string_view(r.ack.session));
                c[2].add(string_view(domain::storable(r.ack.message_id, 255)));
                c[3].add(string_view(domain::storable(r.ack.participant, 255)));
                c[4].add(r.ack.level);
                c[5].add(domain::to_us(r.at));
              });
  follow_what_we_sent(db, tx, rows);
  write_events(db, tx, rows.around);
  write_routing(db, tx, rows);
  write_sessions(db, tx, rows);
  run_columns(db, tx, insert_reviews, rows.reviews, std::array<pq_array, 5>{},
              [](const review_row& r, auto& c) {
                c[0].add(r.id);
                c[1].add(r.inbox_id);
                c[2].add(string_view(r.reason));
                c[3].add(string_view(r.detail));
                c[4].add(domain::to_us(r.at));
              });
}

std::string media_json(const domain::media_ref& media) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> w(buffer);
  w.StartObject();
  const auto field = [&](const char* key, const std::string& value) {
    if (value.empty()) return;
    const std::string safe = domain::storable(value, 2000);
    w.Key(key);
    w.String(safe.data(), static_cast<rapidjson::SizeType>(safe.size()));
  };
  field("mime", media.mime);
  field("filename", media.filename);
  field("url", media.url);
  field("error", media.error);
  field("id", media.id);
  w.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace fibrehub::store
