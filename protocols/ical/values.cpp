#include "protocols/ical/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace fibrehub::protocols::ical {
namespace {

/// A whole number without sign, of at most `width` digits.
std::optional<std::uint32_t> number(std::string_view text, std::size_t width) {
  if (text.empty() || text.size() > width) return std::nullopt;
  std::uint32_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, ec] = std::from_chars(text.data(), end, value);
  if (ec != std::errc() || stop != end) return std::nullopt;
  return value;
}

/// A part such as `COUNT=5` put into the rule, or what is wrong with it.
std::optional<std::string> apply(std::string_view name, std::string_view value,
                                 std::chrono::year_month_day begin, ical_yearly& out) {
  const auto refuse = [&] {
    return fmt::format("RRULE with {}={:.40} is not understood", name, value);
  };
  if (name == "FREQ") return value == "YEARLY" ? std::nullopt : std::optional(refuse());
  if (name == "WKST") return std::nullopt;  // says nothing about a single date a year
  if (name == "UNTIL") {
    out.until = date(value.substr(0, 8));
    return out.until && (value.size() == 8 || value[8] == 'T') ? std::nullopt
                                                               : std::optional(refuse());
  }
  const auto n = number(value, 5);
  if (!n || *n == 0) return refuse();
  if (name == "COUNT") {
    out.count = *n;
  } else if (name == "INTERVAL") {
    if (*n > 1'000) return refuse();
    out.interval = static_cast<int>(*n);
  } else if (name == "BYMONTH") {
    if (*n != static_cast<unsigned>(begin.month())) return refuse();
  } else if (name == "BYMONTHDAY") {
    if (*n != static_cast<unsigned>(begin.day())) return refuse();
  } else {
    return refuse();
  }
  return std::nullopt;
}

}  // namespace

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return out;
}

std::optional<std::chrono::sys_days> date(std::string_view value) {
  using namespace std::chrono;
  if (value.size() != 8) return std::nullopt;
  const auto y = number(value.substr(0, 4), 4);
  const auto m = number(value.substr(4, 2), 2);
  const auto d = number(value.substr(6, 2), 2);
  if (!y || !m || !d || *y == 0) return std::nullopt;
  const year_month_day day_{year{static_cast<int>(*y)}, month{*m}, day{*d}};
  if (!day_.ok()) return std::nullopt;
  return sys_days{day_};
}

std::optional<int> duration_days(std::string_view value) {
  if (!value.starts_with('P') || value.size() < 3) return std::nullopt;
  const auto n = number(value.substr(1, value.size() - 2), 4);
  if (!n || *n == 0) return std::nullopt;
  if (value.ends_with('D')) return static_cast<int>(*n);
  if (value.ends_with('W')) return static_cast<int>(*n) * 7;
  return std::nullopt;
}

tl::expected<ical_yearly, std::string> yearly_rule(std::string_view rule,
                                                   std::chrono::sys_days begin) {
  ical_yearly out;
  bool has_frequency = false;
  while (!rule.empty()) {
    const std::size_t end = std::min(rule.find(';'), rule.size());
    const std::string_view part = rule.substr(0, end);
    rule.remove_prefix(std::min(end + 1, rule.size()));
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos)
      return tl::unexpected(std::string("RRULE is not NAME=value;…"));
    has_frequency |= part.substr(0, equals) == "FREQ";
    if (auto wrong = apply(part.substr(0, equals), part.substr(equals + 1), begin, out))
      return tl::unexpected(std::move(*wrong));
  }
  if (!has_frequency) return tl::unexpected(std::string("RRULE has no FREQ"));
  if (out.count && out.until)
    return tl::unexpected(std::string("RRULE with both COUNT and UNTIL is not understood"));
  return out;
}

}  // namespace fibrehub::protocols::ical
