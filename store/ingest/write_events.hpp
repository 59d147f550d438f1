// Writes what was done to messages and what happens around them.
#pragma once

#include "store/ingest/rows.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {

/// People and conversations that have become one; behind new ones, before messages.
void write_merges(connection& db, pqxx::transaction_base& tx, const event_rows& rows);
/// The rest; behind the messages it is about.
void write_events(connection& db, pqxx::transaction_base& tx, const event_rows& rows);

}  // namespace fibrehub::store
