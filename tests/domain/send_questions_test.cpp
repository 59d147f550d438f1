#include "domain/send_questions.hpp"

#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

using namespace std::chrono_literals;

TEST(SendQuestions, ComeSoonThenHourlyForADayAndEnd) {
  const instant accepted = from_us(1'795'300'000'000'000);
  instant now = accepted + 10min;
  std::vector<long> waits;
  int asked = 0;
  while (const auto next = next_question(accepted, asked, now)) {
    ASSERT_LE(*next, accepted + 24h);
    waits.push_back(std::chrono::duration_cast<std::chrono::minutes>(*next - now).count());
    now = *next;
    ASSERT_LT(++asked, 40) << "a bounded number";
  }
  ASSERT_GE(waits.size(), 5U);
  EXPECT_EQ(waits[0], 10);
  EXPECT_EQ(waits[1], 20);
  EXPECT_EQ(waits[2], 40);
  EXPECT_EQ(waits[3], 60);
  EXPECT_EQ(waits[4], 60);
  EXPECT_EQ(now, accepted + 24h);
}

TEST(SendQuestions, AreNotMadeUpForAfterALongTime) {
  const instant accepted = from_us(1'795'300'000'000'000);
  EXPECT_FALSE(next_question(accepted, 0, accepted + 25h));
  EXPECT_EQ(next_question(accepted, 100, accepted + 23h + 30min), accepted + 24h);
}

}  // namespace
}  // namespace fibrehub::domain
