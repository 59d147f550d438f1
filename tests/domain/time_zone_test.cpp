#include "domain/time_zone.hpp"

#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

using namespace std::chrono_literals;

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
