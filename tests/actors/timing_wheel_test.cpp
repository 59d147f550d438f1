#include "actors/timing_wheel.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace fibrehub::actors::tests {
namespace {

using namespace std::chrono_literals;
using domain::instant;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const instant start = domain::from_us(1'795'000'000'000'000);

class TimingWheel : public testing::Test {
 protected:
  std::vector<timing_wheel::key> turn(instant now, std::size_t limit = 100'000) {
    std::vector<timing_wheel::key> out;
    for (const timing_wheel::fired& f : wheel_.turn(now, limit))
      out.push_back(f.what);
    return out;
  }
  timing_wheel wheel_{start, 20ms};
};

TEST_F(TimingWheel, FiresNothingEarlyAndEverythingInTime) {
  wheel_.arm(1, start + 1s);
  EXPECT_THAT(turn(start + 999ms), IsEmpty());
  EXPECT_THAT(turn(start + 1s), ElementsAre(1));
  EXPECT_THAT(turn(start + 2s), IsEmpty());
  wheel_.arm(2, start + 2s + 1us);
  EXPECT_THAT(turn(start + 2s), IsEmpty());
  EXPECT_THAT(turn(start + 2s + 20ms), ElementsAre(2));
}

TEST_F(TimingWheel, FiresWhatLiesInThePastAtTheNextTurn) {
  wheel_.arm(1, start - 1h);
  EXPECT_THAT(turn(start), ElementsAre(1));
}

TEST_F(TimingWheel, ArmsAnewAndCancels) {
  wheel_.arm(1, start + 1s);
  wheel_.arm(1, start + 1h);
  wheel_.arm(2, start + 1s);
  EXPECT_TRUE(wheel_.cancel(2));
  EXPECT_FALSE(wheel_.cancel(2));
  EXPECT_THAT(turn(start + 59min), IsEmpty());
  EXPECT_EQ(wheel_.size(), 1U);
  const auto fired = wheel_.turn(start + 1h, 10);
  ASSERT_EQ(fired.size(), 1U);
  EXPECT_EQ(fired[0], (timing_wheel::fired{1, start + 1h}));
}

TEST_F(TimingWheel, GivesOutNoMoreThanIsAskedForAndKeepsTheRestDue) {
  for (timing_wheel::key k = 0; k < 10; ++k)
    wheel_.arm(k, start + 1s);
  EXPECT_EQ(turn(start + 1s, 4).size(), 4U);
  EXPECT_TRUE(wheel_.cancel(9)) << "due, and not given out";
  EXPECT_EQ(turn(start + 1s, 100).size(), 5U);
}

TEST_F(TimingWheel, ReachesYearsAhead) {
  wheel_.arm(1, start + 24h * 365 * 5);
  wheel_.arm(2, start + 24h * 900);
  EXPECT_THAT(turn(start + 24h * 899), IsEmpty());
  EXPECT_THAT(turn(start + 24h * 901), ElementsAre(2));
  EXPECT_THAT(turn(start + 24h * (365 * 5 - 1)), IsEmpty());
  EXPECT_THAT(turn(start + 24h * 365 * 5), ElementsAre(1));
}

TEST_F(TimingWheel, ALookBackFiresNothingAndAStepBackLaysEverythingOutAnew) {
  turn(start + 1h);
  wheel_.arm(1, start + 2h);
  EXPECT_THAT(turn(start + 1h - 500ms), IsEmpty());
  EXPECT_THAT(turn(start), IsEmpty());
  EXPECT_THAT(turn(start + 119min), IsEmpty());
  EXPECT_THAT(turn(start + 2h), ElementsAre(1));
}

TEST_F(TimingWheel, AgreesWithASortedListWhateverIsDoneToIt) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    std::mt19937_64 random{seed};
    timing_wheel wheel{start, 20ms};
    std::map<timing_wheel::key, instant> model;
    instant now = start;
    const auto span = [&] {
      const int magnitude = static_cast<int>(random() % 11);
      return std::chrono::microseconds{random() % (std::uint64_t{10'000} << (3 * magnitude))};
    };
    for (int step = 0; step < 1'000; ++step) {
      const timing_wheel::key k = random() % 50;
      switch (random() % 4) {
        case 0:
        case 1:
          model[k] = now + span();
          wheel.arm(k, model[k]);
          break;
        case 2:
          EXPECT_EQ(wheel.cancel(k), model.erase(k) > 0);
          break;
        default: {
          now += span() / 64;
          std::map<timing_wheel::key, instant> fired;
          for (const auto& f : wheel.turn(now, 1'000))
            EXPECT_TRUE(fired.emplace(f.what, f.at).second);
          for (const auto& [what, at] : fired) {
            EXPECT_EQ(model.at(what), at);
            EXPECT_LE(at, now) << "early, seed " << seed;
            model.erase(what);
          }
          for (const auto& [what, at] : model)
            ASSERT_GT(at, now - 20ms) << "late, seed " << seed << ", step " << step;
        }
      }
      ASSERT_EQ(wheel.size(), model.size());
    }
  }
}

}  // namespace
}  // namespace fibrehub::actors::tests
