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
    FIBREHUB_SQL_INDEX_TICKETS("tickets t WHERE t.id = ANY ($1::bigint[]) ORDER BY t.id")
    " ON CONFLICT (ticket_id) DO UPDATE SET words = excluded.words, pairs = excluded.pairs, parts ="
    " excluded.parts"};

constexpr sql index_messages{
    "index_messages",
    FIBREHUB_SQL_INDEX_MESSAGES(
        "messages m WHERE m.id = ANY ($1::bigint[]) AND m.ticket_id IS NOT NULL ORDER BY m.id")
    " ON CONFLICT (message_id) DO UPDATE SET ticket_id = excluded.ticket_id, words ="
    " excluded.words, pairs = excluded.pairs"};

/// A message that no ticket has any more.
constexpr sql forget_messages{
    "forget_messages",
    "DELETE FROM message_words w WHERE w.message_id = ANY ($1::bigint[]) AND EXISTS (SELECT 1 FROM"
    " messages m WHERE m.id = w.message_id AND m.ticket_id IS NULL)"};

// Rows that were there before the tables of words, oldest first.
constexpr sql backfill_tickets{
    "backfill_tickets",
    "WITH next AS (SELECT t.id FROM tickets t WHERE t.id > (SELECT b.done_to FROM search_backfill b"
    " WHERE b.kind = 'tickets') ORDER BY t.id LIMIT $1::bigint), due AS (INSERT INTO search_due"
    " SELECT n.id FROM next n) UPDATE search_backfill SET done_to = (SELECT max(n.id) FROM next n)"
    " WHERE kind = 'tickets' AND EXISTS (SELECT 1 FROM next)"};
constexpr sql backfill_messages{
    "backfill_messages",
    "WITH next AS (SELECT m.id, m.ticket_id FROM messages m WHERE m.id > (SELECT b.done_to FROM"
    " search_backfill b WHERE b.kind = 'messages') ORDER BY m.id LIMIT $1::bigint), due AS (INSERT"
    " INTO search_due SELECT n.ticket_id, n.id FROM next n WHERE n.ticket_id IS NOT NULL) UPDATE"
    " search_backfill SET done_to = (SELECT max(n.id) FROM next n) WHERE kind = 'messages' AND"
    " EXISTS (SELECT 1 FROM next)"};
constexpr sql end_backfill{"end_backfill", "DELETE FROM search_backfill"};
constexpr sql is_backfilling{"is_backfilling", "SELECT EXISTS (SELECT 1 FROM search_backfill)"};

constexpr sql take_one{
    "take_one_due",
    "DELETE FROM search_due WHERE ctid = (SELECT ctid FROM search_due LIMIT 1) RETURNING ticket_id,"
    " coalesce(message_id, 0)"};

constexpr sql count_rows{
    "count_due", "SELECT count(*) FROM (SELECT 1 FROM search_due LIMIT $1::bigint) AS seen"};

constexpr const char* tidy[] = {
    "SELECT gin_clean_pending_list('ticket_words_words')",
    "SELECT gin_clean_pending_list('ticket_words_parts')",
    "SELECT gin_clean_pending_list('ticket_words_pairs')",
    "SELECT gin_clean_pending_list('message_words_words')",
    "SELECT gin_clean_pending_list('message_words_pairs')",
    "VACUUM (SKIP_LOCKED) search_due",
};

/// Array literals of ids.
void index_texts(connection& db, pqxx::transaction_base& tx, const std::string& tickets,
                 const std::string& messages) {
  if (tickets != "{}") db.run(tx, index_tickets, {{tickets}, nullptr});
  if (messages == "{}") return;
  db.run(tx, index_messages, {{messages}, nullptr});
  db.run(tx, forget_messages, {{messages}, nullptr});
}

}  // namespace

std::int64_t index_some(connection& db, std::int64_t rows_max) {
  return db.transact([&](pqxx::work& tx) {
    const pqxx::result taken = db.run(tx, take_due, {{std::to_string(rows_max)}, nullptr});
    index_texts(db, tx, taken[0][1].c_str(), taken[0][2].c_str());
    return taken[0][0].as<std::int64_t>();
  });
}

bool backfill_some(connection& db, std::int64_t rows_max) {
  return db.transact([&](pqxx::work& tx) {
    if (!db.run(tx, is_backfilling)[0][0].as<bool>()) return false;
    const sql_params limit{{std::to_string(rows_max)}, nullptr};
    const auto tickets = db.run(tx, backfill_tickets, limit).affected_rows();
    const auto messages = db.run(tx, backfill_messages, limit).affected_rows();
    if (tickets + messages > 0) return true;
    db.run(tx, end_backfill);
    return false;
  });
}

std::optional<due_text> index_or_set_aside(connection& db) {
  return db.transact([&](pqxx::work& tx) -> std::optional<due_text> {
    const pqxx::result row = db.run(tx, take_one);
    if (row.empty()) return std::nullopt;
    const due_text text{row[0][0].as<std::int64_t>(), row[0][1].as<std::int64_t>()};
    const auto one = [](std::int64_t id) { return "{" + std::to_string(id) + "}"; };
    const bool own = text.message_id == 0;
    db.run_text(tx, "SAVEPOINT one_text", {});
    try {
      index_texts(db, tx, own ? one(text.ticket_id) : "{}", own ? "{}" : one(text.message_id));
      return std::nullopt;
    } catch (const bad_statement&) {
      db.run_text(tx, "ROLLBACK TO SAVEPOINT one_text", {});
      return text;
    }
  });
}

std::int64_t count_due(connection& db, std::int64_t most) {
  return db.transact([&](pqxx::work& tx) {
    return db.run(tx, count_rows, {{std::to_string(most)}, nullptr})[0][0].as<std::int64_t>();
  });
}

void tidy_indexes(connection& db) {
  for (const char* statement : tidy)
    try {
      db.autocommit([&](pqxx::nontransaction& tx) { db.run_text(tx, statement, {}); });
    } catch (const try_later&) {
      // The server's own vacuum is at it.
    }
}

}  // namespace fibrehub::store
