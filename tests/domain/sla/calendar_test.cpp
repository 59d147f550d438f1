#include "domain/sla/calendar.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <thread>

#include "tests/domain/sla/support.hpp"

namespace fibrehub::domain::sla {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(SlaCalendar, IsOpenFromTheBeginOfAnIntervalToBeforeItsEnd) {
  const auto c = za();
  EXPECT_FALSE(c->is_open(at("2026-11-19T07:59:59.999999+02:00")));
  EXPECT_TRUE(c->is_open(at("2026-11-19T08:00:00+02:00")));
  EXPECT_TRUE(c->is_open(at("2026-11-19T16:59:59.999999+02:00")));
  EXPECT_FALSE(c->is_open(at("2026-11-19T17:00:00+02:00")));
  EXPECT_FALSE(c->is_open(at("2026-11-21T12:00:00+02:00"))) << "a Saturday";
  EXPECT_FALSE(c->is_open(at("2026-12-25T12:00:00+02:00"))) << "Christmas Day";
}

TEST(SlaCalendar, CountsMicroseconds) {
  const auto c = za();
  EXPECT_EQ(
      c->open_time(at("2026-11-19T07:59:59.999999+02:00"), at("2026-11-19T08:00:00.000001+02:00")),
      1us);
  EXPECT_EQ(c->open_time(at("2026-11-19T12:00:00Z"), at("2026-11-19T12:00:00Z")), 0us);
  EXPECT_EQ(c->open_time(at("2026-11-19T12:00:00Z"), at("2026-11-18T12:00:00Z")), 0us);
}

TEST(SlaCalendar, SkippedHoursCountNothingAndRepeatedOnesTwice) {
  const auto night = made({every_day("Europe/Berlin", {from_to(2, 3)})});
  EXPECT_EQ(night->open_time(at("2026-03-28T12:00:00Z"), at("2026-03-29T12:00:00Z")), 0h);
  EXPECT_EQ(night->open_time(at("2026-10-24T12:00:00Z"), at("2026-10-25T12:00:00Z")), 2h);
  EXPECT_EQ(night->open_time(at("2026-10-25T12:00:00Z"), at("2026-10-26T12:00:00Z")), 1h);
  // Half an hour is moved on Lord Howe Island, at 02:00.
  const auto island = made({every_day("Australia/Lord_Howe", {{90, 150}})});
  EXPECT_EQ(island->open_time(at("2026-04-04T00:00:00Z"), at("2026-04-05T00:00:00Z")), 90min);
  EXPECT_EQ(island->open_time(at("2026-10-03T00:00:00Z"), at("2026-10-04T00:00:00Z")), 30min);
}

TEST(SlaCalendar, HasNoHoursOnADateThatNeverWas) {
  // Samoa went from 29 to 31 December 2011.
  const auto samoa = made({every_day("Pacific/Apia", {from_to(0, 24)})});
  EXPECT_EQ(samoa->open_time(at("2011-12-29T00:00:00-10:00"), at("2012-01-01T00:00:00+14:00")),
            48h);
}

TEST(SlaCalendar, AroundTheClockIsAlwaysOpen) {
  const auto c = made({every_day("America/Havana", {from_to(0, 24)})});
  EXPECT_EQ(c->open_time(at("2020-01-01T00:00:00Z"), at("2030-01-01T00:00:00Z")),
            at("2030-01-01T00:00:00Z") - at("2020-01-01T00:00:00Z"));
  EXPECT_EQ(c->open_stretches(at("2020-01-01T00:00:00Z"), at("2030-01-01T00:00:00Z"), 10).size(),
            1U);
}

TEST(SlaCalendar, AnExceptionReplacesTheDayAlsoOnAHoliday) {
  calendar_version v = on_weekdays("UTC", {from_to(8, 17)});
  v.holidays = {day("2026-12-25"), day("2026-12-24")};
  v.exceptions[day("2026-12-24")] = {from_to(9, 12)};
  v.exceptions[day("2026-12-26")] = {from_to(10, 11), from_to(12, 13)};
  v.exceptions[day("2026-12-28")] = {};
  const auto c = made({v});
  EXPECT_THAT(c->open_stretches(at("2026-12-24T00:00:00Z"), at("2026-12-30T00:00:00Z"), 10),
              ElementsAre(stretch{at("2026-12-24T09:00:00Z"), at("2026-12-24T12:00:00Z")},
                          stretch{at("2026-12-26T10:00:00Z"), at("2026-12-26T11:00:00Z")},
                          stretch{at("2026-12-26T12:00:00Z"), at("2026-12-26T13:00:00Z")},
                          stretch{at("2026-12-29T08:00:00Z"), at("2026-12-29T17:00:00Z")}));
}

TEST(SlaCalendar, JoinsHoursOverMidnightAndStopsAtTheLimit) {
  const auto c = made({every_day("UTC", {from_to(0, 6), from_to(22, 24)})});
  EXPECT_THAT(c->open_stretches(at("2026-12-31T12:00:00Z"), at("2027-01-02T12:00:00Z"), 10),
              ElementsAre(stretch{at("2026-12-31T22:00:00Z"), at("2027-01-01T06:00:00Z")},
                          stretch{at("2027-01-01T22:00:00Z"), at("2027-01-02T06:00:00Z")}));
  EXPECT_EQ(c->open_stretches(at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"), 7).size(),
            7U);
}

TEST(SlaCalendar, GoesByTheVersionInForceAtEachInstant) {
  calendar_version later = on_weekdays("Europe/Berlin", {from_to(9, 17)});
  later.effective_from = at("2026-11-19T12:00:00+02:00");
  const auto c = made({on_weekdays("Africa/Johannesburg", {from_to(8, 17)}), later});
  // Until noon in Johannesburg, then Berlin's hours, which end at 18:00 there.
  EXPECT_EQ(c->open_time(at("2026-11-19T00:00:00+02:00"), at("2026-11-20T00:00:00+02:00")), 10h);
  EXPECT_EQ(c->version_at(at("2026-11-19T11:59:59.999999+02:00")), 0U);
  EXPECT_EQ(c->version_at(at("2026-11-19T12:00:00+02:00")), 1U);
  EXPECT_EQ(c->advance(at("2026-11-19T00:00:00+02:00"), 10h), at("2026-11-19T18:00:00+02:00"));
}

TEST(SlaCalendar, AVersionMayCloseWhatTheOneBeforeHadOpen) {
  calendar_version closed = on_weekdays("UTC", {from_to(9, 10)});
  closed.effective_from = at("2026-11-19T09:30:00Z");
  calendar_version open = every_day("UTC", {from_to(0, 24)});
  open.effective_from = at("2026-11-19T09:45:00Z");
  const auto c = made({every_day("UTC", {from_to(9, 10)}), closed, open});
  EXPECT_EQ(c->open_time(at("2026-11-19T00:00:00Z"), at("2026-11-20T00:00:00Z")), 15h);
}

TEST(SlaCalendar, ResolvesAYearOfWorkAlsoWhenItOpensAnHourAWeek) {
  calendar_version v;
  v.zone = "Africa/Johannesburg";
  v.weekly[0] = {from_to(9, 10)};
  const auto c = made({v});
  const auto due = c->advance(at("2026-01-01T00:00:00Z"), longest_target);
  ASSERT_TRUE(due);
  EXPECT_EQ(c->open_time(at("2026-01-01T00:00:00Z"), *due), longest_target);
  EXPECT_TRUE(c->is_open(*due - 1us));
}

TEST(SlaCalendar, HasNothingBeyondItsLastYear) {
  calendar_version v;
  v.zone = "UTC";
  v.exceptions[day("2026-11-21")] = {from_to(9, 10)};
  const auto once = made({v});
  EXPECT_EQ(once->advance(at("2026-01-01T00:00:00Z"), 1h), at("2026-11-21T10:00:00Z"));
  EXPECT_EQ(once->advance(at("2026-01-01T00:00:00Z"), 1h + 1us), std::nullopt);
  const auto always = made({every_day("UTC", {from_to(0, 24)})});
  EXPECT_EQ(always->advance(at("3000-01-01T00:00:00Z"), 1us), std::nullopt);
  EXPECT_EQ(always->open_time(at("1900-01-01T00:00:00Z"), at("1970-01-01T01:00:00Z")), 1h);
  EXPECT_EQ(always->open_time(at("2999-12-31T23:00:00Z"), at("9999-01-01T00:00:00Z")), 1h);
}

TEST(SlaCalendar, AnswersManyThreadsAtOnceTheSame) {
  const auto expected = za()->open_time(at("1999-05-05T10:00:00Z"), at("2039-05-05T10:00:00Z"));
  const auto c = za();
  std::vector<std::thread> threads;
  std::array<microseconds, 4> answers{};
  for (std::size_t i = 0; i < answers.size(); ++i)
    threads.emplace_back([&, i] {
      answers[i] = c->open_time(at("1999-05-05T10:00:00Z"), at("2039-05-05T10:00:00Z"));
    });
  for (std::thread& t : threads)
    t.join();
  EXPECT_THAT(answers, testing::Each(expected));
}

struct refusal {
  std::function<void(std::vector<calendar_version>&)> spoil;
  const char* field;
  const char* reason;
};

TEST(SlaCalendar, RefusesWhatMakesNoSenseByField) {
  const std::vector<refusal> table{
      {[](auto& v) { v[0].zone = "Africa/Johanesburg"; }, "zone", "no time zone"},
      {[](auto& v) { v[0].zone = ""; }, "zone", "no time zone"},
      {[](auto& v) { v[0].weekly = {}; }, "weekly", "never open"},
      {[](auto& v) { v[0].weekly[1] = {from_to(9, 9)}; }, "weekly.tue[0]", "not after its begin"},
      {[](auto& v) { v[0].weekly[1] = {from_to(22, 6)}; }, "weekly.tue[0]", "overnight"},
      {[](auto& v) {
         v[0].weekly[6] = {from_to(8, 12), from_to(11, 13)};
       },
       "weekly.sun[1]", "begins at 11:00, before the one ahead of it ends at 12:00"},
      {[](auto& v) {
         v[0].weekly[0] = {{0, 1'441}};
       },
       "weekly.mon[0]", "24:00"},
      {[](auto& v) {
         v[0].weekly[0] = {{-1, 60}};
       },
       "weekly.mon[0]", "00:00"},
      {[](auto& v) { v[0].weekly[0] = day_hours(49, from_to(8, 9)); }, "weekly.mon", "more than"},
      {[](auto& v) {
         v[0].holidays = {day("2026-01-01"), day("2026-01-01")};
       },
       "holidays", "2026-01-01 twice"},
      {[](auto& v) { v[0].holidays = std::vector<local_day>(5'001); }, "holidays", "more than"},
      {[](auto& v) { v[0].exceptions[day("2026-01-02")] = {from_to(9, 8)}; },
       "exceptions.2026-01-02[0]", "not after"},
      {[](auto& v) { v.clear(); }, "versions", "at least one"},
      {[](auto& v) { v.push_back(v[0]); }, "versions[1].effective_from", "is missing"},
      {[](auto& v) {
         v.push_back(v[0]);
         v.push_back(v[0]);
         v[1].effective_from = v[2].effective_from = at("2026-01-01T00:00:00Z");
       },
       "versions[2].effective_from", "after"},
      {[](auto& v) {
         v.push_back(v[0]);
         v[1].effective_from = at("2026-01-01T00:00:00Z");
         v[1].weekly = {};
       },
       "versions[1].weekly", "never open"},
  };
  for (const refusal& r : table) {
    std::vector<calendar_version> versions{on_weekdays("UTC", {from_to(8, 17)})};
    r.spoil(versions);
    const auto refused = calendar::make(versions);
    ASSERT_FALSE(refused) << r.field;
    EXPECT_EQ(refused.error().field, r.field);
    EXPECT_THAT(refused.error().reason, HasSubstr(r.reason));
  }
}

TEST(SlaCalendarEdit, TakesEffectFromNowOrLaterAndLeavesThePast) {
  const instant now = at("2026-11-21T10:00:00Z");
  const std::vector<calendar_version> before{on_weekdays("UTC", {from_to(8, 17)})};
  calendar_version added = on_weekdays("UTC", {from_to(9, 10)});
  auto versions = edited(before, added, now);
  ASSERT_TRUE(versions);
  ASSERT_EQ(versions->size(), 2U);
  EXPECT_EQ((*versions)[1].effective_from, now);
  added.effective_from = at("2027-01-01T00:00:00Z");
  versions = edited(*versions, added, now);
  ASSERT_TRUE(versions);
  ASSERT_EQ(versions->size(), 3U);
  EXPECT_EQ((*versions)[2].effective_from, at("2027-01-01T00:00:00Z"));
  added.weekly[0] = {from_to(1, 2)};
  versions = edited(*versions, added, now);
  ASSERT_TRUE(versions) << "the same instant again replaces it";
  ASSERT_EQ(versions->size(), 3U);
  EXPECT_EQ((*versions)[2].weekly[0], day_hours{from_to(1, 2)});
  EXPECT_TRUE(calendar::make(*versions));
}

TEST(SlaCalendarEdit, RewritesThePastOnlyAsARepair) {
  const instant now = at("2026-11-21T10:00:00Z");
  std::vector<calendar_version> before{on_weekdays("UTC", {from_to(8, 17)})};
  calendar_version added = on_weekdays("UTC", {from_to(9, 10)});
  added.effective_from = now - 1us;
  const auto refused = edited(before, added, now);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field, "effective_from");
  const auto repaired = edited(before, added, now, true);
  ASSERT_TRUE(repaired);
  EXPECT_EQ(repaired->size(), 2U);
  before[0].effective_from = now;
  EXPECT_FALSE(edited(before, added, now));
  const auto replaced = edited(before, added, now, true);
  ASSERT_TRUE(replaced);
  EXPECT_EQ(replaced->size(), 1U);
}

}  // namespace
}  // namespace fibrehub::domain::sla
