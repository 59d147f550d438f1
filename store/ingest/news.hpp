// What received messages mean to others: the tickets they opened, and where another desk moved one.
// Messages in known tickets are no news.
#pragma once

#include "store/ingest/rows.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {

/// To be called after the rows were written, in the same transaction; adds to the rows' events.
/// Nothing is asked of the database unless a ticket was made or moved.
void notify_of(connection& db, pqxx::transaction_base& tx, ingest_rows& rows);

}  // namespace fibrehub::store
