#include <array>

#include "store/error.hpp"
#include "store/inbox.hpp"

namespace fibrehub::store {

std::string_view name_of(errc code) {
  constexpr std::array<std::string_view, 10> names{
      "unavailable", "standby", "overloaded", "timeout",   "not_found",
      "forbidden",   "invalid", "conflict",   "abandoned", "internal"};
  return names[static_cast<std::size_t>(code)];
}

std::string_view name_of(disposition d) {
  constexpr std::array<std::string_view, 5> names{"stored", "kept", "duplicate", "conflict",
                                                  "review"};
  return names[static_cast<std::size_t>(d)];
}

}  // namespace fibrehub::store
