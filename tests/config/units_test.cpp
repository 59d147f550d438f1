#include "config/units.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibrehub::config {
namespace {

using ::testing::HasSubstr;

TEST(Units, DurationsAreReadAndWrittenBackInTheShortestForm) {
  const struct {
    const char* text;
    std::int64_t ms;
    const char* shortest;
  } cases[] = {{"250ms", 250, "250ms"},     {"30s", 30'000, "30s"},   {"5m", 300'000, "5m"},
               {"2h", 7'200'000, "2h"},     {"1d", 86'400'000, "1d"}, {"60s", 60'000, "1m"},
               {"90s", 90'000, "90s"},      {"0ms", 0, "0s"},         {"0s", 0, "0s"},
               {"1500ms", 1'500, "1500ms"}, {"24h", 86'400'000, "1d"}};
  for (const auto& c : cases) {
    const auto parsed = parse_duration_ms(c.text);
    ASSERT_TRUE(parsed.has_value()) << c.text;
    EXPECT_EQ(*parsed, c.ms) << c.text;
    EXPECT_EQ(format_duration(c.ms), c.shortest);
  }
}

TEST(Units, DurationsWithoutAUnitOrWithAnUnknownOneAreRefused) {
  EXPECT_THAT(parse_duration_ms("75").error(), HasSubstr("has no unit, write \"75s\""));
  for (const auto* text : {"", "s", "-1s", "1.5s", "5 minutes", "5M", "1s2", " 5s", "٣s"}) {
    const auto parsed = parse_duration_ms(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_THAT(parsed.error(), HasSubstr("is not a duration")) << text;
  }
}

TEST(Units, SizesCountIn1024AndAcceptBareBytes) {
  const struct {
    const char* text;
    std::int64_t bytes;
    const char* shortest;
  } cases[] = {
      {"64MB", 67'108'864, "64MB"}, {"512KB", 524'288, "512KB"}, {"1GB", 1'073'741'824, "1GB"},
      {"100B", 100, "100B"},        {"100", 100, "100B"},        {"1024KB", 1'048'576, "1MB"},
      {"16kb", 16'384, "16KB"},     {"5 MB", 5'242'880, "5MB"},  {"0", 0, "0B"}};
  for (const auto& c : cases) {
    const auto parsed = parse_size_bytes(c.text);
    ASSERT_TRUE(parsed.has_value()) << c.text;
    EXPECT_EQ(*parsed, c.bytes) << c.text;
    EXPECT_EQ(format_size(c.bytes), c.shortest);
  }
}

TEST(Units, NumbersThatDoNotFitAreRefused) {
  EXPECT_FALSE(parse_duration_ms("99999999999999999999s").has_value());
  EXPECT_EQ(parse_duration_ms("9223372036854775807d").error(), "is too large");
  EXPECT_EQ(parse_size_bytes("9223372036854775807GB").error(), "is too large");
  EXPECT_THAT(parse_size_bytes("5 elephants").error(), HasSubstr("like \"64MB\""));
  EXPECT_FALSE(parse_size_bytes("-1").has_value());
}

}  // namespace
}  // namespace fibrehub::config
