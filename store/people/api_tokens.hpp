// API tokens managed by the API: the same rows as the command line's (store/queries/tokens.hpp),
// each change with its line in the audit log.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/change.hpp"
#include "store/people/records.hpp"
#include "store/tokens.hpp"

namespace fibrehub::store {

/// All of them, the newest first; at most 1000.
struct list_api_tokens {
  using result = std::vector<token_view>;
};
std::optional<std::vector<token_view>> run(connection& db, const list_api_tokens& request);

/// Answers the id as a JSON text.
struct add_api_token {
  new_token token;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const add_api_token& request,
                  change_context& context);

/// Tokens and when they were last used; those there are not are passed over.
struct touch_api_tokens {
  std::vector<std::pair<std::string, domain::instant>> used;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const touch_api_tokens& request,
                  change_context& context);

/// Error not_found when there is no such token or it was revoked before.
struct revoke_api_token {
  std::string id;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const revoke_api_token& request,
                  change_context& context);

}  // namespace fibrehub::store
