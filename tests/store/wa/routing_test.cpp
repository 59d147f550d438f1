// Where messages go by what they answer, whom they name and who writes them.
#include <gmock/gmock.h>

#include "tests/store/wa/wa_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using ::testing::HasSubstr;

class WaRouting : public wa_fixture {};

TEST_F(WaRouting, AnAnswerGoesToTheTicketOfTheMessageItAnswers) {
  const std::string first = receive("A1", "DR77 no light");
  pass(std::chrono::seconds(10));
  const std::string second = receive("A2", "DR78 no light");
  ASSERT_NE(first, second);
  EXPECT_EQ(says(customer, "A3", "any news?"), second) << "the one written to last";
  EXPECT_EQ(says(customer, "A4", "any news?", "A1"), first);
  EXPECT_EQ(ticket_of("A4"), first) << "said by its customer";
}

TEST_F(WaRouting, AnAnswerInTheSameBatchFindsItsMessage) {
  receive("A0", "DR70 old");
  const auto both = apply({chat_item("A1", "DR77 no light", customer, false, false),
                           chat_item("A2", "DR78 no light", customer, false, false),
                           answer_item("A3", "this one is urgent", customer, "A1")});
  EXPECT_EQ(both[2].ticket_uid, both[0].ticket_uid);
}

TEST_F(WaRouting, AnAnswerToWhatWeSentFindsTheTicketByItsEcho) {
  const std::string first = receive("A1", "DR77 no light");
  say(first, "is the router on?");
  const taken_send sent = take_one();
  finish(sent, send_outcome::accepted, "3EB0OURS");
  echo("3EB0OURS", "is the router on?");
  pass(std::chrono::seconds(10));
  ASSERT_NE(receive("A2", "DR78 no light"), first);
  EXPECT_EQ(says(customer, "A3", "yes it is", "3EB0OURS"), first);
}

TEST_F(WaRouting, AnAnswerToAClosedTicketIsAnOrdinaryMessage) {
  const std::string first = receive("A1", "no light");
  close(first);
  const std::string next = says(customer, "A2", "it is back again", "A1");
  EXPECT_NE(next, first);
  EXPECT_NE(next, "");
}

TEST_F(WaRouting, AnAnswerFollowsAMergedTicket) {
  const std::string first = receive("A1", "DR77 no light");
  const std::string second = says(stranger, "B1", "DR77 no light here too");
  ASSERT_TRUE(command({first, {}, domain::merge_ticket{second, {}}}, person(domain::role::admin)));
  EXPECT_EQ(says(customer, "A2", "any news?", "A1"), second);
}

TEST_F(WaRouting, NobodyAnswersAMessageOfAChatTheyAreNotIn) {
  const std::string first = receive("A1", "DR77 no light");
  const std::string other = says(stranger, "B1", "me too", "A1");
  EXPECT_NE(other, first);
}

TEST_F(WaRouting, AStrangerAddsToNoTicketByNamingIt) {
  const std::string first = receive("A1", "no light");
  const std::string other = says(stranger, "B1", "what about " + first + "?");
  EXPECT_NE(other, first);
  EXPECT_EQ(
      db_.ask(
          "SELECT n.internal::text || ' ' || n.body FROM ticket_notes n JOIN tickets t ON t.id ="
          " n.ticket_id WHERE t.uid = '" +
          other + "'"),
      "true A message names " + first + " (not the writer's to add to).");
  const ticket_detail d = ticket(other);
  EXPECT_EQ(d.history.back().entry.action, "note");
  EXPECT_EQ(d.ticket.version, d.ticket.history_seq);
}

TEST_F(WaRouting, TheContactOfATicketAddsToItFromAnyChat) {
  const std::string uid = desk_ticket("No light");
  db_.ask("UPDATE tickets SET contact_phone = '084 000 0001' WHERE uid = '" + uid +
          "' RETURNING 1");
  EXPECT_EQ(says(stranger, "B1", "about " + uid + ": still dark"), uid);
  EXPECT_EQ(ticket_of("B1"), uid) << "not among staff";
}

TEST_F(WaRouting, WhatATechnicianSaysElsewhereIsSaidAmongStaff) {
  const std::string uid = receive("A1", "no light");
  EXPECT_EQ(says(technician_chat, "T1", uid + " needs a new ONT"), uid);
  EXPECT_EQ(ticket_of("T1"), uid + " internal");
  db_.ask("INSERT INTO clients (id, code, name) VALUES (5, 'C', 'C') RETURNING 1");
  db_.ask("UPDATE tickets SET client_id = 5 RETURNING 1");
  domain::principal client = person(domain::role::client, 3);
  client.client_id = 5;
  connection c(db_.options());
  const auto seen = run(c, get_ticket{uid, 50, 50, 50, client});
  ASSERT_TRUE(seen);
  ASSERT_EQ(seen->messages.size(), 1U);
  EXPECT_EQ(seen->messages[0].message_id, "A1");
  EXPECT_EQ(ticket(uid).messages.size(), 2U);
}

TEST_F(WaRouting, ATechnicianWithOneTicketTalksAboutThat) {
  const std::string uid = receive("A1", "no light");
  give_to_technician(uid);
  EXPECT_EQ(says(technician_chat, "T1", "on my way"), uid);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM tickets"), "1");
}

TEST_F(WaRouting, OfSeveralTheOneLastTalkedAboutHereElseAPersonDecides) {
  const std::string one = receive("A1", "no light");
  const std::string two = says(stranger, "B1", "no light");
  give_to_technician(one);
  give_to_technician(two);
  EXPECT_EQ(says(technician_chat, "T1", "on my way"), "");
  const triage_page page = waiting();
  ASSERT_EQ(page.items.size(), 1U);
  EXPECT_EQ(page.items[0].reason, "ambiguous");
  pass(std::chrono::seconds(10));
  EXPECT_EQ(says(technician_chat, "T2", one + ": arrived"), one);
  EXPECT_EQ(says(technician_chat, "T3", "dog in the yard"), one);
}

TEST_F(WaRouting, TwoPeopleWithOneNumberAreNobody) {
  const std::string uid = receive("A1", "no light");
  give_to_technician(uid);
  db_.ask(
      "INSERT INTO users (id, email, name, role, phone) VALUES (3, 'x@x.example', 'X', "
      "'technician',"
      " '+27 83 999 8888') RETURNING 1");
  intake_->forget();
  EXPECT_NE(says(technician_chat, "T1", "on my way"), uid);
}

TEST_F(WaRouting, AChatsOwnSettingIsObeyed) {
  receive("A1", "no light");
  close(db_.ask("SELECT uid FROM tickets"));
  set_chat(customer, "keep");
  EXPECT_EQ(says(customer, "A2", "thanks"), "");
  EXPECT_EQ(waiting().waiting, 0);
  set_chat(customer, "triage");
  EXPECT_EQ(says(customer, "A3", "still there?"), "");
  EXPECT_EQ(waiting().waiting, 1);
  EXPECT_EQ(says(customer, "A4", "DR99 is dark"), "DR99-01") << "a drop is clear";
}

TEST_F(WaRouting, AKnownChatCostsNoQuestionUntilSomethingIsReferredTo) {
  receive("A1", "no light");
  receive("A2", "hello");
  EXPECT_TRUE(intake_->knows(chat_item("A3", "still dark, 5 days", customer, false, false)));
  EXPECT_FALSE(intake_->knows(chat_item("A3", "about FT18", customer, false, false)));
  EXPECT_FALSE(intake_->knows(answer_item("A3", "yes", customer, "A1")));
}

// --- what is told of them ------------------------------------------------------------------------

class WaNews : public wa_fixture {
 protected:
  ingest change_item(domain::message_change::kind what, const std::string& target,
                     const std::string& text, int second) {
    domain::message_change c;
    c.what = what;
    c.session = "default";
    c.chat = technician_chat;
    c.message_id = target;
    c.person = technician_chat;
    c.at = now_ + std::chrono::seconds(second);
    c.text = text;
    ingest out = chat_item(target, "", technician_chat, false, false);
    out.ext_id = fmt::format("main/default/{}/{}/{}", domain::name_of(what), target, second);
    out.what = std::move(c);
    return out;
  }
  /// "kind circle" of what was told.
  std::vector<std::string> told(const std::vector<ingest>& items) {
    std::vector<std::string> out;
    for (const committed_event& e : intake_->apply(writer_, items).events) {
      const bool staff = e.access.who == domain::event_access::circle::ticket_staff;
      if (e.ticket_uid != "") out.push_back(e.kind + (staff ? " to staff" : " to all"));
    }
    return out;
  }
  using change_kind = domain::message_change::kind;
};

TEST_F(WaNews, ChangesOfWhatWasSaidAmongStaffAreToldToStaff) {
  using testing::ElementsAre;
  const std::string uid = receive("A1", "no light");
  EXPECT_THAT(told({answer_item("T1", uid + " needs a new ONT", technician_chat, "")}),
              ElementsAre("message.created to staff"));
  const std::string staff = "message.updated to staff";
  EXPECT_THAT(told({change_item(change_kind::edited, "T1", uid + " needs a new ONT, now", 1)}),
              ElementsAre(staff));
  intake_->forget();
  EXPECT_THAT(told({change_item(change_kind::reaction, "T1", "👍", 2)}), ElementsAre(staff));
  EXPECT_THAT(told({change_item(change_kind::edited, "T2", uid + " is dark", 3),
                    answer_item("T2", uid + " is dak", technician_chat, ""),
                    change_item(change_kind::reaction, "T2", "👍", 4)}),
              ElementsAre("message.created to staff", staff));
  EXPECT_THAT(told({change_item(change_kind::edited, "A1", "no light at all", 5)}),
              ElementsAre("message.updated to all"));
}

TEST_F(WaNews, ASignThatComesBeforeTheEchoOfWhatWasSaidAmongStaffIsToldToStaff) {
  using testing::ElementsAre;
  const std::string uid = receive("A1", "no light");
  give_to_technician(uid);
  domain::message_ticket m{"customer is waiting", {}};
  m.to = "staff";
  command_desk desk(command_rules{{}, domain::uid_templates::defaults(), line_}, 100,
                    std::make_shared<store_status>());
  submit_commands unit;
  unit.items.push_back({uid, {}, std::move(m)});
  unit.origin = {person(domain::role::admin), now_, {}, {}};
  unit.done = reply<write_answer>([](const write_outcome& r) { ASSERT_TRUE(r); });
  desk.add(std::move(unit));
  db_.ask("UPDATE tickets SET priority = 'critical' RETURNING 1");
  desk.make_next(writer_);
  intake_->forget();
  finish(take_one(), send_outcome::accepted);
  EXPECT_THAT(told({answer_item("A2", "still dark", customer, ""),
                    change_item(change_kind::reaction, "3EB0OURS", "👍", 1),
                    echo_item("3EB0OURS", "customer is waiting", true, technician_chat),
                    change_item(change_kind::reaction, "3EB0OURS", "❤", 2)}),
              ElementsAre("message.created to all", "message.updated to staff"));
}

TEST_F(WaNews, AMessageThatWasTakenBackBeforeItCameIsHiddenInEveryTicketItNames) {
  receive("A1", "DR77 is dark");
  receive("A2", "DR78 is dark");
  told({change_item(change_kind::revoked, "A3", "", 1)});
  const auto outcome = intake_->apply(
      writer_, {{chat_item("A3", "DR77 and DR78 are dark, a secret", customer, false, false)}});
  int with_text = 0;
  for (const committed_event& e : outcome.events) {
    if (e.data_json.find("a secret") == std::string::npos) continue;
    ++with_text;
    EXPECT_NE(e.outside_json, "") << e.ticket_uid;
    EXPECT_THAT(e.outside_json, testing::Not(HasSubstr("a secret"))) << e.ticket_uid;
  }
  EXPECT_EQ(with_text, 2);
}

// --- triage -------------------------------------------------------------------------------------

class WaTriage : public wa_fixture {
 protected:
  /// Three messages of a chat that wait.
  void three_wait() {
    close(receive("A1", "no light"));
    set_chat(customer, "triage");
    for (const char* id : {"W1", "W2", "W3"}) {
      pass(std::chrono::seconds(1));
      EXPECT_EQ(says(customer, id, std::string("waiting ") + id), "");
    }
  }
  place_message placing(std::size_t index) {
    place_message out;
    out.message_id = waiting().items.at(index).message_id;
    return out;
  }
};

TEST_F(WaTriage, ListsTheOldestFirstWithChatAndWriter) {
  three_wait();
  const triage_page page = waiting();
  ASSERT_EQ(page.items.size(), 3U);
  EXPECT_EQ(page.items[0].text, "waiting W1");
  EXPECT_EQ(page.items[0].author, "John");
  EXPECT_EQ(page.items[0].chat, customer);
  EXPECT_EQ(page.items[0].waiting_in_chat, 3);
  connection c(db_.options());
  list_triage ask;
  ask.limit = 2;
  const auto first = run(c, ask);
  ASSERT_TRUE(first->next_after);
  ask.after_id = first->next_after;
  EXPECT_EQ(run(c, ask)->items.at(0).text, "waiting W3");
}

TEST_F(WaTriage, APlacedMessageIsTheTicketsWithHistoryAndCount) {
  three_wait();
  const std::string uid = desk_ticket("Light");
  place_message request = placing(0);
  request.ticket_uid = uid;
  const write_outcome done = change_by_admin(request);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_THAT(done->data_json, HasSubstr(R"("state":"placed")"));
  EXPECT_EQ(ticket_of("W1"), uid);
  EXPECT_EQ(waiting().waiting, 2);
  const ticket_detail d = ticket(uid);
  EXPECT_EQ(d.messages.size(), 1U);
  EXPECT_EQ(d.ticket.message_count, 1);
  EXPECT_EQ(d.history.back().entry.field, "placed");
  EXPECT_EQ(d.ticket.version, d.ticket.history_seq);
  ASSERT_FALSE(events_.empty());
  EXPECT_EQ(events_[0].kind, "ticket.updated");
  EXPECT_EQ(says(customer, "W4", "any news?"), uid) << "the chat is the ticket's from now on";
  EXPECT_EQ(change_by_admin(request).error().code, errc::not_found) << "it waits no more";
}

ingest case_item(const std::string& status, int at_s, domain::instant now) {
  domain::case_snapshot s;
  s.case_id = "123";
  s.subject = "No signal";
  s.status = domain::ticket_status_from(status);
  s.created_at = now;
  s.updated_at = now + std::chrono::seconds(at_s);
  ingest out;
  out.source = "qcontact";
  out.channel = "velocity";
  out.ext_id = fmt::format("velocity/123/{}", at_s);
  out.event = "case";
  out.headers_json = "{}";
  out.body = "{}";
  out.fingerprint = std::string(16, 'c');
  out.received_at = now;
  out.what = std::move(s);
  return out;
}

TEST_F(WaTriage, ATicketOfTheDeskKeepsTheChatItWasGivenWhenItsCaseChanges) {
  const std::string uid = apply({case_item("new", 1, now_)}).front().ticket_uid;
  three_wait();
  place_message request = placing(0);
  request.ticket_uid = uid;
  ASSERT_TRUE(change_by_admin(request));
  ASSERT_EQ(says(customer, "W4", "any news?"), uid);
  apply({case_item("assigned", 2, now_)});
  domain::note_ticket note;
  note.body = "called";
  ASSERT_TRUE(command({uid, {}, note}, person(domain::role::admin)));
  EXPECT_EQ(says(customer, "W5", "hello?"), uid);
}

TEST_F(WaTriage, ATicketThatTheDeskClosesIsNoLongerTheChats) {
  const std::string uid = apply({case_item("new", 1, now_)}).front().ticket_uid;
  three_wait();
  place_message request = placing(0);
  request.ticket_uid = uid;
  ASSERT_TRUE(change_by_admin(request));
  ASSERT_EQ(says(customer, "W4", "any news?"), uid);
  apply({case_item("closed", 2, now_)});
  EXPECT_EQ(says(customer, "W5", "dark again"), "") << "waits for a person, as the chat is set";
  apply({case_item("assigned", 3, now_)});
  EXPECT_EQ(says(customer, "W6", "hello?"), uid) << "opened again";
}

TEST_F(WaTriage, OneMakesATicketAndTakesItsChatAlong) {
  three_wait();
  place_message request = placing(0);
  request.make.emplace();
  request.make->items.emplace_back(
      domain::field::priority, domain::field_input{domain::field_input::kind::text, "high", {}});
  request.with_chat = true;
  const write_outcome done = change_by_admin(request);
  ASSERT_TRUE(done) << done.error().message;
  const std::string uid = ticket_of("W1");
  EXPECT_THAT(uid, HasSubstr("WA-"));
  EXPECT_EQ(ticket_of("W3"), uid);
  EXPECT_EQ(waiting().waiting, 0);
  EXPECT_EQ(db_.ask("SELECT source || ' ' || priority || ' ' || title || ' ' || message_count FROM"
                    " tickets WHERE uid = '" +
                    uid + "'"),
            "wa_inbound high waiting W1 3");
}

TEST_F(WaTriage, DismissedMessagesStayInTheirChat) {
  three_wait();
  place_message request = placing(1);
  request.dismiss = true;
  ASSERT_TRUE(change_by_admin(request));
  EXPECT_EQ(waiting().waiting, 2);
  EXPECT_EQ(ticket_of("W2"), "-");
}

TEST_F(WaTriage, AClosedOrHiddenTicketIsRefused) {
  three_wait();
  place_message request = placing(0);
  request.ticket_uid = db_.ask("SELECT uid FROM tickets");
  EXPECT_EQ(change_by_admin(request).error().reason, "closed");
  request.ticket_uid = desk_ticket("Light");
  EXPECT_EQ(change_as(request, person(domain::role::team_lead, 7)).error().code, errc::invalid);
}

}  // namespace
}  // namespace fibrehub::store::tests
