#include "actors/delivery.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/fixtures/actor_fixture.hpp"

namespace fibrehub::actors::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using outcome = delivery_attempt::outcome;
using scope = delivery_attempt::scope;

/// An outbox in memory that obeys what it is asked, and a peer that answers when told.
class Delivery : public fixtures::actor_fixture {
 protected:
  struct row {
    std::int64_t id = 0;
    std::string lane, group, state = "ready";
    std::uint32_t attempts = 0;
    domain::instant next_at{};
  };

  void SetUp() override {
    now_ = wall_clock();
    options_.name = "test";
    options_.now = now_;
    options_.take = [this](delivery_wish wish, store::reply<delivery_batch> to) {
      takes_.push_back(wish);
      if (store_away_) {
        to.answer(tl::unexpected(store::error{store::errc::unavailable, "away"}));
      } else {
        to.answer(take(wish));
      }
    };
    options_.figures = std::make_shared<delivery_figures>();
    options_.tell = [this](const std::string& trouble) { told_.push_back(trouble); };
  }
  void TearDown() override {
    calls_.clear();
    actor_ = nullptr;
  }
  void start() {
    actor_ = spawn_delivery(system(), options_);
    watch(store::untyped(actor_));
    run();
  }
  void owe(const std::string& lane, const std::string& group) {
    rows_.push_back({static_cast<std::int64_t>(rows_.size()) + 1, lane, group, "ready", 0, now_()});
  }
  void grew() {
    store::send(actor_, outbox_grew{});
    run();
  }

  delivery_batch take(const delivery_wish& wish) {
    if (wish.somebody_was_lost)
      for (row& r : rows_)
        if (r.state == "inflight" && !has(wish.held, r.id)) r.state = "ready";
    delivery_batch out;
    std::vector<std::string> groups = wish.busy_groups;
    for (row& r : rows_) {
      if (r.state != "ready" || has(groups, r.group) || has(wish.busy_lanes, r.lane)) continue;
      if (r.next_at > now_()) {
        if (!out.next_at || r.next_at < *out.next_at) out.next_at = r.next_at;
        continue;
      }
      if (out.items.size() == wish.limit) break;
      groups.push_back(r.group);
      r.state = "inflight";
      ++r.attempts;
      out.items.push_back(item(r));
    }
    return out;
  }
  template <class T>
  static bool has(const std::vector<T>& all, const T& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  }
  delivery_item item(const row& r) {
    delivery_item out;
    out.id = r.id;
    out.lane = r.lane;
    out.group = r.group;
    out.attempts = r.attempts;
    out.send = [this, id = r.id](std::function<void(delivery_attempt)> done) {
      sent_.push_back(id);
      if (answer_) {
        done(*answer_);
      } else {
        calls_[id] = std::move(done);
      }
    };
    out.finish = [this, id = r.id](const delivery_end& end, store::reply<bool> to) {
      ++finishes_;
      if (store_away_) {
        to.answer(tl::unexpected(store::error{store::errc::unavailable, "away"}));
        return;
      }
      row& mine = rows_.at(static_cast<std::size_t>(id) - 1);
      ends_[id] = end;
      mine.state = end.what == outcome::done      ? "done"
                   : end.what == outcome::refused ? "dead"
                                                  : "ready";
      mine.next_at = end.next_at;
      if (!end.spent) --mine.attempts;
      to.answer(true);
    };
    return out;
  }
  static delivery_attempt ended(outcome what) {
    delivery_attempt a;
    a.what = what;
    a.status = "so";
    return a;
  }
  void answer(std::int64_t id, delivery_attempt how) {
    auto done = std::move(calls_.at(id));
    calls_.erase(id);
    done(std::move(how));
    run();
  }
  void answer(std::int64_t id, outcome what = outcome::done) { answer(id, ended(what)); }
  std::string states() const {
    std::string out;
    for (const row& r : rows_)
      out += (out.empty() ? "" : " ") + r.state;
    return out;
  }

  delivery_options options_;
  std::function<domain::instant()> now_;
  std::vector<row> rows_;
  std::vector<delivery_wish> takes_;
  std::vector<std::int64_t> sent_;
  std::map<std::int64_t, std::function<void(delivery_attempt)>> calls_;
  std::map<std::int64_t, delivery_end> ends_;
  std::vector<std::string> told_;
  std::optional<delivery_attempt> answer_;  // at once; none: when told
  int finishes_ = 0;
  bool store_away_ = false;
  delivery actor_;
};

TEST_F(Delivery, SendsWhatIsOwedOneOfEachGroupAtATime) {
  for (const char* group : {"a", "a", "b", "c"})
    owe(group, group);
  start();
  EXPECT_THAT(sent_, ElementsAre(1, 3, 4));
  answer(1);
  EXPECT_THAT(sent_, ElementsAre(1, 3, 4, 2));
  for (const std::int64_t id : {3, 4, 2})
    answer(id);
  EXPECT_EQ(states(), "done done done done");
  EXPECT_EQ(options_.figures->done, 4U);
  EXPECT_EQ(options_.figures->in_flight, 0U);
}

TEST_F(Delivery, HasNoMoreUnderWayThanItMay) {
  options_.max_in_flight = 2;
  for (const char* group : {"a", "b", "c"})
    owe(group, group);
  start();
  EXPECT_THAT(sent_, SizeIs(2));
  answer(1);
  EXPECT_THAT(sent_, SizeIs(3));
}

TEST_F(Delivery, IsWokenByACommitAndLooksNoOftenerThanOnceASecondForNothing) {
  start();
  EXPECT_THAT(takes_, SizeIs(1));
  for (int i = 0; i < 100; ++i)
    grew();
  EXPECT_THAT(takes_, SizeIs(1));
  owe("l", "a");
  advance(1s);
  EXPECT_THAT(takes_, SizeIs(2));
  EXPECT_THAT(sent_, ElementsAre(1));
  answer(1);
  advance(2s);
  owe("l", "a");
  const std::size_t before = takes_.size();
  grew();
  EXPECT_EQ(takes_.size(), before + 1) << "at once when it has rested";
  EXPECT_THAT(sent_, ElementsAre(1, 2));
}

TEST_F(Delivery, LooksByItselfNowAndThen) {
  start();
  owe("l", "a");
  advance(31s);
  EXPECT_THAT(sent_, ElementsAre(1));
}

TEST_F(Delivery, TriesAgainLaterAndLaterWithJitterAndWithinAnHour) {
  answer_ = ended(outcome::again);
  owe("l", "a");
  start();
  advance(48h);
  ASSERT_GT(sent_.size(), 30U);
  EXPECT_LT(sent_.size(), 300U);
  EXPECT_LE(ends_.at(1).next_at - now_(), 1h);
  answer_ = ended(outcome::done);
  advance(2h);
  EXPECT_EQ(states(), "done");
}

TEST_F(Delivery, WaitsAsLongAsThePeerSaysWithoutSpendingAnAttempt) {
  delivery_attempt busy = ended(outcome::held);
  busy.after = 90s;
  busy.pause = scope::peer;
  owe("l", "a");
  owe("m", "b");
  start();
  answer(1, busy);
  answer(2);
  EXPECT_TRUE(options_.figures->resting);
  owe("n", "c");
  grew();
  advance(89s);
  EXPECT_THAT(sent_, ElementsAre(1, 2)) << "nobody else is served meanwhile";
  advance(2s);
  EXPECT_THAT(sent_, ElementsAre(1, 2, 1, 3));
  EXPECT_EQ(rows_[0].attempts, 1U);
  answer(1);
  EXPECT_FALSE(options_.figures->resting);
}

TEST_F(Delivery, LetsTheOthersGoOnWhileOneGroupRests) {
  delivery_attempt not_ready = ended(outcome::held);
  not_ready.after = 30s;
  not_ready.pause = scope::group;
  owe("l", "a");
  owe("m", "a");
  owe("n", "b");
  start();
  answer(1, not_ready);
  answer(3);
  owe("o", "b");
  grew();
  EXPECT_THAT(sent_, ElementsAre(1, 3));
  advance(1s);
  EXPECT_THAT(sent_, ElementsAre(1, 3, 4));
  answer(4);
  advance(30s);
  EXPECT_EQ(std::count(sent_.begin(), sent_.end(), 2) + std::count(sent_.begin(), sent_.end(), 1),
            2);
}

TEST_F(Delivery, LeavesAPeerAloneThatKeepsFailingAndProbesItWithOne) {
  options_.breaker = {3, {20s, 20s}};
  for (int i = 0; i < 6; ++i)
    owe(fmt::format("l{}", i), fmt::format("g{}", i));
  delivery_attempt failed = ended(outcome::held);
  failed.after = 1ms;
  failed.peer_failed = true;
  start();
  for (const std::int64_t id : {1, 2, 3, 4, 5, 6})
    answer(id, failed);
  const std::size_t before = sent_.size();
  advance(9s);
  EXPECT_EQ(sent_.size(), before) << "open";
  advance(12s);
  EXPECT_EQ(sent_.size(), before + 1) << "one probe";
  const std::int64_t probe = sent_.back();
  answer(probe, failed);
  advance(9s);
  EXPECT_EQ(sent_.size(), before + 1);
  advance(12s);
  ASSERT_EQ(sent_.size(), before + 2);
  answer(sent_.back());
  advance(1s);
  EXPECT_GT(sent_.size(), before + 3) << "closed: everybody is served again";
}

TEST_F(Delivery, KeepsItsPaceWithinAGroupAndALane) {
  options_.group_gap = 10s;
  options_.lane_gap = 60s;
  answer_ = ended(outcome::done);
  owe("l", "a");
  owe("l", "a");
  owe("m", "a");
  start();
  EXPECT_THAT(sent_, ElementsAre(1));
  advance(9s);
  EXPECT_THAT(sent_, ElementsAre(1));
  advance(8s);
  EXPECT_THAT(sent_, ElementsAre(1, 3)) << "the other lane first";
  advance(42s);
  EXPECT_THAT(sent_, ElementsAre(1, 3));
  advance(40s);
  EXPECT_THAT(sent_, ElementsAre(1, 3, 2));
}

TEST_F(Delivery, SettlesWhatWasDoneHoweverLongTheStoreIsAway) {
  owe("l", "a");
  owe("l", "a");
  start();
  store_away_ = true;
  answer(1);
  advance(10s);
  EXPECT_GE(finishes_, 5);
  EXPECT_THAT(sent_, ElementsAre(1)) << "its group waits until it is known";
  store_away_ = false;
  advance(2s);
  EXPECT_EQ(rows_[0].state, "done");
  EXPECT_THAT(sent_, ElementsAre(1, 2)) << "once each";
}

TEST_F(Delivery, PicksUpWhatWasLostAtItsStartAndAfterALostTaking) {
  owe("l", "a");
  rows_[0].state = "inflight";  // of a hub that died
  start();
  EXPECT_TRUE(takes_[0].somebody_was_lost);
  EXPECT_THAT(sent_, ElementsAre(1));
  store_away_ = true;
  owe("m", "b");
  advance(40s);
  store_away_ = false;
  advance(2s);
  EXPECT_TRUE(takes_.back().somebody_was_lost || takes_.at(takes_.size() - 2).somebody_was_lost);
  EXPECT_THAT(sent_, ElementsAre(1, 2)) << "what is under way here is not lost";
}

TEST_F(Delivery, TellsWhatOthersMayHaveBegunFromWhatItNeverHeardOf) {
  store_away_ = true;
  start();
  advance(2s);
  EXPECT_FALSE(takes_.back().never_begun) << "whoever was before it may have begun something";
  store_away_ = false;
  advance(2s);
  EXPECT_TRUE(takes_.back().somebody_was_lost);
  EXPECT_FALSE(takes_.back().never_begun);
  store_away_ = true;
  advance(31s);
  EXPECT_FALSE(takes_.back().somebody_was_lost && !takes_.back().never_begun);
  store_away_ = false;
  advance(2s);
  EXPECT_TRUE(takes_.back().somebody_was_lost);
  EXPECT_TRUE(takes_.back().never_begun) << "it alone takes here, and it began nothing";
  advance(31s);
  EXPECT_FALSE(takes_.back().somebody_was_lost);
  EXPECT_FALSE(takes_.back().never_begun);
}

TEST_F(Delivery, DoubtsAnAttemptThatNeverEnds) {
  options_.attempt_limit = 60s;
  owe("l", "a");
  start();
  auto late = calls_.at(1);
  advance(61s);
  ASSERT_TRUE(ends_.contains(1));
  EXPECT_EQ(ends_.at(1).what, outcome::in_doubt);
  const int settled = finishes_;
  late(ended(outcome::done));
  run();
  EXPECT_EQ(finishes_, settled) << "what comes later changes nothing";
}

TEST_F(Delivery, LooksOftenAfterADoubtThatOthersMayClearUp) {
  owe("l", "a");
  owe("l", "a");
  start();
  delivery_attempt lost = ended(outcome::in_doubt);
  lost.after = 60s;
  answer(1, lost);
  rows_[0].state = "done";  // its echo came
  rows_[1].next_at = now_() + 1s;
  advance(4s);
  EXPECT_THAT(sent_, ElementsAre(1, 2));
}

TEST_F(Delivery, GivesUpWhatIsRefusedAndGoesOn) {
  owe("l", "a");
  owe("l", "a");
  start();
  answer(1, outcome::refused);
  answer(2);
  EXPECT_EQ(states(), "dead done");
}

TEST_F(Delivery, SaysOnceWhatKeepsItFromWorkingAndWhenItWorksAgain) {
  delivery_attempt wrong_key = ended(outcome::held);
  wrong_key.status = "wrong key";
  wrong_key.after = 60s;
  wrong_key.pause = scope::peer;
  answer_ = wrong_key;
  owe("l", "a");
  start();
  advance(5min);
  EXPECT_THAT(told_, ElementsAre("wrong key"));
  answer_ = ended(outcome::done);
  advance(2min);
  EXPECT_THAT(told_, ElementsAre("wrong key", ""));
}

TEST_F(Delivery, NeedsNobodyToAnswerWhenItEnds) {
  owe("l", "a");
  start();
  auto late = std::move(calls_.at(1));
  calls_.clear();
  store::kill(actor_);
  run();
  late(ended(outcome::done));
  run();
  EXPECT_EQ(states(), "inflight") << "whoever comes next picks it up";
}

TEST_F(Delivery, GoesOnAtOnceWithWhatEndedWhileItLooked) {
  bool slow = false;
  std::optional<std::pair<store::reply<delivery_batch>, delivery_batch>> looking;
  options_.take = [&](const delivery_wish& wish, store::reply<delivery_batch> to) {
    if (slow) {
      looking.emplace(std::move(to), take(wish));
    } else {
      to.answer(take(wish));
    }
  };
  owe("a", "one");
  owe("b", "one");
  start();
  ASSERT_THAT(sent_, ElementsAre(1));
  slow = true;
  grew();  // it looks, and finds the group busy
  ASSERT_TRUE(looking);
  answer(1);  // which ends before the look does
  slow = false;
  looking->first.answer(std::move(looking->second));
  run();
  EXPECT_THAT(sent_, ElementsAre(1, 2)) << "no second later, at once";
}

}  // namespace
}  // namespace fibrehub::actors::tests
