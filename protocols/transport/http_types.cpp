#include "protocols/transport/http_types.hpp"

#include <charconv>

namespace fibrehub::protocols::transport {
namespace {

constexpr std::chrono::seconds longest_retry_after = std::chrono::hours{24};

std::optional<int> number(std::string_view digits) {
  int value = 0;
  auto [stop, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || ec != std::errc() || stop != digits.data() + digits.size()) return {};
  return value;
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, the only form senders may still write.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != 29 || !text.ends_with(" GMT") || text[3] != ',') return {};
  auto month_at = months.find(text.substr(8, 3));
  auto day = number(text.substr(5, 2));
  auto year = number(text.substr(12, 4));
  auto hour = number(text.substr(17, 2));
  auto minute = number(text.substr(20, 2));
  auto second = number(text.substr(23, 2));
  if (month_at == std::string_view::npos || month_at % 3 != 0) return {};
  if (!day || !year || !hour || !minute || !second) return {};
  std::chrono::year_month_day date{std::chrono::year{*year},
                                   std::chrono::month{static_cast<unsigned>(month_at / 3 + 1)},
                                   std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return {};
  return std::chrono::sys_days{date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
         std::chrono::seconds{*second};
}

}  // namespace

std::string_view name_of(http_errc code) {
  switch (code) {
    case http_errc::invalid_request:
      return "invalid_request";
    case http_errc::resolve_failed:
      return "resolve_failed";
    case http_errc::refused_address:
      return "refused_address";
    case http_errc::connect_failed:
      return "connect_failed";
    case http_errc::tls_failed:
      return "tls_failed";
    case http_errc::timeout:
      return "timeout";
    case http_errc::reset:
      return "reset";
    case http_errc::too_large:
      return "too_large";
    case http_errc::malformed:
      return "malformed";
    case http_errc::overloaded:
      return "overloaded";
    case http_errc::stopped:
      return "stopped";
    case http_errc::internal:
      break;
  }
  return "internal";
}

std::string_view http_response::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value,
                                                      std::chrono::sys_seconds now) {
  while (value.starts_with(' '))
    value.remove_prefix(1);
  while (value.ends_with(' '))
    value.remove_suffix(1);
  std::chrono::seconds wait{};
  bool only_digits =
      !value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos;
  if (only_digits) {
    auto seconds = number(value);  // more digits than an int holds: as long as we ever wait
    wait = seconds ? std::chrono::seconds{*seconds} : longest_retry_after;
  } else if (auto date = parse_http_date(value)) {
    wait = *date - now;
  } else {
    return std::nullopt;
  }
  return std::clamp(wait, std::chrono::seconds{0}, longest_retry_after);
}

}  // namespace fibrehub::protocols::transport
