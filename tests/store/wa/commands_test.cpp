// What technicians tell the hub in chats: done once, by the rules of every command, and answered.
#include <gmock/gmock.h>

#include "tests/store/wa/wa_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class WaCommands : public wa_fixture {
 protected:
  WaCommands() {
    uid_ = receive("A1", "no light");
    give_to_technician(uid_);
  }
  std::string uid_;
};

TEST_F(WaCommands, StatusIsAnsweredWhereItWasAsked) {
  db_.ask(
      "UPDATE tickets SET address = '1 Main Road', due_at = '2026-11-23T10:00:00Z' RETURNING 1");
  EXPECT_EQ(says(technician_chat, "T1", "Status " + uid_), uid_);
  EXPECT_EQ(command_states(), "status due");
  EXPECT_EQ(obey().done, 1U);
  EXPECT_EQ(answer(),
            uid_ +
                ": no light\nStatus: in_progress\nPriority: medium\nDue: 2026-11-23 10:00\n"
                "Address: 1 Main Road\nAssigned to: Thabo");
  EXPECT_EQ(db_.ask("SELECT o.lane || ' ' || (o.body->>'reply_to') FROM outbox o WHERE o.state ="
                    " 'ready'"),
            "main/default/" + technician_chat + " false_" + technician_chat + "_T1");
  EXPECT_EQ(obey().done, 0U) << "once";
  EXPECT_EQ(command_states(), "status done");
}

TEST_F(WaCommands, DoneResolvesAndKeepsTheWords) {
  says(technician_chat, "T1", "done replaced the ONT");
  EXPECT_EQ(obey().done, 1U);
  EXPECT_EQ(status_of(uid_), "resolved");
  EXPECT_EQ(answer(), uid_ + " is resolved now. Your words are a note.");
  const ticket_detail d = ticket(uid_);
  ASSERT_EQ(d.notes.size(), 1U);
  EXPECT_EQ(d.notes[0].body, "replaced the ONT");
  EXPECT_EQ(d.notes[0].author, "Thabo");
  EXPECT_EQ(d.history.back().entry.actor.address, "whatsapp");
  EXPECT_EQ(d.ticket.version, d.ticket.history_seq);
}

TEST_F(WaCommands, WhatIsNotAllowedIsExplained) {
  give_to_technician(uid_, "assigned");
  says(technician_chat, "T1", "done");
  EXPECT_EQ(obey().refused, 1U);
  EXPECT_EQ(status_of(uid_), "assigned");
  EXPECT_THAT(answer(),
              HasSubstr(uid_ + ": a ticket that is assigned cannot become resolved; it can"
                               " become scheduled, in_progress, blocked"));
  says(technician_chat, "T2", "start");
  EXPECT_EQ(obey().done, 1U);
  EXPECT_EQ(status_of(uid_), "in_progress");
}

TEST_F(WaCommands, AStrangersDoneIsAnOrdinaryMessage) {
  const std::string other = says(stranger, "B1", "done");
  EXPECT_NE(other, "");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM wa_commands"), "0");
  EXPECT_EQ(obey().done, 0U);
}

TEST_F(WaCommands, ACommandOpensNoTicketAndListsWhatCouldBeMeant) {
  const std::string other = says(stranger, "B1", "no light either");
  give_to_technician(other);
  const std::string before = db_.ask("SELECT count(*) FROM tickets");
  EXPECT_EQ(says(technician_chat, "T1", "done"), "");
  EXPECT_EQ(obey().refused, 1U);
  EXPECT_THAT(answer(), HasSubstr("Which ticket?"));
  EXPECT_THAT(answer(), HasSubstr(uid_));
  EXPECT_THAT(answer(), HasSubstr(other));
  EXPECT_EQ(db_.ask("SELECT count(*) FROM tickets"), before);
  EXPECT_EQ(waiting().waiting, 0);
  says(technician_chat, "T2", "done " + other);
  EXPECT_EQ(obey().done, 1U);
  EXPECT_EQ(status_of(other), "resolved");
  EXPECT_EQ(status_of(uid_), "in_progress");
}

TEST_F(WaCommands, AnAnsweredMessageNamesTheTicket) {
  const std::string other = says(stranger, "B1", "no light either");
  give_to_technician(other);
  says(technician_chat, "T1", other + ": on my way");
  says(technician_chat, "T2", "note gate code 12", "T1");
  EXPECT_EQ(obey().done, 1U);
  EXPECT_EQ(ticket(other).notes.at(0).body, "gate code 12");
}

TEST_F(WaCommands, SomebodyElsesTicketIsNotSeen) {
  const std::string other = says(stranger, "B1", "no light either");
  says(technician_chat, "T1", "status " + other);
  EXPECT_EQ(obey().refused, 1U);
  EXPECT_EQ(answer(), other + ": there is no such ticket, or it is not yours to see.");
}

TEST_F(WaCommands, APhotoIsEvidence) {
  hear(photo_item("T1", "photo " + uid_ + " the splice", technician_chat));
  EXPECT_EQ(obey().done, 1U);
  EXPECT_EQ(answer(), uid_ + ": the photo is kept as evidence.");
  EXPECT_EQ(db_.ask("SELECT m.ext_id FROM wa_evidence e JOIN messages m ON m.id = e.message_id"),
            "T1");
  EXPECT_EQ(ticket(uid_).notes.at(0).body, "A photo as evidence, by WhatsApp: the splice");
  hear(photo_item("T2", "", technician_chat));
  says(technician_chat, "T3", "photo", "T2");
  EXPECT_EQ(obey().done, 1U);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM wa_evidence"), "2");
  says(technician_chat, "T4", "photo " + uid_);
  EXPECT_EQ(obey().refused, 1U);
  EXPECT_THAT(answer(), HasSubstr("Send the picture with the caption"));
}

TEST_F(WaCommands, HelpIsForThoseWhoMay) {
  says(technician_chat, "T1", "help");
  EXPECT_EQ(obey().done, 1U);
  EXPECT_THAT(answer(), HasSubstr("done [UID]"));
}

TEST_F(WaCommands, OldOnesAndThoseOfPeopleWhoLeftAreLeftAlone) {
  says(technician_chat, "T1", "done");
  db_.ask("UPDATE users SET disabled_at = now() WHERE id = 2 RETURNING 1");
  EXPECT_EQ(obey().left, 1U);
  db_.ask("UPDATE users SET disabled_at = NULL WHERE id = 2 RETURNING 1");
  says(technician_chat, "T2", "done");
  pass(std::chrono::hours(7));
  EXPECT_EQ(obey().left, 1U);
  EXPECT_EQ(status_of(uid_), "in_progress");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM messages WHERE author_name = 'the hub'"), "0");
}

TEST_F(WaCommands, AChatMayBeWithoutThem) {
  says(technician_chat, "T0", "hello");
  edit_chat edit;
  edit.id = std::stoll(chat_id(technician_chat));
  edit.commands = false;
  ASSERT_TRUE(change_by_admin(edit));
  says(technician_chat, "T1", "done");
  EXPECT_EQ(command_states(), "");
}

TEST_F(WaCommands, OurOwnAnswersAreNoCommands) {
  says(technician_chat, "T1", "help");
  obey();
  const taken_send sent = take_one();
  finish(sent, send_outcome::accepted, "3EB0HELP");
  echo("3EB0HELP", sent.text, true, technician_chat);
  echo("3EB0OTHER", "done", false, technician_chat);
  EXPECT_EQ(command_states(), "help done");
  EXPECT_EQ(status_of(uid_), "in_progress");
}

TEST_F(WaCommands, AnAnswerToOurAnswerFindsTheTicket) {
  const std::string other = says(stranger, "B1", "no light either");
  give_to_technician(other);
  says(technician_chat, "T1", "status " + other);
  obey();
  const taken_send sent = take_one();
  finish(sent, send_outcome::accepted, "3EB0STATUS");
  EXPECT_EQ(says(technician_chat, "T2", "I need a ladder", "3EB0STATUS"), other);
}

TEST_F(WaCommands, OneThatCannotBeStoredIsSaidAndNotTriedForEver) {
  db_.ask(
      "CREATE FUNCTION no_notes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'"
      "; END $$");
  db_.ask(
      "CREATE TRIGGER no_notes BEFORE INSERT ON ticket_notes FOR EACH ROW EXECUTE FUNCTION"
      " no_notes()");
  says(technician_chat, "T1", "done with words");
  says(technician_chat, "T2", "status");
  const chat_command_round round = obey();
  EXPECT_EQ(round.failed, 1U);
  EXPECT_EQ(round.done, 1U);
  EXPECT_EQ(status_of(uid_), "in_progress") << "as a whole or not at all";
  EXPECT_EQ(command_states(), "done failed\nstatus done");
}

}  // namespace
}  // namespace fibrehub::store::tests
