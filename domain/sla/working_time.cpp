#include "domain/sla/working_time.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fibrehub::domain::sla {

std::optional<fault> check(std::span<const pause> pauses) {
  for (std::size_t i = 0; i < pauses.size(); ++i) {
    const std::string field = fmt::format("pauses[{}]", i);
    if (pauses[i].end && *pauses[i].end < pauses[i].begin)
      return fault{field, "ends before it begins"};
    if (i == 0) continue;
    if (!pauses[i - 1].end) return fault{field, "follows one that is still open"};
    if (pauses[i].begin < *pauses[i - 1].end)
      return fault{field, "begins before the one ahead of it ends"};
  }
  return std::nullopt;
}

microseconds elapsed(const calendar& hours, instant start, std::span<const pause> pauses,
                     instant at) {
  microseconds sum = hours.open_time(start, at);
  for (const pause& p : pauses) {
    if (p.begin >= at) break;
    sum -= hours.open_time(std::max(p.begin, start), std::min(p.end.value_or(at), at));
  }
  return sum;
}

std::optional<instant> reach(const calendar& hours, instant start, std::span<const pause> pauses,
                             microseconds work) {
  instant from = start;
  for (const pause& p : pauses) {
    const microseconds before = hours.open_time(from, p.begin);
    if (before >= work) break;
    work -= before;
    if (!p.end) return std::nullopt;
    from = std::max(from, *p.end);
  }
  return hours.advance(from, work);
}

}  // namespace fibrehub::domain::sla
