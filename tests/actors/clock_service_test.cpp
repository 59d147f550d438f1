// The clock service on virtual time, with a store that is a map: what is due is looked at once, in
// time, and nothing is lost when answers, news or the database are.
#include "actors/clock_service.hpp"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "tests/fixtures/actor_fixture.hpp"

namespace fibrehub::actors::tests {
namespace {

using namespace std::chrono_literals;
using domain::instant;
using store::clock_key;
using store::clock_wake;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ClockService : public fixtures::actor_fixture {
 protected:
  void SetUp() override { start(); }
  void TearDown() override {
    held_.clear();
    clocks_.clear();
    service_ = nullptr;
  }
  void start() {
    clock_service_options o;
    o.figures = figures_;
    o.now = [this, clock = wall_clock()] { return clock() + skew_; };
    o.monotonic = [this] { return time_gate::steady{elapsed()}; };
    o.batch = batch_;
    o.storm_batch = storm_batch_;
    o.evaluate = [this](std::vector<clock_key> clocks, store::reply<store::evaluated_clocks> to) {
      if (holds_back_) {
        held_.push_back({std::move(clocks), std::move(to)});
      } else {
        evaluate(clocks, to);
      }
    };
    o.list = [this](const store::list_clocks& ask, store::reply<std::vector<clock_wake>> to) {
      if (away_) {
        to.answer(tl::unexpected(store::error{store::errc::unavailable, "away"}));
        return;
      }
      std::vector<clock_wake> page;
      for (const auto& [k, at] : open_)
        if (k > ask.after && page.size() < 1'000)
          page.push_back({k.ticket_id, k.is_resolution, at});
      to.answer(std::move(page));
    };
    o.list_due = [this](const store::list_due_clocks& ask,
                        store::reply<std::vector<clock_wake>> to) {
      std::vector<clock_wake> found = changed_;
      for (const auto& [k, at] : open_)
        if (at <= ask.until) found.push_back({k.ticket_id, k.is_resolution, at});
      to.answer(std::move(found));
    };
    o.start_clock = [this](caf::actor_system& in, std::int64_t ticket,
                           std::shared_ptr<const clock_answers> to) {
      return clocks_[ticket] = spawn_sla_clock(in, ticket, std::move(to));
    };
    service_ = spawn_clock_service(system(), std::move(o));
    watch(store::untyped(service_));
    run();
  }
  /// As the writer: what is due is recorded, its news go out before its answer.
  void evaluate(const std::vector<clock_key>& clocks,
                const store::reply<store::evaluated_clocks>& to) {
    ++rounds_;
    if (away_) {
      to.answer(tl::unexpected(store::error{store::errc::unavailable, "away"}));
      return;
    }
    store::evaluated_clocks done;
    done.drifted = drifted_;
    for (const clock_key& k : clocks) {
      if (drifted_) break;
      looked_.push_back(k.ticket_id);
      const auto it = open_.find(k);
      std::optional<instant> at;
      if (it != open_.end() && it->second <= time()) {
        ++done.recorded;
        recorded_.insert(k.ticket_id);
        open_.erase(it);
      } else if (it != open_.end()) {
        at = it->second;
      }
      done.wakes.push_back({k.ticket_id, k.is_resolution, at});
    }
    if (!drifted_) store::send(service_, clocks_moved{done.wakes});
    to.answer(std::move(done));
  }
  void stop() {
    store::ask_to_stop(service_);
    run();
    service_ = nullptr;
  }
  instant time() { return wall_clock()() + skew_; }
  void open(std::int64_t ticket, std::chrono::microseconds after, bool is_heard = true) {
    const instant at = time() + after;
    open_[{ticket, true}] = at;
    if (is_heard) store::send(service_, clocks_moved{{{ticket, true, at}}});
  }

  std::map<clock_key, instant> open_;
  std::vector<clock_wake> changed_;
  std::vector<std::int64_t> looked_;
  std::set<std::int64_t> recorded_;
  std::vector<std::pair<std::vector<clock_key>, store::reply<store::evaluated_clocks>>> held_;
  std::shared_ptr<clock_figures> figures_ = std::make_shared<clock_figures>();
  std::chrono::microseconds skew_{0};
  std::size_t batch_ = 256, storm_batch_ = 1'024;
  int rounds_ = 0;
  bool holds_back_ = false, away_ = false, drifted_ = false;
  clock_service service_;
  std::map<std::int64_t, sla_clock> clocks_;  // the last one that was started for each ticket
};

TEST_F(ClockService, LooksAtAClockWhenItsTimeHasComeAndNotBefore) {
  open(7, 10s);
  advance(9'990ms);
  EXPECT_THAT(looked_, IsEmpty());
  EXPECT_EQ(figures_->armed, 1U);
  advance(40ms);
  EXPECT_THAT(looked_, ElementsAre(7));
  advance(10min);
  EXPECT_THAT(looked_, ElementsAre(7)) << "once";
  EXPECT_EQ(figures_->recorded, 1U);
  EXPECT_EQ(figures_->late.count(), 1U);
  EXPECT_LE(figures_->late.sum_us(), 40'000U);
}

TEST_F(ClockService, ArmsAllOpenClocksWhenItStarts) {
  stop();
  for (std::int64_t t = 1; t <= 5; ++t)
    open_[{t, true}] = time() + std::chrono::seconds(t);
  open_[{6, true}] = time() - 1h;  // while the hub was down
  start();
  EXPECT_TRUE(figures_->loaded);
  advance(3'100ms);
  EXPECT_THAT(recorded_, ElementsAre(1, 2, 3, 6));
}

TEST_F(ClockService, ForgetsAClockThatStands) {
  open(7, 10s);
  open_.clear();
  store::send(service_, clocks_moved{{{7, true, std::nullopt}}});
  advance(1min);
  EXPECT_THAT(looked_, IsEmpty());
  EXPECT_EQ(figures_->armed, 0U);
}

TEST_F(ClockService, FindsWhatItDidNotHearOf) {
  advance(1s);
  open(7, 45s, false);
  advance(44s);
  EXPECT_THAT(looked_, IsEmpty());
  advance(2s);
  EXPECT_THAT(looked_, ElementsAre(7));
}

TEST_F(ClockService, FindsWhatAnotherHubMadeEarlier) {
  open(7, 10h);
  open_[{7, true}] = time() + 40s;  // while that one held the database
  advance(41s);
  EXPECT_THAT(recorded_, ElementsAre(7));
}

TEST_F(ClockService, TriesAgainWhenTheDatabaseWasAway) {
  open(7, 10s);
  away_ = true;
  advance(13s);
  EXPECT_THAT(looked_, IsEmpty());
  EXPECT_GE(rounds_, 2);
  EXPECT_LE(rounds_, 4) << "not with every tick";
  away_ = false;
  advance(2s);
  EXPECT_THAT(looked_, ElementsAre(7));
}

TEST_F(ClockService, TriesAgainWhenAnAnswerIsLost) {
  open(7, 10s);
  holds_back_ = true;
  advance(11s);
  ASSERT_EQ(held_.size(), 1U);
  advance(5s);
  EXPECT_EQ(held_.size(), 1U) << "one round at a time";
  holds_back_ = false;
  held_.clear();  // the token answers: nobody took it up
  advance(2s);
  EXPECT_THAT(recorded_, ElementsAre(7));
}

TEST_F(ClockService, BelievesTheNewsOverAnOlderRead) {
  open(7, 10s);
  holds_back_ = true;
  advance(10'040ms);
  ASSERT_EQ(held_.size(), 1U);
  // It is paused while the round is on its way.
  open_.clear();
  store::send(service_, clocks_moved{{{7, true, std::nullopt}}});
  holds_back_ = false;
  evaluate(held_[0].first, held_[0].second);
  advance(1min);
  EXPECT_THAT(recorded_, IsEmpty());
  EXPECT_EQ(looked_.size(), 1U);
}

TEST_F(ClockService, LooksAtManyInBoundedRounds) {
  batch_ = 10;
  storm_batch_ = 20;
  stop();
  start();
  for (std::int64_t t = 1; t <= 35; ++t)
    open(t, 1s);
  advance(1s + 20ms);
  EXPECT_EQ(recorded_.size(), 35U) << "a full round is followed by the next one at once";
  EXPECT_EQ(rounds_, 3) << "of 10, 20 and 5";
}

TEST_F(ClockService, RemindsTheNextOfAStormWhileTheWriterLooksAtTheFirst) {
  batch_ = 10;
  storm_batch_ = 20;
  stop();
  start();
  holds_back_ = true;
  for (std::int64_t t = 1; t <= 50; ++t)
    open(t, 1s);
  advance(1s + 50ms);
  ASSERT_EQ(held_.size(), 1U) << "one round at a time";
  EXPECT_EQ(held_[0].first.size(), 10U);
  EXPECT_EQ(figures_->armed, 20U) << "the 20 after them wait for their turn";
  evaluate(held_[0].first, held_[0].second);
  run();
  ASSERT_EQ(held_.size(), 2U);
  EXPECT_EQ(held_[1].first.size(), 20U);
  holds_back_ = false;
  evaluate(held_[1].first, held_[1].second);
  run();
  EXPECT_EQ(recorded_.size(), 50U);
}

TEST_F(ClockService, HoldsBackTheNextOfAStormWhenARoundFails) {
  batch_ = 10;
  storm_batch_ = 20;
  stop();
  start();
  holds_back_ = true;
  for (std::int64_t t = 1; t <= 50; ++t)
    open(t, 1s);
  advance(1s + 50ms);
  ASSERT_EQ(held_.size(), 1U);
  holds_back_ = false;
  held_.clear();  // nobody took it up
  advance(500ms);
  EXPECT_EQ(rounds_, 0) << "not before its time";
  EXPECT_EQ(figures_->armed, 50U);
  advance(1s);
  EXPECT_EQ(recorded_.size(), 50U);
  EXPECT_EQ(looked_.size(), 50U) << "each once";
}

TEST_F(ClockService, TakesItsTimeWithWhatIsLongLate) {
  stop();
  for (std::int64_t t = 1; t <= 2'000; ++t)
    open_[{t, true}] = time() - 1h;
  start();
  advance(1s);
  EXPECT_GT(recorded_.size(), 900U);
  EXPECT_LT(recorded_.size(), 1'400U);
  advance(2s);
  EXPECT_EQ(recorded_.size(), 2'000U);
}

TEST_F(ClockService, HoldsBackWhileTheDatabaseDisagreesAboutTheTime) {
  open(7, 10s);
  drifted_ = true;
  advance(20s);
  EXPECT_THAT(recorded_, IsEmpty());
  drifted_ = false;
  advance(2s);
  EXPECT_THAT(recorded_, ElementsAre(7));
}

TEST_F(ClockService, HoldsBackForThreeLooksWhenTheWallClockJumps) {
  open(7, 10min);
  advance(1s);
  skew_ = 1h;
  advance(20ms);
  EXPECT_TRUE(figures_->held);
  EXPECT_THAT(looked_, IsEmpty());
  advance(100ms);
  EXPECT_FALSE(figures_->held);
  EXPECT_THAT(looked_, ElementsAre(7)) << "the time is what it is now";
  skew_ = 0s;
  open(8, 10s);
  advance(11s);
  EXPECT_THAT(recorded_, ElementsAre(7, 8)) << "a step back loses nothing";
}

TEST_F(ClockService, GoesByTheRightTimeAsSoonAsTheWrongOneIsGone) {
  open(7, 10s);
  open(8, 30min);
  advance(1s);
  skew_ = 2h;
  drifted_ = true;
  advance(30s);  // they were looked at again and again meanwhile, and looked for as well
  EXPECT_TRUE(figures_->held);
  EXPECT_THAT(looked_, IsEmpty());
  skew_ = 0s;
  drifted_ = false;
  advance(2s);
  EXPECT_THAT(recorded_, ElementsAre(7)) << "it was due twenty seconds ago";
  EXPECT_FALSE(figures_->held);
  advance(30min - 34s);
  EXPECT_THAT(looked_, ElementsAre(7));
  advance(2s);
  EXPECT_THAT(recorded_, ElementsAre(7, 8));
}

TEST_F(ClockService, LooksAtOnceAtClocksWhoseCalendarChanged) {
  open(7, 10h);
  advance(1s);
  changed_ = {{7, true, instant{}}};
  store::send(service_, clocks_moved{{{}}});
  advance(100ms);
  EXPECT_THAT(looked_, ElementsAre(7));
  changed_.clear();
  advance(1min);
  EXPECT_EQ(looked_.size(), 1U);
  EXPECT_EQ(figures_->armed, 1U) << "and goes on for its own time";
}

TEST_F(ClockService, ReadsEverythingAnewWhenItIsNotKnownWhatWasCommitted) {
  open(7, 90s, false);
  store::send(service_, clocks_unknown{});
  run();
  advance(20ms);
  EXPECT_EQ(figures_->armed, 1U);
}

TEST_F(ClockService, HasAnActorForEachTicketWithAClockThatRuns) {
  open(7, 10s);
  store::send(service_, clocks_moved{{{7, false, time() + 5s}}});
  open(8, 20s);
  advance(20ms);
  EXPECT_EQ(figures_->actors, 2U) << "both clocks of a ticket share it";
  store::send(service_, clocks_moved{{{7, true, std::nullopt}}});
  open_.erase({7, true});
  advance(20ms);
  EXPECT_EQ(figures_->actors, 2U);
  store::send(service_, clocks_moved{{{7, false, std::nullopt}}});
  advance(20ms);
  EXPECT_EQ(figures_->actors, 1U);
  advance(30s);
  EXPECT_EQ(figures_->actors, 0U);
  EXPECT_THAT(looked_, ElementsAre(8));
}

TEST_F(ClockService, StartsAClockThatFailedAnewAndForgetsNothing) {
  open(7, 10s);
  open(8, 10s);
  run();
  const sla_clock first = clocks_[7];
  store::kill(first);
  run();
  EXPECT_NE(clocks_[7], first);
  advance(11s);
  EXPECT_THAT(looked_, ::testing::UnorderedElementsAre(7, 8));
}

TEST_F(ClockService, LooksAtThoseThatDoNotAnswerAReminder) {
  open(7, 10s);
  open(8, 10s);
  run();
  // It ends in good order behind the service's back: nobody starts it anew.
  store::ask_to_stop(clocks_[7]);
  run();
  advance(10s + 500ms);
  EXPECT_THAT(looked_, IsEmpty());
  advance(1s);
  EXPECT_THAT(looked_, ::testing::UnorderedElementsAre(7, 8));
}

class SlaClock : public fixtures::actor_fixture {
 protected:
  void SetUp() override {
    clock_ = spawn_sla_clock(
        system(), 7,
        std::make_shared<const clock_answers>([this](clock_answer a) { answers_.push_back(a); }));
    watch(store::untyped(clock_));
    run();
  }
  void TearDown() override { clock_ = nullptr; }
  bool is_due(bool is_resolution, std::chrono::seconds at) {
    store::send(clock_, clock_reminder{is_resolution, instant{} + at, 1});
    run();
    EXPECT_EQ(answers_.back().clock, (clock_key{7, is_resolution}));
    return answers_.back().is_due;
  }
  void set(bool is_resolution, std::optional<std::chrono::seconds> at) {
    clock_set news{is_resolution, {}};
    if (at) news.at = instant{} + *at;
    store::send(clock_, news);
  }
  std::vector<clock_answer> answers_;
  sla_clock clock_;
};

TEST_F(SlaClock, BelievesAReminderThatFitsWhatItKnows) {
  EXPECT_FALSE(is_due(true, 10s)) << "it was never set";
  set(true, 10s);
  set(false, 5s);
  EXPECT_TRUE(is_due(true, 10s));
  EXPECT_TRUE(is_due(true, 10s)) << "until it is told otherwise";
  EXPECT_FALSE(is_due(true, 9s)) << "it was set anew since";
  EXPECT_TRUE(is_due(false, 5s));
  set(true, 20s);
  EXPECT_FALSE(is_due(true, 10s));
  set(true, std::nullopt);
  EXPECT_FALSE(is_due(true, 20s));
  EXPECT_TRUE(is_due(false, 5s));
}

}  // namespace
}  // namespace fibrehub::actors::tests
