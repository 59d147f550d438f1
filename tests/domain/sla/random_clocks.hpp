// Random calendars and clocks for the tests of properties, and a way of counting working time that
// shares nothing with the real one: it asks the civil time of every minute.
#pragma once

#include <date/tz.h>
#include <rapidcheck.h>

#include "tests/domain/sla/support.hpp"

namespace fibrehub::domain::sla {

inline int between(int low, int high_inclusive) {
  return *rc::gen::inRange(low, high_inclusive + 1);
}

/// Intervals on quarters of an hour.
inline day_hours any_hours() {
  day_hours out;
  int from = 0;
  for (int n = between(0, 3); n > 0 && from < 95; --n) {
    const int begin = between(from, 95);
    const int end = between(begin + 1, 96);
    out.push_back({begin * 15, end * 15});
    from = end;
  }
  return out;
}

inline instant any_minute() {
  // The years 2024 to 2027, more often near changes of offsets.
  const instant around[] = {at("2024-01-01T00:00:00Z"), at("2026-03-08T07:00:00Z"),
                            at("2026-03-29T01:00:00Z"), at("2026-10-25T01:00:00Z"),
                            at("2026-04-04T15:00:00Z"), at("2026-02-14T12:00:00Z")};
  const int which = between(0, 5);
  const int span_min = which == 0 ? 4 * 365 * 1'440 : 10 * 1'440;
  return around[which] + std::chrono::minutes{between(which == 0 ? 0 : -span_min, span_min)};
}

inline calendar_version any_version() {
  static const std::vector<std::string> zones{"UTC",
                                              "Africa/Johannesburg",
                                              "Europe/Berlin",
                                              "America/New_York",
                                              "Africa/Cairo",
                                              "Africa/Casablanca",
                                              "Australia/Lord_Howe",
                                              "Pacific/Chatham",
                                              "Asia/Kathmandu",
                                              "America/Havana"};
  calendar_version v;
  v.zone = *rc::gen::elementOf(zones);
  for (day_hours& hours : v.weekly)
    hours = any_hours();
  v.weekly[static_cast<std::size_t>(between(0, 6))] = {{540, 600}};  // opens at least once
  const local_day near = std::chrono::floor<std::chrono::days>(any_minute());
  for (int n = between(0, 4); n > 0; --n)
    v.exceptions[near + std::chrono::days{between(0, 20)}] = any_hours();
  std::set<local_day> closed;
  for (int n = between(0, 4); n > 0; --n)
    closed.insert(near + std::chrono::days{between(0, 20)});
  v.holidays.assign(closed.begin(), closed.end());
  return v;
}

inline std::vector<calendar_version> any_versions() {
  std::vector<calendar_version> out{any_version()};
  instant from = any_minute();
  for (int n = *rc::gen::elementOf(std::vector<int>{0, 0, 1, 2}); n > 0; --n) {
    out.push_back(any_version());
    out.back().effective_from = from;
    from += std::chrono::minutes{between(1, 20'000)};
  }
  return out;
}

/// Pauses on whole minutes from `start` on; the last may be open.
inline std::vector<pause> any_pauses(instant start, bool may_be_open) {
  std::vector<pause> out;
  instant from = start;
  for (int n = between(0, 4); n > 0; --n) {
    from += std::chrono::minutes{between(0, 3'000)};
    const instant end = from + std::chrono::minutes{between(0, 2'000)};
    out.push_back({from, end});
    from = end;
  }
  if (may_be_open && !out.empty() && between(0, 3) == 0) out.back().end.reset();
  return out;
}

/// Open(t) to the letter.
inline bool open_by_civil_time(const std::vector<calendar_version>& versions, instant t) {
  const calendar_version* rules = &versions.front();
  for (const calendar_version& v : versions)
    if (&v != &versions.front() && *v.effective_from <= t) rules = &v;
  const auto local =
      date::locate_zone(rules->zone)->to_local(std::chrono::floor<std::chrono::seconds>(t));
  const auto midnight = date::floor<date::days>(local);
  const local_day today{std::chrono::days{midnight.time_since_epoch().count()}};
  const auto minute = std::chrono::duration_cast<std::chrono::minutes>(local - midnight).count();
  const day_hours* hours = &rules->weekly[(std::chrono::weekday{today}.c_encoding() + 6) % 7];
  static const day_hours closed;
  if (std::count(rules->holidays.begin(), rules->holidays.end(), today) > 0) hours = &closed;
  if (const auto e = rules->exceptions.find(today); e != rules->exceptions.end())
    hours = &e->second;
  return std::any_of(hours->begin(), hours->end(), [minute](const day_interval& i) {
    return i.begin_min <= minute && minute < i.end_min;
  });
}

inline bool in_a_pause(const std::vector<pause>& pauses, instant t) {
  return std::any_of(pauses.begin(), pauses.end(),
                     [t](const pause& p) { return p.begin <= t && (!p.end || t < *p.end); });
}

}  // namespace fibrehub::domain::sla
