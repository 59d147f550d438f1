// What a bridge is given to send, in which order, and what becomes of it.
#include <gmock/gmock.h>

#include "store/notify/upkeep.hpp"
#include "tests/store/sends/sends_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Take : public sends_fixture {
 protected:
  std::vector<std::string> texts(const taken_sends& got) {
    std::vector<std::string> out;
    for (const taken_send& s : got.items)
      out.push_back(s.text);
    return out;
  }
  void owe_notice(const std::string& phone, const std::string& key = "n1") {
    db_.ask(fmt::format(
        "INSERT INTO outbox (key, channel, lane, user_id, body, next_at, created_at) VALUES ('{}',"
        " 'whatsapp', 'user:1', 1, '{{\"kind\":\"assigned\",\"to\":\"{}\",\"text\":\"yours "
        "now\"}}',"
        " {}, {}) RETURNING 1",
        key, phone, at(), at()));
  }
  std::string at() const {
    return fmt::format("(timestamptz 'epoch' + {} * interval '1 microsecond')",
                       domain::to_us(now_));
  }
};

TEST_F(Take, GivesTheMessagesOfAChatOneByOneInTheirOrder) {
  const std::string uid = receive("A1", "DR77 no light");
  for (const char* text : {"one", "two", "three"})
    say(uid, text);
  for (const char* text : {"one", "two", "three"}) {
    const taken_send s = take_one();
    EXPECT_EQ(s.text, text);
    EXPECT_THAT(take().items, IsEmpty()) << "the one before is not finished";
    finish(s, send_outcome::accepted, "3EB0" + s.text);
  }
  EXPECT_EQ(sends(), "accepted 3EB0one done\naccepted 3EB0two done\naccepted 3EB0three done");
}

TEST_F(Take, KeepsALaneWaitingBehindWhatIsToBeTriedAgain) {
  const std::string uid = receive("A1", "DR77 no light");
  say(uid, "one");
  say(uid, "two");
  finish(take_one(), send_outcome::again);
  EXPECT_THAT(take().items, IsEmpty());
  EXPECT_EQ(take().next_at, now_ + 10s);
  pass(10s);
  const taken_send again = take_one();
  EXPECT_EQ(again.text, "one");
  EXPECT_EQ(again.attempts, 2U);
  EXPECT_FALSE(again.in_doubt);
}

TEST_F(Take, GivesOneOfEachSessionAndNothingOfBusyOnes) {
  const std::string a = receive("A1", "DR77 no light");
  const std::string b = receive("B1", "DR78 no light", "27830000002@c.us");
  session_ = "second";
  const std::string c = receive("C1", "DR79 no light", "27830000003@c.us");
  say(a, "to a");
  say(b, "to b");
  say(c, "to c");
  EXPECT_THAT(texts(take()), ElementsAre("to a", "to c"));
  take_sends busy;
  busy.busy_sessions = {"default"};
  EXPECT_THAT(take(busy).items, IsEmpty());
  take_sends lane;
  lane.busy_lanes = {"main/default/27830000002@c.us"};
  EXPECT_THAT(take(lane).items, IsEmpty());
  EXPECT_THAT(texts(take()), ElementsAre("to b"));
}

TEST_F(Take, LeavesSessionsAloneThatAreKnownNotToWorkUntilTheNewsIsOld) {
  const std::string uid = receive("A1", "DR77 no light");
  say(uid, "one");
  session("SCAN_QR_CODE");
  EXPECT_THAT(take().items, IsEmpty());
  pass(11min);
  const taken_send asked = take_one();
  finish(asked, send_outcome::again);
  pass(10s);
  session("WORKING");
  EXPECT_EQ(take_one().text, "one");
}

TEST_F(Take, NamesAMessageBeforeItLeavesWhereTheEngineTakesNames) {
  const std::string uid = receive("A1", "DR77 no light");
  session("WORKING");
  say(uid, "one");
  const taken_send first = take_one();
  EXPECT_EQ(first.stanza, "3EB0NAME1");
  EXPECT_EQ(sends(), "queued 3EB0NAME1 inflight");
  EXPECT_EQ(ours(), "one 3EB0NAME1");
  finish(first, send_outcome::again);
  pass(10s);
  EXPECT_EQ(take_one().stanza, "3EB0NAME1") << "the same, however often it is tried";
  session("WORKING", "WEBJS", "2026.7.1");
  session_ = "second";
}

TEST_F(Take, LeavesTheNameToEnginesThatTakeNone) {
  session("WORKING", "WEBJS", "2026.7.1");
  say(receive("A1", "DR77 no light"), "one");
  const taken_send s = take_one();
  EXPECT_EQ(s.stanza, "");
  finish(s, send_outcome::accepted, "3EB0WEBJS");
  EXPECT_EQ(sends(), "accepted 3EB0WEBJS done");
  EXPECT_EQ(ours(), "one 3EB0WEBJS");
}

TEST_F(Take, ARefusedMessageHasFailedAndTheAdminsHearOfIt) {
  const std::string uid = receive("A1", "DR77 no light");
  say(uid, "one");
  say(uid, "two");
  finish(take_one(), send_outcome::refused, {}, "WAHA answered 422");
  EXPECT_EQ(sends(), "failed - dead\nqueued - ready");
  EXPECT_EQ(ticket(uid).messages[1].delivery->reason, "WAHA answered 422");
  EXPECT_THAT(db_.ask("SELECT subject || ': ' || body FROM notifications"),
              HasSubstr("WAHA answered 422"));
  EXPECT_EQ(take_one().text, "two") << "the lane goes on";
}

TEST_F(Take, AReasonOfAnyCharactersIsShownAsItWasGiven) {
  const std::string uid = receive("A1", "DR77 no light");
  say(uid, "hello");
  finish(take_one(), send_outcome::refused, {},
         "no\x1f"
         "12\x1f\ttoo \x1e late");
  EXPECT_EQ(ticket(uid).messages[1].delivery->reason,
            "no\x1f"
            "12\x1f\ttoo \x1e late");
}

TEST_F(Take, AReasonIsNotForClients) {
  const std::string uid = receive("A1", "DR77 no light");
  db_.ask("INSERT INTO clients (id, code, name) VALUES (5, 'A', 'A')");
  db_.ask("UPDATE tickets SET client_id = 5");
  say(uid, "hello");
  finish(take_one(), send_outcome::refused, {}, "WAHA answered 422");
  domain::principal client = person(domain::role::client);
  client.client_id = 5;
  connection c(db_.options());
  const auto seen = run(c, get_ticket{uid, 50, 200, 50, client}).value();
  EXPECT_EQ(seen.messages[1].delivery->state, "failed");
  EXPECT_EQ(seen.messages[1].delivery->reason, "");
}

TEST_F(Take, AnAdminMayHaveAFailedMessageSentAgainOrGiveOneUp) {
  const std::string uid = receive("A1", "DR77 no light");
  say(uid, "one");
  finish(take_one(), send_outcome::refused);
  const std::int64_t row = std::stoll(db_.ask("SELECT id FROM outbox WHERE channel = 'whatsapp'"));
  ASSERT_TRUE(change(retry_outbox{row}));
  EXPECT_EQ(sends(), "queued - ready");
  ASSERT_TRUE(change(cancel_outbox{row}));
  EXPECT_EQ(sends(), "failed - dead");
  EXPECT_EQ(ticket(uid).messages[1].delivery->reason, "cancelled");
}

TEST_F(Take, WhatWaitsForThreeDaysHasFailed) {
  const std::string uid = receive("A1", "DR77 no light");
  say(uid, "one");
  pass(73h);
  tidy_up request;
  ASSERT_TRUE(change(request));
  EXPECT_EQ(sends(), "failed - dead");
  EXPECT_EQ(ticket(uid).messages[1].delivery->reason, "not delivered within 72 h");
}

// --- what was lost in flight --------------------------------------------------------------------

TEST_F(Take, WhatADeadHubHadInFlightIsAskedAboutByItsName) {
  session("WORKING");
  say(receive("A1", "DR77 no light"), "one");
  take_one();
  const taken_sends again = take_anew();
  ASSERT_EQ(again.items.size(), 1U);
  EXPECT_TRUE(again.items[0].in_doubt);
  EXPECT_EQ(again.items[0].stanza, "3EB0NAME1");
  finish(again.items[0], send_outcome::accepted, "3EB0NAME1");
  EXPECT_EQ(sends(), "accepted 3EB0NAME1 done");
}

TEST_F(Take, WhatHasNoNameWaitsForItsEchoAndIsUncertainWithoutOne) {
  const std::string uid = receive("A1", "DR77 no light");
  say(uid, "one");
  take_one();
  EXPECT_THAT(take_anew().items, IsEmpty());
  EXPECT_EQ(sends(), "queued - ready");
  pass(61s);
  const taken_sends later = take();
  EXPECT_THAT(later.items, IsEmpty());
  EXPECT_EQ(later.uncertain, 1U);
  EXPECT_EQ(sends(), "uncertain - dead");
  EXPECT_THAT(db_.ask("SELECT body FROM notifications"), HasSubstr("uncertain"));
  EXPECT_EQ(ticket(uid).messages[1].delivery->state, "uncertain");
}

TEST_F(Take, AnEchoSettlesWhatWasLostWhenItComesInTimeOrLate) {
  const std::string uid = receive("A1", "DR77 no light");
  say(uid, "one");
  take_one();
  take_anew();
  pass(5s);
  echo("3EB0LATE", "one");
  EXPECT_EQ(sends(), "accepted 3EB0LATE done");
  EXPECT_EQ(ours(), "one 3EB0LATE");
  say(uid, "two");
  take_one();
  take_anew();
  pass(61s);
  take();
  echo("3EB0LATER", "two");
  EXPECT_EQ(sends(), "accepted 3EB0LATE done\naccepted 3EB0LATER done");
}

TEST_F(Take, AnEchoThatCameBeforeTheHubDiedLeavesNothingToAsk) {
  say(receive("A1", "DR77 no light"), "one");
  take_one();
  echo("3EB0E", "one");
  EXPECT_EQ(sends(), "accepted 3EB0E inflight") << "whoever has it settles it";
  EXPECT_THAT(take_anew().items, IsEmpty());
  EXPECT_EQ(sends(), "accepted 3EB0E done");
}

TEST_F(Take, WhoLostARowSettlesItNoMore) {
  session("WORKING");
  say(receive("A1", "DR77 no light"), "one");
  const taken_send lost = take_one();
  const taken_send mine = take_anew().items.at(0);
  EXPECT_EQ(finish(lost, send_outcome::refused), R"({"settled":false})");
  EXPECT_EQ(sends(), "queued 3EB0NAME1 inflight");
  EXPECT_EQ(finish(mine, send_outcome::accepted, mine.stanza), R"({"settled":true})");
  EXPECT_EQ(finish(mine, send_outcome::accepted, mine.stanza), R"({"settled":false})") << "again";
  EXPECT_EQ(sends(), "accepted 3EB0NAME1 done");
}

TEST_F(Take, AnOlderHubIsFencedByItsIncarnation) {
  session("WORKING");
  say(receive("A1", "DR77 no light"), "one");
  taken_send older = take_one();
  --older.incarnation;
  EXPECT_EQ(finish(older, send_outcome::accepted, "x"), R"({"settled":false})");
}

TEST_F(Take, WhatIsStillHeldIsNotTakenForLost) {
  session("WORKING");
  say(receive("A1", "DR77 no light"), "one");
  const taken_send held = take_one();
  take_sends request;
  request.somebody_was_lost = true;
  request.held = {held.outbox_id};
  EXPECT_THAT(take(request).items, IsEmpty());
  EXPECT_EQ(finish(held, send_outcome::accepted, held.stanza), R"({"settled":true})");
}

TEST_F(Take, AnAttemptWithoutAnAnswerIsAskedAboutNext) {
  session("WORKING");
  say(receive("A1", "DR77 no light"), "one");
  finish(take_one(), send_outcome::in_doubt);
  EXPECT_EQ(sends(), "queued 3EB0NAME1 ready");
  pass(10s);
  EXPECT_TRUE(take_one().in_doubt);
}

TEST_F(Take, AnAttemptThatWasNoneIsNotCounted) {
  say(receive("A1", "DR77 no light"), "one");
  finish_send request;
  request.channel = "main";
  request.what = take_one();
  request.spent = false;
  request.next_at = now_;
  ASSERT_TRUE(change(request));
  EXPECT_EQ(db_.ask("SELECT attempts FROM outbox WHERE channel = 'whatsapp'"), "0");
  EXPECT_EQ(take_one().attempts, 1U);
}

// --- strangers ----------------------------------------------------------------------------------

TEST_F(Take, StrangersWaitWhileWhatsAppForbidsThemAndTheOthersGoOn) {
  const std::string uid = receive("A1", "DR77 no light");
  owe_notice("+27 84 000 0001");
  const taken_send stranger = take_one();
  EXPECT_EQ(stranger.chat, "27840000001@c.us");
  finish(stranger, send_outcome::restricted, {}, "463");
  pass(60s);
  EXPECT_THAT(take().items, IsEmpty());
  EXPECT_EQ(db_.ask("SELECT state || ' ' || attempts FROM outbox WHERE key = 'n1'"), "ready 1");
  say(uid, "to somebody known");
  const taken_send known = take_one();
  EXPECT_EQ(known.text, "to somebody known");
  finish(known, send_outcome::accepted, "3EB0");
  pass(6h);
  EXPECT_EQ(take_one().text, "yours now") << "tried again some hours later";
}

TEST_F(Take, AStrangerWhoWritesIsNone) {
  owe_notice("27840000001");
  finish(take_one(), send_outcome::restricted);
  pass(60s);
  EXPECT_THAT(take().items, IsEmpty());
  receive("S1", "hello", "27840000001@c.us");
  pass(60s);
  EXPECT_EQ(take_one().text, "yours now") << "it is looked at every minute";
}

TEST_F(Take, AnErrorStepOfAMessageToAStrangerForbidsStrangersToo) {
  session("WORKING");
  owe_notice("27840000001");
  owe_notice("27840000002", "n2");
  const taken_send first = take_one();
  finish(first, send_outcome::accepted, first.stanza);
  ack(first.stanza, -1);
  EXPECT_EQ(db_.ask("SELECT state || ' ' || reason FROM wa_sends"), "failed WhatsApp refused it");
  EXPECT_THAT(take().items, IsEmpty());
  EXPECT_EQ(db_.ask("SELECT session FROM wa_restrictions"), "default");
}

TEST_F(Take, AnErrorStepOfAMessageToACustomerForbidsNobody) {
  session("WORKING");
  say(receive("A1", "DR77 no light"), "one");
  const taken_send s = take_one();
  finish(s, send_outcome::accepted, s.stanza);
  ack(s.stanza, -1);
  EXPECT_EQ(sends(), "failed 3EB0NAME1 done");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM wa_restrictions"), "0");
}

// --- notifications ------------------------------------------------------------------------------

TEST_F(Take, NotificationsGoToThePhoneNumberAndAreKnownByTheirEcho) {
  session("WORKING");
  owe_notice("084 000 0001");
  const taken_send s = take_one();
  EXPECT_EQ(s.chat, "27840000001@c.us");
  EXPECT_EQ(s.session, "default");
  finish(s, send_outcome::accepted, s.stanza);
  echo(s.stanza, "yours now", true, s.chat);
  EXPECT_EQ(db_.ask("SELECT state || ' ' || kind || ' ' || author FROM wa_sends"),
            "accepted assigned the hub");
  EXPECT_EQ(db_.ask("SELECT body || ' ' || (ticket_id IS NULL) FROM messages"), "yours now true");
}

TEST_F(Take, ANotificationToNobodysNumberHasFailed) {
  owe_notice("none");
  const taken_sends got = take();
  EXPECT_THAT(got.items, IsEmpty());
  EXPECT_EQ(got.refused, 1U);
  EXPECT_EQ(db_.ask("SELECT state || ' ' || last_status FROM outbox WHERE key = 'n1'"),
            "dead there is no phone number to send it to");
}

TEST_F(Take, RowsThatNameNoBridgeAreForTheOneThatTakesThem) {
  owe_notice("27840000001");
  take_sends request;
  request.channel = "other";
  request.result = std::make_shared<taken_sends>();
  const auto result = request.result;
  ASSERT_TRUE(change(request));
  EXPECT_THAT(result->items, IsEmpty());
}

TEST(WhatsAppDigits, AreAPhoneNumberWithItsCountry) {
  EXPECT_EQ(whatsapp_digits("+27 83 123-4567", "27"), "27831234567");
  EXPECT_EQ(whatsapp_digits("0831234567", "27"), "27831234567");
  EXPECT_EQ(whatsapp_digits("0027831234567", "27"), "27831234567");
  EXPECT_EQ(whatsapp_digits("(083) 123 4567", "44"), "44831234567");
  for (const char* none : {"", "none", "12345", "1234567890123456", "000000000"})
    EXPECT_EQ(whatsapp_digits(none, "27"), "") << none;
}

}  // namespace
}  // namespace fibrehub::store::tests
