#include "config/units.hpp"

#include <charconv>
#include <limits>
#include <span>

#include <fmt/format.h>

#include "config/names.hpp"

namespace fibrehub::config {

namespace {

struct unit {
  std::string_view name;
  std::int64_t factor;
};

// Largest first, so that formatting finds the shortest form.
constexpr unit duration_units[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};
constexpr unit size_units[] = {
    {"GB", 1024LL * 1024 * 1024}, {"MB", 1024LL * 1024}, {"KB", 1024}, {"B", 1}};

struct amount {
  std::int64_t number = 0;
  std::string_view unit_name;
};

/// Digits and what follows them; nothing when it does not begin with a digit.
std::optional<amount> cut(std::string_view text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  amount out;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), out.number);
  if (error != std::errc{}) return std::nullopt;
  out.unit_name = text.substr(static_cast<std::size_t>(rest - text.data()));
  while (out.unit_name.starts_with(' '))
    out.unit_name.remove_prefix(1);
  return out;
}

tl::expected<std::int64_t, std::string> times(std::int64_t number, std::int64_t factor) {
  if (number > std::numeric_limits<std::int64_t>::max() / factor) {
    return tl::make_unexpected(std::string{"is too large"});
  }
  return number * factor;
}

std::string format(std::int64_t number, std::span<const unit> units) {
  for (const auto& u : units) {
    if (number != 0 && number % u.factor == 0)
      return fmt::format("{}{}", number / u.factor, u.name);
  }
  return fmt::format("{}{}", number, units.back().name);
}

}  // namespace

tl::expected<std::int64_t, std::string> parse_duration_ms(std::string_view text) {
  const auto parts = cut(text);
  if (!parts) {
    return tl::make_unexpected(
        std::string{"is not a duration, write a whole number and a unit, like \"30s\" (units: ms, "
                    "s, m, h, d)"});
  }
  if (parts->unit_name.empty()) {
    return tl::make_unexpected(fmt::format(
        "has no unit, write \"{0}s\" or \"{0}ms\" (units: ms, s, m, h, d)", parts->number));
  }
  for (const auto& u : duration_units) {
    if (u.name == parts->unit_name) return times(parts->number, u.factor);
  }
  return tl::make_unexpected(
      std::string{"is not a duration, write a whole number and one of the units ms, s, m, h, d"});
}

std::string format_duration(std::int64_t ms) {
  return ms == 0 ? "0s" : format(ms, duration_units);
}

tl::expected<std::int64_t, std::string> parse_size_bytes(std::string_view text) {
  const auto parts = cut(text);
  if (parts) {
    if (parts->unit_name.empty()) return parts->number;
    const auto wanted = to_lower(parts->unit_name);
    for (const auto& u : size_units) {
      if (to_lower(u.name) == wanted) return times(parts->number, u.factor);
    }
  }
  return tl::make_unexpected(
      std::string{"is not a size, write a whole number and a unit, like \"64MB\" (units: B, KB, "
                  "MB, GB)"});
}

std::string format_size(std::int64_t bytes) {
  return format(bytes, size_units);
}

}  // namespace fibrehub::config
