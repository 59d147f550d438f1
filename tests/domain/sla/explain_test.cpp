#include "domain/sla/explain.hpp"

#include <gmock/gmock.h>

#include "tests/domain/sla/support.hpp"

namespace fibrehub::domain::sla {
namespace {

clock_state started(std::string_view when) {
  clock_state c;
  c.start = at(when);
  return c;
}

TEST(Explanation, ListsWhatIsCountedUpToTheDueInstant) {
  clock_state c = started("2026-11-19T15:00:00+02:00");
  c.pauses = {{at("2026-11-19T16:00:00+02:00"), at("2026-11-19T16:30:00+02:00")}};
  const explanation e =
      explain({za(), 4h}, "fault, medium: 4 h x 1", c, at("2026-11-19T16:10:00+02:00"));
  EXPECT_EQ(e.target_reason, "fault, medium: 4 h x 1");
  EXPECT_EQ(e.until, at("2026-11-20T10:30:00+02:00"));
  ASSERT_EQ(e.counted.size(), 3U);
  EXPECT_EQ(e.counted[0].open,
            (stretch{at("2026-11-19T15:00:00+02:00"), at("2026-11-19T16:00:00+02:00")}));
  EXPECT_EQ(e.counted[1].open,
            (stretch{at("2026-11-19T16:30:00+02:00"), at("2026-11-19T17:00:00+02:00")}));
  EXPECT_EQ(e.counted[2].open,
            (stretch{at("2026-11-20T08:00:00+02:00"), at("2026-11-20T10:30:00+02:00")}));
  EXPECT_EQ(e.counted[1].counted_until, 90min);
  EXPECT_EQ(e.counted[2].counted_until, 4h) << "the target";
  EXPECT_EQ(e.left_out, 0U);
  EXPECT_EQ(e.pauses, c.pauses);
  ASSERT_EQ(e.versions.size(), 1U);
  EXPECT_EQ(e.versions[0].zone, "Africa/Johannesburg");
}

TEST(Explanation, WhileAPauseIsOpenEndsWithIt) {
  clock_state c = started("2026-11-19T15:00:00+02:00");
  c = paused_at(c, at("2026-11-19T16:00:00+02:00"));
  const explanation e = explain({za(), 4h}, "", c, at("2026-11-23T12:00:00+02:00"));
  ASSERT_EQ(e.counted.size(), 1U);
  EXPECT_EQ(e.counted[0].counted_until, 1h);
  EXPECT_EQ(e.until, at("2026-11-23T12:00:00+02:00"));
  EXPECT_EQ(e.now.due_at, std::nullopt);
}

TEST(Explanation, SaysHowManyIntervalsItLeavesOut) {
  const clock_state c = started("2026-01-01T00:00:00Z");
  const terms t{za(), seconds{900h}};
  const explanation all = explain(t, "", c, at("2026-01-01T00:00:00Z"), 1'000);
  const explanation some = explain(t, "", c, at("2026-01-01T00:00:00Z"), 7);
  ASSERT_EQ(all.counted.size(), 100U);
  ASSERT_EQ(some.counted.size(), 7U);
  EXPECT_EQ(some.left_out, 93U);
  EXPECT_EQ(some.left_out_after, 3U);
  EXPECT_EQ(some.left_out_time, 93 * 9h);
  EXPECT_EQ(some.counted[3].open, all.counted[96].open);
  EXPECT_EQ(some.counted.back().counted_until, 900h);
}

TEST(Explanation, NamesTheVersionsInForce) {
  std::vector<calendar_version> versions(4, on_weekdays("UTC", {from_to(8, 17)}));
  for (int i = 1; i < 4; ++i)
    versions[static_cast<std::size_t>(i)].effective_from =
        at(fmt::format("2026-11-{}T00:00:00Z", 17 + i));
  const explanation e = explain({made(versions), 10h}, "", started("2026-11-18T12:00:00Z"),
                                at("2026-11-18T12:00:00Z"));
  ASSERT_EQ(e.versions.size(), 2U) << "of the 18th and the 19th";
  EXPECT_EQ(e.versions[0].effective_from, at("2026-11-18T00:00:00Z"));
  EXPECT_EQ(e.versions[1].effective_from, at("2026-11-19T00:00:00Z"));
}

}  // namespace
}  // namespace fibrehub::domain::sla
