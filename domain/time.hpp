// Instants are UTC microseconds everywhere; rules take the time as a parameter and never read a
// clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fibrehub::domain {

using instant = std::chrono::sys_time<std::chrono::microseconds>;

/// Microseconds since 1970-01-01T00:00:00Z.
constexpr std::int64_t to_us(instant t) {
  return t.time_since_epoch().count();
}
constexpr instant from_us(std::int64_t us) {
  return instant{std::chrono::microseconds{us}};
}

/// RFC 3339 in UTC with microseconds when there are any: `2026-01-31T08:00:00.250000Z`.
std::string to_rfc3339(instant t);

/// Parses RFC 3339 (any offset, `T` or a space, up to nine fraction digits); nothing on bad input.
std::optional<instant> parse_rfc3339(std::string_view text);

}  // namespace fibrehub::domain
