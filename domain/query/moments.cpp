#include <algorithm>
#include <charconv>

#include "domain/query/values.hpp"

namespace fibrehub::domain::query {
namespace {

using namespace std::chrono;

constexpr int max_duration_units = 100'000;

std::optional<int> whole(std::string_view text) {
  int n = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (ec != std::errc{} || end != text.data() + text.size() || n < 0) return std::nullopt;
  return n;
}

std::optional<moment> read_duration(std::string_view text) {
  constexpr std::pair<char, minutes> units[] = {
      {'m', minutes{1}}, {'h', hours{1}}, {'d', days{1}}, {'w', weeks{1}}};
  if (text.size() < 2) return std::nullopt;
  const auto n = whole(text.substr(0, text.size() - 1));
  if (!n || *n > max_duration_units) return std::nullopt;
  for (const auto& [letter, length] : units) {
    if (text.back() != letter) continue;
    moment out;
    out.what = moment::kind::duration;
    out.length = *n * length;
    return out;
  }
  return std::nullopt;
}

/// 2025-12-01 or 2025-12.
std::optional<moment> read_date(std::string_view text) {
  if (text.size() != 7 && text.size() != 10) return std::nullopt;
  if (text[4] != '-' || (text.size() == 10 && text[7] != '-')) return std::nullopt;
  const auto y = whole(text.substr(0, 4)), m = whole(text.substr(5, 2));
  const auto d = text.size() == 10 ? whole(text.substr(8, 2)) : std::optional<int>(1);
  if (!y || !m || !d) return std::nullopt;
  const year_month_day day{year{*y}, month{static_cast<unsigned>(*m)},
                           std::chrono::day{static_cast<unsigned>(*d)}};
  if (!day.ok() || *y < 1970 || *y > 9999) return std::nullopt;
  moment out;
  out.what = text.size() == 10 ? moment::kind::day : moment::kind::month;
  out.date = sys_days{day};
  return out;
}

std::optional<moment> read_name(std::string_view text) {
  struct named {
    std::string_view name;
    moment::kind what;
    int offset;
  };
  constexpr named names[] = {
      {"today", moment::kind::day, 0},        {"yesterday", moment::kind::day, -1},
      {"tomorrow", moment::kind::day, 1},     {"this-week", moment::kind::week, 0},
      {"last-week", moment::kind::week, -1},  {"next-week", moment::kind::week, 1},
      {"this-month", moment::kind::month, 0}, {"last-month", moment::kind::month, -1},
      {"next-month", moment::kind::month, 1}};
  for (const named& n : names) {
    if (n.name != text) continue;
    moment out;
    out.what = n.what;
    out.offset = n.offset;
    return out;
  }
  return std::nullopt;
}

/// Begin and end of a day, week or month; of an instant, that instant twice.
struct stretch {
  instant from, to;
};

stretch stretch_of(const moment& m, instant now, const time_zone& zone) {
  if (m.what == moment::kind::instant) return {m.at, m.at};
  const sys_days today = zone.day_of(now);
  sys_days first = m.date.value_or(today), after = first;
  switch (m.what) {
    case moment::kind::week: {
      const weekday w{today};
      first = today - (w - Monday) + weeks{m.offset};
      after = first + weeks{1};
      break;
    }
    case moment::kind::month: {
      const year_month_day d{first};
      const year_month begin = d.year() / d.month() + months{m.offset};
      first = sys_days{begin / 1};
      after = sys_days{(begin + months{1}) / 1};
      break;
    }
    default:
      first += days{m.offset};
      after = first + days{1};
  }
  return {zone.start_of(first), zone.start_of(after)};
}

span span_of_duration(const value& v, bool ahead, instant now) {
  const bool shorter = v.how == op::less || v.how == op::at_most;
  if (ahead) {
    const instant until = now + v.from->length;
    return shorter ? span{std::nullopt, until} : span{until, std::nullopt};
  }
  const instant since = now - v.from->length;
  return shorter ? span{since, std::nullopt} : span{std::nullopt, since};
}

}  // namespace

bool looks_ahead(field f) {
  return f == field::due || f == field::scheduled;
}

std::optional<moment> read_moment(std::string_view text) {
  if (auto out = read_name(text)) return out;
  if (auto out = read_duration(text)) return out;
  if (auto out = read_date(text)) return out;
  auto at = parse_rfc3339(text);
  // Seconds may be left out: 2025-12-01T08:00Z.
  if (!at && text.size() > 16 && text[13] == ':' && text[16] != ':')
    at = parse_rfc3339(std::string(text.substr(0, 16)) + ":00" + std::string(text.substr(16)));
  if (!at) return std::nullopt;
  moment out;
  out.what = moment::kind::instant;
  out.at = *at;
  return out;
}

span span_of(const value& v, bool ahead, instant now, const time_zone& zone) {
  if (!v.from) return {};
  if (v.from->what == moment::kind::duration) return span_of_duration(v, ahead, now);
  const stretch s = stretch_of(*v.from, now, zone);
  const bool point = v.from->what == moment::kind::instant;
  const instant just_after = point ? s.to + microseconds{1} : s.to;
  switch (v.how) {
    case op::less:
      return {std::nullopt, s.from};
    case op::at_most:
      return {std::nullopt, just_after};
    case op::more:
      return {just_after, std::nullopt};
    case op::at_least:
      return {s.from, std::nullopt};
    case op::range: {
      const stretch end = stretch_of(*v.to, now, zone);
      return {s.from, end.from == end.to ? end.to + microseconds{1} : end.to};
    }
    case op::is:
      break;
  }
  return {s.from, just_after};
}

}  // namespace fibrehub::domain::query
