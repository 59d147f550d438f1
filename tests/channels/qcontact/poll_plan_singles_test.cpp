// Cases that are fetched by themselves: what cannot be had keeps nobody from the queue, and what
// has vanished is looked for until it is known what became of it.
#include "tests/channels/qcontact/poll_plan_fixture.hpp"

namespace fibrehub::channels::qcontact {
namespace {

class PlanSingles : public Plan {
 protected:
  /// Until `until`, with cases that only fail; returns when pages were read, and how often each
  /// case was asked for.
  std::vector<milliseconds> read_until(milliseconds until, const std::set<std::string>& failing) {
    std::vector<milliseconds> pages;
    while (elapsed_ < until) {
      auto a = next();
      if (auto* w = std::get_if<wait_for>(&a)) {
        pass_time(std::min<milliseconds>(w->duration, until - elapsed_));
      } else if (std::holds_alternative<log_in>(a)) {
        ++logins_;
        plan_->on_login_ok(now());
      } else if (auto* p = std::get_if<ask_page>(&a)) {
        pages.push_back(elapsed_);
        commit(answer(p->query));
      } else if (auto* c = std::get_if<ask_case>(&a)) {
        ++asked_[c->id];
        failing.contains(c->id) ? plan_->on_failed(now()) : fetch(c->id);
      }
    }
    return pages;
  }
  std::map<std::string, int> asked_;
};

TEST_F(PlanSingles, FailingOnesKeepNobodyFromTheQueue) {
  desk_.add(1, 3, -3600);
  settle();
  std::set<std::string> failing;
  for (int i = 0; i < 20; ++i)
    failing.insert(fmt::format("gone-{}", i));
  for (const auto& id : failing)
    ASSERT_TRUE(plan_->want_case(id));
  auto pages = read_until(1h, failing);
  pages.insert(pages.begin(), 0ms);
  pages.push_back(elapsed_);
  for (std::size_t i = 1; i < pages.size(); ++i)
    EXPECT_LE(pages[i] - pages[i - 1], 2min + 10s) << i;
  EXPECT_EQ(plan_->counters().singles_dropped, 20u);
  for (const auto& id : failing)
    EXPECT_EQ(asked_[id], 5) << id;
}

TEST_F(PlanSingles, AFailingOneDoesNotHoldUpTheOthers) {
  desk_.add(1, 3, -3600);
  settle();
  plan_->want_case("bad");
  plan_->want_case("2");
  desk_.touch("2", 1);
  read_until(5s, {"bad"});
  EXPECT_EQ(stored_["2"], 2);
}

TEST_F(PlanSingles, TakeTurnsWithPassesThatAreAlwaysDue) {
  desk_.add(1, 40, -3600);
  settle();
  for (int i = 1; i <= 5; ++i)
    plan_->want_case(fmt::format("{}", i));
  // Each page takes longer than the pause between two polls.
  for (int steps = 0; steps < 30 && fetched_.size() < 5; ++steps) {
    pass_time(61s);
    auto a = next();
    if (auto* p = std::get_if<ask_page>(&a)) commit(answer(p->query));
    if (auto* c = std::get_if<ask_case>(&a)) {
      fetched_.push_back(c->id);
      fetch(c->id);
    }
  }
  EXPECT_EQ(fetched_.size(), 5u);
}

TEST_F(PlanSingles, OneThatIsUnauthorisedTwiceIsLeftAloneWithoutAFailedLogin) {
  desk_.add(1, 3, -3600);
  settle();
  pass_time(30s);
  for (const char* id : {"a", "b", "c"})
    plan_->want_case(id);
  pass_time(61s);
  for (int steps = 0; steps < 100; ++steps) {
    auto a = next();
    if (std::holds_alternative<wait_for>(a)) break;
    if (std::holds_alternative<log_in>(a)) {
      ++logins_;
      plan_->on_login_ok(now());
    } else if (auto* p = std::get_if<ask_page>(&a)) {
      commit(answer(p->query));
    } else if (auto* c = std::get_if<ask_case>(&a)) {
      ++asked_[c->id];
      plan_->on_unauthorised(now());
    }
  }
  EXPECT_EQ(plan_->backlog(), 0u);
  EXPECT_EQ(plan_->counters().singles_refused, 3u);
  EXPECT_EQ(plan_->counters().login_failures, 0u);
  EXPECT_EQ(logins_, 1);  // however many are refused
  EXPECT_EQ(asked_["a"], 2);
  EXPECT_GT(expect_wait(), 30s);
}

TEST_F(PlanSingles, OneThatWasRefusedWithAnExpiredSessionIsFetchedAfterTheLogin) {
  desk_.add(1, 3, -3600);
  settle();
  plan_->want_case("2");
  desk_.touch("2", 1);
  pass_time(30min);
  ASSERT_TRUE(std::holds_alternative<ask_case>(next()));
  plan_->on_unauthorised(now());
  expect_login();
  commit(answer(expect_page()));
  run();
  EXPECT_EQ(fetched_, std::vector<std::string>{"2"});
  EXPECT_EQ(plan_->counters().singles_refused, 0u);
}

TEST_F(PlanSingles, ASessionThatIsGoodForNothingIsAFailedLoginWhateverWasAskedFirst) {
  settle();
  plan_->want_case("2");
  pass_time(30s);
  plan_->on_unauthorised(now());  // for nobody
  auto a = next();
  while (!std::holds_alternative<wait_for>(a) && plan_->counters().login_failures == 0) {
    if (std::holds_alternative<log_in>(a))
      plan_->on_login_ok(now());
    else
      plan_->on_unauthorised(now());
    a = next();
  }
  EXPECT_EQ(plan_->counters().login_failures, 1u);
  EXPECT_EQ(plan_->counters().singles_refused, 0u);
  EXPECT_EQ(plan_->backlog(), 1u);
}

TEST_F(PlanSingles, AVanishedCaseThatWasGivenUpIsLookedForAtTheNextReading) {
  desk_.add(1, 5, -30 * 24 * 3600);
  settle();
  const auto moved = desk_.cases[2];
  desk_.cases.erase(desk_.cases.begin() + 2);
  pass_time(18h + 11min);
  read_until(20h, {moved.id});
  EXPECT_EQ(asked_[moved.id], 5);
  EXPECT_TRUE(plan_->knows(moved.id));
  read_until(44h, {});
  EXPECT_EQ(asked_[moved.id], 6);  // answered: there is none
  read_until(70h, {});
  EXPECT_EQ(asked_[moved.id], 6);
}

TEST_F(PlanSingles, ACaseWhoseAnswerWasNotStoredStaysExpected) {
  desk_.add(1, 5, -30 * 24 * 3600);
  settle();
  desk_.touch("3", 0, false);
  const auto closed = desk_.cases[2];
  desk_.cases.erase(desk_.cases.begin() + 2);
  pass_time(18h + 11min);
  for (auto a = next(); !std::holds_alternative<ask_case>(a); a = next()) {
    ASSERT_TRUE(std::holds_alternative<ask_page>(a));
    commit(answer(std::get<ask_page>(a).query));
  }
  ASSERT_TRUE(plan_->on_case({"3", closed.content, start, false}, now()));
  plan_->on_commit_failed(now());
  pass_time(2s);
  for (auto a = next(); !std::holds_alternative<ask_case>(a); a = next())
    commit(answer(std::get<ask_page>(a).query));
  ASSERT_TRUE(plan_->on_case({"3", closed.content, start, false}, now()));
  plan_->on_committed(now());
  EXPECT_EQ(plan_->backlog(), 0u);
}

TEST_F(PlanSingles, WhatTheStoreHasOpenAndTheQueueDoesNotShowIsFetchedAtTheStart) {
  desk_.add(1, 3, -30 * 24 * 3600);
  desk_.touch("2", -20 * 24 * 3600, false);  // closed longer ago than is looked back
  plan_->expect_open({"1", "2", "77"});
  run();
  std::sort(fetched_.begin(), fetched_.end());
  EXPECT_EQ(fetched_, (std::vector<std::string>{"2", "77"}));
  EXPECT_EQ(stored_["2"], 1);
  EXPECT_FALSE(plan_->knows("77"));
}

}  // namespace
}  // namespace fibrehub::channels::qcontact
