// What the tickets of a desk's channel say is open: a queue that is read anew does not show the
// cases that moved or were closed while nobody looked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/pq_fwd.hpp"

namespace fibrehub::store {

/// The desk's own ids of the tickets that are not closed, the newest first.
struct find_open_cases {
  using result = std::vector<std::string>;
  std::string channel;  // "velocity" of [qcontact.velocity]
  std::size_t limit = 20'000;
};
std::optional<std::vector<std::string>> run(connection& db, const find_open_cases& request);

}  // namespace fibrehub::store
