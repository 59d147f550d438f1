// What is done to messages after they were sent, in the order in which it happens, and before the
// message itself.
#include "store/find/indexer.hpp"
#include "store/row_security.hpp"
#include "tests/store/ingest/events_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using domain::role;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using step = domain::call_note::step;

class MessageEvents : public events_fixture {
 protected:
  void SetUp() override { apply_one(message("M1", "DR77 no lihgt")); }
  std::string parked() {
    return db_.ask("SELECT count(*) FROM message_changes WHERE message_id IS NULL");
  }
};

TEST_F(MessageEvents, AnEditChangesTheTextAndKeepsTheOldOne) {
  EXPECT_EQ(apply_one(edited("M1", "DR77 no light", 10)).ticket_uid, "DR77-01");
  ASSERT_THAT(kinds_told(), ElementsAre("message.updated"));
  EXPECT_THAT(events_[0].data_json,
              HasSubstr(R"("change":"edited","by":"John","text":"DR77 no light")"));
  const message_view m = message_of("DR77-01", "M1");
  EXPECT_EQ(m.body, "DR77 no light");
  EXPECT_EQ(m.extras.edited_at, at_s(10));
  EXPECT_EQ(m.extras.edits, 1);
  EXPECT_THAT(history("DR77-01"),
              ElementsAre("message_edited M1: DR77 no lihgt → DR77 no light by John (waha/main)"));
  const auto texts = run(session_.db(), get_message_edits{"DR77-01", m.id, reader()}).value();
  ASSERT_EQ(texts.texts.size(), 2U);
  EXPECT_EQ(texts.texts[0].text, "DR77 no lihgt");
  EXPECT_EQ(texts.texts[1].text, "DR77 no light");
  EXPECT_EQ(texts.texts[1].by.name, "John");
}

TEST_F(MessageEvents, AnOlderEditThatComesLateIsRememberedAndNotShown) {
  apply_one(edited("M1", "third", 20));
  apply_one(edited("M1", "second", 10));
  EXPECT_THAT(events_, IsEmpty());
  EXPECT_EQ(message_of("DR77-01", "M1").body, "third");
  EXPECT_EQ(message_of("DR77-01", "M1").extras.edits, 2);
  EXPECT_EQ(history("DR77-01").size(), 1U);
}

TEST_F(MessageEvents, ARevocationIsShownToStaffWithTheTextAndToClientsWithoutIt) {
  db_.ask("INSERT INTO clients (id, code, name) VALUES (5, 'C', 'C') RETURNING 1");
  db_.ask("UPDATE tickets SET client_id = 5 RETURNING 1");
  restart();
  apply_one(revoked("M1", 30));
  EXPECT_EQ(message_of("DR77-01", "M1").body, "DR77 no lihgt");
  EXPECT_EQ(message_of("DR77-01", "M1").extras.revoked_at, at_s(30));
  EXPECT_EQ(message_of("DR77-01", "M1", role::client).body, "");
  EXPECT_EQ(message_of("DR77-01", "M1", role::client).extras.revoked_at, at_s(30));
  EXPECT_THAT(events_[0].data_json, testing::Not(HasSubstr("lihgt")));
  EXPECT_THAT(history("DR77-01"),
              ElementsAre("message_revoked M1: DR77 no lihgt →  by John (waha/main)"));
  EXPECT_FALSE(run(session_.db(), get_message_edits{"DR77-01", message_of("DR77-01", "M1").id,
                                                    reader(role::client)}));
}

TEST_F(MessageEvents, AnEditAfterTheRevocationChangesNothing) {
  apply_one(revoked("M1", 30));
  apply_one(edited("M1", "too late", 40));
  EXPECT_THAT(events_, IsEmpty());
  EXPECT_EQ(message_of("DR77-01", "M1").body, "DR77 no lihgt");
  EXPECT_EQ(history("DR77-01").size(), 1U);
}

TEST_F(MessageEvents, AnEditThatComesAfterTheRevocationIsToldToClientsWithoutItsText) {
  apply_one(revoked("M1", 30));
  apply_one(edited("M1", "a secret", 20));
  ASSERT_EQ(events_.size(), 1U);
  EXPECT_THAT(events_[0].data_json, HasSubstr("a secret"));
  EXPECT_THAT(events_[0].outside_json,
              testing::AllOf(HasSubstr(R"("change":"edited")"), testing::Not(HasSubstr("secret"))));
}

TEST_F(MessageEvents, TheLatestSignOfEachPersonIsShown) {
  apply({reaction("M1", "👍", 10), reaction("M1", "❤", 20), reaction("M1", "🙏", 15, "2782@c.us")});
  auto signs = message_of("DR77-01", "M1").extras.reactions;
  ASSERT_EQ(signs.size(), 2U);
  EXPECT_EQ(signs[0].emoji, "🙏");
  EXPECT_EQ(signs[1].emoji, "❤");
  EXPECT_EQ(signs[1].by.name, "John");
  apply_one(reaction("M1", "", 30));
  EXPECT_EQ(message_of("DR77-01", "M1").extras.reactions.size(), 1U);
  EXPECT_THAT(kinds_told(), ElementsAre("message.updated"));
  EXPECT_THAT(history("DR77-01"), IsEmpty()) << "a sign is no change of the ticket";
}

TEST_F(MessageEvents, APollShowsItsQuestionAndWhatEachPersonChoseLast) {
  domain::chat_message m = chat_message("P1", "");
  m.type = "poll";
  m.poll = {"When \"may\" we come?", {"Monday", "Tuesday"}, false};
  apply_one(said(m));
  apply({vote("P1", {"Monday"}, 10), vote("P1", {"Tuesday"}, 20)});
  const auto poll = message_of("DR77-01", "P1").extras.poll;
  ASSERT_TRUE(poll);
  EXPECT_THAT(poll->question_json, HasSubstr(R"("When \"may\" we come?")"));
  ASSERT_EQ(poll->votes.size(), 1U);
  EXPECT_EQ(poll->votes[0].options_json, R"(["Tuesday"])");
  apply_one(vote("P1", {}, 30));
  EXPECT_THAT(message_of("DR77-01", "P1").extras.poll->votes, IsEmpty());
}

TEST_F(MessageEvents, WhatComesBeforeItsMessageWaitsForIt) {
  apply({edited("M2", "right", 10), reaction("M2", "👍", 20), revoked("M3", 30)});
  EXPECT_EQ(parked(), "3");
  EXPECT_THAT(events_, IsEmpty());
  restart();
  apply({message("M2", "wrong"), message("M3", "a secret")});
  EXPECT_EQ(parked(), "0");
  const message_view m = message_of("DR77-01", "M2");
  EXPECT_EQ(m.body, "right");
  EXPECT_EQ(m.extras.reactions.size(), 1U);
  EXPECT_EQ(message_of("DR77-01", "M3").extras.revoked_at, at_s(30));
  for (const committed_event& e : events_)
    if (e.data_json.find("a secret") != std::string::npos) {
      EXPECT_THAT(e.outside_json,
                  testing::AllOf(testing::Not(IsEmpty()), testing::Not(HasSubstr("a secret"))));
    }
  EXPECT_THAT(
      history("DR77-01"),
      ElementsAre(HasSubstr("message inbound"), HasSubstr("message_edited M2: wrong → right"),
                  HasSubstr("message inbound"), HasSubstr("message_revoked M3")));
}

TEST_F(MessageEvents, WhatComesInTheSameBatchAsItsMessageIsApplied) {
  apply({edited("M2", "right", 10), message("M2", "wrong"), edited("M2", "best", 20),
         revoked("M2", 30)});
  EXPECT_EQ(parked(), "0");
  EXPECT_EQ(message_of("DR77-01", "M2").body, "best");
  EXPECT_TRUE(message_of("DR77-01", "M2").extras.revoked_at);
  EXPECT_EQ(message_of("DR77-01", "M2").extras.edits, 2);
}

TEST_F(MessageEvents, AMessageThatIsAwaitedIsFoundInALaterBatchWithoutARestart) {
  apply_one(message("M0", "warm"));  // the careful batch is over
  apply_one(edited("M2", "right", 10));
  EXPECT_FALSE(intake_->knows(message("M2", "wrong")));
  EXPECT_TRUE(intake_->knows(message("M9", "another")));
  apply_one(message("M2", "wrong"));
  EXPECT_EQ(message_of("DR77-01", "M2").body, "right");
  EXPECT_TRUE(intake_->knows(message("M2", "wrong"))) << "it is awaited no more";
}

TEST_F(MessageEvents, TheSameChangeAgainIsADuplicate) {
  apply_one(edited("M1", "right", 10));
  EXPECT_EQ(apply_one(edited("M1", "right", 10)).outcome, disposition::duplicate);
  EXPECT_EQ(history("DR77-01").size(), 1U);
}

TEST_F(MessageEvents, OurOwnMessagesAreEditedAndTakenBackToo) {
  apply_one(ours("O1", "we come Mnday"));
  ingest own = edited("O1", "we come Monday", 10);
  std::get<domain::message_change>(own.what).from_me = true;
  std::get<domain::message_change>(own.what).person_name.clear();
  std::get<domain::message_change>(own.what).person.clear();
  apply_one(own);
  EXPECT_EQ(message_of("DR77-01", "O1").body, "we come Monday");
  EXPECT_THAT(history("DR77-01").back(), HasSubstr("by our line (waha/main)"));
}

TEST_F(MessageEvents, WhatTheHubItselfHasEditedStaysEditedWhenTheMessageIsTakenBack) {
  apply_one(ours("O1", "we come Mnday"));
  db_.ask(
      "UPDATE messages SET body = 'we come Monday', original_body = body, edited_at = sent_at +"
      " interval '10 s' WHERE ext_id = 'O1'");
  apply_one(revoked("O1", 30));
  EXPECT_EQ(message_of("DR77-01", "O1").body, "we come Monday");
  EXPECT_EQ(message_of("DR77-01", "O1").extras.edited_at, at_s(10));
}

TEST_F(MessageEvents, AClosedTicketsMessageIsChangedInIt) {
  db_.ask("UPDATE tickets SET status = 'closed' RETURNING 1");
  restart();
  EXPECT_EQ(apply_one(edited("M1", "right", 10)).ticket_uid, "DR77-01");
  EXPECT_EQ(message_of("DR77-01", "M1").body, "right");
  EXPECT_EQ(history("DR77-01").size(), 1U);
}

TEST_F(MessageEvents, AMessageThatCannotBeReadYetIsReplacedByTheReadableOne) {
  apply_one(waiting("W1"));
  EXPECT_EQ(message_of("DR77-01", "W1").type, "waiting");
  EXPECT_EQ(apply_one(waiting("W1")).outcome, disposition::duplicate);
  restart();
  apply_one(message("W1", "it was this"));
  EXPECT_EQ(message_of("DR77-01", "W1").body, "it was this");
  EXPECT_EQ(ticket("DR77-01").messages.size(), 2U);
  EXPECT_EQ(ticket("DR77-01").ticket.message_count, 2);
  EXPECT_EQ(parked(), "0");
  history("DR77-01");
}

TEST_F(MessageEvents, AWaitingMessageThatNamesAnotherDropMovesToItsTicket) {
  apply({waiting("W1"), message("W1", "DR78 is dark")});
  EXPECT_EQ(ticket("DR77-01").messages.size(), 1U);
  EXPECT_EQ(ticket("DR77-01").ticket.message_count, 1);
  EXPECT_EQ(message_of("DR78-01", "W1").body, "DR78 is dark");
}

TEST_F(MessageEvents, AWaitingMessageOpensNoTicketAndComesToNothingWhenTheOtherWasFirst) {
  EXPECT_EQ(apply_one(waiting("W2", "9@c.us")).ticket_uid, "");
  EXPECT_EQ(apply_one(message("W2", "DR79 dark", "9@c.us")).ticket_uid, "DR79-01");
  apply_one(waiting("M1"));
  EXPECT_EQ(message_of("DR77-01", "M1").type, "text");
  EXPECT_EQ(ticket("DR77-01").messages.size(), 1U);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM tickets"), "2");
}

TEST_F(MessageEvents, ACallIsOneLineOfTheConversationWithItsOutcome) {
  apply_one(call(step::received, 10));
  EXPECT_EQ(message_of("DR77-01", "call/C1").body, "Voice call: received");
  restart();
  apply_one(call(step::accepted, 12));
  EXPECT_THAT(kinds_told(), ElementsAre("message.updated"));
  apply_one(call(step::rejected, 11));
  const message_view m = message_of("DR77-01", "call/C1");
  EXPECT_EQ(m.body, "Voice call: accepted");
  EXPECT_EQ(m.type, "call");
  EXPECT_EQ(m.sent_at, at_s(10));
  EXPECT_EQ(ticket("DR77-01").messages.size(), 2U);
}

TEST_F(MessageEvents, ACallOpensNoTicket) {
  ingest c = call(step::received, 10);
  std::get<domain::call_note>(c.what).message.chat = "9@c.us";
  std::get<domain::call_note>(c.what).message.author = "9@c.us";
  EXPECT_EQ(apply_one(c).ticket_uid, "");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM tickets"), "1");
}

TEST_F(MessageEvents, AGroupKeepsItsNameAndWhoWasWhatInIt) {
  apply_one(message("G1", "DR80 dark", "120@g.us"));
  const auto group = [&](const std::string& id, const std::string& text, int second,
                         std::optional<std::string> subject,
                         std::vector<domain::group_member> who) {
    domain::group_change g;
    g.message = chat_message("group/" + id, text, "120@g.us", second);
    g.message.author.clear();
    g.message.type = "group_change";
    g.subject = std::move(subject);
    g.members = std::move(who);
    return item("evt/group/" + id, "group.v2.update", std::move(g));
  };
  apply({group("b", "The group is called “New”", 20, "New", {}),
         group("a", "The group is called “Old”", 10, "Old", {})});
  apply({group("c", "Left: +2783", 40, {}, {{"1@c.us", "", "left"}}),
         group("d", "Joined: +2783", 30, {}, {{"1@c.us", "", "participant"}})});
  EXPECT_EQ(db_.ask("SELECT name FROM chats WHERE kind = 'group'"), "New");
  EXPECT_EQ(db_.ask("SELECT person || ' ' || role FROM chat_members"), "1@c.us left");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM chat_member_changes"), "2");
  const ticket_detail t = ticket("DR80-01");
  ASSERT_EQ(t.messages.size(), 5U) << "one list";
  EXPECT_EQ(t.messages[1].type, "group_change");
}

TEST_F(MessageEvents, PresenceIsToldAtOnceAndWrittenOnceAMinute) {
  const auto presence = [&](const std::string& state, int second) {
    ingest i = item(fmt::format("evt/presence/{}", second), "presence.update",
                    domain::presence_note{"default", john, {{john, state, std::nullopt}}});
    i.received_at = at_s(second);
    return i;
  };
  apply_one(presence("typing", 0));
  ASSERT_THAT(kinds_told(), ElementsAre("contact.presence"));
  EXPECT_EQ(events_[0].ticket_uid, "DR77-01");
  EXPECT_EQ(events_[0].access.who, domain::event_access::circle::ticket_staff);
  EXPECT_THAT(events_[0].data_json, HasSubstr(R"("state":"typing")"));
  apply_one(presence("paused", 20));
  EXPECT_EQ(db_.ask("SELECT state FROM contact_presence"), "typing");
  apply_one(presence("online", 61));
  EXPECT_EQ(db_.ask("SELECT state FROM contact_presence"), "online");
}

TEST_F(MessageEvents, ArchivedChatsAndLabelsFollowTheLatestWord) {
  const auto archived = [&](bool is, int second) {
    return item(fmt::format("evt/archive/{}", second), "chat.archive",
                domain::chat_archived{"default", john, is, at_s(second)});
  };
  apply_one(archived(true, 20));
  apply_one(archived(false, 10));
  EXPECT_EQ(db_.ask("SELECT archived FROM chats"), "t");
  const auto label = [&](bool removed, const std::string& chat, int second) {
    return item(fmt::format("evt/label/{}", second), "label.upsert",
                domain::label_change{"default", "7", chat, removed, chat.empty() ? "VIP" : "",
                                     "#ff0", at_s(second)});
  };
  apply({label(false, "", 1), label(false, john, 3), label(true, john, 2)});
  EXPECT_EQ(db_.ask("SELECT name || ' ' || deleted FROM wa_labels"), "VIP false");
  EXPECT_EQ(db_.ask("SELECT removed FROM wa_chat_labels"), "f");
}

TEST_F(MessageEvents, AnAnswerShowsWhatItAnswersAlsoWhenThatCameLater) {
  domain::chat_message m = chat_message("A1", "that one");
  m.reply_to = "Q1";
  apply_one(said(m));
  ASSERT_TRUE(message_of("DR77-01", "A1").extras.quoted);
  EXPECT_EQ(message_of("DR77-01", "A1").extras.quoted->id, 0);
  apply_one(message("Q1", "which lamp?"));
  const auto quoted = message_of("DR77-01", "A1").extras.quoted;
  EXPECT_EQ(quoted->text, "which lamp?");
  EXPECT_EQ(quoted->author, "John");
  EXPECT_EQ(std::to_string(quoted->id), db_.ask("SELECT id FROM messages WHERE ext_id = 'Q1'"));
}

TEST_F(MessageEvents, PeopleNamedAreShownByNameAndStaffAmongThemAreTold) {
  db_.ask(
      "INSERT INTO users (id, email, name, role, phone) VALUES (7, 't@x', 'Thabo', 'technician',"
      " '083 999 0000') RETURNING 1");
  domain::chat_message m = chat_message("N1", "@27831112222 and @27839990000 look");
  m.mentions = {john, "27839990000@c.us"};
  m.author_name = "Jane";
  apply_one(said(m));
  const auto named = message_of("DR77-01", "N1").extras.mentions;
  ASSERT_EQ(named.size(), 2U);
  EXPECT_EQ(named[0].name, "Jane") << "as he calls himself now";
  EXPECT_EQ(named[1].name, "");
  EXPECT_EQ(db_.ask("SELECT kind || ' ' || user_id || ' ' || ticket_uid FROM notifications"),
            "mention 7 DR77-01");
}

TEST_F(MessageEvents, GroupsShowHowFarAMessageGotWithEachMember) {
  apply_one(message("G1", "DR80 dark", "120@g.us"));
  apply_one(ours("O2", "coming", "120@g.us"));
  apply({ack("O2", 2, john), ack("O2", 3, "555@lid")});
  const message_view m = message_of("DR80-01", "O2");
  ASSERT_EQ(m.extras.receipts.size(), 2U);
  EXPECT_EQ(m.extras.receipts[0].who.name, "John");
  EXPECT_EQ(m.extras.receipts[0].level, 2);
  EXPECT_EQ(m.extras.receipts[1].level, 3);
}

TEST_F(MessageEvents, AMessageInAKnownChatIsOneStatementWhateverElseIsAwaited) {
  const auto statements = [&] {
    return session_.db().autocommit([&](auto& tx) {
      return tx.exec("SELECT sum(generic_plans + custom_plans) FROM pg_prepared_statements")[0][0]
          .template as<int>();
    });
  };
  apply({edited("X1", "of what never came", 10), message("M2", "warm")});
  const std::vector<ingest> more{message("M3", "a"), message("M4", "b"), message("M5", "c")};
  session_.reserve_ids(more.size() * intake::ids_per_item);
  const int before = statements();
  for (const ingest& m : more) {
    ASSERT_TRUE(intake_->knows(m));
    intake_->plan(session_, m);
  }
  ASSERT_TRUE(intake_->open_is_simple());
  intake_->commit_open(session_);
  EXPECT_EQ(statements() - before, 1);
  EXPECT_EQ(ticket("DR77-01").messages.size(), 5U);
}

TEST_F(MessageEvents, WhoMayNotSeeTheTicketSeesNothingOfThemEither) {
  db_.ask("INSERT INTO users (id, email, name, role) VALUES (1, 't@x', 'Thabo', 'technician')");
  domain::chat_message m = chat_message("A1", "that one");
  m.reply_to = "M1";
  m.mentions = {john};
  apply({said(m), edited("M1", "DR77 no light", 10), reaction("M1", "👍", 20)});
  connection c(db_.options());
  ASSERT_TRUE(prepare_reader_role(c));
  domain::principal who;
  who.as = role::technician;
  who.user_id = 1;
  const auto seen = [&] {
    return c.transact([&](auto& tx) {
      look_through_eyes_of(c, tx, who);
      return tx
          .exec(
              "SELECT (SELECT count(*) FROM message_changes) + (SELECT count(*) FROM"
              " message_facts)")[0][0]
          .template as<int>();
    });
  };
  EXPECT_EQ(seen(), 0);
  EXPECT_FALSE(run(c, get_ticket{"DR77-01", 10, 10, 10, who}));
  const std::int64_t id = std::stoll(db_.ask("SELECT id FROM messages WHERE ext_id = 'M1'"));
  EXPECT_FALSE(run(c, get_message_edits{"DR77-01", id, who}));
  db_.ask("UPDATE tickets SET assigned_to = 1 RETURNING 1");
  EXPECT_EQ(seen(), 3);
  const auto shown = run(c, get_ticket{"DR77-01", 10, 10, 10, who});
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->messages[0].extras.reactions.size(), 1U);
  EXPECT_EQ(shown->messages[1].extras.quoted->text, "DR77 no light");
  EXPECT_EQ(shown->messages[1].extras.mentions[0].name, "John");
  EXPECT_EQ(run(c, get_message_edits{"DR77-01", id, who})->texts.size(), 2U);
}

TEST_F(MessageEvents, SearchFindsTheTextOfNowAndNothingThatWasTakenBack) {
  const auto found = [&](const std::string& word) {
    list_tickets ask;
    ask.filter.by = reader();
    ask.filter.query = domain::query::parse(word).value();
    return run(session_.db(), ask)->items.size();
  };
  apply({message("M2", "the reed lamp"), message("M3", "a secret")});
  index_some(session_.db(), 1000);
  EXPECT_EQ(found("reed") + found("secret"), 2U);
  apply({edited("M2", "the red lamp", 10), revoked("M3", 20)});
  EXPECT_EQ(found("red"), 1U) << "at once";
  index_some(session_.db(), 1000);
  EXPECT_EQ(found("red"), 1U);
  EXPECT_EQ(found("reed"), 0U);
  EXPECT_EQ(found("secret"), 0U);
}

}  // namespace
}  // namespace fibrehub::store::tests
