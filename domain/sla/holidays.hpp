// Public holidays that can be computed, so that nobody types them in every year.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/sla/calendar.hpp"

namespace fibrehub::domain::sla {

struct holiday {
  local_day date;
  std::string name;
  bool operator==(const holiday&) const = default;
};

/// Western Easter of a Gregorian year.
local_day easter_sunday(int year);

inline constexpr int first_holiday_year_za = 1995;
inline constexpr int last_holiday_year = 2999;

/// South Africa, by the Public Holidays Act 36 of 1994 (from 1995 on; empty before): the fixed
/// days, Good Friday and Family Day, and for each that falls on a Sunday the Monday after it. When
/// that Monday is a holiday itself (26 December) the Act gives no further day. Days declared once
/// by the President, elections for example, are those known when this was written. Ascending; two
/// holidays on one date are one entry with both names.
std::vector<holiday> south_african_holidays(int year);

/// By ISO 3166 code; nothing for a country that is not known. Known: ZA.
std::optional<std::vector<holiday>> holidays_of(std::string_view country, int year);

/// Ascending by date, several on one date joined with " / ".
std::vector<holiday> joined(std::vector<holiday> all);

}  // namespace fibrehub::domain::sla
