#include "store/ingest/write.hpp"

#include "store/ingest/write_rare.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

// Bytes travel in one binary value ($1) and are cut out by position: no escaping on either side.
constexpr sql write_hot{"write_hot", R"(
WITH inbox_rows AS (
  INSERT INTO inbox (id, source, channel, ext_id, event, state, fingerprint, received_at, headers, body, ticket_id)
  SELECT r.id, r.source, r.channel, r.ext_id, r.event, r.state, substring($1::bytea FROM r.at FOR 16),
         )" FIBREHUB_SQL_INSTANT("r.received_us") R"(, r.headers,
         substring($1::bytea FROM r.at + 16 FOR r.size), r.ticket_id
  FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::text[],
              $10::int[], $11::int[], $12::bigint[])
       AS r(id, source, channel, ext_id, event, state, received_us, headers, at, size, ticket_id)
), message_rows AS (
  INSERT INTO messages (id, ticket_id, chat_id, inbox_id, contact_id, outbound, by_api, ext_id, author_name, type, body,
                        media, reply_to, sent_at, received_at)
  SELECT r.id, r.ticket_id, r.chat_id, r.inbox_id, r.contact_id, r.outbound, r.by_api, r.ext_id, r.author_name, r.type,
         r.body, r.media, r.reply_to, )" FIBREHUB_SQL_INSTANT(
                                         "r.sent_us") ", " FIBREHUB_SQL_INSTANT("r.received_us") R"(
  FROM unnest($13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[], $18::bool[], $19::bool[],
              $20::text[], $21::text[], $22::text[], $23::text[], $24::text[], $25::text[], $26::bigint[], $27::bigint[])
       AS r(id, ticket_id, chat_id, inbox_id, contact_id, outbound, by_api, ext_id, author_name, type, body, media,
            reply_to, sent_us, received_us)
), history_rows AS (
  INSERT INTO ticket_history (ticket_id, seq, at, actor_kind, actor, address, action, field, old_value, new_value, hash)
  SELECT r.ticket_id, r.seq, )" FIBREHUB_SQL_INSTANT("r.at_us") R"(, 'system', r.actor, '', r.action, r.field, r.old_value,
         r.new_value, substring($1::bytea FROM r.hash_at FOR 32)
  FROM unnest($28::bigint[], $29::int[], $30::bigint[], $31::text[], $32::text[], $33::text[], $34::text[], $35::text[],
              $36::int[])
       AS r(ticket_id, seq, at_us, actor, action, field, old_value, new_value, hash_at)
)
UPDATE tickets t
SET version = r.version, history_seq = r.seq, history_hash = substring($1::bytea FROM r.hash_at FOR 32),
    message_count = t.message_count + r.messages,
    last_message_at = greatest(t.last_message_at, )" FIBREHUB_SQL_INSTANT_OR_NULL("r.last_us") R"(),
    updated_at = )" FIBREHUB_SQL_INSTANT("r.updated_us") R"(
FROM unnest($37::bigint[], $38::int[], $39::int[], $40::int[], $41::int[], $42::bigint[], $43::bigint[])
     AS r(id, version, seq, hash_at, messages, last_us, updated_us)
WHERE t.id = r.id)"};

}  // namespace

bool fits_one_statement(const ingest_rows& rows) {
  return !has_rare_rows(rows);
}

void write_rows(connection& db, pqxx::transaction_base& tx, const ingest_rows& rows,
                hot_columns& columns) {
  if (has_rare_rows(rows)) write_tickets_and_people(db, tx, rows);
  const sql_params params = columns.finish(rows);
  if (!rows.inbox.empty()) db.run(tx, write_hot, params);
  if (has_rare_rows(rows)) write_what_follows(db, tx, rows);
}

}  // namespace fibrehub::store
