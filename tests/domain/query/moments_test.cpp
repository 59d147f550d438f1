#include <gtest/gtest.h>

#include "domain/query/values.hpp"

namespace fibrehub::domain::query {
namespace {

struct example {
  const char* zone;
  const char* now;
  const char* text;  // a value of `created`, or of `due` when it begins with !
  const char* from;
  const char* to;
};

class Moments : public testing::TestWithParam<example> {};

std::string show(const std::optional<instant>& t) {
  return t ? to_rfc3339(*t) : "-";
}

TEST_P(Moments, MeanAStretchOfTime) {
  const auto [zone_name, now, text, from, to] = GetParam();
  const auto zone = time_zone::find(zone_name);
  ASSERT_TRUE(zone);
  const bool due = *text == '!';
  const auto tree = parse((due ? "due:" : "created:") + std::string(due ? text + 1 : text));
  ASSERT_TRUE(tree) << tree.error().message;
  const span s = span_of(tree->condition.values.front(), due, *parse_rfc3339(now), *zone);
  EXPECT_EQ(show(s.from), from);
  EXPECT_EQ(show(s.to), to);
}

constexpr const char* jnb = "Africa/Johannesburg";
constexpr const char* berlin = "Europe/Berlin";
constexpr const char* noon = "2025-12-03T10:00:00Z";  // a Wednesday

INSTANTIATE_TEST_SUITE_P(
    Values, Moments,
    testing::Values(
        example{jnb, noon, "today", "2025-12-02T22:00:00Z", "2025-12-03T22:00:00Z"},
        example{jnb, noon, "yesterday", "2025-12-01T22:00:00Z", "2025-12-02T22:00:00Z"},
        example{jnb, "2025-12-03T23:00:00Z", "today", "2025-12-03T22:00:00Z",
                "2025-12-04T22:00:00Z"},
        example{jnb, noon, "this-week", "2025-11-30T22:00:00Z", "2025-12-07T22:00:00Z"},
        example{jnb, noon, "last-week", "2025-11-23T22:00:00Z", "2025-11-30T22:00:00Z"},
        example{jnb, "2025-12-07T12:00:00Z", "this-week", "2025-11-30T22:00:00Z",
                "2025-12-07T22:00:00Z"},
        example{jnb, noon, "last-month", "2025-10-31T22:00:00Z", "2025-11-30T22:00:00Z"},
        example{jnb, "2026-01-15T12:00:00Z", "last-month", "2025-11-30T22:00:00Z",
                "2025-12-31T22:00:00Z"},
        example{"UTC", noon, "2025-12", "2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z"},
        example{"UTC", noon, ">=2025-12-01", "2025-12-01T00:00:00Z", "-"},
        example{"UTC", noon, ">2025-12-01", "2025-12-02T00:00:00Z", "-"},
        example{"UTC", noon, "<2025-12-01", "-", "2025-12-01T00:00:00Z"},
        example{"UTC", noon, "<=2025-12-01", "-", "2025-12-02T00:00:00Z"},
        example{"UTC", noon, "2025-12-01..2025-12-03", "2025-12-01T00:00:00Z",
                "2025-12-04T00:00:00Z"},
        example{"UTC", noon, "<4h", "2025-12-03T06:00:00Z", "-"},
        example{"UTC", noon, ">2d", "-", "2025-12-01T10:00:00Z"},
        example{"UTC", noon, "!<4h", "-", "2025-12-03T14:00:00Z"},
        example{"UTC", noon, "!>1w", "2025-12-10T10:00:00Z", "-"},
        example{"UTC", noon, "!tomorrow", "2025-12-04T00:00:00Z", "2025-12-05T00:00:00Z"},
        // The day on which clocks go forward has 23 hours, the one on which they go back 25.
        example{berlin, noon, "2025-03-30", "2025-03-29T23:00:00Z", "2025-03-30T22:00:00Z"},
        example{berlin, noon, "2025-10-26", "2025-10-25T22:00:00Z", "2025-10-26T23:00:00Z"},
        // Midnight that does not exist: the day begins with the first instant there is.
        example{"America/Santiago", noon, "2025-09-07", "2025-09-07T04:00:00Z",
                "2025-09-08T03:00:00Z"},
        example{"UTC", noon, "2025-12-01T08:00:00+02:00", "2025-12-01T06:00:00Z",
                "2025-12-01T06:00:00.000001Z"}));

TEST(TimeZone, IsFoundByItsIanaNameOnly) {
  EXPECT_TRUE(time_zone::find("Africa/Johannesburg"));
  EXPECT_FALSE(time_zone::find("Africa/Nowhere"));
  EXPECT_FALSE(time_zone::find("../../etc/passwd"));
}

}  // namespace
}  // namespace fibrehub::domain::query
