// The reports once more, counted ticket by ticket in the plainest way there is.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "tests/store/queries/report_fixture.hpp"

namespace fibrehub::store::tests {

using tickets = std::vector<plain_ticket>;

template <class Keep>
tickets only(const tickets& all, Keep keep) {
  tickets out;
  for (const plain_ticket& t : all)
    if (!t.deleted && keep(t)) out.push_back(t);
  return out;
}

inline bool in(const std::optional<domain::instant>& at, domain::instant from, domain::instant to) {
  return at && *at >= from && *at < to;
}

inline std::string text_of(std::size_t n) {
  return std::to_string(n);
}

/// Rounded half up, as all of them are positive.
inline std::string average_s(const tickets& done) {
  std::int64_t sum = 0, n = 0;
  for (const plain_ticket& t : done) {
    if (!t.resolved) continue;
    sum += (*t.resolved - t.created) / std::chrono::seconds(1);
    ++n;
  }
  return n == 0 ? "–" : std::to_string((2 * sum + n) / (2 * n));
}

inline std::string median_s(const tickets& done) {
  std::vector<std::int64_t> all;
  for (const plain_ticket& t : done)
    if (t.resolved) all.push_back((*t.resolved - t.created) / std::chrono::seconds(1));
  if (all.empty()) return "–";
  std::sort(all.begin(), all.end());
  const std::size_t n = all.size();
  const std::int64_t twice = all[(n - 1) / 2] + all[n / 2];
  return std::to_string((twice + 1) / 2);
}

inline std::string percent_of(std::size_t part, std::size_t whole) {
  if (whole == 0) return "–";
  const auto tenths = static_cast<std::int64_t>(std::floor(
      1000.0L * static_cast<long double>(part) / static_cast<long double>(whole) + 0.5L));
  return fmt::format("{}.{}", tenths / 10, tenths % 10);
}

/// resolved|measured|met|breached|compliance|average|median
inline std::string compliance_line(const tickets& done) {
  std::size_t measured = 0, met = 0;
  for (const plain_ticket& t : done) {
    if (t.due) ++measured;
    if (t.due && *t.resolved <= *t.due) ++met;
  }
  return fmt::format("{}|{}|{}|{}|{}|{}|{}", done.size(), measured, met, measured - met,
                     percent_of(met, measured), average_s(done), median_s(done));
}

inline std::optional<domain::instant> ended(const plain_ticket& t) {
  return t.resolved ? t.resolved : t.closed;
}

inline bool late(const plain_ticket& t, domain::instant now) {
  return t.open() && t.due && *t.due < now;
}

}  // namespace fibrehub::store::tests
