#include "actors/rounds.hpp"

#include <gmock/gmock.h>

#include "tests/fixtures/actor_fixture.hpp"

namespace fibrehub::actors::tests {
namespace {

using namespace std::chrono_literals;

class Rounds : public fixtures::actor_fixture {
 protected:
  void SetUp() override {
    rounds_options options;
    options.name = "test";
    options.run = [this](store::reply<bool> to) {
      ++runs_;
      if (answers_at_once_) {
        to.answer(next_);
      } else {
        waiting_.push_back(std::move(to));
      }
    };
    rounds_ = spawn_rounds(system(), std::move(options));
    watch(store::untyped(rounds_));
  }
  void TearDown() override {
    waiting_.clear();
    rounds_ = nullptr;
  }

  tl::expected<bool, store::error> next_ = false;
  std::vector<store::reply<bool>> waiting_;
  int runs_ = 0;
  bool answers_at_once_ = true;
  rounds rounds_;
};

TEST_F(Rounds, BeginSoonAfterTheStartAndComeEveryThirtySeconds) {
  advance(1s);
  EXPECT_EQ(runs_, 1);
  advance(28s);
  EXPECT_EQ(runs_, 1);
  advance(2s);
  EXPECT_EQ(runs_, 2);
  advance(5min);
  EXPECT_EQ(runs_, 12);
}

TEST_F(Rounds, GoOnAtOnceWhileThereIsMore) {
  answers_at_once_ = false;
  advance(1s);
  waiting_.back().answer(true);
  advance(1s);
  EXPECT_EQ(runs_, 2);
}

TEST_F(Rounds, ComeOneAtATime) {
  answers_at_once_ = false;
  advance(10min);
  EXPECT_EQ(runs_, 1);
}

TEST_F(Rounds, GoOnWhenTheDatabaseIsAwayOrARoundIsForgotten) {
  next_ = tl::unexpected(store::error{store::errc::unavailable, "away"});
  advance(31s);
  EXPECT_EQ(runs_, 2);
  answers_at_once_ = false;
  advance(30s);
  EXPECT_EQ(runs_, 3);
  waiting_.clear();
  advance(31s);
  EXPECT_EQ(runs_, 4);
}

}  // namespace
}  // namespace fibrehub::actors::tests
