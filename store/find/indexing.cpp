#include "store/find/indexer.hpp"
#include "store/find/texts_sql.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {
namespace {

constexpr sql take_due{
    "take_due",
    "WITH taken AS (DELETE FROM search_due WHERE ctid = ANY (ARRAY (SELECT ctid FROM search_due"
    " LIMIT $1::bigint)) RETURNING ticket_id, message_id) SELECT count(*), coalesce(array_agg("
    "DISTINCT ticket_id) FILTER (WHERE message_id IS NULL), '{}')::text, coalesce(array_agg("
    "DISTINCT message_id) FILTER (WHERE message_id IS NOT NULL), '{}')::text FROM taken"};

constexpr sql index_tickets{
    "index_tickets",
    "INSERT INTO ticket_words (ticket_id, words, parts) SELECT t.id, " FIBREHUB_SQL_TICKET_WORDS
    ", " FIBREHUB_SQL_TICKET_PARTS
    " FROM tickets t WHERE t.id = ANY ($1::bigint[])"
    " ON CONFLICT (ticket_id) DO UPDATE SET words = excluded.words, parts = excluded.parts"};

constexpr sql index_messages{
    "index_messages",
    "INSERT INTO message_words (message_id, ticket_id, words) SELECT m.id, m.ticket_id,"
    " " FIBREHUB_SQL_WORDS("m.body")
    " FROM messages m WHERE m.id = ANY ($1::bigint[]) AND m.ticket_id IS NOT NULL"
    " ON CONFLICT (message_id) DO UPDATE SET ticket_id = excluded.ticket_id, words ="
    " excluded.words"};

/// A message that no ticket has any more.
constexpr sql forget_messages{
    "forget_messages",
    "DELETE FROM message_words w WHERE w.message_id = ANY ($1::bigint[]) AND EXISTS (SELECT 1 FROM"
    " messages m WHERE m.id = w.message_id AND m.ticket_id IS NULL)"};

constexpr sql count_rows{
    "count_due", "SELECT count(*) FROM (SELECT 1 FROM search_due LIMIT $1::bigint) AS seen"};

constexpr const char* tidy[] = {
    "SELECT gin_clean_pending_list('ticket_words_words')",
    "SELECT gin_clean_pending_list('ticket_words_parts')",
    "SELECT gin_clean_pending_list('message_words_words')",
    "VACUUM search_due",
};

}  // namespace

std::int64_t index_some(connection& db, std::int64_t rows_max) {
  return db.transact([&](pqxx::work& tx) {
    const pqxx::result taken = db.run(tx, take_due, {{std::to_string(rows_max)}, nullptr});
    const sql_params tickets{{taken[0][1].c_str()}, nullptr};
    const sql_params messages{{taken[0][2].c_str()}, nullptr};
    if (tickets.texts.front() != "{}") db.run(tx, index_tickets, tickets);
    if (messages.texts.front() != "{}") {
      db.run(tx, index_messages, messages);
      db.run(tx, forget_messages, messages);
    }
    return taken[0][0].as<std::int64_t>();
  });
}

std::int64_t count_due(connection& db, std::int64_t most) {
  return db.transact([&](pqxx::work& tx) {
    return db.run(tx, count_rows, {{std::to_string(most)}, nullptr})[0][0].as<std::int64_t>();
  });
}

void tidy_indexes(connection& db) {
  for (const char* statement : tidy)
    db.autocommit([&](pqxx::nontransaction& tx) { db.run_text(tx, statement, {}); });
}

}  // namespace fibrehub::store
