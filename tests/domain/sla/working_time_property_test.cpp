// What holds of working time whatever the calendar, the clock and its pauses are.
#include <gtest/gtest.h>

#include <set>

#include "domain/sla/working_time.hpp"
#include "tests/domain/sla/random_clocks.hpp"

namespace fibrehub::domain::sla {
namespace {

struct world {
  std::vector<calendar_version> versions = any_versions();
  calendar::handle hours = made(versions);
  instant start = any_minute();
  std::vector<pause> pauses;

  explicit world(bool may_be_open = true) : pauses(any_pauses(start, may_be_open)) {}
  microseconds passed(instant t) const { return elapsed(*hours, start, pauses, t); }
  std::optional<instant> reached(microseconds work) const {
    return reach(*hours, start, pauses, work);
  }
};

/// An instant within 40 days of the start, to the microsecond.
instant any_instant_after(instant start) {
  return start + std::chrono::seconds{between(0, 40 * 86'400)} + microseconds{between(0, 999'999)};
}

bool holds(const std::string& what, void (*property)()) {
  return rc::check(what, property);
}

TEST(WorkingTimeProperty, EqualsTheSamplingOfEveryMinute) {
  EXPECT_TRUE(holds("E is what counting minutes gives", [] {
    const world w;
    const instant end = w.start + std::chrono::minutes{between(0, 12 * 1'440)};
    std::int64_t minutes = 0;
    for (instant t = w.start; t < end; t += 1min)
      minutes += open_by_civil_time(w.versions, t) && !in_a_pause(w.pauses, t) ? 1 : 0;
    RC_ASSERT(w.passed(end) == std::chrono::minutes{minutes});
  }));
}

TEST(WorkingTimeProperty, IsOpenExactlyWhenTheCivilTimeSaysSo) {
  EXPECT_TRUE(holds("Open(t)", [] {
    const world w;
    for (int i = 0; i < 50; ++i) {
      const instant t = any_instant_after(w.start);
      RC_ASSERT(w.hours->is_open(t) == open_by_civil_time(w.versions, t));
    }
  }));
}

TEST(WorkingTimeProperty, IsAdditiveAndMonotone) {
  EXPECT_TRUE(holds("E adds up and never falls", [] {
    const world w;
    instant a = any_instant_after(w.start), b = any_instant_after(w.start),
            c = any_instant_after(w.start);
    if (b < a) std::swap(a, b);
    if (c < b) std::swap(b, c);
    if (b < a) std::swap(a, b);
    RC_ASSERT(w.hours->open_time(a, b) + w.hours->open_time(b, c) == w.hours->open_time(a, c));
    RC_ASSERT(w.passed(a) <= w.passed(b));
    RC_ASSERT(w.passed(b) <= w.passed(c));
    RC_ASSERT(w.passed(c) - w.passed(a) <= c - a);
  }));
}

TEST(WorkingTimeProperty, ATargetIsReachedExactlyAndNotBefore) {
  EXPECT_TRUE(holds("E(T_q) = q T, and less just before", [] {
    const world w;
    const microseconds work{std::int64_t{between(1, 300'000)} * 1'000'000 - between(0, 999'999)};
    const auto t = w.reached(work);
    if (!t) {
      RC_ASSERT(!w.pauses.empty());
      RC_ASSERT(!w.pauses.back().end);
      RC_ASSERT(w.passed(w.pauses.back().begin) < work);
      return;
    }
    RC_ASSERT(w.passed(*t) == work);
    RC_ASSERT(w.passed(*t - 1us) == work - 1us);
  }));
}

TEST(WorkingTimeProperty, AYearOfWorkIsReached) {
  EXPECT_TRUE(holds("any target within a year resolves", [] {
    const world w(false);
    const microseconds work = std::chrono::seconds{between(1, 366 * 86'400)};
    const auto t = w.reached(work);
    RC_ASSERT(t.has_value());
    RC_ASSERT(w.passed(*t) == work);
  }));
}

TEST(WorkingTimeProperty, ALongerTargetIsNeverDueEarlier) {
  EXPECT_TRUE(holds("longer is not earlier", [] {
    const world w;
    const microseconds shorter = std::chrono::seconds{between(1, 300'000)};
    const auto a = w.reached(shorter);
    const auto b = w.reached(shorter + microseconds{between(1, 1'000'000'000)});
    RC_ASSERT(a || !b);
    RC_ASSERT(!b || *a < *b);
  }));
}

TEST(WorkingTimeProperty, APauseOfNoLengthOrInClosedHoursChangesNothing) {
  EXPECT_TRUE(holds("such a pause is as none", [] {
    world w(false);
    const world before = w;
    const instant from = w.pauses.empty() ? w.start : *w.pauses.back().end;
    const instant to = from + 400h;
    const auto open = w.hours->open_stretches(from, to, 1'000);
    if (between(0, 1) == 0 || open.size() < 2) {
      const instant p = from + std::chrono::seconds{between(0, 900'000)};
      w.pauses.push_back({p, p});
    } else {
      const auto gap = static_cast<std::size_t>(between(0, static_cast<int>(open.size()) - 2));
      w.pauses.push_back({open[gap].end, open[gap + 1].begin});
    }
    for (int i = 0; i < 10; ++i) {
      const instant t = any_instant_after(w.start);
      RC_ASSERT(w.passed(t) == before.passed(t));
    }
    const microseconds work = std::chrono::seconds{between(1, 300'000)};
    RC_ASSERT(w.reached(work) == before.reached(work));
  }));
}

TEST(WorkingTimeProperty, OpenStretchesAddUpToOpenTime) {
  EXPECT_TRUE(holds("stretches are disjoint, apart, and add up", [] {
    const world w;
    const instant to = any_instant_after(w.start);
    microseconds sum{0};
    instant last = w.start - 1us;
    for (const stretch& s : w.hours->open_stretches(w.start, to, 100'000)) {
      RC_ASSERT(last < s.begin);
      RC_ASSERT(s.begin < s.end);
      sum += s.end - s.begin;
      last = s.end;
    }
    RC_ASSERT(last <= to || sum == 0us);
    RC_ASSERT(sum == w.hours->open_time(w.start, to));
  }));
}

}  // namespace
}  // namespace fibrehub::domain::sla
