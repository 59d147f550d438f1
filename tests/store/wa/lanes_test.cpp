// What is said to one person leaves in order, also when the person is known by two addresses.
#include <gmock/gmock.h>

#include "tests/store/wa/wa_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

const std::string hidden = "98765432109876@lid";
const std::string phone = "27831112222@c.us";

class WaLanes : public wa_fixture {
 protected:
  /// A message that tells that both are one person.
  void tell_who(const std::string& id, const std::string& from, const std::string& alias) {
    ingest item = chat_item(id, "it is me", from, false, false);
    auto& m = std::get<domain::chat_message>(item.what);
    m.chat_alt = m.author_alt = alias;
    hear(std::move(item));
  }
  std::string lanes() const {
    return db_.ask(
        "SELECT string_agg(lane || ' ' || NOT behind, ', ' ORDER BY id) FROM outbox WHERE state ="
        " 'ready'");
  }
};

TEST_F(WaLanes, OfTwoConversationsThatBecomeOneAreOneInTheOrderOfWriting) {
  const std::string by_hidden = says(hidden, "A1", "DR77 no light");
  const std::string by_phone = says(phone, "A2", "DR78 no light");
  say(by_hidden, "first");
  say(by_phone, "second");
  say(by_hidden, "third");
  const std::string kept = "main/default/" + hidden, gone = "main/default/" + phone;
  EXPECT_EQ(lanes(), kept + " true, " + gone + " true, " + kept + " false");
  tell_who("A3", phone, hidden);
  EXPECT_EQ(lanes(), kept + " true, " + kept + " false, " + kept + " false");
}

TEST_F(WaLanes, StayWhenAnswersGoToAnotherAddress) {
  const std::string uid = says(hidden, "A1", "DR77 no light");
  say(uid, "first");
  tell_who("A2", phone, hidden);
  say(uid, "second");
  const std::string lane = "main/default/" + hidden;
  EXPECT_EQ(lanes(), lane + " true, " + lane + " false");
  EXPECT_EQ(db_.ask("SELECT string_agg(body->>'chat', ' ' ORDER BY id) FROM outbox WHERE state ="
                    " 'ready'"),
            hidden + " " + phone);
}

TEST_F(WaLanes, AnAnswerToTheCustomerIsNoneAmongStaffAfterTheirConversationsBecameOne) {
  says(hidden, "A1", "DR77 no light");
  const std::string by_phone = says(phone, "A2", "DR78 no light");
  tell_who("A3", phone, hidden);
  say(by_phone, "we are on our way");
  EXPECT_EQ(db_.ask("SELECT internal FROM messages WHERE body = 'we are on our way'"), "f");
  EXPECT_EQ(ticket(by_phone).history.back().entry.field, "outbound");
  ASSERT_FALSE(events_.empty());
  EXPECT_EQ(events_[0].access.who, domain::event_access::circle::ticket);
}

TEST_F(WaLanes, AWaitingMessageOfThatConversationIsTheCustomersInEitherTicket) {
  says(hidden, "A1", "DR77 no light");
  const std::string by_phone = says(phone, "A2", "DR78 no light");
  tell_who("A3", phone, hidden);
  db_.ask("UPDATE tickets SET status = 'closed' RETURNING 1");
  intake_->forget();
  set_chat(hidden, "triage");
  ASSERT_EQ(says(phone, "W1", "dark again"), "");
  db_.ask("UPDATE tickets SET status = 'new' WHERE uid = '" + by_phone + "' RETURNING 1");
  place_message request;
  request.message_id = waiting().items.at(0).message_id;
  request.ticket_uid = by_phone;
  ASSERT_TRUE(change_by_admin(request));
  EXPECT_EQ(ticket_of("W1"), by_phone);
}

TEST_F(WaLanes, WhatWaitedInEitherConversationIsPlacedWithTheChat) {
  close(says(hidden, "A1", "no light"));
  close(says(phone, "A2", "no light"));
  set_chat(hidden, "triage");
  set_chat(phone, "triage");
  says(hidden, "W1", "dark again");
  says(phone, "W2", "still dark");
  tell_who("W3", phone, hidden);
  const std::int64_t kept = std::stoll(chat_id(hidden));
  connection c(db_.options());
  list_triage ask;
  ask.chat_id = kept;
  const triage_page page = run(c, ask).value();
  EXPECT_EQ(page.waiting, 3);
  ASSERT_EQ(page.items.size(), 3U);
  EXPECT_EQ(page.items[0].waiting_in_chat, 3);
  place_message request;
  request.message_id = page.items[0].message_id;
  request.make.emplace();
  request.with_chat = true;
  ASSERT_TRUE(change_by_admin(request));
  const std::string uid = ticket_of("W1");
  EXPECT_EQ(ticket_of("W2"), uid);
  EXPECT_EQ(ticket_of("W3"), uid);
}

TEST_F(WaLanes, AnAnswerFindsTheTicketOfAMessageInTheOtherConversation) {
  const std::string by_hidden = says(hidden, "A1", "DR77 no light");
  const std::string by_phone = says(phone, "A2", "DR78 no light");
  pass(std::chrono::seconds(10));
  ASSERT_EQ(says(hidden, "A3", "still dark"), by_hidden);
  tell_who("A4", phone, hidden);
  ASSERT_EQ(says(phone, "A5", "any news?"), by_hidden) << "written to last";
  EXPECT_EQ(says(phone, "A6", "and of this?", "A2"), by_phone);
  EXPECT_EQ(says(hidden, "A7", "and of this?", "A2"), by_phone);
}

TEST_F(WaLanes, TheAnswerThatTellsOfBothNamesFindsItsMessageToo) {
  const std::string by_phone = says(phone, "A1", "DR78 no light");
  pass(std::chrono::seconds(10));
  ASSERT_NE(says(hidden, "A2", "DR77 no light"), by_phone);
  ingest item = answer_item("A3", "and of this?", hidden, "A1");
  auto& m = std::get<domain::chat_message>(item.what);
  m.chat_alt = m.author_alt = phone;
  EXPECT_EQ(hear(std::move(item)).ticket_uid, by_phone);
}

TEST_F(WaLanes, AnAnswerInTheSameBatchFindsAMessageOfTheOtherConversation) {
  says(hidden, "A0", "DR70 no light");
  pass(std::chrono::seconds(10));
  ingest both = chat_item("A2", "DR77 no light", hidden, false, false);
  auto& m = std::get<domain::chat_message>(both.what);
  m.chat_alt = m.author_alt = phone;
  const auto got = apply({chat_item("A1", "DR78 no light", phone, false, false), both,
                          answer_item("A3", "and of this?", hidden, "A1")});
  EXPECT_EQ(got[2].ticket_uid, got[0].ticket_uid);
}

TEST_F(WaLanes, AnAnswerToWhatTheHubToldAPersonByTheOtherAddressFindsTheTicket) {
  const std::string by_phone = says(phone, "A1", "DR78 no light");
  say(by_phone, "is the router on?");
  finish(take_one(), send_outcome::accepted, "3EB0OURS");
  // As a notice is, which is no message.
  db_.ask("UPDATE wa_sends SET message_id = NULL, stanza = '3EB0OURS' RETURNING 1");
  pass(std::chrono::seconds(10));
  ASSERT_NE(says(hidden, "A2", "DR77 no light"), by_phone);
  tell_who("A3", hidden, phone);
  EXPECT_EQ(says(hidden, "A4", "yes it is", "3EB0OURS"), by_phone);
}

TEST_F(WaLanes, ATechniciansTicketIsTheOneTalkedAboutUnderEitherName) {
  const std::string one = says(customer, "A1", "no light");
  const std::string two = says(stranger, "B1", "no light");
  give_to_technician(one);
  give_to_technician(two);
  says(hidden, "T0", "hello");
  close(ticket_of("T0"));
  ASSERT_EQ(says(technician_chat, "T1", one + ": arrived"), one);
  tell_who("T2", technician_chat, hidden);
  db_.ask("UPDATE messages SET ticket_id = NULL WHERE ext_id = 'T2' RETURNING 1");
  pass(std::chrono::seconds(10));
  EXPECT_EQ(says(technician_chat, "T3", "dog in the yard"), one);
}

TEST_F(WaLanes, TicketsOfBothConversationsAreOfferedToACommandWithoutOne) {
  db_.ask("UPDATE users SET role = 'manager' WHERE id = 2 RETURNING 1");
  const std::string by_hidden = says(hidden, "A1", "DR77 no light");
  const std::string by_phone = says(technician_chat, "A2", "DR78 no light");
  tell_who("A3", technician_chat, hidden);
  // The message itself went to one of them: a command of its own has none.
  ASSERT_NE(says(technician_chat, "T1", "status"), "no ticket of that name");
  db_.ask("UPDATE messages SET ticket_id = NULL WHERE ext_id = 'T1' RETURNING 1");
  obey();
  EXPECT_THAT(answer(),
              testing::AllOf(testing::HasSubstr(by_hidden), testing::HasSubstr(by_phone)));
}

TEST_F(WaLanes, AnOldMessageDoesNotMoveTheAddressAfterARestart) {
  says(hidden, "A1", "DR77 no light");
  tell_who("A2", phone, hidden);
  pass(std::chrono::hours(2));
  says(phone, "A3", "still dark");
  const auto address = [&] {
    return db_.ask("SELECT address FROM chats WHERE ext_id = '" + hidden + "'");
  };
  ASSERT_EQ(address(), phone);
  // What was missed comes later, the oldest first.
  const auto missed = [&](const std::string& id, const std::string& from, int ago_min) {
    ingest item = chat_item(id, "older", from, false, false);
    std::get<domain::chat_message>(item.what).sent_at = now_ - std::chrono::minutes(ago_min);
    hear(std::move(item));
  };
  intake_->forget();
  missed("A4", hidden, 90);
  EXPECT_EQ(address(), phone);
  intake_->forget();
  missed("A5", phone, 80);
  missed("A6", hidden, 70);
  EXPECT_EQ(address(), phone);
  pass(std::chrono::seconds(1));
  says(hidden, "A7", "hello?");
  EXPECT_EQ(address(), hidden);
}

TEST_F(WaLanes, OfTwoConversationsTheNewerAddressIsKeptAfterARestart) {
  says(phone, "A1", "DR77 no light");
  pass(std::chrono::hours(2));
  says(hidden, "A2", "DR78 no light");
  intake_->forget();
  ingest item = chat_item("A0", "older", phone, false, false);
  auto& m = std::get<domain::chat_message>(item.what);
  m.chat_alt = m.author_alt = hidden;
  m.sent_at = now_ - std::chrono::hours(1);
  hear(std::move(item));
  EXPECT_EQ(db_.ask("SELECT coalesce(address, ext_id) FROM chats WHERE merged_into IS NULL"),
            hidden);
}

}  // namespace
}  // namespace fibrehub::store::tests
