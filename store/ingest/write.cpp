#include "store/ingest/write.hpp"

#include "store/ingest/write_rare.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

// The arrays are unnested in select lists: as functions in FROM every column would get a buffer of
// 16 KB of its own for each statement, which costs more than the rows do.
// Bytes travel in one binary value ($1) and are cut out by position: no escaping on either side.
constexpr sql write_hot{"write_hot", R"(
WITH inbox_rows AS (
  INSERT INTO inbox (id, source, channel, ext_id, event, state, fingerprint, received_at, headers, body, ticket_id)
  SELECT r.id, r.source, r.channel, r.ext_id, r.event, r.state, substring($1::bytea FROM r.at FOR 16),
         )" FIBREHUB_SQL_INSTANT("r.received_us") R"(, r.headers,
         substring($1::bytea FROM r.at + 16 FOR r.size), r.ticket_id
  FROM (SELECT unnest($2::bigint[]) AS id, unnest($3::text[]) AS source, unnest($4::text[]) AS channel,
      unnest($5::text[]) AS ext_id, unnest($6::text[]) AS event, unnest($7::text[]) AS state,
      unnest($8::bigint[]) AS received_us, unnest($9::text[]) AS headers, unnest($10::int[]) AS at,
      unnest($11::int[]) AS size, unnest($12::bigint[]) AS ticket_id) AS r
), message_rows AS (
  INSERT INTO messages (id, ticket_id, chat_id, inbox_id, contact_id, outbound, by_api, ext_id, author_name, type, body,
                        media, reply_to, sent_at, received_at)
  SELECT r.id, r.ticket_id, r.chat_id, r.inbox_id, r.contact_id, r.outbound, r.by_api, r.ext_id, r.author_name, r.type,
         r.body, r.media, r.reply_to, )" FIBREHUB_SQL_INSTANT(
                                         "r.sent_us") ", " FIBREHUB_SQL_INSTANT("r.received_us") R"(
  FROM (SELECT unnest($13::bigint[]) AS id, unnest($14::bigint[]) AS ticket_id, unnest($15::bigint[])
      AS chat_id, unnest($16::bigint[]) AS inbox_id, unnest($17::bigint[]) AS contact_id,
      unnest($18::bool[]) AS outbound, unnest($19::bool[]) AS by_api, unnest($20::text[]) AS ext_id,
      unnest($21::text[]) AS author_name, unnest($22::text[]) AS type, unnest($23::text[]) AS body,
      unnest($24::text[]) AS media, unnest($25::text[]) AS reply_to, unnest($26::bigint[]) AS sent_us,
      unnest($27::bigint[]) AS received_us) AS r
), history_rows AS (
  INSERT INTO ticket_history (ticket_id, seq, at, actor_kind, actor, address, action, field, old_value, new_value, hash)
  SELECT r.ticket_id, r.seq, )" FIBREHUB_SQL_INSTANT("r.at_us") R"(, 'system', r.actor, '', r.action, r.field, r.old_value,
         r.new_value, substring($1::bytea FROM r.hash_at FOR 32)
  FROM (SELECT unnest($28::bigint[]) AS ticket_id, unnest($29::int[]) AS seq, unnest($30::bigint[]) AS
      at_us, unnest($31::text[]) AS actor, unnest($32::text[]) AS action, unnest($33::text[]) AS
      field, unnest($34::text[]) AS old_value, unnest($35::text[]) AS new_value, unnest($36::int[]) AS
      hash_at) AS r
)
UPDATE tickets t
SET version = r.version, history_seq = r.seq, history_hash = substring($1::bytea FROM r.hash_at FOR 32),
    message_count = t.message_count + r.messages,
    last_message_at = greatest(t.last_message_at, )" FIBREHUB_SQL_INSTANT_OR_NULL("r.last_us") R"(),
    updated_at = )" FIBREHUB_SQL_INSTANT("r.updated_us") R"(
FROM (SELECT unnest($37::bigint[]) AS id, unnest($38::int[]) AS version, unnest($39::int[]) AS seq,
      unnest($40::int[]) AS hash_at, unnest($41::int[]) AS messages, unnest($42::bigint[]) AS last_us,
      unnest($43::bigint[]) AS updated_us) AS r
WHERE t.id = r.id)"};

}  // namespace

bool fits_one_statement(const ingest_rows& rows) {
  return !has_rare_rows(rows);
}

void write_rows(connection& db, pqxx::transaction_base& tx, ingest_rows& rows,
                hot_columns& columns) {
  if (has_rare_rows(rows)) write_tickets_and_people(db, tx, rows);
  const sql_params params = columns.finish(rows);
  if (!rows.inbox.empty()) db.run(tx, write_hot, params);
  if (has_rare_rows(rows)) write_what_follows(db, tx, rows);
}

}  // namespace fibrehub::store
