// Refusals that the parts of the SLA configuration share. For .cpp files of this folder only.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "store/error.hpp"

namespace fibrehub::store {

inline error no_such(std::string field, std::string why) {
  error out{errc::invalid, fmt::format("{} {}", field, why), "invalid_field"};
  out.fields.emplace_back(std::move(field), std::move(why));
  return out;
}

/// Somebody was faster; `current` is the thing as it is now.
inline error stale_version(const std::string& current) {
  error out{errc::conflict, "it was changed since the version you saw", "stale_version"};
  out.data_json = fmt::format(R"({{"current":{}}})", current);
  return out;
}

}  // namespace fibrehub::store
