// Reading the all-day events of an iCalendar file (RFC 5545), as published for public holidays:
// bytes in, events out, no I/O. What a list of holidays does not need (times of day, rules other
// than a plain yearly one, changed instances) is not guessed at: such an event is skipped, and the
// list of what was skipped says where and why.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace fibrehub::protocols {

struct ical_limits {
  std::size_t file_bytes = 8'388'608;
  std::size_t line_bytes = 65'536;  // unfolded
  std::size_t events = 20'000;
  std::size_t event_days = 400;  // of one event
  std::size_t depth = 16;        // components in components
  std::size_t summary_bytes = 500;
};

/// FREQ=YEARLY on the month and day of the first one.
struct ical_yearly {
  int interval = 1;
  std::optional<std::uint32_t> count;          // occurrences, the first included
  std::optional<std::chrono::sys_days> until;  // the last day an occurrence may begin on
};

struct ical_event {
  std::size_t line = 0;  // of its BEGIN, from 1
  std::chrono::sys_days begin;
  std::chrono::sys_days end;  // exclusive, after begin
  std::string summary;        // unescaped, without control characters; cut at its limit
  std::optional<ical_yearly> yearly;
};

struct ical_skipped {
  std::size_t line = 0;
  std::string reason;
};

struct ical_calendar {
  std::vector<ical_event> events;  // in the file's order
  std::vector<ical_skipped> skipped;
};

/// What makes the whole file unreadable: no calendar, components that do not match or end, a line
/// without a name, a limit.
struct ical_error {
  std::size_t line = 0;
  std::string message;
};

tl::expected<ical_calendar, ical_error> parse_ical(std::string_view bytes,
                                                   const ical_limits& limits = {});

/// The days of an event in the years first … last (1 … 9999), ascending, each once. A yearly event
/// of 29 February has none in other years.
std::vector<std::chrono::sys_days> days_of(const ical_event& event, int first_year, int last_year);

}  // namespace fibrehub::protocols
