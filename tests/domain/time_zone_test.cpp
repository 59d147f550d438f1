#include "domain/time_zone.hpp"

#include <gtest/gtest.h>

#include <string>

namespace fibrehub::domain {
namespace {

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

}  // namespace
}  // namespace fibrehub::domain
