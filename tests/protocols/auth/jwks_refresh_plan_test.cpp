#include "protocols/auth/jwks_refresh_plan.hpp"

#include <gtest/gtest.h>

#include "tests/protocols/auth/jwt_support.hpp"

namespace fibrehub::protocols::auth {
namespace {

using namespace std::chrono_literals;

const jwks_refresh_plan::time_point start{24h};

key_set one_key(std::string_view kid) {
  return parse_jwks(jwks_of(jwk(kid, provider_key()))).value();
}

jwks_refresh_plan fetched_at_start() {
  jwks_refresh_plan plan;
  plan.started(start);
  plan.arrived(one_key("a"), start);
  return plan;
}

TEST(JwksRefreshPlan, WantsKeysAtOnceWhenItHasNone) {
  const jwks_refresh_plan plan;
  EXPECT_TRUE(plan.due(start));
  EXPECT_TRUE(plan.may_fetch_for_unknown_key(start));
  EXPECT_EQ(plan.next_due(), std::nullopt);
  EXPECT_EQ(plan.age(start), std::nullopt);
  ASSERT_NE(plan.keys(), nullptr);
  EXPECT_EQ(plan.keys()->size(), 0u);
}

TEST(JwksRefreshPlan, KeepsKeysForAnHour) {
  const auto plan = fetched_at_start();
  EXPECT_NE(plan.keys()->find("a"), nullptr);
  EXPECT_FALSE(plan.due(start));
  EXPECT_FALSE(plan.due(start + 1h - 1ms));
  EXPECT_TRUE(plan.due(start + 1h));
  EXPECT_EQ(plan.next_due(), start + 1h);
  EXPECT_EQ(plan.age(start + 5min), 5min);
}

TEST(JwksRefreshPlan, AsksForAnUnknownKeyAtMostOnceAMinute) {
  auto plan = fetched_at_start();
  EXPECT_FALSE(plan.may_fetch_for_unknown_key(start + 59s));
  int fetches = 0;
  for (auto now = start + 60s; now < start + 30min; now += 1s)  // a flood of unknown kids
    if (plan.may_fetch_for_unknown_key(now)) {
      plan.started(now);
      plan.arrived(one_key("a"), now);
      ++fetches;
    }
  EXPECT_EQ(fetches, 29);
}

TEST(JwksRefreshPlan, PutsTheNextRefreshOffWhenAnUnknownKeyBroughtAFreshSet) {
  auto plan = fetched_at_start();
  plan.started(start + 30min);
  plan.arrived(one_key("b"), start + 30min);
  EXPECT_EQ(plan.keys()->find("a"), nullptr);
  EXPECT_NE(plan.keys()->find("b"), nullptr);
  EXPECT_FALSE(plan.due(start + 1h));
  EXPECT_TRUE(plan.due(start + 90min));
}

TEST(JwksRefreshPlan, KeepsTheOldKeysWhenAFetchFailsAndTriesAgainEachMinute) {
  auto plan = fetched_at_start();
  auto now = start + 1h;
  for (std::uint32_t i = 1; i <= 200; ++i) {
    EXPECT_TRUE(plan.due(now));
    plan.started(now);
    EXPECT_FALSE(plan.due(now)) << "one is under way";
    EXPECT_FALSE(plan.may_fetch_for_unknown_key(now));
    plan.failed();
    EXPECT_EQ(plan.failures_in_a_row(), i);
    EXPECT_NE(plan.keys()->find("a"), nullptr);
    EXPECT_FALSE(plan.due(now + 59s));
    EXPECT_EQ(plan.next_due(), now + 60s);
    now += 60s;
  }
  EXPECT_EQ(plan.age(now), now - start);
  plan.started(now);
  plan.arrived(one_key("b"), now);
  EXPECT_EQ(plan.failures_in_a_row(), 0u);
  EXPECT_NE(plan.keys()->find("b"), nullptr);
  EXPECT_FALSE(plan.due(now + 59min));
}

TEST(JwksRefreshPlan, TriesAgainAfterAMinuteWhenTheFirstFetchFails) {
  jwks_refresh_plan plan;
  plan.started(start);
  plan.failed();
  EXPECT_FALSE(plan.due(start + 59s));
  EXPECT_TRUE(plan.due(start + 60s));
  EXPECT_EQ(plan.keys()->size(), 0u);
}

TEST(JwksRefreshPlan, TriesAgainAfterAFetchThatNeverEnded) {
  auto plan = fetched_at_start();
  plan.started(start + 1h);
  EXPECT_TRUE(plan.due(start + 1h + 60s));
}

TEST(JwksRefreshPlan, IgnoresAnAnswerThatWasOvertaken) {
  auto plan = fetched_at_start();
  plan.started(start + 1h);
  plan.started(start + 1h + 60s);
  plan.arrived(one_key("new"), start + 1h + 60s);
  plan.arrived(one_key("old"), start + 1h);
  EXPECT_NE(plan.keys()->find("new"), nullptr);
  EXPECT_EQ(plan.keys()->find("old"), nullptr);
}

TEST(JwksRefreshPlan, LeavesASetWithWhoeverUsesIt) {
  auto plan = fetched_at_start();
  const auto in_use = plan.keys();
  plan.started(start + 1h);
  plan.arrived(one_key("b"), start + 1h);
  EXPECT_NE(in_use->find("a"), nullptr);
}

}  // namespace
}  // namespace fibrehub::protocols::auth
