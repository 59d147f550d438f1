// What the drop of a new ticket decides besides its place.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

namespace fibrehub::store {

/// Who may see the work at a drop, how fast it has to be done and who pays for it.
struct drop_facts {
  std::int64_t client_id = 0, project_id = 0;  // 0: none
  std::string install_date;                    // YYYY-MM-DD or empty
};
/// By the drop's number.
using known_drops = std::unordered_map<std::string, drop_facts>;

}  // namespace fibrehub::store
