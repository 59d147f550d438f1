// Staff who are named with @ in a chat hear of it, as of a note that names them.
#pragma once

#include <vector>

#include "domain/notices.hpp"
#include "store/ingest/rows.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {

/// Nothing is asked unless a message of a ticket names somebody. Behind the rows themselves.
void add_mentions(connection& db, pqxx::transaction_base& tx, const ingest_rows& rows,
                  std::vector<domain::ticket_news>& news);

}  // namespace fibrehub::store
