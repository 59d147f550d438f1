// Fills the cache with what a batch needs and the cache does not have: one set-based query per
// kind, none at all when everything is known.
#pragma once

#include <span>

#include "store/inbox.hpp"
#include "store/ingest/cache.hpp"
#include "store/ingest/drop_facts.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {

using item_span = std::span<const ingest* const>;

/// Chats with their open tickets, people, and foreign cases of the batch.
void load_context(connection& db, pqxx::transaction_base& tx, item_span items, ingest_cache& cache);

/// A history's hash as the server prints it.
domain::history_digest digest_from(std::string_view hex);

/// Which of the batch were stored before, however long ago.
void load_known_messages(connection& db, pqxx::transaction_base& tx, item_span items,
                         ingest_cache& cache);

/// Current counter values by scope, their rows locked until the transaction ends.
std::unordered_map<std::string, std::int64_t> load_counters(connection& db,
                                                            pqxx::transaction_base& tx,
                                                            const std::vector<std::string>& scopes);

/// What is known of these drops; those that nobody has imported are absent.
known_drops load_drops(connection& db, pqxx::transaction_base& tx,
                       const std::vector<std::string>& drops);

}  // namespace fibrehub::store
