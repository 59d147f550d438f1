#include "protocols/backoff.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace fibrehub::protocols {
namespace {

using namespace std::chrono_literals;

constexpr auto max_ms = std::chrono::milliseconds::max();

TEST(Backoff, DoublesTheCeilingUntilTheCap) {
  const backoff_policy policy{500ms, 5'000ms};
  EXPECT_EQ(backoff_ceiling(policy, 0), 500ms);
  EXPECT_EQ(backoff_ceiling(policy, 1), 1'000ms);
  EXPECT_EQ(backoff_ceiling(policy, 2), 2'000ms);
  EXPECT_EQ(backoff_ceiling(policy, 3), 4'000ms);
  EXPECT_EQ(backoff_ceiling(policy, 4), 5'000ms);
  EXPECT_EQ(backoff_ceiling(policy, 5), 5'000ms);
}

TEST(Backoff, SpreadsTheWaitOverTheWholeRangeFromZero) {
  const backoff_policy policy{1'000ms, 60'000ms};
  EXPECT_EQ(full_jitter(policy, 2, 0.0), 0ms);
  EXPECT_EQ(full_jitter(policy, 2, 0.25), 1'000ms);
  EXPECT_EQ(full_jitter(policy, 2, 0.5), 2'000ms);
  EXPECT_EQ(full_jitter(policy, 2, 1.0), 4'000ms);
}

TEST(Backoff, DoesNotOverflowAtTheLargestAttemptAndCap) {
  EXPECT_EQ(backoff_ceiling({500ms, 60'000ms}, std::numeric_limits<std::uint32_t>::max()),
            60'000ms);
  EXPECT_EQ(backoff_ceiling({1ms, max_ms}, std::numeric_limits<std::uint32_t>::max()), max_ms);
  const auto wait = full_jitter({1ms, max_ms}, 1'000, std::nextafter(1.0, 0.0));
  EXPECT_GT(wait, 0ms);
  EXPECT_LE(wait, max_ms);
}

TEST(Backoff, StaysWithinTheCapWhenTheBaseIsLarger) {
  EXPECT_EQ(backoff_ceiling({10'000ms, 2'000ms}, 0), 2'000ms);
}

TEST(Backoff, TakesPoliciesBelowZeroAsZero) {
  EXPECT_EQ(backoff_ceiling({-5ms, 1'000ms}, 9), 0ms);
  EXPECT_EQ(backoff_ceiling({5ms, -1'000ms}, 9), 0ms);
  EXPECT_EQ(full_jitter({-5ms, -5ms}, 3, 0.7), 0ms);
}

TEST(Backoff, ClampsRandomNumbersOutsideTheUnitInterval) {
  const backoff_policy policy{1'000ms, 60'000ms};
  EXPECT_EQ(full_jitter(policy, 0, -0.5), 0ms);
  EXPECT_EQ(full_jitter(policy, 0, 7.0), 1'000ms);
  EXPECT_EQ(full_jitter(policy, 0, std::numeric_limits<double>::quiet_NaN()), 0ms);
}

}  // namespace
}  // namespace fibrehub::protocols
