#include "domain/sign_in.hpp"

#include <gtest/gtest.h>

#include <string>

namespace fibrehub::domain {
namespace {

using namespace std::chrono_literals;

constexpr instant noon = from_us(1'795'000'000'000'000);

TEST(Session, EndsHalfAnHourAfterItsLastRequest) {
  const instant end = noon + session_absolute;
  EXPECT_EQ(state_of_session(noon, end, noon + 29min + 59s), session_state::alive);
  EXPECT_EQ(state_of_session(noon, end, noon + 30min), session_state::idle_too_long);
  EXPECT_EQ(state_of_session(noon + 20min, end, noon + 49min), session_state::alive);
}

TEST(Session, EndsTwelveHoursAfterTheSignInHoweverBusy) {
  const instant end = noon + session_absolute;
  EXPECT_EQ(state_of_session(end - 1s, end, end - 1us), session_state::alive);
  EXPECT_EQ(state_of_session(end - 1s, end, end), session_state::expired);
}

TEST(Session, IsWrittenDownOnceAMinute) {
  EXPECT_FALSE(session_touch_due(noon, noon + 59s));
  EXPECT_TRUE(session_touch_due(noon, noon + 60s));
}

TEST(Account, IsLockedByTheTenthFailureInARowForAQuarterOfAnHour) {
  sign_in_record r;
  for (int i = 1; i <= 9; ++i) {
    r = after_failure(r, noon);
    EXPECT_EQ(r.failures, i);
    EXPECT_FALSE(is_locked(r, noon));
  }
  r = after_failure(r, noon);
  EXPECT_TRUE(is_locked(r, noon + 15min - 1us));
  EXPECT_FALSE(is_locked(r, noon + 15min));
}

TEST(Account, CountsFromZeroAfterTheLockAndNotAtAllMeanwhile) {
  sign_in_record r{9, {}};
  r = after_failure(r, noon);
  const sign_in_record still = after_failure(r, noon + 1min);
  EXPECT_EQ(still.locked_until, noon + 15min);
  r = after_failure(still, noon + 16min);
  EXPECT_EQ(r.failures, 1);
  EXPECT_FALSE(r.locked_until);
}

TEST(OneTimePassword, IsGoodForSeventyTwoHours) {
  EXPECT_FALSE(one_time_password_expired(true, noon, noon + 72h - 1us));
  EXPECT_TRUE(one_time_password_expired(true, noon, noon + 72h));
  EXPECT_FALSE(one_time_password_expired(false, noon, noon + 720h)) << "chosen by its owner";
  EXPECT_FALSE(one_time_password_expired(true, std::nullopt, noon));
}

TEST(Email, HasSomethingOnBothSidesOfOneAt) {
  for (const char* good : {"a@b", "lerato.m+x@example.co.za", "admin@localhost", "ü@example.com"})
    EXPECT_TRUE(is_email(good)) << good;
  for (const char* bad : {"", "@", "a@", "@b", "a b@c", "a@b@c", "a@b\n", "Me <a@b>", "a@b,c@d"})
    EXPECT_FALSE(is_email(bad)) << bad;
  EXPECT_FALSE(is_email(std::string(250, 'a') + "@b.co"));
}

}  // namespace
}  // namespace fibrehub::domain
