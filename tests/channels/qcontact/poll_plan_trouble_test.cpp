// What a plan does about sessions that end, a desk or a store that is away, and cases that vanish.
#include "tests/channels/qcontact/poll_plan_fixture.hpp"

namespace fibrehub::channels::qcontact {
namespace {

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
