#include "domain/reports/period.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

instant at(const char* text) {
  return parse_rfc3339(text).value();
}

time_zone zone(const char* name) {
  const auto found = time_zone::find(name);
  if (!found) throw std::runtime_error(name);
  return *found;
}

std::vector<std::string> borders(const char* from, const char* to, report_step by,
                                 const char* zone_name) {
  std::vector<std::string> out;
  for (const instant t : cut({at(from), at(to)}, by, zone(zone_name)))
    out.push_back(to_rfc3339(t));
  return out;
}

using ::testing::ElementsAre;

TEST(ReportPeriod, ReadsDatesInTheZoneAndInstantsAsTheyAre) {
  const instant now = at("2026-11-21T12:00:00Z");
  struct row {
    std::optional<std::string_view> from, to;
    const char* zone;
    const char* begins;
    const char* ends;
  };
  const row rows[] = {
      {"2026-11-01", "2026-11-03", "UTC", "2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z"},
      {"2026-11-01", "2026-11-03", "Africa/Johannesburg", "2026-10-31T22:00:00Z",
       "2026-11-02T22:00:00Z"},
      // Clocks change between the two.
      {"2026-10-25", "2026-10-26", "Europe/Amsterdam", "2026-10-24T22:00:00Z",
       "2026-10-25T23:00:00Z"},
      {"2026-11-01T08:00:00+02:00", "2026-11-01T08:00:00.5Z", "America/New_York",
       "2026-11-01T06:00:00Z", "2026-11-01T08:00:00.500000Z"},
      {{}, {}, "UTC", "2026-10-23T00:00:00Z", "2026-11-22T00:00:00Z"},
      {{}, {}, "Africa/Johannesburg", "2026-10-22T22:00:00Z", "2026-11-21T22:00:00Z"},
      {{}, "2026-03-31", "UTC", "2026-03-01T00:00:00Z", "2026-03-31T00:00:00Z"},
      {"2026-11-20", {}, "UTC", "2026-11-20T00:00:00Z", "2026-11-22T00:00:00Z"},
      {"2021-11-21", "2026-11-21", "UTC", "2021-11-21T00:00:00Z", "2026-11-21T00:00:00Z"},
      {"2020-02-29", "2025-02-28", "UTC", "2020-02-29T00:00:00Z", "2025-02-28T00:00:00Z"},
  };
  for (const row& r : rows) {
    const auto p = read_period(r.from, r.to, zone(r.zone), now);
    ASSERT_TRUE(p) << p.error().field << " " << p.error().reason;
    EXPECT_EQ(to_rfc3339(p->from), r.begins);
    EXPECT_EQ(to_rfc3339(p->to), r.ends);
  }
}

TEST(ReportPeriod, NamesWhatIsWrong) {
  struct row {
    std::optional<std::string_view> from, to;
    const char* field;
    const char* reason;
  };
  const row rows[] = {
      {"2026-11-03", "2026-11-01", "from", "must be before to"},
      {"2026-11-03", "2026-11-03", "from", "must be before to"},
      {"2027-01-01", {}, "from", "must be before to"},
      {"yesterday", {}, "from", "must be a date"},
      {"2026-02-30", {}, "from", "must be a date"},
      {"2026-2-3", {}, "from", "must be a date"},
      {{}, "2026-11-01T08:00", "to", "must be a date"},
      {"1969-12-31", "1970-01-02", "from", "between 1970 and 2199"},
      {"2199-12-31", "2200-01-01", "to", "between 1970 and 2199"},
      {"2021-11-20", "2026-11-21", "to", "at most 5 years"},
      {"2021-11-21T00:00:00Z", "2026-11-21T00:00:00.000001Z", "to", "at most 5 years"},
  };
  for (const row& r : rows) {
    const auto p = read_period(r.from, r.to, time_zone(), at("2026-11-21T12:00:00Z"));
    ASSERT_FALSE(p) << r.from.value_or("") << " " << r.to.value_or("");
    EXPECT_EQ(p.error().field, r.field);
    EXPECT_THAT(p.error().reason, ::testing::HasSubstr(r.reason));
  }
}

TEST(ReportPeriod, IsCutAtLocalMidnights) {
  EXPECT_THAT(borders("2026-11-20T22:00:00Z", "2026-11-22T22:00:00Z", report_step::day,
                      "Africa/Johannesburg"),
              ElementsAre("2026-11-20T22:00:00Z", "2026-11-21T22:00:00Z", "2026-11-22T22:00:00Z"));
  // Begins and ends in the middle of a day.
  EXPECT_THAT(borders("2026-11-20T08:30:00Z", "2026-11-21T08:30:00Z", report_step::day, "UTC"),
              ElementsAre("2026-11-20T08:30:00Z", "2026-11-21T00:00:00Z", "2026-11-21T08:30:00Z"));
}

TEST(ReportPeriod, HasDaysOf23And25HoursWhereClocksChange) {
  EXPECT_THAT(
      borders("2026-03-28T23:00:00Z", "2026-03-30T22:00:00Z", report_step::day, "Europe/Amsterdam"),
      ElementsAre("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "2026-03-30T22:00:00Z"));
  EXPECT_THAT(
      borders("2026-10-24T22:00:00Z", "2026-10-26T23:00:00Z", report_step::day, "Europe/Amsterdam"),
      ElementsAre("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "2026-10-26T23:00:00Z"));
}

TEST(ReportPeriod, BeginsADayWithoutMidnightWhenItsClocksHaveMovedOn) {
  // In Beirut clocks went from 00:00 to 01:00 on 27 March 2022.
  EXPECT_THAT(
      borders("2022-03-25T22:00:00Z", "2022-03-27T21:00:00Z", report_step::day, "Asia/Beirut"),
      ElementsAre("2022-03-25T22:00:00Z", "2022-03-26T22:00:00Z", "2022-03-27T21:00:00Z"));
}

TEST(ReportPeriod, BeginsADayThatHasMidnightTwiceAtTheFirst) {
  // In Havana clocks went back from 01:00 to 00:00 on 1 November 2020.
  EXPECT_THAT(
      borders("2020-10-31T04:00:00Z", "2020-11-02T05:00:00Z", report_step::day, "America/Havana"),
      ElementsAre("2020-10-31T04:00:00Z", "2020-11-01T04:00:00Z", "2020-11-02T05:00:00Z"));
}

TEST(ReportPeriod, LeavesOutADayThatAZoneLeftOut) {
  // Samoa had no 30 December 2011.
  EXPECT_THAT(
      borders("2011-12-29T10:00:00Z", "2012-01-01T10:00:00Z", report_step::day, "Pacific/Apia"),
      ElementsAre("2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z",
                  "2012-01-01T10:00:00Z"));
}

TEST(ReportPeriod, IsCutIntoWeeksFromMondayAndIntoMonths) {
  // 21 November 2026 is a Saturday.
  EXPECT_THAT(borders("2026-11-21T00:00:00Z", "2026-12-08T00:00:00Z", report_step::week, "UTC"),
              ElementsAre("2026-11-21T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z",
                          "2026-12-07T00:00:00Z", "2026-12-08T00:00:00Z"));
  EXPECT_THAT(borders("2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z", report_step::week, "UTC"),
              ElementsAre("2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"));
  EXPECT_THAT(borders("2026-11-30T23:00:00Z", "2027-02-28T23:00:00Z", report_step::month,
                      "Europe/Amsterdam"),
              ElementsAre("2026-11-30T23:00:00Z", "2026-12-31T23:00:00Z", "2027-01-31T23:00:00Z",
                          "2027-02-28T23:00:00Z"));
  EXPECT_EQ(borders("2021-11-21T00:00:00Z", "2026-11-21T00:00:00Z", report_step::day, "UTC").size(),
            1827U);
}

TEST(ReportPeriod, KnowsWhenTheWeekAndTheMonthBegan) {
  struct row {
    const char* now;
    const char* zone;
    const char* week;
    const char* month;
  };
  const row rows[] = {
      {"2026-11-21T12:00:00Z", "UTC", "2026-11-16T00:00:00Z", "2026-11-01T00:00:00Z"},
      {"2026-11-16T00:00:00Z", "UTC", "2026-11-16T00:00:00Z", "2026-11-01T00:00:00Z"},
      {"2026-11-15T23:59:59Z", "UTC", "2026-11-09T00:00:00Z", "2026-11-01T00:00:00Z"},
      // Already Monday, already December there.
      {"2026-11-30T22:30:00Z", "Africa/Johannesburg", "2026-11-29T22:00:00Z",
       "2026-11-30T22:00:00Z"},
      {"2026-11-02T12:00:00Z", "America/New_York", "2026-11-02T05:00:00Z", "2026-11-01T04:00:00Z"},
  };
  for (const row& r : rows) {
    EXPECT_EQ(to_rfc3339(start_of_week(at(r.now), zone(r.zone))), r.week);
    EXPECT_EQ(to_rfc3339(start_of_month(at(r.now), zone(r.zone))), r.month);
  }
}

TEST(ReportPeriod, ChoosesPiecesThatFitItsLength) {
  const instant now = at("2026-11-21T00:00:00Z");
  EXPECT_EQ(fitting_step({now - std::chrono::days(30), now}), report_step::day);
  EXPECT_EQ(fitting_step({now - std::chrono::days(62), now}), report_step::day);
  EXPECT_EQ(fitting_step({now - std::chrono::days(63), now}), report_step::week);
  EXPECT_EQ(fitting_step({now - std::chrono::days(366), now}), report_step::week);
  EXPECT_EQ(fitting_step({now - std::chrono::days(800), now}), report_step::month);
}

TEST(TimeZone, IsFoundByItsNameOnly) {
  for (const char* name : {"UTC", "Africa/Johannesburg", "Europe/Amsterdam"})
    EXPECT_TRUE(time_zone::find(name)) << name;
  for (const char* name : {"", "Africa/Nowhere", "../../etc/passwd", "SAST", "+02:00"})
    EXPECT_FALSE(time_zone::find(name)) << name;
}

}  // namespace
}  // namespace fibrehub::domain
