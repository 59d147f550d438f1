// Calendars and instants of the tests of SLA clocks.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "domain/sla/calendar.hpp"
#include "domain/sla/calendar_check.hpp"
#include "domain/sla/clock.hpp"
#include "domain/sla/holidays.hpp"

namespace fibrehub::domain::sla {

using namespace std::chrono_literals;

/// "2026-11-19T13:00:00Z", or with an offset.
inline instant at(std::string_view text) {
  const auto parsed = parse_rfc3339(text);
  if (!parsed) throw std::invalid_argument(std::string(text));
  return *parsed;
}
inline local_day day(std::string_view text) {
  const auto parsed = parse_date(text);
  if (!parsed) throw std::invalid_argument(std::string(text));
  return *parsed;
}

inline day_interval from_to(int begin_hour, int end_hour) {
  return {begin_hour * 60, end_hour * 60};
}
inline calendar_version on_weekdays(std::string zone, day_hours hours) {
  calendar_version v;
  v.zone = std::move(zone);
  for (std::size_t d = 0; d < 5; ++d)
    v.weekly[d] = hours;
  return v;
}
inline calendar_version every_day(std::string zone, day_hours hours) {
  calendar_version v = on_weekdays(std::move(zone), hours);
  v.weekly[5] = v.weekly[6] = hours;
  return v;
}
inline calendar::handle made(std::vector<calendar_version> versions) {
  auto out = calendar::make(std::move(versions));
  if (!out) throw std::invalid_argument(out.error().field + " " + out.error().reason);
  return *out;
}

/// Mon–Fri 08–17 in South Africa with its holidays of 2025 to 2027.
inline calendar::handle za() {
  calendar_version v = on_weekdays("Africa/Johannesburg", {from_to(8, 17)});
  for (int year = 2025; year <= 2027; ++year)
    for (const holiday& h : south_african_holidays(year))
      v.holidays.push_back(h.date);
  return made({v});
}
/// Mon–Fri 09–17 in Berlin.
inline calendar::handle de() {
  return made({on_weekdays("Europe/Berlin", {from_to(9, 17)})});
}

}  // namespace fibrehub::domain::sla
