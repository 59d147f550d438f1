// A message of ours comes back before the answer, after it, or without one; it is never another
// message. What was typed on the phone stays what it is.
#include <gmock/gmock.h>

#include "store/row_security.hpp"
#include "tests/store/sends/sends_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using namespace std::chrono_literals;

class Echo : public sends_fixture {
 protected:
  void SetUp() override { uid_ = receive("A1", "DR77 no light"); }
  std::string state() { return ticket(uid_).messages.back().delivery->state; }
  std::string uid_;
};

TEST_F(Echo, OfANamedMessageBeforeTheAnswer) {
  session("WORKING");
  say(uid_, "one");
  const taken_send s = take_one();
  echo(s.stanza, "one");
  EXPECT_EQ(sends(), "accepted 3EB0NAME1 inflight");
  finish(s, send_outcome::accepted, s.stanza);
  EXPECT_EQ(sends(), "accepted 3EB0NAME1 done");
  EXPECT_EQ(ours(), "one 3EB0NAME1");
}

TEST_F(Echo, OfANamedMessageAfterTheAnswer) {
  session("WORKING");
  say(uid_, "one");
  const taken_send s = take_one();
  finish(s, send_outcome::accepted, s.stanza);
  echo(s.stanza, "one", false);  // its source is forgotten when WAHA restarts
  EXPECT_EQ(ours(), "one 3EB0NAME1");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM inbox i JOIN messages m ON m.inbox_id = i.id WHERE"
                    " m.outbound AND i.ticket_id = m.ticket_id"),
            "1");
}

TEST_F(Echo, OfANamelessMessageBeforeTheAnswer) {
  say(uid_, "one");
  const taken_send s = take_one();
  echo("3EB0X", "one");
  EXPECT_EQ(sends(), "accepted 3EB0X inflight");
  finish(s, send_outcome::accepted, "3EB0X");
  EXPECT_EQ(ours(), "one 3EB0X");
}

TEST_F(Echo, OfANamelessMessageAfterAnAnswerThatNamedIt) {
  say(uid_, "one");
  finish(take_one(), send_outcome::accepted, "3EB0X");
  echo("3EB0X", "one");
  EXPECT_EQ(ours(), "one 3EB0X");
}

TEST_F(Echo, OfANamelessMessageAfterAnEmptyAnswer) {
  say(uid_, "one");
  finish(take_one(), send_outcome::accepted);
  EXPECT_EQ(sends(), "accepted - done");
  echo("3EB0X", "one");
  EXPECT_EQ(sends(), "accepted 3EB0X done");
  EXPECT_EQ(ours(), "one 3EB0X");
}

TEST_F(Echo, SettlesAnAttemptThatEndedBadly) {
  say(uid_, "one");
  const taken_send s = take_one();
  echo("3EB0X", "one");
  finish(s, send_outcome::in_doubt);
  EXPECT_EQ(sends(), "accepted 3EB0X done");
  EXPECT_TRUE(take().items.empty()) << "it is not sent again";
}

TEST_F(Echo, OfEqualTextsNamesEachOfThem) {
  say(uid_, "ok");
  say(uid_, "ok");
  finish(take_one(), send_outcome::accepted);
  pass(1s);
  finish(take_one(), send_outcome::accepted);
  apply({echo_item("3EB01", "ok"), echo_item("3EB02", "ok")});
  EXPECT_EQ(sends(), "accepted 3EB01 done\naccepted 3EB02 done");
  EXPECT_EQ(ours(), "ok 3EB01\nok 3EB02");
}

TEST_F(Echo, ManyAtOnceSettleEachInItsOwnWay) {
  const std::string other = "27830000002@c.us", third = "27830000003@c.us";
  const std::string second_uid = receive("B1", "DR78 no light", other);
  const std::string third_uid = receive("C1", "DR79 no light", third);
  say(uid_, "one");
  finish(take_one(), send_outcome::accepted);
  say(second_uid, "two");
  finish(take_one(), send_outcome::in_doubt);
  say(third_uid, "three");
  take_one();
  apply({echo_item("3EB01", "one"), echo_item("3EB02", "two", true, other),
         echo_item("3EB03", "three", true, third), echo_item("3EB09", "typed", false)});
  EXPECT_EQ(sends(), "accepted 3EB01 done\naccepted 3EB02 done\naccepted 3EB03 inflight");
  EXPECT_EQ(ours(), "one 3EB01\ntwo 3EB02\nthree 3EB03\ntyped 3EB09");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM messages m JOIN inbox i ON i.id = m.inbox_id WHERE"
                    " m.outbound AND i.ext_id LIKE '%/' || m.ext_id"),
            "4")
      << "each has its own delivery";
}

TEST_F(Echo, DeliveredTwiceIsADuplicate) {
  say(uid_, "one");
  finish(take_one(), send_outcome::accepted);
  EXPECT_EQ(apply({echo_item("3EB0X", "one")}).front().outcome, disposition::stored);
  EXPECT_EQ(apply({echo_item("3EB0X", "one")}).front().outcome, disposition::duplicate);
  intake_.emplace(intake_rules{});
  EXPECT_EQ(apply({echo_item("3EB0X", "one")}).front().outcome, disposition::duplicate);
  EXPECT_EQ(ours(), "one 3EB0X");
}

TEST_F(Echo, MakesNoHistoryOfItsOwn) {
  say(uid_, "one");
  finish(take_one(), send_outcome::accepted);
  const std::string before = db_.ask("SELECT version || ' ' || message_count FROM tickets");
  echo("3EB0X", "one");
  EXPECT_EQ(db_.ask("SELECT version || ' ' || message_count FROM tickets"), before);
}

TEST_F(Echo, IsNotWhatWasTypedOnThePhone) {
  say(uid_, "one");
  take_one();
  echo("32HEX", "one", false);
  EXPECT_EQ(sends(), "queued - inflight");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM messages WHERE outbound"), "2");
}

TEST_F(Echo, OfWhatMayHaveLeftIsKnownAfterTheBridgeForgotThatItSentIt) {
  say(uid_, "one");
  finish(take_one(), send_outcome::in_doubt);
  echo("3A0123456789ABCDEF0123456789ABCD", "one", false);
  EXPECT_EQ(sends(), "queued - ready") << "no program made this name: it was typed on the phone";
  echo("3EB0X", "one", false);
  EXPECT_EQ(sends(), "accepted 3EB0X done");
  EXPECT_THAT(ours(), ::testing::HasSubstr("one 3EB0X"));
  EXPECT_EQ(db_.ask("SELECT count(*) FROM messages WHERE outbound"), "2");
}

TEST_F(Echo, OfWhatWasTakenWithoutANameIsKnownAfterTheBridgeForgotThatItSentIt) {
  say(uid_, "one");
  finish(take_one(), send_outcome::accepted);
  echo("3EB0X", "one", false);
  EXPECT_EQ(sends(), "accepted 3EB0X done");
  EXPECT_EQ(ours(), "one 3EB0X");
}

TEST_F(Echo, OfWhatIsStillUnderWayIsKnownAfterTheBridgeForgotThatItSentIt) {
  say(uid_, "one");
  const taken_send s = take_one();
  echo("3EB0X", "one", false);
  EXPECT_EQ(sends(), "accepted 3EB0X inflight");
  finish(s, send_outcome::accepted, "3EB0X");
  EXPECT_EQ(ours(), "one 3EB0X");
}

TEST_F(Echo, OfWhatWhatsAppRefusedEndsItAlthoughTheHubDied) {
  say(uid_, "one");
  take_one();
  echo("3EB0X", "one");
  ack("3EB0X", -1);
  EXPECT_EQ(sends(), "failed 3EB0X inflight");
  EXPECT_TRUE(take_anew().items.empty()) << "sent again it would be another message";
  EXPECT_EQ(sends(), "failed 3EB0X dead");
}

TEST_F(Echo, OfWhatWhatsAppRefusedEndsItAlthoughTheCallWasNotAnswered) {
  say(uid_, "one");
  const taken_send s = take_one();
  echo("3EB0X", "one");
  ack("3EB0X", -1);
  finish(s, send_outcome::in_doubt);
  EXPECT_EQ(sends(), "failed 3EB0X dead");
  pass(1h);
  EXPECT_TRUE(take().items.empty());
}

TEST_F(Echo, IsNeitherAnotherTextNorAnotherChatNorOldNews) {
  say(uid_, "one");
  finish(take_one(), send_outcome::accepted);
  echo("3EB0A", "two");
  echo("3EB0B", "one", true, "27830000009@c.us");
  pass(6min);
  echo("3EB0C", "one");
  EXPECT_EQ(sends(), "accepted - done");
}

TEST_F(Echo, IsKnownUnderTheChatsOtherName) {
  ingest hello = chat_item("A2", "me again", "555@lid", false, false);
  std::get<domain::chat_message>(hello.what).author_alt = customer;
  std::get<domain::chat_message>(hello.what).chat_alt = customer;
  apply({hello});
  say(uid_, "one");
  finish(take_one(), send_outcome::accepted);
  echo("3EB0X", "one", true, "555@lid");
  EXPECT_EQ(sends(), "accepted 3EB0X done");
}

TEST_F(Echo, ComesWhileOthersAreLookedUp) {
  say(uid_, "one");
  const taken_send s = take_one();
  std::vector<ingest> many;
  for (int i = 0; i < 5; ++i)
    many.push_back(chat_item(fmt::format("N{}", i), "more", customer, false, false));
  many.push_back(echo_item("3EB0X", "one"));
  many.push_back(ack_item("3EB0X", 2));
  apply(many);
  finish(s, send_outcome::accepted, "3EB0X");
  EXPECT_EQ(sends(), "delivered 3EB0X done");
}

// --- delivery steps -----------------------------------------------------------------------------

TEST_F(Echo, StepsRaiseTheStateAndDateIt) {
  session("WORKING");
  say(uid_, "one");
  const taken_send s = take_one();
  finish(s, send_outcome::accepted, s.stanza);
  pass(1s);
  ack(s.stanza, 1);
  EXPECT_EQ(state(), "sent");
  pass(1s);
  ack(s.stanza, 3);
  ack(s.stanza, 2);
  ack(s.stanza, -1);
  const send_progress p = *ticket(uid_).messages.back().delivery;
  EXPECT_EQ(p.state, "read");
  EXPECT_EQ(p.queued_at, noon);
  EXPECT_EQ(p.accepted_at, noon);
  EXPECT_EQ(p.sent_at, noon + 1s);
  EXPECT_EQ(p.delivered_at, noon + 2s);
  EXPECT_EQ(p.read_at, noon + 2s);
  EXPECT_FALSE(p.ended_at);
}

TEST_F(Echo, StepsThatComeBeforeTheNameCountWhenItIsKnown) {
  say(uid_, "one");
  const taken_send s = take_one();
  ack("3EB0X", 2);
  EXPECT_EQ(state(), "queued");
  finish(s, send_outcome::accepted, "3EB0X");
  EXPECT_EQ(state(), "delivered");
  say(uid_, "two");
  finish(take_one(), send_outcome::accepted);
  ack("3EB0Y", 3);
  echo("3EB0Y", "two");
  EXPECT_EQ(state(), "read");
}

TEST_F(Echo, AStepShowsThatWhatWasGivenUpHasLeft) {
  session("WORKING");
  say(uid_, "one");
  const taken_send s = take_one();
  finish(s, send_outcome::refused);
  EXPECT_EQ(state(), "failed");
  ack(s.stanza, 2);
  EXPECT_EQ(state(), "delivered");
  EXPECT_FALSE(ticket(uid_).messages.back().delivery->ended_at);
}

TEST_F(Echo, AMessageTypedOnThePhoneHasItsStepsAlone) {
  echo("32HEX", "typed", false);
  EXPECT_FALSE(ticket(uid_).messages.back().delivery);
  ack("32HEX", 2);
  EXPECT_EQ(state(), "delivered");
  ack("32HEX", 4);
  EXPECT_EQ(state(), "read");
}

// --- the report ---------------------------------------------------------------------------------

TEST_F(Echo, TheReportCountsByStateAndPages) {
  for (int i = 0; i < 5; ++i)
    say(uid_, fmt::format("m{}", i));
  finish(take_one(), send_outcome::accepted, "3EB00");
  finish(take_one(), send_outcome::refused);
  connection c(db_.options());
  list_sends ask;
  ask.by = person(domain::role::manager);
  ask.limit = 3;
  const send_page first = run(c, ask).value();
  EXPECT_EQ(first.items.size(), 3U);
  EXPECT_EQ(first.counts.at("queued"), 3);
  EXPECT_EQ(first.counts.at("accepted"), 1);
  EXPECT_EQ(first.counts.at("failed"), 1);
  EXPECT_EQ(first.counts.at("read"), 0);
  ask.before_id = first.next_before;
  const send_page second = run(c, ask).value();
  EXPECT_TRUE(second.counts.empty()) << "they stand with the first page";
  EXPECT_EQ(second.items.size(), 2U);
  EXPECT_FALSE(second.next_before);
  EXPECT_EQ(second.items.back().progress.state, "accepted");
  EXPECT_EQ(second.items.back().ticket_uid, uid_);
  ask.before_id.reset();
  ask.state = "failed";
  EXPECT_EQ(run(c, ask)->items.size(), 1U);
  ask.state.clear();
  ask.session = "other";
  EXPECT_EQ(run(c, ask)->items.size(), 0U);
  ask.session.clear();
  ask.from = noon + 1h;
  EXPECT_EQ(run(c, ask)->items.size(), 0U);
  ask.from.reset();
  ask.to = noon;
  EXPECT_EQ(run(c, ask)->counts.at("queued"), 0);
}

TEST_F(Echo, TheReportShowsALeadTheMessagesOfTheirTicketsOnly) {
  say(uid_, "one");
  connection c(db_.options());
  ASSERT_TRUE(prepare_reader_role(c));
  list_sends ask;
  ask.by = person(domain::role::team_lead);
  EXPECT_TRUE(run(c, ask)->items.empty());
  db_.ask("UPDATE tickets SET assigned_to = 1 RETURNING 1");
  EXPECT_EQ(run(c, ask)->items.size(), 1U);
}

}  // namespace
}  // namespace fibrehub::store::tests
