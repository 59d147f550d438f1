// What a calendar has to be like before anything is counted by it.
#pragma once

#include "domain/sla/calendar.hpp"

namespace fibrehub::domain::sla {

/// The first thing that is wrong, or nothing; sorts the holidays.
std::optional<fault> check(std::vector<calendar_version>& versions);

/// "08:30"; 1 440 is "24:00".
std::string clock_text(int minutes);
/// "2026-04-03".
std::string date_text(local_day day);
/// Strictly YYYY-MM-DD and a date that exists; nothing else.
std::optional<local_day> parse_date(std::string_view text);
/// Strictly HH:MM up to 24:00, in minutes.
std::optional<int> parse_clock(std::string_view text);

}  // namespace fibrehub::domain::sla
