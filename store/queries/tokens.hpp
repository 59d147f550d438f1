// API tokens: found by their public half, made and revoked by the operator.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/pq_fwd.hpp"
#include "store/tokens.hpp"

namespace fibrehub::store {

/// By id, revoked ones included; not_found when there is none.
struct find_token {
  using result = token_record;
  std::string id;
};

std::optional<token_record> run(connection& db, const find_token& request);

// For the command line, on a connection of its own; throw the causes of store/pq.hpp.
void create_token(connection& db, const new_token& token);
/// False when there is no such token, or it was revoked before.
bool revoke_token(connection& db, const std::string& id);
std::vector<token_record> list_tokens(connection& db);

}  // namespace fibrehub::store
