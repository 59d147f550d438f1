// The database's shape: numbered SQL files carried in the binary, applied once each, in order,
// under a lock, and checked against what was applied before.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "store/pq.hpp"

namespace fibrehub::store {

struct migration {
  int number;
  std::string_view name;
  std::string_view text;
};

/// Every migration this binary knows, ascending.
std::span<const migration> migrations();

/// Applies what is missing and returns the names applied. The error is one sentence that says what
/// is wrong with the database: changed file, newer database, or a database that is not ours. Throws
/// connection_lost.
tl::expected<std::vector<std::string>, std::string> migrate(
    connection& db, std::span<const migration> all = migrations());

}  // namespace fibrehub::store
