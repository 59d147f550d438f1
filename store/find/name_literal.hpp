// Names of statuses, priorities and the like are written into the statement instead of being
// parameters: the server then knows how rare each is, also in a plan it keeps.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace fibrehub::store {

/// `'in_progress'`; nothing for a text that is more than a name of small letters, digits and
/// underscores, which has to be a parameter.
inline std::optional<std::string> name_literal(std::string_view name) {
  const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!plain) return std::nullopt;
  return "'" + std::string(name) + "'";
}

}  // namespace fibrehub::store
