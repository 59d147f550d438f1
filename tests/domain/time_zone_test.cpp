#include "domain/time_zone.hpp"

#include <gtest/gtest.h>

#include <string>

namespace fibrehub::domain {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::year;

instant at(const char* text) {
  return *parse_rfc3339(text);
}

TEST(TimeZone, IsOneTheSystemKnows) {
  EXPECT_TRUE(time_zone::find("Africa/Johannesburg"));
  EXPECT_TRUE(time_zone::find("UTC"));
  for (const std::string& wrong :
       {std::string(), std::string("Mars/Olympus"), std::string("../../etc/passwd"),
        std::string("UTC+2 "), std::string(65, 'A')})
    EXPECT_FALSE(time_zone::find(wrong)) << wrong;
}

TEST(TimeZone, TellsTheMinuteThatClocksShow) {
  const auto berlin = *time_zone::find("Europe/Berlin");
  EXPECT_EQ(berlin.minute_of(at("2026-03-29T00:59:59Z")), 119);
  EXPECT_EQ(berlin.minute_of(at("2026-03-29T01:00:00Z")), 180) << "an hour was skipped";
  EXPECT_EQ(time_zone().minute_of(at("2026-03-29T23:59:59.999999Z")), 1439);
  EXPECT_EQ(time_zone().minute_of(at("1969-12-31T23:59:00Z")), 1439);
}

TEST(TimeZone, FindsTheMinuteOfADay) {
  const auto berlin = *time_zone::find("Europe/Berlin");
  const sys_days skips = year{2026} / 3 / 29, twice = year{2026} / 10 / 25;
  EXPECT_EQ(to_rfc3339(berlin.time_of(skips, 150)), "2026-03-29T01:00:00Z");
  EXPECT_EQ(to_rfc3339(berlin.time_of(twice, 150)), "2026-10-25T01:30:00Z");
  EXPECT_EQ(to_rfc3339(time_zone().time_of(twice, 150)), "2026-10-25T02:30:00Z");
}

TEST(TimeZone, KnowsTheStretchOfOneOffsetAroundAnInstant) {
  const auto berlin = time_zone::find("Europe/Berlin");
  ASSERT_TRUE(berlin);
  const auto summer = berlin->offset_at(*parse_rfc3339("2026-07-01T12:00:00.5Z"));
  EXPECT_EQ(summer.east, 2h);
  EXPECT_EQ(summer.begin, *parse_rfc3339("2026-03-29T01:00:00Z"));
  EXPECT_EQ(summer.end, *parse_rfc3339("2026-10-25T01:00:00Z"));
  EXPECT_EQ(berlin->offset_at(summer.begin).east, 2h);
  EXPECT_EQ(berlin->offset_at(summer.begin - 1us).east, 1h);
  EXPECT_EQ(berlin->offset_at(summer.end).east, 1h);
}

TEST(TimeZone, WithoutChangesReachesFarBothWays) {
  for (const char* name : {"UTC", "Africa/Johannesburg"}) {
    const auto span = time_zone::find(name)->offset_at(*parse_rfc3339("2026-07-01T12:00:00Z"));
    EXPECT_LT(span.begin, *parse_rfc3339("1970-01-01T00:00:00Z"));
    EXPECT_GT(span.end, *parse_rfc3339("9999-01-01T00:00:00Z"));
  }
  EXPECT_FALSE(time_zone::find("Africa/Nowhere"));
  EXPECT_FALSE(time_zone::find("../../etc/passwd"));
}

}  // namespace
}  // namespace fibrehub::domain
