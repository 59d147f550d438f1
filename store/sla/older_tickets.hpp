// Clocks for tickets that were made before there were any: what happened to a ticket since is read
// from its history, so that its clocks are as if they had been there. What they had crossed is told
// to nobody.
#pragma once

#include <memory>

#include "store/change.hpp"

namespace fibrehub::store {

struct older_tickets_run {
  std::size_t started = 0;  // tickets
  bool more = false;
};

/// Looks at the next `limit` tickets, the newest first, and gives those that are open their clocks.
/// How far it has come stands in the database.
struct start_older_clocks {
  std::size_t limit = 500;
  std::shared_ptr<older_tickets_run> result = {};
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const start_older_clocks& request,
                  change_context& context);

}  // namespace fibrehub::store
