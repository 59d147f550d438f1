// Writes a planned batch: the tables every message touches in one statement, the rest only when
// there is something for them.
#pragma once

#include "store/ingest/hot_columns.hpp"
#include "store/ingest/rows.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {

/// True when the batch touches nothing beyond inbox, tickets, messages and history of known chats,
/// so that one statement is the whole transaction.
bool fits_one_statement(const ingest_rows& rows);

/// Runs inside the caller's transaction, once per `columns`; throws the causes of store/pq.hpp.
void write_rows(connection& db, pqxx::transaction_base& tx, ingest_rows& rows,
                hot_columns& columns);

}  // namespace fibrehub::store
