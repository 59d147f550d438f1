// What may have left is never called failed and never sent a second time unasked: when its time is
// over, when an admin gives it up or wants it again, and where its session does not work.
#include <gmock/gmock.h>

#include "store/notify/upkeep.hpp"
#include "store/sends/settle.hpp"
#include "tests/store/sends/sends_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Doubt : public sends_fixture {
 protected:
  void SetUp() override { uid_ = receive("A1", "DR77 no light"); }
  /// An attempt that was not answered; its row.
  std::int64_t in_doubt() {
    say(uid_, "one");
    const taken_send s = take_one();
    finish(s, send_outcome::in_doubt);
    return s.outbox_id;
  }
  std::string why() const { return db_.ask("SELECT reason FROM wa_sends ORDER BY id LIMIT 1"); }

  std::string uid_;
};

TEST_F(Doubt, StaysWhenItsTimeIsOver) {
  session("WORKING");
  in_doubt();
  pass(73h);
  ASSERT_TRUE(change(tidy_up{}));
  EXPECT_EQ(sends(), "uncertain 3EB0NAME1 dead");
  EXPECT_EQ(why(), "it may have left: not delivered within 72 h");
  EXPECT_THAT(db_.ask("SELECT body FROM notifications"), HasSubstr("may have left"));
}

TEST_F(Doubt, IsNoneOfWhatMayBeDoneTwiceOrNeverBegan) {
  say(uid_, "one");
  finish(take_one(), send_outcome::again);
  pass(73h);
  ASSERT_TRUE(change(tidy_up{}));
  EXPECT_EQ(sends(), "failed - dead");
  EXPECT_EQ(why(), "not delivered within 72 h");
}

TEST_F(Doubt, StaysWhenAnAdminGivesItUp) {
  const std::int64_t row = in_doubt();
  ASSERT_TRUE(change(cancel_outbox{row}));
  EXPECT_EQ(sends(), "uncertain - dead");
  EXPECT_EQ(why(), "it may have left: cancelled");
}

TEST_F(Doubt, IsOverWithAStepThatIsToldBeforeTheEcho) {
  session("WORKING");
  in_doubt();
  ack("3EB0NAME1", 1);
  EXPECT_EQ(sends(), "sent 3EB0NAME1 done");
  pass(1h);
  EXPECT_THAT(take().items, IsEmpty()) << "it has left, and is not sent again";
}

TEST_F(Doubt, IsOverWithARefusalThatIsToldBeforeTheEcho) {
  session("WORKING");
  in_doubt();
  ack("3EB0NAME1", -1);
  EXPECT_EQ(sends(), "failed 3EB0NAME1 dead");
  pass(1h);
  EXPECT_THAT(take().items, IsEmpty());
}

TEST_F(Doubt, WithoutANameIsSettledThoughTheSessionDoesNotWork) {
  in_doubt();
  pass(61s);
  session("FAILED");
  const taken_sends got = take();
  EXPECT_THAT(got.items, IsEmpty());
  EXPECT_EQ(got.uncertain, 1U);
  EXPECT_EQ(sends(), "uncertain - dead");
  EXPECT_THAT(db_.ask("SELECT body FROM notifications"), HasSubstr("uncertain"));
}

TEST_F(Doubt, WithoutANameIsAPersonsToDecide) {
  const std::int64_t row = in_doubt();
  ASSERT_TRUE(change(cancel_outbox{row}));
  const write_outcome again = change(retry_outbox{row});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().reason, "uncertain");
  EXPECT_THAT(again.error().message, HasSubstr("settle"));
  EXPECT_THAT(take().items, IsEmpty());
  ASSERT_TRUE(
      change(settle_send{std::stoll(db_.ask("SELECT id FROM wa_sends")), settled_as::resend}));
  EXPECT_EQ(take_one().text, "one");
}

TEST_F(Doubt, WithANameIsAskedAboutBeforeItIsSentAgain) {
  session("WORKING");
  const std::int64_t row = in_doubt();
  ASSERT_TRUE(change(cancel_outbox{row}));
  ASSERT_TRUE(change(retry_outbox{row}));
  const taken_send again = take_one();
  EXPECT_TRUE(again.in_doubt);
  EXPECT_EQ(again.stanza, "3EB0NAME1");
}

TEST_F(Doubt, WhatWasTakenBackIsNotSentByARetry) {
  say(uid_, "one");
  const std::int64_t message = std::stoll(db_.ask("SELECT max(id) FROM messages WHERE outbound"));
  ASSERT_TRUE(command({uid_, {}, domain::act_on_message{domain::message_act::erase, message, {}}},
                      person(as_)));
  const std::int64_t row = std::stoll(db_.ask("SELECT outbox_id FROM wa_sends"));
  const write_outcome again = change(retry_outbox{row});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, errc::conflict);
  EXPECT_EQ(again.error().reason, "cancelled");
  EXPECT_EQ(sends(), "cancelled - dead");
  EXPECT_THAT(take().items, IsEmpty());
}

// --- who hears of it ----------------------------------------------------------------------------

class HearsOfSends : public Doubt {
 protected:
  using circle = domain::event_access::circle;
  /// Of the last change.
  circle told() const {
    EXPECT_EQ(events_.size(), 1U);
    return events_.empty() ? circle::overseers : events_[0].access.who;
  }
  void owe_notice(const std::string& kind) const {
    db_.ask(
        fmt::format("INSERT INTO outbox (key, channel, lane, ticket_id, body, next_at,"
                    " created_at) SELECT '{0}', 'whatsapp', '{0}', id, '{{\"kind\":\"{0}\","
                    "\"to\":\"27840000001\",\"text\":\"x\"}}', '2000-01-01', '2000-01-01' FROM"
                    " tickets RETURNING 1",
                    kind));
  }
};

TEST_F(HearsOfSends, WhoeverSeesTheTicketHearsOfMessagesToTheClient) {
  say(uid_, "one");
  finish(take_one(), send_outcome::accepted, "3EB01");
  EXPECT_EQ(told(), circle::ticket);
  owe_notice("client_received");
  finish(take_one(), send_outcome::accepted, "3EB02");
  EXPECT_EQ(told(), circle::ticket);
}

TEST_F(HearsOfSends, OnlyStaffHearsOfWhatIsSaidAmongStaff) {
  say(uid_, "one");
  db_.ask("UPDATE messages SET internal = true WHERE outbound RETURNING 1");
  finish(take_one(), send_outcome::accepted, "3EB01");
  EXPECT_EQ(told(), circle::ticket_staff);
  const std::int64_t message = std::stoll(db_.ask("SELECT max(id) FROM messages WHERE outbound"));
  ASSERT_TRUE(command({uid_, {}, domain::act_on_message{domain::message_act::react, message, "x"}},
                      person(as_)));
  finish(take_one(), send_outcome::accepted);
  EXPECT_EQ(told(), circle::ticket_staff) << "a reaction to it";
}

TEST_F(HearsOfSends, OnlyStaffHearsOfWhatStaffIsTold) {
  owe_notice("assigned");
  finish(take_one(), send_outcome::accepted, "3EB01");
  EXPECT_EQ(told(), circle::ticket_staff);
}

}  // namespace
}  // namespace fibrehub::store::tests
