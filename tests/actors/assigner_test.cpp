#include "actors/assigner.hpp"

#include <gmock/gmock.h>

#include "tests/fixtures/actor_fixture.hpp"

namespace fibrehub::actors::tests {
namespace {

using namespace std::chrono_literals;

class Assigner : public fixtures::actor_fixture {
 protected:
  void SetUp() override {
    assigner_options options;
    options.run = [this](store::reply<store::assignment_run> to) {
      ++runs_;
      if (answers_at_once_) {
        to.answer(next_);
      } else {
        waiting_.push_back(std::move(to));
      }
    };
    options.listen = [this](const assigner&) {
      ++listened_;
      return hub_is_there_;
    };
    assigner_ = spawn_assigner(system(), std::move(options));
    watch(store::untyped(assigner_));
  }
  void TearDown() override {
    waiting_.clear();
    assigner_ = nullptr;
  }
  template <class Message>
  void tell(Message m, std::chrono::milliseconds pass = 100ms) {
    store::send(assigner_, m);
    advance(pass);
  }

  tl::expected<store::assignment_run, store::error> next_ =
      store::assignment_run{true, false, 0, 0};
  std::vector<store::reply<store::assignment_run>> waiting_;
  int runs_ = 0, listened_ = 0;
  bool answers_at_once_ = true, hub_is_there_ = true;
  assigner assigner_;
};

TEST_F(Assigner, LooksOnceAtItsStartAndListens) {
  advance(1h);
  EXPECT_EQ(runs_, 1);
  EXPECT_EQ(listened_, 1);
}

TEST_F(Assigner, AssignsTogetherWhatComesTogether) {
  advance(1s);
  for (int i = 0; i < 100; ++i)
    store::send(assigner_, tickets_came{});
  advance(1s);
  EXPECT_EQ(runs_, 2);
}

TEST_F(Assigner, RestsWhileNoRuleIsSwitchedOnUntilTheRulesChange) {
  next_ = store::assignment_run{};
  advance(1s);
  for (int i = 0; i < 10; ++i)
    tell(tickets_came{});
  EXPECT_EQ(runs_, 1);
  next_ = store::assignment_run{true, false, 0, 0};
  tell(rules_changed{});
  EXPECT_EQ(runs_, 2);
  tell(tickets_came{});
  EXPECT_EQ(runs_, 3);
}

TEST_F(Assigner, RunsAgainForWhatCameMeanwhileAndOneAtATime) {
  answers_at_once_ = false;
  advance(1s);
  tell(tickets_came{});
  tell(tickets_came{});
  EXPECT_EQ(runs_, 1);
  waiting_.front().answer(store::assignment_run{true, false, 1, 1});
  advance(1s);
  EXPECT_EQ(runs_, 2);
  waiting_.back().answer(store::assignment_run{true, false, 0, 0});
  advance(1h);
  EXPECT_EQ(runs_, 2);
}

TEST_F(Assigner, GoesOnWhileThereIsMore) {
  answers_at_once_ = false;
  advance(1s);
  waiting_.back().answer(store::assignment_run{true, true, 100, 90});
  advance(1s);
  EXPECT_EQ(runs_, 2);
}

TEST_F(Assigner, TriesAgainAfterFiveSecondsWhenTheDatabaseIsAway) {
  next_ = tl::unexpected(store::error{store::errc::unavailable, "away"});
  advance(4s);
  EXPECT_EQ(runs_, 1);
  next_ = store::assignment_run{true, false, 0, 0};
  advance(2s);
  EXPECT_EQ(runs_, 2);
  advance(1h);
  EXPECT_EQ(runs_, 2);
}

TEST_F(Assigner, TriesAgainWhenARunIsForgotten) {
  answers_at_once_ = false;
  advance(1s);
  waiting_.clear();
  advance(6s);
  EXPECT_EQ(runs_, 2);
}

TEST_F(Assigner, ListensAnewAndLooksWhenTheFeedBreaks) {
  advance(1s);
  tell(feed_broken{}, 6s);
  EXPECT_EQ(listened_, 2);
  EXPECT_EQ(runs_, 2);
}

TEST_F(Assigner, KeepsTryingToListenWhileThereIsNoHub) {
  hub_is_there_ = false;
  advance(11s);
  EXPECT_EQ(listened_, 3);
  hub_is_there_ = true;
  advance(1h);
  EXPECT_EQ(listened_, 4);
}

}  // namespace
}  // namespace fibrehub::actors::tests
