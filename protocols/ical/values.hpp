// The values of iCalendar that lists of holidays use.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "protocols/ical/ical.hpp"

namespace fibrehub::protocols::ical {

/// ASCII letters.
std::string upper(std::string_view text);

/// `20260403`, years 1 to 9999; nothing for anything else.
std::optional<std::chrono::sys_days> date(std::string_view value);

/// `P3D`, `P1W`, up to four digits; nothing for other durations.
std::optional<int> duration_days(std::string_view value);

/// A yearly rule on the date `begin`, or why it is not understood. COUNT, UNTIL, INTERVAL, WKST,
/// and BYMONTH and BYMONTHDAY when they name the month and day of `begin`. `rule` in upper case.
tl::expected<ical_yearly, std::string> yearly_rule(std::string_view rule,
                                                   std::chrono::sys_days begin);

}  // namespace fibrehub::protocols::ical
