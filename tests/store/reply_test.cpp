#include "store/reply.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace fibrehub::store {
namespace {

using outcome = reply<int>::outcome;

struct recorder {
  std::vector<outcome> seen;
  reply<int> token() {
    return reply<int>{[this](outcome value) { seen.push_back(std::move(value)); }};
  }
};

TEST(Reply, DeliversTheFirstAnswerAndRefusesTheSecond) {
  recorder caller;
  {
    const auto token = caller.token();
    EXPECT_TRUE(token.answer(7));
    EXPECT_FALSE(token.answer(8));
  }
  ASSERT_EQ(caller.seen.size(), 1U);
  EXPECT_EQ(caller.seen[0].value(), 7);
}

TEST(Reply, AnswersThatNothingWasBegunWhenTheLastCopyIsDropped) {
  recorder caller;
  {
    const auto first = caller.token();
    {
      const auto second = first;
      static_cast<void>(second);
    }
    EXPECT_TRUE(caller.seen.empty()) << "a copy is still alive";
  }
  ASSERT_EQ(caller.seen.size(), 1U);
  EXPECT_EQ(caller.seen[0].error().code, errc::unavailable);
}

TEST(Reply, AnswersAbandonedWhenAClaimedTokenIsDropped) {
  recorder caller;
  { EXPECT_TRUE(caller.token().claim()); }
  ASSERT_EQ(caller.seen.size(), 1U);
  EXPECT_EQ(caller.seen[0].error().code, errc::abandoned);
}

TEST(Reply, LetsTheCallerLeaveBeforeTheClaimAndTellsTheWorker) {
  recorder caller;
  const auto token = caller.token();
  EXPECT_TRUE(token.give_up({errc::unavailable, "too late"}));
  EXPECT_FALSE(token.claim()) << "nothing must be done for a caller that left";
  EXPECT_FALSE(token.answer(1));
  ASSERT_EQ(caller.seen.size(), 1U);
  EXPECT_EQ(caller.seen[0].error().code, errc::unavailable);
}

TEST(Reply, HoldsTheCallerAfterTheClaim) {
  recorder caller;
  const auto token = caller.token();
  EXPECT_TRUE(token.claim());
  EXPECT_TRUE(token.claim()) << "claiming twice is harmless";
  EXPECT_FALSE(token.give_up({errc::unavailable, "too late"}));
  EXPECT_TRUE(token.answer(3));
  ASSERT_EQ(caller.seen.size(), 1U);
  EXPECT_EQ(caller.seen[0].value(), 3);
}

TEST(Reply, LetsTheCallerLeaveAgainAfterTheClaimWasTakenBack) {
  recorder caller;
  const auto token = caller.token();
  ASSERT_TRUE(token.claim());
  token.unclaim();
  EXPECT_TRUE(token.give_up({errc::unavailable, "too late"}));
  token.unclaim();
  EXPECT_FALSE(token.claim()) << "taking a claim back must not revive an answered token";
  EXPECT_EQ(caller.seen.size(), 1U);
}

TEST(Reply, LetsAWaiterGiveUpWithoutKeepingTheTokenAlive) {
  recorder caller;
  auto token = caller.token();
  const reply<int>::waiter waiter{token};
  EXPECT_TRUE(waiter.give_up({errc::unavailable, "too late"}));
  EXPECT_FALSE(token.claim());
  auto second = caller.token();
  const reply<int>::waiter of_second{second};
  second = {};
  ASSERT_EQ(caller.seen.size(), 2U) << "the waiter does not keep the token from being abandoned";
  EXPECT_EQ(caller.seen[1].error().code, errc::unavailable);
  EXPECT_FALSE(of_second.give_up({errc::unavailable, "too late"}));
  EXPECT_FALSE(reply<int>::waiter{}.give_up({}));
}

TEST(Reply, MadeForNobodyTakesEverythingAndSaysNothing) {
  const reply<int> token;
  EXPECT_TRUE(token.claim());
  EXPECT_FALSE(token.answer(1));
  EXPECT_FALSE(token.give_up({}));
}

TEST(Reply, IsAnsweredOnceWhenWorkerAndCallerRace) {
  for (int round = 0; round < 500; ++round) {
    std::atomic<int> delivered{0};
    std::atomic<bool> go{false};
    bool left = false;
    bool answered = false;
    {
      const reply<int> token{[&](const outcome&) { ++delivered; }};
      std::thread worker{[&] {
        while (!go) {
        }
        if (token.claim()) answered = token.answer(1);
      }};
      go = true;
      left = token.give_up({errc::unavailable, "too late"});
      worker.join();
    }
    ASSERT_EQ(delivered, 1);
    ASSERT_NE(left, answered) << "exactly one side decides";
  }
}

}  // namespace
}  // namespace fibrehub::store
