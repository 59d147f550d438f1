#include "domain/time.hpp"

#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

TEST(Time, ReadsRfc3339WithAnyOffset) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:01Z"), from_us(1'000'000));
  EXPECT_EQ(parse_rfc3339("1970-01-01T02:00:01+02:00"), from_us(1'000'000));
  EXPECT_EQ(parse_rfc3339("1969-12-31 22:00:01-0200"), from_us(1'000'000));
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00.25Z"), from_us(250'000));
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00.123456789Z"), from_us(123'456));
}

TEST(Time, RefusesWhatIsNoInstant) {
  for (const char* text :
       {"", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z",
        "2026-01-01T00:00:00", "2026-01-01T00:00:00Zjunk", "2026-01-01", "2026-01-01T00:00:00.Z",
        "26-01-01T00:00:00Z", "2026-01-01T00:00:00+25:00"})
    EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
}

TEST(Time, WritesWhatItReads) {
  for (const char* text : {"2026-11-21T03:02:40Z", "2026-11-21T03:02:40.000001Z",
                           "1969-12-31T23:59:59.999999Z", "2024-02-29T12:00:00Z"})
    EXPECT_EQ(to_rfc3339(*parse_rfc3339(text)), text);
}

}  // namespace
}  // namespace fibrehub::domain
