// What session.status deliveries tell: the state as it is now, every state it went through, and
// the events of it. With it WhatsApp may tell whether the session may write to people who are new.
#pragma once

#include "store/ingest/rows.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {

/// States older than what is known only complete the history.
void write_sessions(connection& db, pqxx::transaction_base& tx, ingest_rows& rows);

}  // namespace fibrehub::store
