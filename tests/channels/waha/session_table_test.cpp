#include "channels/waha/session_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channels/waha/session_pulls.hpp"

namespace fibrehub::channels::waha {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr domain::instant noon = domain::from_us(1'795'300'000'000'000);

session_info info(const std::string& name, const std::string& status, const std::string& me = "") {
  return {name, status, me, "", ""};
}
std::vector<std::string> changed(const session_table::difference& d) {
  std::vector<std::string> out;
  for (const auto& s : d.changed)
    out.push_back(s.name + " " + s.status);
  return out;
}
domain::session_status told(const std::string& name, const std::string& status,
                            domain::instant at) {
  domain::session_status s;
  s.session = name;
  s.status = status;
  s.at = at;
  return s;
}

TEST(SessionTable, OnlyWhatDiffersIsWritten) {
  session_table t;
  EXPECT_THAT(changed(t.listed({info("a", "WORKING"), info("b", "STOPPED")}, noon, noon)),
              ElementsAre("a WORKING", "b STOPPED"));
  EXPECT_THAT(
      changed(t.listed({info("a", "WORKING"), info("b", "STOPPED")}, noon + 1min, noon + 1min)),
      IsEmpty());
  EXPECT_THAT(
      changed(t.listed({info("a", "FAILED"), info("b", "STOPPED")}, noon + 2min, noon + 2min)),
      ElementsAre("a FAILED"));
  // A state other than WORKING is written again before senders forget it.
  EXPECT_THAT(
      changed(t.listed({info("a", "FAILED"), info("b", "STOPPED")}, noon + 5min, noon + 5min)),
      ElementsAre("b STOPPED"));
  EXPECT_EQ(t.count()[place_of_state("FAILED")], 1);
}

TEST(SessionTable, WhatWasToldSinceTheLookIsNewer) {
  session_table t;
  t.listed({info("a", "STARTING")}, noon, noon);
  EXPECT_TRUE(t.told(told("a", "WORKING", noon + 1s), noon + 61s));
  EXPECT_THAT(changed(t.listed({info("a", "STARTING")}, noon + 60s, noon + 62s)), IsEmpty());
  EXPECT_EQ(t.find("a")->info.status, "WORKING");
  // Out of order: an older state changes nothing.
  EXPECT_FALSE(t.told(told("a", "SCAN_QR_CODE", noon), noon + 63s));
}

TEST(SessionTable, WhatWasToldIsConfirmedByOneLook) {
  // The database may have taken the state for older than what a look of another clock had noted.
  session_table t;
  t.listed({info("a", "STARTING")}, noon, noon);
  EXPECT_TRUE(t.told(told("a", "WORKING", noon - 90s), noon + 10s));
  // This look was begun before: it could not outdate anything.
  EXPECT_THAT(changed(t.listed({info("a", "STARTING")}, noon + 9s, noon + 11s)), IsEmpty());
  // So close to what was told, the look would count as older.
  EXPECT_THAT(changed(t.listed({info("a", "WORKING")}, noon + 12s, noon + 12s)), IsEmpty());
  EXPECT_THAT(changed(t.listed({info("a", "WORKING")}, noon + 60s, noon + 60s)),
              ElementsAre("a WORKING"));
  EXPECT_THAT(changed(t.listed({info("a", "WORKING")}, noon + 120s, noon + 120s)), IsEmpty());
  // Told again, noted again; what could not be written is written with the next look.
  EXPECT_TRUE(t.told(told("a", "WORKING", noon + 121s), noon + 121s));
  EXPECT_THAT(changed(t.listed({info("a", "WORKING")}, noon + 180s, noon + 180s)),
              ElementsAre("a WORKING"));
  t.not_written({"a"});
  EXPECT_THAT(changed(t.listed({info("a", "WORKING")}, noon + 240s, noon + 240s)),
              ElementsAre("a WORKING"));
  EXPECT_THAT(changed(t.listed({info("a", "WORKING")}, noon + 300s, noon + 300s)), IsEmpty());
}

TEST(SessionTable, WhoItIsStaysKnownWhileItIsNotConnected) {
  session_table t;
  t.listed({info("a", "WORKING", "27@c.us")}, noon, noon);
  const auto d = t.listed({info("a", "STARTING")}, noon + 1min, noon + 1min);
  ASSERT_EQ(d.changed.size(), 1U);
  EXPECT_EQ(d.changed[0].me, "27@c.us");
}

TEST(SessionTable, WhatTheBridgeHasNoMoreIsGone) {
  session_table t;
  t.listed({info("a", "WORKING"), info("b", "WORKING")}, noon, noon);
  const auto d = t.listed({info("b", "WORKING")}, noon + 1min, noon + 1min);
  EXPECT_THAT(d.gone, ElementsAre("a"));
  EXPECT_EQ(t.find("a"), nullptr);
}

TEST(SessionTable, WhatIsBeingMadeIsNotGoneYet) {
  session_table t;
  t.get("new", noon);
  EXPECT_THAT(t.listed({}, noon + 1s, noon + 1s).gone, IsEmpty());
  EXPECT_NE(t.find("new"), nullptr);
  // Nobody ever saw it: it is forgotten without a word.
  EXPECT_THAT(t.listed({}, noon + 3min, noon + 3min).gone, IsEmpty());
  EXPECT_EQ(t.find("new"), nullptr);
}

TEST(SessionTable, WhatCouldNotBeWrittenIsWrittenWithTheNextLook) {
  session_table t;
  t.listed({info("a", "WORKING")}, noon, noon);
  t.not_written({"a"});
  EXPECT_THAT(changed(t.listed({info("a", "WORKING")}, noon + 1min, noon + 1min)),
              ElementsAre("a WORKING"));
}

TEST(PullQueue, AFewAtATimeInTheirOrder) {
  pull_queue q(2);
  const auto any = [](const std::string&) { return true; };
  for (const char* name : {"a", "b", "c", "a"})
    q.owed(name);
  EXPECT_EQ(q.next(any), "a");
  EXPECT_EQ(q.next(any), "b");
  EXPECT_FALSE(q.next(any));
  EXPECT_EQ(q.waiting(), 1U);
  q.ended("a", false);
  EXPECT_EQ(q.next(any), "c");
  q.ended("b", true);
  EXPECT_EQ(q.next(any), "b");
}

TEST(PullQueue, OneThatIsOwedAgainWhileItRunsFollows) {
  pull_queue q(1);
  const auto any = [](const std::string&) { return true; };
  q.owed("a");
  EXPECT_EQ(q.next(any), "a");
  q.owed("a");
  EXPECT_FALSE(q.next(any));
  q.ended("a", false);
  EXPECT_EQ(q.next(any), "a");
  q.ended("a", false);
  EXPECT_FALSE(q.is_known("a"));
}

TEST(PullQueue, OneThatFailedRestsAndHoldsNobodyUp) {
  pull_queue q(1);
  const auto any = [](const std::string&) { return true; };
  q.owed("a");
  q.owed("b");
  q.next(any);
  EXPECT_EQ(q.failed("a"), 0U);
  EXPECT_EQ(q.next(any), "b");
  q.ended("b", false);
  EXPECT_FALSE(q.next(any));
  q.rested("a");
  EXPECT_EQ(q.next(any), "a");
  EXPECT_EQ(q.failed("a"), 1U);
}

TEST(PullQueue, WhoCannotBePulledLeavesTheQueue) {
  pull_queue q(1);
  q.owed("a");
  EXPECT_FALSE(q.next([](const std::string&) { return false; }));
  EXPECT_FALSE(q.is_known("a"));
  EXPECT_EQ(q.running(), 0U);
}

}  // namespace
}  // namespace fibrehub::channels::waha
