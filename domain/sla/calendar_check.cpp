#include "domain/sla/calendar_check.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fibrehub::domain::sla {
namespace {

constexpr int minutes_a_day = 1'440;

std::optional<fault> check_hours(const day_hours& hours, const std::string& field) {
  if (hours.size() > max_intervals_per_day)
    return fault{field, fmt::format("has more than {} intervals", max_intervals_per_day)};
  for (std::size_t i = 0; i < hours.size(); ++i) {
    const auto& [begin, end] = hours[i];
    const std::string name = fmt::format("{}[{}]", field, i);
    if (begin < 0 || end > minutes_a_day) return fault{name, "has to lie between 00:00 and 24:00"};
    if (end <= begin)
      return fault{name, fmt::format("ends at {}, which is not after its begin {} (overnight hours "
                                     "are two intervals on two days)",
                                     clock_text(end), clock_text(begin))};
    if (i > 0 && begin < hours[i - 1].end_min)
      return fault{name, fmt::format("begins at {}, before the one ahead of it ends at {}",
                                     clock_text(begin), clock_text(hours[i - 1].end_min))};
  }
  return std::nullopt;
}

std::optional<fault> check_days(calendar_version& v, const std::string& path) {
  if (v.holidays.size() > max_special_days)
    return fault{path + "holidays", fmt::format("has more than {} dates", max_special_days)};
  if (v.exceptions.size() > max_special_days)
    return fault{path + "exceptions", fmt::format("has more than {} dates", max_special_days)};
  std::sort(v.holidays.begin(), v.holidays.end());
  const auto twice = std::adjacent_find(v.holidays.begin(), v.holidays.end());
  if (twice != v.holidays.end())
    return fault{path + "holidays", fmt::format("names {} twice", date_text(*twice))};
  for (std::size_t d = 0; d < 7; ++d)
    if (auto wrong = check_hours(v.weekly[d], path + "weekly." + weekday_names[d])) return wrong;
  for (const auto& [day, hours] : v.exceptions)
    if (auto wrong = check_hours(hours, path + "exceptions." + date_text(day))) return wrong;
  return std::nullopt;
}

bool ever_opens(const calendar_version& v) {
  const auto has_hours = [](const day_hours& h) { return !h.empty(); };
  return std::any_of(v.weekly.begin(), v.weekly.end(), has_hours) ||
         std::any_of(v.exceptions.begin(), v.exceptions.end(),
                     [&](const auto& e) { return has_hours(e.second); });
}

std::optional<fault> check_version(calendar_version& v, const std::string& path) {
  if (!time_zone::find(v.zone))
    return fault{path + "zone", fmt::format("\"{}\" is no time zone this system knows; it has to "
                                            "be an IANA name such as Africa/Johannesburg",
                                            v.zone)};
  if (auto wrong = check_days(v, path)) return wrong;
  if (!ever_opens(v))
    return fault{path + "weekly", "has no hours at all: the calendar would never open"};
  return std::nullopt;
}

/// Reads `width` digits at the front and moves past them.
std::optional<int> digits(std::string_view& text, std::size_t width) {
  if (text.size() < width) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, width)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(width);
  return value;
}

bool skip(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<fault> check(std::vector<calendar_version>& versions) {
  if (versions.empty()) return fault{"versions", "has to hold at least one"};
  if (versions.size() > max_calendar_versions)
    return fault{"versions", fmt::format("has more than {}", max_calendar_versions)};
  for (std::size_t i = 0; i < versions.size(); ++i) {
    const std::string path = versions.size() == 1 ? "" : fmt::format("versions[{}].", i);
    if (auto wrong = check_version(versions[i], path)) return wrong;
    if (i == 0) continue;
    const auto& before = versions[i - 1].effective_from;
    const auto& from = versions[i].effective_from;
    if (!from) return fault{path + "effective_from", "is missing: only the first holds from ever"};
    if (i > 1 && *from <= *before)
      return fault{path + "effective_from", "has to be after that of the version ahead of it"};
    if (i == 1 && before && *from <= *before)
      return fault{path + "effective_from", "has to be after that of the first version"};
  }
  return std::nullopt;
}

std::string clock_text(int minutes) {
  return fmt::format("{:02}:{:02}", minutes / 60, minutes % 60);
}

std::string date_text(local_day day) {
  const std::chrono::year_month_day d{day};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(d.year()),
                     static_cast<unsigned>(d.month()), static_cast<unsigned>(d.day()));
}

std::optional<local_day> parse_date(std::string_view text) {
  using namespace std::chrono;
  const auto y = digits(text, 4);
  if (!y || !skip(text, '-')) return std::nullopt;
  const auto m = digits(text, 2);
  if (!m || !skip(text, '-')) return std::nullopt;
  const auto d = digits(text, 2);
  if (!d || !text.empty()) return std::nullopt;
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)},
                            day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return std::nullopt;
  return local_day{date};
}

std::optional<int> parse_clock(std::string_view text) {
  const auto h = digits(text, 2);
  if (!h || !skip(text, ':')) return std::nullopt;
  const auto m = digits(text, 2);
  if (!m || !text.empty() || *m > 59) return std::nullopt;
  const int minutes = *h * 60 + *m;
  if (minutes > minutes_a_day) return std::nullopt;
  return minutes;
}

}  // namespace fibrehub::domain::sla
