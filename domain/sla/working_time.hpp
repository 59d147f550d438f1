// Working time that passed for one clock, and when some amount of it will have: the calendar's
// hours less the clock's pauses.
//
//   E(t) = measure of { u in [start, t) : Open(u), u in no pause }
//   T_q  = the least t with E(t) ≥ q·T
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "domain/sla/calendar.hpp"

namespace fibrehub::domain::sla {

using std::chrono::seconds;

/// [begin, end); without an end it is still open. Zero length is a pause that changes nothing.
struct pause {
  instant begin;
  std::optional<instant> end;
  bool operator==(const pause&) const = default;
};

/// Pauses ascend and do not overlap, each ends at or after its begin, only the last may be open.
/// Answers what is wrong, its field as `pauses[1]`.
std::optional<fault> check(std::span<const pause> pauses);

/// E(at); zero before the start.
microseconds elapsed(const calendar& hours, instant start, std::span<const pause> pauses,
                     instant at);

/// The least instant at which `work` has passed; nothing when a pause is open before that, or when
/// it lies beyond the calendar's last year.
std::optional<instant> reach(const calendar& hours, instant start, std::span<const pause> pauses,
                             microseconds work);

}  // namespace fibrehub::domain::sla
