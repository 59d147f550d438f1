// Open tickets follow when targets, contracts or guarantees are edited: the start and the pauses of
// running clocks stay, the target changes, the due instant is worked out anew; and who pays for the
// work is asked again. The edit only notes what it concerns; the tickets are changed in pieces
// behind it, and how far that has come stands in the database.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "domain/people.hpp"
#include "store/change.hpp"

namespace fibrehub::store {

/// Which tickets an edit may concern. Nothing and empty: all.
struct retarget_scope {
  std::string reason;  // "contract K-7", for histories
  std::optional<std::int64_t> client_id;
  std::vector<std::string> pairs;  // "fault/high"; then nothing but targets was edited
  std::optional<std::int64_t> project_id = {};
};

/// To be called by the edit, in its transaction.
void ask_for_retarget(connection& db, pqxx::transaction_base& tx, const retarget_scope& scope,
                      domain::instant at);

/// Asks for it for contracts that have begun or ended by their dates since the last call.
void follow_contract_days(connection& db, pqxx::transaction_base& tx, domain::instant now);

/// On whose behalf tickets follow what was agreed.
domain::principal agreements_principal();

/// What one round came to.
struct retarget_round {
  std::size_t looked_at = 0;  // tickets
  std::size_t moved = 0;      // clocks
  std::size_t billed = 0;     // tickets that are billed otherwise now
  bool more = false;
};
/// Looks at the next `limit` open tickets of the oldest edit. What breaches by it is dated at this
/// round.
struct retarget_clocks {
  std::size_t limit = 64;  // messages wait for the transaction
  std::shared_ptr<retarget_round> result = {};
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const retarget_clocks& request,
                  change_context& context);

}  // namespace fibrehub::store
