#include "domain/sla/evaluate.hpp"

#include <gmock/gmock.h>

#include "tests/domain/sla/support.hpp"

namespace fibrehub::domain::sla {

// For messages of failed tests.
void PrintTo(const level_event& e, std::ostream* out) {
  *out << fmt::format("{}/{} at {} late {} us {}", e.level_bp, e.epoch, to_rfc3339(e.at),
                      e.late_by.count(), name_of(e.what));
}

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int w75 = 7'500, w90 = 9'000, breach = whole_bp;

terms za_terms(seconds target) {
  return {za(), target};
}

clock_state started(std::string_view when) {
  clock_state c;
  c.start = at(when);
  return c;
}

/// The clock after its decision was recorded.
clock_state recorded(clock_state c, const decision& d) {
  c.marks = d.marks;
  return c;
}

TEST(Evaluate, WakesForEachLevelAndRecordsItOnce) {
  const terms t = za_terms(4h);
  clock_state c = started("2026-11-19T10:00:00+02:00");
  decision d = evaluate(t, c, c.start);
  EXPECT_THAT(d.events, IsEmpty());
  EXPECT_EQ(d.wake, at("2026-11-19T13:00:00+02:00"));
  d = evaluate(t, c, at("2026-11-19T13:00:00+02:00"));
  EXPECT_THAT(d.events, ElementsAre(level_event{w75, 0, at("2026-11-19T13:00:00+02:00"), 0us,
                                                disposition::send}));
  EXPECT_EQ(d.wake, at("2026-11-19T13:36:00+02:00"));
  c = recorded(c, d);
  EXPECT_THAT(evaluate(t, c, at("2026-11-19T13:00:01+02:00")).events, IsEmpty());
}

TEST(Evaluate, BreachesOnlyOnceTheDueInstantHasPassed) {
  const terms t = za_terms(4h);
  clock_state c = started("2026-11-19T10:00:00+02:00");
  const instant due = at("2026-11-19T14:00:00+02:00");
  c = recorded(c, evaluate(t, c, due - 1us));
  decision d = evaluate(t, c, due);
  EXPECT_THAT(d.events, IsEmpty());
  EXPECT_EQ(d.wake, due + 1us);
  EXPECT_EQ(view(t, stopped_at(c, due), due + 1h).status, clock_status::met);
  d = evaluate(t, c, due + 1us);
  EXPECT_THAT(d.events, ElementsAre(level_event{breach, 0, due, 1us, disposition::send}));
  EXPECT_EQ(d.wake, std::nullopt);
  EXPECT_EQ(view(t, stopped_at(c, due + 1us), due + 1h).status, clock_status::breached);
}

TEST(Evaluate, SendsOnlyTheHighestOfSeveralLevelsWithHowLateItIs) {
  // The hub was down over all three.
  const terms t = za_terms(4h);
  const decision d =
      evaluate(t, started("2026-11-19T10:00:00+02:00"), at("2026-11-19T16:30:00+02:00"));
  EXPECT_THAT(
      d.events,
      ElementsAre(
          level_event{w75, 0, at("2026-11-19T13:00:00+02:00"), 3h + 30min, disposition::superseded},
          level_event{w90, 0, at("2026-11-19T13:36:00+02:00"), 2h + 54min, disposition::superseded},
          level_event{breach, 0, at("2026-11-19T14:00:00+02:00"), 2h + 30min, disposition::send}));
}

TEST(Evaluate, TellsNobodyOfWhatWasCrossedBeforeAnImport) {
  // 27 late tickets are imported: no mail.
  const terms t = za_terms(4h);
  clock_state c = started("2026-11-19T10:00:00+02:00");
  c.silent_before = at("2026-11-20T08:00:00+02:00");
  int sent = 0;
  for (int i = 0; i < 27; ++i) {
    c.start += 1s;
    const decision d = evaluate(t, c, *c.silent_before);
    EXPECT_EQ(d.events.size(), 3U);
    for (const level_event& e : d.events)
      sent += e.what == disposition::silent ? 0 : 1;
  }
  EXPECT_EQ(sent, 0);
  // What comes after the import is told.
  c.silent_before = at("2026-11-19T13:30:00+02:00");
  c.start = at("2026-11-19T10:00:00+02:00");
  decision d = evaluate(t, c, *c.silent_before);
  EXPECT_THAT(d.events, ElementsAre(level_event{w75, 0, at("2026-11-19T13:00:00+02:00"), 30min,
                                                disposition::silent}));
  d = evaluate(t, recorded(c, d), at("2026-11-19T13:36:00+02:00"));
  EXPECT_THAT(d.events, ElementsAre(level_event{w90, 0, at("2026-11-19T13:36:00+02:00"), 0us,
                                                disposition::send}));
}

TEST(Evaluate, SleepsWhileAPauseIsOpenAndGoesOnAfterwards) {
  const terms t = za_terms(4h);
  clock_state c = started("2026-11-19T10:00:00+02:00");
  c = paused_at(c, at("2026-11-19T12:00:00+02:00"));
  decision d = evaluate(t, c, at("2026-11-25T12:00:00+02:00"));
  EXPECT_THAT(d.events, IsEmpty());
  EXPECT_EQ(d.wake, std::nullopt);
  c = resumed_at(c, at("2026-11-19T13:00:00+02:00"));
  EXPECT_EQ(evaluate(t, c, at("2026-11-19T13:00:00+02:00")).wake, at("2026-11-19T14:00:00+02:00"));
}

TEST(Evaluate, OfAStoppedClockTellsTheBreachAndOnlyRecordsWarnings) {
  const terms t = za_terms(4h);
  const clock_state c = started("2026-11-19T10:00:00+02:00");
  const clock_state in_time = stopped_at(c, at("2026-11-19T13:40:00+02:00"));
  decision d = evaluate(t, in_time, at("2026-11-19T18:00:00+02:00"));
  ASSERT_EQ(d.events.size(), 2U);
  EXPECT_EQ(d.events[0].what, disposition::superseded);
  EXPECT_EQ(d.events[1].what, disposition::superseded);
  EXPECT_EQ(d.wake, std::nullopt);
  const clock_state late = stopped_at(c, at("2026-11-19T15:00:00+02:00"));
  d = evaluate(t, late, at("2026-11-19T18:00:00+02:00"));
  ASSERT_EQ(d.events.size(), 3U);
  EXPECT_EQ(d.events[2],
            (level_event{breach, 0, at("2026-11-19T14:00:00+02:00"), 4h, disposition::send}));
  const clock_state gone = withdrawn_at(c, at("2026-11-19T15:00:00+02:00"));
  EXPECT_EQ(evaluate(t, gone, at("2026-11-19T18:00:00+02:00")).events.at(2).what,
            disposition::superseded);
}

TEST(Retarget, ToADueInThePastBreachesOnceDatedAtTheChange) {
  // Low, 8 h, becomes critical, 1 h, at 12:00.
  const clock_state c = started("2026-11-19T10:00:00+02:00");
  const instant noon = at("2026-11-19T12:00:00+02:00");
  const changed_clock r = change_terms(za_terms(8h), za_terms(1h), c, noon);
  EXPECT_THAT(r.decided.events, ElementsAre(level_event{w75, 0, noon, 0us, disposition::superseded},
                                            level_event{w90, 0, noon, 0us, disposition::superseded},
                                            level_event{breach, 0, noon, 0us, disposition::send}));
  EXPECT_EQ(view(za_terms(1h), r.state, noon).due_at, at("2026-11-19T11:00:00+02:00"));
  EXPECT_THAT(evaluate(za_terms(1h), r.state, noon + 1h).events, IsEmpty());
}

TEST(Retarget, IntoTheFutureReArmsWhatWasRecorded) {
  // 1 h becomes 8 h at 10:50, after 75 % was sent at 10:45.
  clock_state c = started("2026-11-19T10:00:00+02:00");
  c = recorded(c, evaluate(za_terms(1h), c, at("2026-11-19T10:45:00+02:00")));
  ASSERT_THAT(c.marks, ElementsAre(level_mark{w75, 0, true}));
  const changed_clock r =
      change_terms(za_terms(1h), za_terms(8h), c, at("2026-11-19T10:50:00+02:00"));
  EXPECT_THAT(r.decided.events, IsEmpty());
  EXPECT_THAT(r.rearmed, ElementsAre(level_mark{w75, 1, false}));
  EXPECT_EQ(r.decided.wake, at("2026-11-19T16:00:00+02:00"));
  EXPECT_EQ(view(za_terms(8h), r.state, c.start).due_at, at("2026-11-20T09:00:00+02:00"));
  const decision d = evaluate(za_terms(8h), r.state, at("2026-11-19T16:00:00+02:00"));
  EXPECT_THAT(d.events, ElementsAre(level_event{w75, 1, at("2026-11-19T16:00:00+02:00"), 0us,
                                                disposition::send}));
}

TEST(Retarget, DoesNotRepeatALevelThatIsStillPast) {
  clock_state c = started("2026-11-19T10:00:00+02:00");
  c = recorded(c, evaluate(za_terms(4h), c, at("2026-11-19T13:10:00+02:00")));
  const changed_clock r =
      change_terms(za_terms(4h), za_terms(3h + 50min), c, at("2026-11-19T13:20:00+02:00"));
  EXPECT_THAT(r.rearmed, IsEmpty());
  EXPECT_THAT(r.decided.events, IsEmpty());
  EXPECT_EQ(r.decided.wake, at("2026-11-19T13:27:00+02:00"));
}

TEST(Retarget, RecordsWhatWasDueUnderTheFormerTermsFirst) {
  // 75 % was at 13:00, nobody had looked; at 13:20 the target becomes 8 h.
  const clock_state c = started("2026-11-19T10:00:00+02:00");
  const instant when = at("2026-11-19T13:20:00+02:00");
  const changed_clock r = change_terms(za_terms(4h), za_terms(8h), c, when);
  EXPECT_THAT(r.decided.events, ElementsAre(level_event{w75, 0, at("2026-11-19T13:00:00+02:00"),
                                                        20min, disposition::superseded}));
  EXPECT_THAT(r.rearmed, ElementsAre(level_mark{w75, 1, false}));
}

TEST(Retarget, WhileItIsPausedDatesTheBreachAtTheChangeToo) {
  clock_state c = started("2026-11-19T10:00:00+02:00");
  c = paused_at(c, at("2026-11-19T12:00:00+02:00"));
  const instant when = at("2026-11-19T12:30:00+02:00");
  const changed_clock r = change_terms(za_terms(8h), za_terms(1h), c, when);
  ASSERT_EQ(r.decided.events.size(), 3U);
  EXPECT_EQ(r.decided.events[2], (level_event{breach, 0, when, 0us, disposition::send}));
  EXPECT_EQ(view(za_terms(1h), r.state, when).status, clock_status::breached);
}

TEST(Retarget, OfAStoppedClockRecordsNothingUntilItRunsAgain) {
  clock_state c = started("2026-11-19T10:00:00+02:00");
  c = stopped_at(c, at("2026-11-19T11:30:00+02:00"));
  const changed_clock r =
      change_terms(za_terms(8h), za_terms(1h), c, at("2026-11-19T12:00:00+02:00"));
  EXPECT_THAT(r.decided.events, IsEmpty());
  EXPECT_EQ(view(za_terms(1h), r.state, at("2026-11-19T12:00:00+02:00")).outcome,
            verdict::breached);
  const instant reopened = at("2026-11-19T15:00:00+02:00");
  const decision d = evaluate(za_terms(1h), reopened_at(r.state, reopened), reopened);
  ASSERT_EQ(d.events.size(), 3U);
  EXPECT_EQ(d.events[2], (level_event{breach, 0, reopened, 0us, disposition::send}));
}

TEST(Retarget, OfAStoppedClockReArmsForItsReopening) {
  clock_state c = started("2026-11-19T10:00:00+02:00");
  c = recorded(c, evaluate(za_terms(1h), c, at("2026-11-19T10:50:00+02:00")));
  c = stopped_at(c, at("2026-11-19T10:50:00+02:00"));
  const changed_clock r =
      change_terms(za_terms(1h), za_terms(8h), c, at("2026-11-19T17:00:00+02:00"));
  // 75 % of 8 h would have been at 16:00, had it gone on.
  EXPECT_THAT(r.rearmed, ElementsAre(level_mark{w75, 1, false}));
  // 50 minutes are used: 75 % of 8 h are 5 h 10 min after 10:30 the next day.
  const instant reopened = at("2026-11-20T10:30:00+02:00");
  EXPECT_EQ(evaluate(za_terms(8h), reopened_at(r.state, reopened), reopened).wake,
            at("2026-11-20T15:40:00+02:00"));
}

TEST(CalendarEdit, FromNowOnMovesOnlyWhatIsToCome) {
  const instant now = at("2026-11-19T12:00:00+02:00");
  const terms before = za_terms(8h);
  calendar_version shorter = on_weekdays("Africa/Johannesburg", {from_to(8, 13)});
  const auto versions = edited(before.hours->versions(), shorter, now);
  ASSERT_TRUE(versions);
  const terms after{made(*versions), 8h};
  clock_state c = started("2026-11-19T10:00:00+02:00");
  const changed_clock r = change_terms(before, after, c, now);
  EXPECT_THAT(r.decided.events, IsEmpty());
  // 3 h until 13:00, and 5 h on Friday.
  EXPECT_EQ(view(after, r.state, now).due_at, at("2026-11-20T13:00:00+02:00"));
  EXPECT_EQ(view(after, r.state, now).elapsed, view(before, c, now).elapsed);
}

TEST(Reopening, ContinuesTheCycleAndAClosedTicketStartsTheNext) {
  const terms t = za_terms(4h);
  clock_state c = started("2026-11-19T10:00:00+02:00");
  c = stopped_at(c, at("2026-11-19T12:00:00+02:00"));
  EXPECT_EQ(view(t, c, at("2026-11-19T12:00:00+02:00")).outcome, verdict::met);
  c = reopened_at(c, at("2026-11-20T08:00:00+02:00"));
  const clock_view v = view(t, c, at("2026-11-20T09:00:00+02:00"));
  EXPECT_EQ(v.status, clock_status::running);
  EXPECT_EQ(v.outcome, std::nullopt);
  EXPECT_EQ(v.elapsed, 3h);
  EXPECT_EQ(v.due_at, at("2026-11-20T10:00:00+02:00"));
  const clock_state next = next_cycle(c, at("2026-11-23T08:00:00+02:00"));
  EXPECT_EQ(next.cycle, 2);
  EXPECT_EQ(view(t, next, next.start).due_at, at("2026-11-23T12:00:00+02:00"));
}

TEST(Levels, CanBeOthersAndAreChecked) {
  terms t = za_terms(4h);
  t.levels_bp = {5'000, 8'750, whole_bp};
  EXPECT_FALSE(check(t));
  const decision d =
      evaluate(t, started("2026-11-19T08:00:00+02:00"), at("2026-11-19T11:30:00+02:00"));
  ASSERT_EQ(d.events.size(), 2U);
  EXPECT_EQ(d.events[1].at, at("2026-11-19T11:30:00+02:00"));
  for (const std::vector<int>& wrong :
       {std::vector<int>{}, {7'500}, {0, whole_bp}, {9'000, 7'500, whole_bp}, {whole_bp, 12'000}}) {
    t.levels_bp = wrong;
    EXPECT_TRUE(check(t));
  }
  EXPECT_EQ(check(terms{za(), 0s})->field, "target_seconds");
  EXPECT_TRUE(check(terms{za(), longest_target + 1s}));
}

}  // namespace
}  // namespace fibrehub::domain::sla
