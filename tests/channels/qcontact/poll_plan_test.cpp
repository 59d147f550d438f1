// What a plan reads when all goes well, and that paging loses nothing.
#include "tests/channels/qcontact/poll_plan_fixture.hpp"

namespace fibrehub::channels::qcontact {
namespace {

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

}  // namespace
}  // namespace fibrehub::channels::qcontact
