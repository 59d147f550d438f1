#include "actors/notifier.hpp"

#include <gmock/gmock.h>

#include "tests/fixtures/actor_fixture.hpp"

namespace fibrehub::actors::tests {
namespace {

using namespace std::chrono_literals;

class Notifier : public fixtures::actor_fixture {
 protected:
  void SetUp() override {
    notifier_options options;
    options.run = [this](store::reply<store::digest_run> to) {
      ++runs_;
      if (answers_at_once_) {
        to.answer(next_);
      } else {
        waiting_.push_back(std::move(to));
      }
    };
    options.look = [this] { ++looks_; };
    notifier_ = spawn_notifier(system(), std::move(options));
    watch(store::untyped(notifier_));
  }
  void TearDown() override {
    waiting_.clear();
    notifier_ = nullptr;
  }

  tl::expected<store::digest_run, store::error> next_ = store::digest_run{};
  std::vector<store::reply<store::digest_run>> waiting_;
  int runs_ = 0, looks_ = 0;
  bool answers_at_once_ = true;
  notifier notifier_;
};

TEST_F(Notifier, LooksSoonAfterItsStartAndEveryThirtySeconds) {
  advance(1s);
  EXPECT_EQ(runs_, 1);
  EXPECT_EQ(looks_, 1);
  advance(28s);
  EXPECT_EQ(runs_, 1);
  advance(2s);
  EXPECT_EQ(runs_, 2);
  advance(5min);
  EXPECT_EQ(runs_, 12);
  EXPECT_EQ(looks_, 12);
}

TEST_F(Notifier, GoesOnAtOnceWhileThereIsMore) {
  answers_at_once_ = false;
  advance(1s);
  waiting_.back().answer(store::digest_run{100, true});
  advance(1s);
  EXPECT_EQ(runs_, 2);
}

TEST_F(Notifier, RunsOneAtATime) {
  answers_at_once_ = false;
  advance(10min);
  EXPECT_EQ(runs_, 1);
}

TEST_F(Notifier, GoesOnWhenTheDatabaseIsAwayOrARunIsForgotten) {
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
