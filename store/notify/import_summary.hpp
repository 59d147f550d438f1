// Tickets that are late when they are imported: nobody is told of each, but managers hear of all of
// an import together.
#pragma once

#include "domain/time.hpp"
#include "store/change.hpp"
#include "store/pq_fwd.hpp"

namespace fibrehub::store {

/// Tells managers, else admins, of the open tickets that came late since the last summary; as long
/// as more of them come it waits. Answers how many tickets were told of.
std::int64_t summarise_imports(connection& db, pqxx::transaction_base& tx, domain::instant now,
                               change_context& context);

}  // namespace fibrehub::store
