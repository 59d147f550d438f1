#include "domain/sla/working_time.hpp"

#include <gmock/gmock.h>

#include "tests/domain/sla/support.hpp"

namespace fibrehub::domain::sla {
namespace {

TEST(WorkingTime, OfAClockThatBeginsAtClosingTimeCountsFromTheNextOpening) {
  EXPECT_EQ(reach(*za(), at("2026-11-19T17:00:00+02:00"), {}, 4h), at("2026-11-20T12:00:00+02:00"));
}

TEST(WorkingTime, ThatEndsAtClosingTimeEndsThatDay) {
  EXPECT_EQ(reach(*za(), at("2026-11-19T13:00:00+02:00"), {}, 4h), at("2026-11-19T17:00:00+02:00"));
}

TEST(WorkingTime, PassesOverHolidaysAndTheWeekend) {
  EXPECT_EQ(reach(*za(), at("2025-12-24T15:00:00+02:00"), {}, 4h), at("2025-12-29T10:00:00+02:00"));
}

TEST(WorkingTime, IsNotMovedByAPauseInClosedHours) {
  const std::vector<pause> night{
      {at("2026-11-19T18:00:00+02:00"), at("2026-11-20T07:00:00+02:00")}};
  EXPECT_EQ(reach(*za(), at("2026-11-19T15:00:00+02:00"), night, 4h),
            at("2026-11-20T10:00:00+02:00"));
  EXPECT_EQ(reach(*za(), at("2026-11-19T15:00:00+02:00"), {}, 4h), at("2026-11-20T10:00:00+02:00"));
}

TEST(WorkingTime, AroundTheClockGoesByRealHoursWhenClocksAreSetBack) {
  const auto berlin = made({every_day("Europe/Berlin", {from_to(0, 24)})});
  EXPECT_EQ(reach(*berlin, at("2026-10-24T12:00:00+02:00"), {}, 24h),
            at("2026-10-25T11:00:00+01:00"));
}

TEST(WorkingTime, IsShortenedByPausesInOpenHours) {
  const instant start = at("2026-11-19T10:00:00+02:00");
  const std::vector<pause> pauses{
      {at("2026-11-19T11:00:00+02:00"), at("2026-11-19T12:30:00+02:00")},
      {at("2026-11-19T16:00:00+02:00"), at("2026-11-20T09:00:00+02:00")}};
  EXPECT_EQ(elapsed(*za(), start, pauses, at("2026-11-19T11:30:00+02:00")), 1h);
  EXPECT_EQ(elapsed(*za(), start, pauses, at("2026-11-20T10:00:00+02:00")), 5h + 30min);
  EXPECT_EQ(reach(*za(), start, pauses, 5h), at("2026-11-20T09:30:00+02:00"));
  EXPECT_EQ(reach(*za(), start, pauses, 4h + 30min), at("2026-11-19T16:00:00+02:00"))
      << "reached at the instant the pause begins";
}

TEST(WorkingTime, IsReachedByNobodyWhileAPauseIsOpen) {
  const instant start = at("2026-11-19T10:00:00+02:00");
  const std::vector<pause> open{{at("2026-11-19T11:00:00+02:00"), std::nullopt}};
  EXPECT_EQ(reach(*za(), start, open, 1h), at("2026-11-19T11:00:00+02:00"));
  EXPECT_EQ(reach(*za(), start, open, 1h + 1us), std::nullopt);
  EXPECT_EQ(elapsed(*za(), start, open, at("2026-12-19T10:00:00+02:00")), 1h);
}

TEST(WorkingTime, BeforeTheStartIsNone) {
  EXPECT_EQ(elapsed(*za(), at("2026-11-19T10:00:00Z"), {}, at("2026-11-18T10:00:00Z")), 0us);
}

TEST(WorkingTime, LeavesAPauseBeforeTheStartAlone) {
  const std::vector<pause> early{
      {at("2026-11-19T08:00:00+02:00"), at("2026-11-19T11:00:00+02:00")}};
  const instant start = at("2026-11-19T10:00:00+02:00");
  EXPECT_EQ(elapsed(*za(), start, early, at("2026-11-19T12:00:00+02:00")), 1h);
  EXPECT_EQ(reach(*za(), start, early, 1h), at("2026-11-19T12:00:00+02:00"));
  const std::vector<pause> long_ago{
      {at("2026-11-18T08:00:00+02:00"), at("2026-11-18T11:00:00+02:00")}};
  EXPECT_EQ(elapsed(*za(), start, long_ago, at("2026-11-19T12:00:00+02:00")), 2h);
  EXPECT_EQ(reach(*za(), start, long_ago, 1h), at("2026-11-19T11:00:00+02:00"));
}

TEST(Pauses, AscendWithoutOverlapsAndOnlyTheLastIsOpen) {
  const instant a = at("2026-11-19T10:00:00Z"), b = a + 1h, c = b + 1h;
  using list = std::vector<pause>;
  EXPECT_FALSE(check(list{}));
  EXPECT_FALSE(check(list{{a, a}, {a, b}, {b, c}, {c, std::nullopt}}));
  EXPECT_EQ(check(list{{b, a}})->field, "pauses[0]");
  EXPECT_EQ(check(list{{a, c}, {b, c}})->field, "pauses[1]");
  EXPECT_EQ(check(list{{a, std::nullopt}, {b, c}})->field, "pauses[1]");
}

}  // namespace
}  // namespace fibrehub::domain::sla
