#include "domain/sla/clock.hpp"

#include <gmock/gmock.h>

#include "tests/domain/sla/support.hpp"

namespace fibrehub::domain::sla {
namespace {

using s = ticket_status;

clock_state started(std::string_view when) {
  clock_state c;
  c.start = at(when);
  return c;
}

TEST(ClockView, ShowsElapsedRemainingAndDueWhileItRuns) {
  const terms t{za(), 4h};
  const clock_view v =
      view(t, started("2026-11-19T10:00:00+02:00"), at("2026-11-19T11:00:00+02:00"));
  EXPECT_EQ(v.status, clock_status::running);
  EXPECT_EQ(v.elapsed, 1h);
  EXPECT_EQ(v.remaining, 3h);
  EXPECT_EQ(v.share_bp, 2'500);
  EXPECT_EQ(v.due_at, at("2026-11-19T14:00:00+02:00"));
  ASSERT_EQ(v.levels.size(), 3U);
  EXPECT_EQ(v.levels[1].at, at("2026-11-19T13:36:00+02:00"));
  EXPECT_EQ(v.outcome, std::nullopt);
}

TEST(ClockView, HasNoDueInstantWhileAPauseIsOpenButTheTimeThatRemains) {
  const terms t{za(), 4h};
  const clock_state c =
      paused_at(started("2026-11-19T10:00:00+02:00"), at("2026-11-19T11:30:00+02:00"));
  const clock_view v = view(t, c, at("2026-11-25T11:00:00+02:00"));
  EXPECT_EQ(v.status, clock_status::paused);
  EXPECT_TRUE(v.paused);
  EXPECT_EQ(v.due_at, std::nullopt);
  EXPECT_EQ(v.remaining, 2h + 30min);
}

TEST(ClockView, IsMetUpToTheDueInstantAndBreachedAfterIt) {
  const terms t{za(), 4h};
  const clock_state c = started("2026-11-19T13:00:00+02:00");
  const instant due = at("2026-11-19T17:00:00+02:00");
  EXPECT_EQ(view(t, c, due).status, clock_status::running);
  EXPECT_EQ(view(t, c, due + 1us).status, clock_status::breached);
  EXPECT_EQ(view(t, stopped_at(c, due), due + 24h).outcome, verdict::met);
  // Resolved on a closed day after it: the working time is the same, the verdict is not.
  const clock_view late = view(t, stopped_at(c, due + 1h), due + 24h);
  EXPECT_EQ(late.outcome, verdict::breached);
  EXPECT_EQ(late.remaining, 0us);
}

TEST(ClockView, DueOnFridayAndResolvedOnSaturdayIsBreached) {
  const terms t{za(), 4h};
  const clock_state c = started("2026-11-20T13:00:00+02:00");
  const clock_view v =
      view(t, stopped_at(c, at("2026-11-21T10:00:00+02:00")), at("2026-11-21T10:00:00+02:00"));
  EXPECT_EQ(v.due_at, at("2026-11-20T17:00:00+02:00"));
  EXPECT_EQ(v.outcome, verdict::breached);
}

TEST(ClockView, CountsOverdueWorkBelowZero) {
  const terms t{za(), 4h};
  const clock_view v =
      view(t, started("2026-11-19T08:00:00+02:00"), at("2026-11-19T14:00:00+02:00"));
  EXPECT_EQ(v.remaining, -2h);
  EXPECT_EQ(v.share_bp, 15'000);
}

TEST(ClockView, OfAWithdrawnClockHasNoVerdict) {
  const terms t{za(), 4h};
  const clock_state c =
      withdrawn_at(started("2026-11-19T08:00:00+02:00"), at("2026-11-19T14:00:00+02:00"));
  const clock_view v = view(t, c, at("2026-11-20T14:00:00+02:00"));
  EXPECT_EQ(v.status, clock_status::stopped);
  EXPECT_EQ(v.outcome, std::nullopt);
}

TEST(ClockState, IgnoresWhatMakesNoSense) {
  const instant t0 = at("2026-11-19T08:00:00Z");
  clock_state c = started("2026-11-19T08:00:00Z");
  EXPECT_TRUE(resumed_at(c, t0 + 1h).pauses.empty());
  EXPECT_EQ(reopened_at(c, t0 + 1h).pauses.size(), 0U);
  c = paused_at(paused_at(c, t0 + 1h), t0 + 2h);
  ASSERT_EQ(c.pauses.size(), 1U);
  c = stopped_at(c, t0 + 3h);
  EXPECT_EQ(c.pauses[0], (pause{t0 + 1h, t0 + 3h})) << "the stop ends the pause";
  EXPECT_EQ(stopped_at(c, t0 + 4h).stop, t0 + 3h);
  EXPECT_EQ(paused_at(c, t0 + 4h).pauses.size(), 1U);
  c = reopened_at(c, t0 + 5h);
  EXPECT_EQ(c.pauses.back(), (pause{t0 + 3h, t0 + 5h}));
  EXPECT_FALSE(check(c.pauses));
}

TEST(ClockState, NeverGoesBackWhenInstantsDo) {
  const instant t0 = at("2026-11-19T08:00:00Z");
  clock_state c = paused_at(started("2026-11-19T08:00:00Z"), t0 - 1h);
  EXPECT_EQ(c.pauses[0].begin, t0);
  c = resumed_at(c, t0 - 2h);
  EXPECT_EQ(c.pauses[0].end, t0);
  c = stopped_at(c, t0 - 1h);
  EXPECT_EQ(c.stop, t0);
  EXPECT_FALSE(check(reopened_at(c, t0 - 3h).pauses));
}

struct move {
  clock_kind kind;
  s from;
  s to;
  bool told;
  clock_effect effect;
};

TEST(StatusMoves, PauseStopAndReopenClocks) {
  using enum clock_effect;
  constexpr auto R = clock_kind::resolution, A = clock_kind::response;
  const std::vector<move> table{
      {R, s::new_, s::triaged, true, none},
      {R, s::new_, s::pending_approval, true, pause},
      {R, s::in_progress, s::blocked, true, pause},
      {R, s::blocked, s::in_progress, true, resume},
      {R, s::blocked, s::pending_approval, true, none},
      {R, s::pending_approval, s::assigned, true, resume},
      {R, s::blocked, s::closed, true, stop},
      {R, s::in_progress, s::resolved, true, stop},
      {R, s::resolved, s::closed, true, none},
      {R, s::resolved, s::in_progress, true, reopen},
      {R, s::closed, s::new_, true, next_cycle},
      {R, s::blocked, s::blocked, true, none},
      {A, s::new_, s::assigned, true, stop},
      {A, s::new_, s::assigned, false, none},
      {A, s::new_, s::triaged, true, none},
      {A, s::triaged, s::assigned, true, stop},
      {A, s::new_, s::pending_approval, true, stop},
      {A, s::in_progress, s::blocked, true, none},
      {A, s::new_, s::closed, false, stop},
      {A, s::resolved, s::in_progress, true, none},
      {A, s::closed, s::new_, true, next_cycle},
  };
  for (const move& m : table)
    EXPECT_EQ(effect_of(m.kind, m.from, m.to, m.told), m.effect)
        << name_of(m.kind) << ' ' << name_of(m.from) << " to " << name_of(m.to);
}

TEST(StatusMoves, AreAppliedAtTheirInstant) {
  using enum clock_effect;
  const instant t0 = at("2026-11-19T08:00:00Z");
  clock_state c = started("2026-11-19T08:00:00Z");
  c = apply(c, pause, t0 + 1h);
  EXPECT_TRUE(is_paused(c));
  c = apply(c, resume, t0 + 2h);
  c = apply(c, stop, t0 + 3h);
  EXPECT_EQ(c.stop, t0 + 3h);
  c = apply(c, reopen, t0 + 4h);
  EXPECT_EQ(c.pauses.size(), 2U);
  c = apply(c, none, t0 + 5h);
  c = apply(c, next_cycle, t0 + 6h);
  EXPECT_EQ(c.start, t0 + 6h);
  EXPECT_TRUE(c.pauses.empty());
}

TEST(StatusMoves, IntoAPausingStatusPauseAlsoOutOfAnEndedOne) {
  constexpr auto resolution = clock_kind::resolution, response = clock_kind::response;
  const instant t0 = at("2026-11-19T08:00:00Z");
  const clock_state waiting = started_at(resolution, s::pending_approval, t0);
  EXPECT_TRUE(is_paused(waiting));
  EXPECT_FALSE(is_paused(started_at(resolution, s::new_, t0)));
  EXPECT_FALSE(is_paused(started_at(response, s::pending_approval, t0)));
  clock_state c = moved(waiting, resolution, s::pending_approval, s::assigned, true, t0 + 1h);
  EXPECT_FALSE(is_paused(c));
  c = moved(c, resolution, s::assigned, s::resolved, true, t0 + 2h);
  // A workflow of one's own may lead there.
  const clock_state blocked = moved(c, resolution, s::resolved, s::blocked, true, t0 + 3h);
  EXPECT_EQ(blocked.pauses.back(), (pause{t0 + 3h, std::nullopt}));
  EXPECT_FALSE(check(blocked.pauses));
  const clock_state again = moved(c, resolution, s::closed, s::pending_approval, true, t0 + 3h);
  EXPECT_EQ(again.cycle, 2);
  EXPECT_TRUE(is_paused(again));
}

}  // namespace
}  // namespace fibrehub::domain::sla
