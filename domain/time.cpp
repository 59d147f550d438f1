#include "domain/time.hpp"

#include <fmt/format.h>

namespace fibrehub::domain {
namespace {

/// Reads exactly `width` digits and moves past them.
std::optional<int> digits(std::string_view& text, std::size_t width) {
  if (text.size() < width) return std::nullopt;
  int value = 0;
  for (char c : text.substr(0, width)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(width);
  return value;
}

bool skip(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

/// Microseconds of a fraction like ".25"; further digits than six are cut off.
std::optional<std::int64_t> fraction_us(std::string_view& text) {
  if (!skip(text, ".,")) return 0;
  std::int64_t value = 0;
  std::size_t count = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (count < 6) value = value * 10 + (text.front() - '0');
    text.remove_prefix(1);
    if (++count > 9) return std::nullopt;
  }
  if (count == 0) return std::nullopt;
  for (std::size_t i = count; i < 6; ++i)
    value *= 10;
  return value;
}

/// Minutes east of UTC.
std::optional<int> offset_minutes(std::string_view& text) {
  if (skip(text, "Zz")) return 0;
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
  const int sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  auto hours = digits(text, 2);
  skip(text, ":");
  auto minutes = digits(text, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return sign * (*hours * 60 + *minutes);
}

}  // namespace

std::string to_rfc3339(instant t) {
  using namespace std::chrono;
  const auto day = floor<days>(t);
  const year_month_day date{day};
  const hh_mm_ss time{t - day};
  std::string out =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  time.hours().count(), time.minutes().count(), time.seconds().count());
  if (time.subseconds().count() != 0) out += fmt::format(".{:06}", time.subseconds().count());
  return out + 'Z';
}

std::optional<instant> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  auto year_ = digits(text, 4);
  if (!year_ || !skip(text, "-")) return std::nullopt;
  auto month_ = digits(text, 2);
  if (!month_ || !skip(text, "-")) return std::nullopt;
  auto day_ = digits(text, 2);
  if (!day_ || !skip(text, "Tt ")) return std::nullopt;
  auto hour_ = digits(text, 2);
  if (!hour_ || !skip(text, ":")) return std::nullopt;
  auto minute_ = digits(text, 2);
  if (!minute_ || !skip(text, ":")) return std::nullopt;
  auto second_ = digits(text, 2);
  auto fraction = fraction_us(text);
  auto offset = offset_minutes(text);
  if (!second_ || !fraction || !offset || !text.empty()) return std::nullopt;
  const year_month_day date{year{*year_}, month{static_cast<unsigned>(*month_)},
                            day{static_cast<unsigned>(*day_)}};
  if (!date.ok() || *hour_ > 23 || *minute_ > 59 || *second_ > 60) return std::nullopt;
  return instant{sys_days{date}} + hours{*hour_} + minutes{*minute_ - *offset} + seconds{*second_} +
         microseconds{*fraction};
}

}  // namespace fibrehub::domain
