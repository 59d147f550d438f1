#include "protocols/rate_limit.hpp"

#include <gtest/gtest.h>

#include <string>

namespace fibrehub::protocols {
namespace {

using namespace std::chrono_literals;

const steady_time start{1h};
const rate twenty_a_minute{20, 60s};

TEST(TokenBucket, GivesItsBurstAndThenRefuses) {
  token_bucket bucket{twenty_a_minute, start};
  for (int i = 0; i < 20; ++i)
    EXPECT_TRUE(bucket.take(start)) << i;
  EXPECT_FALSE(bucket.take(start));
}

TEST(TokenBucket, SaysExactlyHowLongToWait) {
  token_bucket bucket{twenty_a_minute, start};
  for (int i = 0; i < 20; ++i)
    bucket.take(start);
  const auto wait = bucket.wait_for(start);
  EXPECT_EQ(wait, 3s);
  EXPECT_FALSE(bucket.take(start + wait - 1ms));
  EXPECT_TRUE(bucket.take(start + wait));
}

TEST(TokenBucket, RefillsNoFurtherThanItsBurst) {
  token_bucket bucket{twenty_a_minute, start};
  EXPECT_TRUE(bucket.take(start));
  EXPECT_DOUBLE_EQ(bucket.available(start + 24h), 20);
}

TEST(TokenBucket, IgnoresTimeRunningBackwards) {
  token_bucket bucket{{1, 1s}, start};
  EXPECT_TRUE(bucket.take(start));
  EXPECT_FALSE(bucket.take(start - 1h));
  EXPECT_FALSE(bucket.take(start + 999ms));
  EXPECT_TRUE(bucket.take(start + 1s));
}

TEST(TokenBucket, SpendsNothingWhenItRefuses) {
  token_bucket bucket{{10, 10s}, start};
  EXPECT_FALSE(bucket.take(start, 11));
  EXPECT_TRUE(bucket.take(start, 10));
}

TEST(KeyedRateLimiter, KeepsKeysApart) {
  keyed_rate_limiter limiter{{1, 1s}, 8};
  EXPECT_TRUE(limiter.take("a", start));
  EXPECT_FALSE(limiter.take("a", start));
  EXPECT_FALSE(limiter.allows("a", start));
  EXPECT_TRUE(limiter.allows("b", start));
  EXPECT_TRUE(limiter.take("b", start));
  EXPECT_EQ(limiter.wait_for("a", start), 1s);
  EXPECT_EQ(limiter.wait_for("never seen", start), 0s);
}

TEST(KeyedRateLimiter, ForgetsTheKeyUnusedForLongestWhenItIsFull) {
  keyed_rate_limiter limiter{{1, 1h}, 2};
  EXPECT_TRUE(limiter.take("a", start));
  EXPECT_TRUE(limiter.take("b", start));
  EXPECT_FALSE(limiter.take("a", start));  // used again: "b" is now the oldest
  EXPECT_TRUE(limiter.take("c", start));
  EXPECT_EQ(limiter.size(), 2u);
  EXPECT_FALSE(limiter.allows("a", start));
  EXPECT_TRUE(limiter.allows("b", start));
}

TEST(KeyedRateLimiter, StaysBoundedUnderManyKeys) {
  keyed_rate_limiter limiter{twenty_a_minute, 100};
  for (int i = 0; i < 10'000; ++i)
    limiter.take(std::to_string(i), start);
  EXPECT_EQ(limiter.size(), 100u);
}

}  // namespace
}  // namespace fibrehub::protocols
