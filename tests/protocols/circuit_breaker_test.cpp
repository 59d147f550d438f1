#include "protocols/circuit_breaker.hpp"

#include <gtest/gtest.h>

namespace fibrehub::protocols {
namespace {

using namespace std::chrono_literals;
using state = circuit_breaker::state;

class Breaker : public ::testing::Test {
 protected:
  void fail(int times, double random = 1.0) {
    for (int i = 0; i < times; ++i)
      it_.failed(now_, random);
  }
  circuit_breaker::time now_{1000s};
  circuit_breaker it_{{3, {4s, 10s}}};
};

TEST_F(Breaker, OpensWithFailuresInARowAndNotBefore) {
  fail(2);
  EXPECT_EQ(it_.at(now_), state::closed);
  it_.succeeded();
  fail(2);
  EXPECT_EQ(it_.at(now_), state::closed);
  fail(1);
  EXPECT_EQ(it_.at(now_), state::open);
}

TEST_F(Breaker, RestsLongerWithEachFailedProbeUpToItsCap) {
  for (const auto rest : {4s, 8s, 10s, 10s}) {
    fail(rest == 4s ? 3 : 1);
    EXPECT_EQ(it_.at(now_ + rest - 1ms), state::open);
    EXPECT_EQ(it_.at(now_ + rest), state::half_open);
    now_ += rest;
  }
}

TEST_F(Breaker, RestsForHalfOfTheTimeAtLeast) {
  fail(3, 0.0);
  EXPECT_EQ(it_.open_until(), now_ + 2s);
}

TEST_F(Breaker, ASuccessfulProbeClosesIt) {
  fail(3);
  now_ += 4s;
  it_.succeeded();
  EXPECT_EQ(it_.at(now_), state::closed);
  fail(2);
  EXPECT_EQ(it_.at(now_), state::closed);
}

TEST_F(Breaker, NeverOverflows) {
  fail(1000);
  EXPECT_EQ(it_.open_until(), now_ + 10s);
}

}  // namespace
}  // namespace fibrehub::protocols
