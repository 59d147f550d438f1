// Messages that items refer to, with what was done to them before. For .cpp files of this folder.
#pragma once

#include "store/ingest/load.hpp"

namespace fibrehub::store {

/// Nothing is asked unless an item refers to a message, or a message comes that is awaited; but for
/// the names of those awaited, once after a start.
void load_targets(connection& db, pqxx::transaction_base& tx, item_span items, ingest_cache& cache);

}  // namespace fibrehub::store
