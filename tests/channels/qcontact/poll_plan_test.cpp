#include "channels/qcontact/poll_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace fibrehub::channels::qcontact {
namespace {

using namespace std::chrono_literals;
using domain::instant;

const instant start = *domain::parse_rfc3339("2026-01-05T08:00:00Z");

/// A case at the peer.
struct desk_case {
  std::string id;
  std::int64_t created_s = 0;  // relative to the start
  std::int64_t updated_s = 0;
  std::uint64_t content = 0;
  bool open = true;
};

/// The peer's side of the contract: filter, sort, offset, limit.
class desk {
 public:
  std::vector<desk_case> cases;
  std::size_t most_rows = 1000;

  void add(int from, int to, std::int64_t created_s) {
    for (int i = from; i <= to; ++i)
      cases.push_back({fmt::format("{}", i), created_s + i, created_s + i,
                       static_cast<std::uint64_t>(i), true});
  }
  void touch(const std::string& id, std::int64_t updated_s, bool open = true) {
    for (auto& c : cases)
      if (c.id == id) c = {c.id, c.created_s, updated_s, c.content + 1000, open};
  }
  std::vector<row> page(const page_query& q) const {
    auto list = matching(q);
    std::vector<row> rows;
    for (std::size_t i = q.offset; i < list.size() && rows.size() < std::min(q.limit, most_rows);
         ++i)
      rows.push_back({list[i].id, list[i].content, start + std::chrono::seconds{list[i].updated_s},
                      list[i].open});
    return rows;
  }
  std::int64_t total(const page_query& q) const {
    return static_cast<std::int64_t>(matching(q).size());
  }

 private:
  std::vector<desk_case> matching(const page_query& q) const {
    std::vector<desk_case> list;
    for (const auto& c : cases)
      if (q.everything ? c.open : !q.since || start + std::chrono::seconds{c.updated_s} >= *q.since)
        list.push_back(c);
    std::stable_sort(list.begin(), list.end(), [&](const auto& a, const auto& b) {
      return q.everything ? a.created_s < b.created_s : a.updated_s < b.updated_s;
    });
    return list;
  }
};

/// Drives a plan against the desk and the time; a test steps through by hand or lets it run.
class Plan : public testing::Test {
 protected:
  static plan_settings small_pages(std::size_t size) {
    plan_settings s;
    s.page_size = size;
    return s;
  }
  void use(plan_settings settings) { plan_ = std::make_unique<poll_plan>(settings, 7); }

  moment now() const {
    return {std::chrono::steady_clock::time_point{} + elapsed_, start + elapsed_};
  }
  action next() { return plan_->next(now()); }
  void pass_time(milliseconds by) { elapsed_ += by; }

  /// Answers a page from the desk; returns the ids handed to the store.
  std::vector<std::string> answer(const page_query& query) {
    auto rows = desk_.page(query);
    std::vector<std::string> ids;
    for (auto i : plan_->on_page(rows, desk_.total(query), now()))
      ids.push_back(rows[i].id);
    return ids;
  }
  void commit(const std::vector<std::string>& ids) {
    if (ids.empty()) return;
    for (const auto& id : ids)
      ++stored_[id];
    plan_->on_committed(now());
  }
  /// Does what the plan asks until it wants to wait; returns how long.
  milliseconds run() {
    for (int steps = 0; steps < 10'000; ++steps) {
      auto a = next();
      if (auto* w = std::get_if<wait_for>(&a)) return w->duration;
      if (std::holds_alternative<log_in>(a)) {
        ++logins_;
        plan_->on_login_ok(now());
      } else if (auto* p = std::get_if<ask_page>(&a)) {
        queries_.push_back(p->query);
        commit(answer(p->query));
      } else if (auto* c = std::get_if<ask_case>(&a)) {
        fetched_.push_back(c->id);
        fetch(c->id);
      } else {
        ADD_FAILURE() << "the plan waits for an event that nobody owes";
        return {};
      }
    }
    ADD_FAILURE() << "the plan never rests";
    return {};
  }
  void fetch(const std::string& id) {
    for (const auto& c : desk_.cases)
      if (c.id == id) {
        if (plan_->on_case({c.id, c.content, start + std::chrono::seconds{c.updated_s}, c.open},
                           now()))
          commit({id});
        return;
      }
    plan_->on_case_missing(now());
  }
  page_query expect_page() {
    auto a = next();
    auto* p = std::get_if<ask_page>(&a);
    EXPECT_NE(p, nullptr) << "no page is asked for";
    return p ? p->query : page_query{};
  }
  milliseconds expect_wait() {
    auto a = next();
    auto* w = std::get_if<wait_for>(&a);
    EXPECT_NE(w, nullptr) << "the plan does not wait";
    return w ? w->duration : milliseconds{};
  }
  void expect_login(bool ok = true) {
    auto a = next();
    EXPECT_TRUE(std::holds_alternative<log_in>(a));
    ok ? plan_->on_login_ok(now()) : plan_->on_login_refused(now());
  }
  /// The first import is behind us, everything so far is stored.
  void settle() {
    run();
    queries_.clear();
    logins_ = 0;
  }
  std::size_t stored_count() const { return stored_.size(); }

  desk desk_;
  std::unique_ptr<poll_plan> plan_ = std::make_unique<poll_plan>(plan_settings{}, 7);
  milliseconds elapsed_{};
  std::map<std::string, int> stored_;
  std::vector<page_query> queries_;
  std::vector<std::string> fetched_;
  int logins_ = 0;
};

TEST_F(Plan, LogsInThenReadsTheWholeQueueThenTheRecentChangesThenRests) {
  desk_.add(1, 7, -30 * 24 * 3600);
  auto wait = run();
  EXPECT_EQ(logins_, 1);
  EXPECT_EQ(stored_count(), 7u);
  ASSERT_EQ(queries_.size(), 2u);
  EXPECT_TRUE(queries_[0].everything);
  EXPECT_FALSE(queries_[1].everything);
  EXPECT_EQ(queries_[1].since, start - 7 * 24h - 120s);
  EXPECT_GT(wait, 50s);
  EXPECT_LE(wait, 60s);
}

TEST_F(Plan, AsksForTheNextPageOnlyAfterTheStoreAcknowledgedTheLast) {
  use(small_pages(20));
  desk_.add(1, 50, -3600);
  expect_login();
  auto first = expect_page();
  EXPECT_EQ(first.offset, 0u);
  auto ids = answer(first);
  EXPECT_EQ(ids.size(), 20u);
  EXPECT_TRUE(std::holds_alternative<await_event>(next()));
  pass_time(10min);
  EXPECT_TRUE(std::holds_alternative<await_event>(next()));
  EXPECT_EQ(plan_->backlog(), 30u);
  commit(ids);
  EXPECT_EQ(expect_page().offset, 15u);  // five rows back
}

TEST_F(Plan, ReadsEveryPageOfTheQueueOnceAndHandsEachCaseOverOnce) {
  for (std::size_t size : {1u, 2u, 3u, 10u, 11u, 50u, 200u}) {
    desk_ = {};
    stored_.clear();
    use(small_pages(size));
    desk_.add(1, 137, -3600);
    run();
    EXPECT_EQ(stored_count(), 137u) << size;
    for (const auto& [id, times] : stored_)
      EXPECT_EQ(times, 1) << "page size " << size << ", case " << id;
  }
}

TEST_F(Plan, SeesAChangeAtTheNextPollAndNothingElse) {
  desk_.add(1, 30, -3600);
  settle();
  pass_time(60s);
  desk_.touch("4", 50);
  auto before = stored_;
  run();
  EXPECT_EQ(stored_["4"], before["4"] + 1);
  before["4"]++;
  EXPECT_EQ(stored_, before);
  EXPECT_EQ(plan_->cursor(), start + 50s);
}

TEST_F(Plan, DoesNotHandOverUnchangedCasesInsideTheOverlap) {
  desk_.add(1, 30, -60);
  settle();
  auto before = stored_;
  for (int i = 0; i < 5; ++i) {
    pass_time(60s);
    run();
  }
  EXPECT_EQ(stored_, before);
  EXPECT_EQ(queries_.size(), 5u);
  EXPECT_EQ(queries_.back().since, start - 30s - 120s);
}

TEST_F(Plan, SeesACaseThatIsClosedAtThePeer) {
  desk_.add(1, 5, -3600);
  settle();
  pass_time(60s);
  desk_.touch("2", 55, false);
  run();
  EXPECT_EQ(stored_["2"], 2);
}

TEST_F(Plan, ReadsCasesWithTheSameTimeAcrossAPageBorder) {
  use(small_pages(10));
  settle();
  pass_time(60s);
  for (int i = 1; i <= 37; ++i)
    desk_.cases.push_back({fmt::format("{}", i), 30, 30, 1, true});
  run();
  EXPECT_EQ(stored_count(), 37u);
  // And a further one of the same second that appears only afterwards.
  desk_.cases.push_back({"late", 30, 30, 1, true});
  pass_time(60s);
  run();
  EXPECT_EQ(stored_["late"], 1);
}

TEST_F(Plan, MissesNoRowWhenEditsMoveRowsToTheEndWhilePaging) {
  for (int moved : {1, 3, 5, 9, 19}) {
    desk_ = {};
    stored_.clear();
    elapsed_ = {};
    use(small_pages(20));
    settle();
    pass_time(60s);
    desk_.add(1, 60, -40);
    auto first = expect_page();
    commit(answer(first));
    for (int i = 1; i <= moved; ++i)
      desk_.touch(fmt::format("{}", i), 58);  // leave page one for the end
    run();
    EXPECT_EQ(stored_count(), 60u) << moved;
    for (int i = 1; i <= moved; ++i)
      EXPECT_EQ(stored_[fmt::format("{}", i)], 2);
  }
}

TEST_F(Plan, StepsBackWhenAPageDoesNotJoinOntoTheLast) {
  use(small_pages(20));
  settle();
  pass_time(60s);
  desk_.add(1, 60, -40);
  commit(answer(expect_page()));
  for (int i = 1; i <= 12; ++i)
    desk_.touch(fmt::format("{}", i), 58);
  auto second = expect_page();
  EXPECT_EQ(second.offset, 15u);
  EXPECT_TRUE(answer(second).empty());
  EXPECT_EQ(expect_page().offset, 5u);
  EXPECT_EQ(plan_->counters().steps_back, 1u);
}

TEST_F(Plan, EndsAPassWhoseRowsVanishWhilePaging) {
  use(small_pages(20));
  desk_.add(1, 60, -3600);
  expect_login();
  commit(answer(expect_page()));
  desk_.cases.clear();
  run();
  EXPECT_GE(plan_->counters().passes, 2u);
}

TEST_F(Plan, ReadsOnWhenThePeerGivesFewerRowsThanAskedFor) {
  desk_.add(1, 60, -3600);
  desk_.most_rows = 25;
  run();
  EXPECT_EQ(stored_count(), 60u);
}

TEST_F(Plan, EndsAlthoughThePeersTotalIsAlwaysTooLarge) {
  desk_.add(1, 60, -3600);
  expect_login();
  for (int pages = 0; pages < 20 && plan_->counters().passes == 0; ++pages) {
    auto query = expect_page();
    auto rows = desk_.page(query);
    if (!plan_->on_page(rows, 1'000'000, now()).empty()) plan_->on_committed(now());
  }
  EXPECT_EQ(plan_->counters().passes, 1u);
  EXPECT_EQ(plan_->counters().handed_over, 60u);
}

TEST_F(Plan, LogsInOnceAfterAnExpiredSessionAndAsksForTheSamePageAgain) {
  use(small_pages(20));
  desk_.add(1, 50, -3600);
  expect_login();
  commit(answer(expect_page()));
  auto second = expect_page();
  plan_->on_unauthorised(now());
  expect_login();
  EXPECT_EQ(expect_page(), second);
  commit(answer(second));
  run();
  EXPECT_EQ(stored_count(), 50u);
}

TEST_F(Plan, TakesASessionThatIsRefusedAtOnceForAFailedLogin) {
  expect_login();
  expect_page();
  plan_->on_unauthorised(now());  // the login page again, right after signing in
  EXPECT_EQ(expect_wait(), 60s);
  pass_time(60s);
  expect_login();
  EXPECT_EQ(plan_->counters().login_failures, 1u);
}

TEST_F(Plan, LogsInAtMostOnceAMinuteWithAWrongPassword) {
  int attempts = 0;
  std::optional<milliseconds> last;
  while (elapsed_ < 2h) {
    auto a = next();
    if (auto* w = std::get_if<wait_for>(&a)) {
      pass_time(std::min<milliseconds>(w->duration, 10s));
      if (attempts == 3) plan_->sync_now(now());  // asking for it does not get round the limit
      continue;
    }
    ASSERT_TRUE(std::holds_alternative<log_in>(a));
    ++attempts;
    EXPECT_GE(elapsed_ - last.value_or(-1h), 60s);
    last = elapsed_;
    plan_->on_login_refused(now());
  }
  EXPECT_GE(attempts, 5);
  EXPECT_LE(attempts, 20);
  EXPECT_EQ(plan_->failures_in_a_row(), static_cast<unsigned>(attempts));
}

TEST_F(Plan, WaitsAMinuteBeforeAnotherLoginWhenTheFirstGotNoAnswer) {
  EXPECT_TRUE(std::holds_alternative<log_in>(next()));
  plan_->on_failed(now());
  while (elapsed_ < 59s) {
    auto wait = expect_wait();
    pass_time(std::min<milliseconds>(wait, 1s));
  }
  pass_time(2s);
  EXPECT_TRUE(std::holds_alternative<log_in>(next()));
}

TEST_F(Plan, WaitsAsLongAsRetryAfterSaysEvenWhenAskedToHurry) {
  expect_login();
  auto query = expect_page();
  plan_->on_failed(now(), 120s);
  EXPECT_GE(expect_wait(), 120s);
  EXPECT_LE(expect_wait(), 132s);
  plan_->sync_now(now());
  EXPECT_GE(expect_wait(), 120s);
  pass_time(132s);
  EXPECT_EQ(expect_page(), query);
}

TEST_F(Plan, WaitsNoLongerThanAnHourHoweverLongRetryAfterIs) {
  expect_login();
  expect_page();
  plan_->on_failed(now(), 24h);
  pass_time(1h + 6min);
  expect_page();
}

TEST_F(Plan, BacksOffUpToTheLongestIntervalAndStartsAfreshAfterSuccess) {
  expect_login();
  milliseconds longest{};
  for (int i = 0; i < 15; ++i) {
    expect_page();
    plan_->on_failed(now());
    auto wait = expect_wait();
    EXPECT_LE(wait, 15min);
    longest = std::max(longest, wait);
    pass_time(wait);
  }
  EXPECT_GE(longest, 7min);
  answer(expect_page());
  expect_page();
  plan_->on_failed(now());
  EXPECT_LE(expect_wait(), 2s);
}

TEST_F(Plan, HurriesThroughABackOffWhenAskedTo) {
  expect_login();
  for (int i = 0; i < 8; ++i) {
    expect_page();
    plan_->on_failed(now());
    if (i < 7) pass_time(expect_wait());
  }
  EXPECT_GT(expect_wait(), 60s);
  plan_->sync_now(now());
  expect_page();
}

TEST_F(Plan, KeepsTheCursorAndAsksForTheSamePageWhenTheStoreFails) {
  use(small_pages(20));
  settle();
  pass_time(60s);
  desk_.add(1, 30, -40);
  auto cursor = plan_->cursor();
  auto query = expect_page();
  EXPECT_EQ(answer(query).size(), 20u);
  plan_->on_commit_failed(now());
  EXPECT_EQ(plan_->cursor(), cursor);
  auto wait = expect_wait();
  EXPECT_LE(wait, 1s);
  pass_time(wait);
  EXPECT_EQ(expect_page(), query);
  auto again = answer(query);
  EXPECT_EQ(again.size(), 20u);
  commit(again);
  EXPECT_EQ(plan_->cursor(), start - 20s);
}

TEST_F(Plan, MovesTheCursorPageByPageOnlyWhileTheRowsComeInOrder) {
  use(small_pages(2));
  settle();
  pass_time(60s);
  auto rows = [](std::vector<std::pair<const char*, int>> list) {
    std::vector<row> out;
    for (auto [id, s] : list)
      out.push_back({id, 1, start + std::chrono::seconds{s}, true});
    return out;
  };
  auto cursor = plan_->cursor();
  expect_page();
  plan_->on_page(rows({{"a", 50}, {"b", 10}}), {}, now());
  plan_->on_committed(now());
  EXPECT_EQ(plan_->cursor(), cursor);
  expect_page();
  plan_->on_page(rows({{"b", 10}}), {}, now());
  EXPECT_EQ(plan_->cursor(), start + 50s);
}

TEST_F(Plan, DoesNotFollowADateInTheFuture) {
  settle();
  pass_time(60s);
  desk_.cases.push_back({"1", 0, 10 * 365 * 24 * 3600LL, 1, true});
  run();
  EXPECT_EQ(plan_->cursor(), start + 60s);
}

TEST_F(Plan, ReconcilesOnceADayAndFetchesWhatHasVanished) {
  desk_.add(1, 5, -30 * 24 * 3600);
  settle();
  EXPECT_EQ(plan_->counters().reconciliations, 1u);
  // Case 3 moves to another queue: it is in no list any more, but can be fetched.
  auto moved = desk_.cases[2];
  desk_.cases.erase(desk_.cases.begin() + 2);
  std::optional<milliseconds> reconciled;
  while (elapsed_ < 24h) {
    pass_time(std::min<milliseconds>(run(), 10min));
    if (!reconciled && plan_->counters().reconciliations == 2) reconciled = elapsed_;
  }
  ASSERT_TRUE(reconciled);
  EXPECT_GE(*reconciled, 18h);  // 02:00 UTC
  EXPECT_LE(*reconciled, 18h + 30min);
  EXPECT_EQ(plan_->counters().reconciliations, 2u);
  EXPECT_EQ(fetched_, std::vector<std::string>{moved.id});
  EXPECT_EQ(stored_count(), 5u);
}

TEST_F(Plan, HandsUnchangedCasesOverToNobodyAtAReconciliation) {
  desk_.add(1, 60, -30 * 24 * 3600);
  settle();
  auto before = stored_;
  pass_time(18h + 15min);
  run();
  EXPECT_EQ(plan_->counters().reconciliations, 2u);
  EXPECT_EQ(stored_, before);
}

TEST_F(Plan, FetchesACaseItIsToldAboutAndForgetsOneThatDoesNotExist) {
  desk_.add(1, 3, -3600);
  settle();
  desk_.touch("2", 1);
  EXPECT_TRUE(plan_->want_case("2"));
  EXPECT_TRUE(plan_->want_case("2"));
  EXPECT_TRUE(plan_->want_case("99"));
  run();
  EXPECT_EQ(fetched_, (std::vector<std::string>{"2", "99"}));
  EXPECT_EQ(stored_["2"], 2);
  EXPECT_EQ(plan_->backlog(), 0u);
}

TEST_F(Plan, GivesACaseThatCannotBeFetchedUpAfterFiveTries) {
  settle();
  plan_->want_case("1");
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(std::holds_alternative<ask_case>(next()));
    plan_->on_failed(now());
    pass_time(expect_wait());
  }
  EXPECT_EQ(plan_->counters().singles_dropped, 1u);
  EXPECT_EQ(plan_->backlog(), 0u);
}

TEST_F(Plan, BoundsTheCasesThatWaitToBeFetched) {
  plan_settings s;
  s.single_limit = 2;
  use(s);
  EXPECT_TRUE(plan_->want_case("1"));
  EXPECT_TRUE(plan_->want_case("2"));
  EXPECT_FALSE(plan_->want_case("3"));
}

TEST_F(Plan, HandsACaseOverAgainRatherThanRememberWithoutBound) {
  plan_settings s;
  s.seen_limit = 10;
  use(s);
  desk_.add(1, 30, -60);
  settle();
  pass_time(60s);
  run();
  EXPECT_EQ(stored_count(), 30u);
}

TEST_F(Plan, IgnoresEventsNobodyWaitsFor) {
  settle();
  auto cursor = plan_->cursor();
  plan_->on_committed(now());
  plan_->on_commit_failed(now());
  EXPECT_TRUE(plan_->on_page({{"x", 1, start, true}}, 1, now()).empty());
  EXPECT_FALSE(plan_->on_case({"x", 1, start, true}, now()));
  EXPECT_EQ(plan_->cursor(), cursor);
  EXPECT_GT(expect_wait(), 0ms);
}

}  // namespace
}  // namespace fibrehub::channels::qcontact
