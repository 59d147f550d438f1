// A taking whose answer was lost: what it took was never begun by anybody.
#include <gmock/gmock.h>

#include "tests/store/sends/sends_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

class Unheard : public sends_fixture {
 protected:
  taken_sends take_after_unheard(std::vector<std::int64_t> held = {}) {
    take_sends request;
    request.somebody_was_lost = true;
    request.never_begun = true;
    request.held = std::move(held);
    return take(std::move(request));
  }
};

TEST_F(Unheard, ItLeavesAtOnceWithoutADoubtAndAttemptsStayWhatTheyWere) {
  say(receive("A1", "DR77 no light"), "one");
  ASSERT_EQ(take_one().stanza, "") << "it has no name to ask by";
  const taken_sends again = take_after_unheard();
  ASSERT_EQ(again.items.size(), 1U);
  EXPECT_FALSE(again.items[0].in_doubt);
  EXPECT_EQ(again.items[0].attempts, 1U);
  EXPECT_EQ(again.uncertain, 0U);
  finish(again.items[0], send_outcome::accepted, "3EB0X");
  EXPECT_EQ(sends(), "accepted 3EB0X done");
}

TEST_F(Unheard, WhatIsHeldStaysUnderWay) {
  say(receive("A1", "DR77 no light"), "one");
  const taken_send held = take_one();
  EXPECT_THAT(take_after_unheard({held.outbox_id}).items, IsEmpty());
  EXPECT_EQ(finish(held, send_outcome::accepted, "3EB0X"), R"({"settled":true})");
}

TEST_F(Unheard, AnOlderDoubtStays) {
  session("WORKING");
  say(receive("A1", "DR77 no light"), "one");
  finish(take_one(), send_outcome::in_doubt);
  pass(10s);
  ASSERT_TRUE(take_one().in_doubt);
  const taken_sends again = take_after_unheard();
  ASSERT_EQ(again.items.size(), 1U);
  EXPECT_TRUE(again.items[0].in_doubt);
}

TEST_F(Unheard, WhatItsEchoEndedMeanwhileIsOver) {
  session("WORKING");
  say(receive("A1", "DR77 no light"), "one");
  finish(take_one(), send_outcome::in_doubt);
  pass(10s);
  echo(take_one().stanza, "one");
  EXPECT_THAT(take_after_unheard().items, IsEmpty());
  EXPECT_EQ(sends(), "accepted 3EB0NAME1 done");
}

TEST_F(Unheard, AfterADeathItIsInDoubtAsBefore) {
  say(receive("A1", "DR77 no light"), "one");
  take_one();
  EXPECT_THAT(take_anew().items, IsEmpty());
  EXPECT_EQ(db_.ask("SELECT in_doubt FROM wa_sends"), "t");
}

}  // namespace
}  // namespace fibrehub::store::tests
