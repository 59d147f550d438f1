// Where staff talk about a ticket, and conversations as people read them.
#include <gmock/gmock.h>

#include "tests/store/wa/wa_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class WaTalk : public wa_fixture {
 protected:
  write_outcome tell_staff(const std::string& uid, const std::string& text) {
    domain::message_ticket m;
    m.text = text;
    m.to = "staff";
    return say_as(uid, std::move(m));
  }
  write_outcome say_as(const std::string& uid, domain::message_ticket m) {
    command_desk desk(command_rules{{}, domain::uid_templates::defaults(), line_}, 100,
                      std::make_shared<store_status>());
    std::optional<write_outcome> got;
    submit_commands unit;
    unit.items.push_back({uid, {}, std::move(m)});
    unit.origin = {person(domain::role::admin), now_, {}, {}};
    unit.done = reply<write_answer>([&](write_outcome r) { got = std::move(r); });
    desk.add(std::move(unit));
    change_desk::aftermath after = desk.make_next(writer_);
    events_ = after.events;
    intake_->forget_tickets(after.tickets);
    return got.value();
  }
  std::string chosen(const std::string& uid, const domain::principal& by) {
    connection c(db_.options());
    get_staff_chat ask;
    ask.uid = uid;
    ask.by = by;
    ask.line = line_;
    return run(c, ask).value_or("none to be seen");
  }
  std::string project_ticket(const char* priority) {
    const std::string uid = desk_ticket("No light");
    db_.ask(
        fmt::format("UPDATE tickets SET project_id = 4, priority = '{}', assigned_to = 2, status ="
                    " 'assigned' WHERE"
                    " uid = '{}' RETURNING 1",
                    priority, uid));
    return uid;
  }
  static std::vector<std::string> texts(const talk_page& page) {
    std::vector<std::string> out;
    for (const said& s : page.items)
      out.push_back(s.message ? s.message->body : "note: " + s.note->body);
    return out;
  }
};

TEST_F(WaTalk, AQuietTicketIsTalkedAboutInItsProjectsGroup) {
  make_group();
  const std::string uid = project_ticket("low");
  EXPECT_THAT(chosen(uid, person(domain::role::admin)),
              HasSubstr(R"("kind":"group","chat_id":"9000000000")"));
  const write_outcome done = tell_staff(uid, "who is near?");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_THAT(done->data_json, HasSubstr(R"("internal":true)"));
  EXPECT_EQ(db_.ask("SELECT body->>'chat' || ' ' || (body->>'text') FROM outbox WHERE channel ="
                    " 'whatsapp'"),
            project_group + " " + uid + "\nwho is near?");
  const taken_send sent = take_one();
  finish(sent, send_outcome::accepted, "3EB0GROUP");
  EXPECT_EQ(says(project_group, "G1", "me, 10 minutes", "3EB0GROUP"), uid) << "found by the quote";
  EXPECT_EQ(ticket_of("G1"), uid + " internal");
  EXPECT_EQ(says(project_group, "G2", "braai on Friday?"), uid)
      << "the technician's only ticket; a group of strangers keeps it";
}

TEST_F(WaTalk, AnUrgentOneIsTalkedAboutWithItsTechnician) {
  make_group();
  const std::string uid = project_ticket("critical");
  EXPECT_THAT(chosen(uid, person(domain::role::admin)),
              HasSubstr(R"("kind":"individual","chat_id":null,"chat":"27839998888@c.us")"));
  ASSERT_TRUE(tell_staff(uid, "customer is waiting"));
  EXPECT_EQ(db_.ask("SELECT body->>'chat' || ' ' || (body->>'text') FROM outbox WHERE channel ="
                    " 'whatsapp'"),
            technician_chat + " customer is waiting");
  EXPECT_EQ(says(technician_chat, "T1", "on my way"), uid);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM chats WHERE kind = 'direct'"), "1") << "the same chat";
}

TEST_F(WaTalk, TheCustomersChatIsTheDefaultWhereThereIsOne) {
  const std::string uid = receive("A1", "no light");
  domain::message_ticket m;
  m.text = "we are on it";
  ASSERT_TRUE(say_as(uid, m));
  EXPECT_EQ(db_.ask("SELECT body->>'chat' FROM outbox WHERE channel = 'whatsapp'"), customer);
  const write_outcome none = tell_staff(uid, "hm");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().reason, "no_chat");
  EXPECT_THAT(none.error().message, HasSubstr("the ticket has no project, and nobody is assigned"));
}

TEST_F(WaTalk, AChoiceIsKeptUntilItIsTakenBack) {
  make_group();
  const std::string uid = project_ticket("low");
  choose_staff_chat choice;
  choice.uid = uid;
  choice.line = line_;
  choice.mode = domain::chat_mode::individual;
  const write_outcome done = change_by_admin(choice);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_THAT(done->data_json, HasSubstr(R"("mode":"individual","kind":"individual")"));
  EXPECT_THAT(done->data_json, HasSubstr(R"("chosen_by":"Sarah")"));
  EXPECT_EQ(ticket(uid).history.back().entry.new_value, "individual");
  choice.mode = domain::chat_mode::chat;
  choice.chat_id = 77;
  EXPECT_EQ(change_by_admin(choice).error().code, errc::invalid);
  choice.mode = domain::chat_mode::automatic;
  ASSERT_TRUE(change_by_admin(choice));
  EXPECT_THAT(chosen(uid, person(domain::role::admin)),
              HasSubstr(R"("mode":"auto","kind":"group")"));
  EXPECT_EQ(chosen(uid, person(domain::role::client, 3)), "none to be seen");
}

TEST_F(WaTalk, ATechnicianChoosesAmongTheChatsTheTicketWasTalkedAboutIn) {
  const std::string uid = receive("A1", "no light");
  give_to_technician(uid);
  says(stranger, "B1", "a matter of somebody else");
  ASSERT_EQ(says(technician_chat, "T1", uid + ": arrived"), uid);
  const domain::principal technician = person(domain::role::technician, 2);
  choose_staff_chat choice;
  choice.uid = uid;
  choice.line = line_;
  choice.mode = domain::chat_mode::chat;
  choice.chat_id = std::stoll(chat_id(stranger));
  const write_outcome others = change_as(choice, technician);
  ASSERT_FALSE(others);
  choice.chat_id = 77;
  const write_outcome none = change_as(choice, technician);
  ASSERT_FALSE(none);
  EXPECT_EQ(others.error().message, none.error().message) << "which there are is not told";
  EXPECT_EQ(chosen(uid, technician).find(stranger), std::string::npos);
  for (const std::string& chat : {customer, technician_chat}) {
    choice.chat_id = std::stoll(chat_id(chat));
    EXPECT_TRUE(change_as(choice, technician)) << chat;
  }
  choice.chat_id = std::stoll(chat_id(stranger));
  EXPECT_TRUE(change_by_admin(choice)) << "who reads all chats chooses among all";
}

TEST_F(WaTalk, AChatIsOpenedForATicketOnce) {
  const std::string uid = desk_ticket("No light");
  open_chat request;
  request.uid = uid;
  request.phone = "084 000 0001";
  request.line = line_;
  const write_outcome first = change_by_admin(request);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->status, 201U);
  EXPECT_THAT(first->data_json, HasSubstr(R"("created":true)"));
  EXPECT_EQ(change_by_admin(request)->status, 200U);
  EXPECT_EQ(db_.ask("SELECT ext_id FROM chats"), stranger);
  request.phone.clear();
  request.group = true;
  EXPECT_EQ(change_by_admin(request).error().reason, "no_chat");
  EXPECT_THAT(chosen(uid, person(domain::role::admin)), HasSubstr(R"("mode":"chat")"))
      << "what was refused changes nothing";
}

TEST_F(WaTalk, ATechnicianOpensChatsWithTheTicketsContactAndStaffOnly) {
  const std::string uid = receive("A1", "no light");
  give_to_technician(uid);
  says(stranger, "B1", "a matter of somebody else");
  const domain::principal technician = person(domain::role::technician, 2);
  open_chat request;
  request.uid = uid;
  request.line = line_;
  const auto refused = [&](const char* phone) {
    request.phone = phone;
    const write_outcome no = change_as(request, technician);
    EXPECT_FALSE(no) << phone;
    return no ? std::string() : no.error().message;
  };
  const std::string of_a_writer = refused("084 000 0001");
  EXPECT_THAT(of_a_writer, HasSubstr("neither the contact's"));
  EXPECT_EQ(refused("084 999 9999"), of_a_writer) << "who ever wrote is not told";
  db_.ask("UPDATE tickets SET contact_phone = '084 999 9999' RETURNING 1");
  EXPECT_TRUE(change_as(request, technician)) << "the contact's";
  request.phone = customer.substr(0, customer.find('@'));
  EXPECT_TRUE(change_as(request, technician)) << "where the ticket was talked about";
  request.phone = technician_chat.substr(0, technician_chat.find('@'));
  EXPECT_TRUE(change_as(request, technician)) << "of somebody who works here";
  request.phone = "084 000 0001";
  EXPECT_TRUE(change_by_admin(request)) << "who reads all chats opens any";
}

TEST_F(WaTalk, AProjectHasOneGroup) {
  make_group();
  hear(chat_item("G1", "hello", "120363000000000002@g.us", false, false));
  edit_chat edit;
  edit.id = std::stoll(chat_id("120363000000000002@g.us"));
  edit.project_id = 4;
  EXPECT_EQ(change_by_admin(edit).error().reason, "project_has_group");
  edit.project_id = 5;
  EXPECT_EQ(change_by_admin(edit).error().code, errc::invalid);
}

// --- conversations ------------------------------------------------------------------------------

TEST_F(WaTalk, AConversationIsReadInTheOrderOfItsSending) {
  const std::string uid = receive("A1", "DR77 no light");
  now_ += std::chrono::seconds(60);
  ingest late = chat_item("A3", "third", customer, false, false);
  ingest early = chat_item("A2", "second", customer, false, false);
  std::get<domain::chat_message>(early.what).sent_at = noon + std::chrono::seconds(30);
  hear(late);
  hear(early);
  say(uid, "we come", "A2");
  domain::note_ticket note;
  note.body = "a dog in the yard";
  ASSERT_TRUE(command({uid, {}, note}, person(domain::role::admin)));
  EXPECT_THAT(texts(conversation(uid).page),
              ElementsAre("DR77 no light", "second", "third", "we come"));
  const conversation_view all = conversation(uid, person(domain::role::admin), {}, true);
  EXPECT_THAT(texts(all.page), ElementsAre("DR77 no light", "second", "third", "we come",
                                           "note: a dog in the yard"));
  const said& ours = all.page.items[3];
  EXPECT_EQ(ours.message->delivery->state, "queued");
  const auto& quoted = ours.message->extras.quoted;
  ASSERT_TRUE(quoted.has_value());
  EXPECT_EQ(quoted->text, "second");
  EXPECT_EQ(quoted->author, "John");
  EXPECT_FALSE(all.history.empty());
}

TEST_F(WaTalk, PagesLeadBothWaysWithoutGapsOrRepeats) {
  const std::string uid = receive("A0", "DR77 no light");
  for (int i = 1; i <= 9; ++i)  // all at one moment
    hear(chat_item(fmt::format("A{}", i), fmt::format("m{}", i), customer, false, false));
  talk_window w;
  w.limit = 4;
  const talk_page last = conversation(uid, person(domain::role::admin), w).page;
  EXPECT_THAT(texts(last), ElementsAre("m6", "m7", "m8", "m9"));
  EXPECT_FALSE(last.later);
  w.before = last.earlier;
  const talk_page middle = conversation(uid, person(domain::role::admin), w).page;
  EXPECT_THAT(texts(middle), ElementsAre("m2", "m3", "m4", "m5"));
  w.before = middle.earlier;
  const talk_page first = conversation(uid, person(domain::role::admin), w).page;
  EXPECT_THAT(texts(first), ElementsAre("DR77 no light", "m1"));
  EXPECT_FALSE(first.earlier);
  w.before.reset();
  w.after = first.later;
  EXPECT_EQ(texts(conversation(uid, person(domain::role::admin), w).page), texts(middle));
  w.after.reset();
  w.offset = 8;
  const talk_page counted = conversation(uid, person(domain::role::admin), w).page;
  EXPECT_THAT(texts(counted), ElementsAre("m8", "m9"));
  EXPECT_EQ(counted.total, 10);
}

TEST_F(WaTalk, AGroupShowsWhoSaidWhat) {
  ingest one = chat_item("G1", "DR77 is dark", project_group, false, false);
  ingest two = chat_item("G2", "here too", project_group, false, false);
  auto& m = std::get<domain::chat_message>(two.what);
  m.author = "98765432109876@lid";
  m.author_alt = "27840000009@c.us";
  m.author_name = "Nomsa";
  const std::string uid = hear(one).ticket_uid;
  hear(two);
  const conversation_view v = conversation(uid);
  ASSERT_EQ(v.page.items.size(), 2U);
  EXPECT_EQ(v.page.items[0].message->author, "John");
  EXPECT_EQ(v.page.items[1].message->author, "Nomsa");
  EXPECT_EQ(v.page.items[1].message->phone, "27840000009");
  EXPECT_EQ(v.page.items[1].in.chat_kind, "group");
  ASSERT_EQ(v.people.size(), 2U);
  EXPECT_THAT(v.people[1].ids, ElementsAre("27840000009@c.us", "98765432109876@lid"));
}

TEST_F(WaTalk, APersonUnderAHiddenIdThenAPhoneIsOnePerson) {
  ingest hidden = chat_item("A1", "DR77 no light", "98765432109876@lid", false, false);
  const std::string uid = hear(hidden).ticket_uid;
  ingest known = chat_item("A2", "any news?", "27840000009@c.us", false, false);
  auto& m = std::get<domain::chat_message>(known.what);
  m.chat_alt = m.author_alt = "98765432109876@lid";
  EXPECT_EQ(hear(known).ticket_uid, uid);
  const conversation_view v = conversation(uid);
  EXPECT_THAT(texts(v.page), ElementsAre("DR77 no light", "any news?"));
  ASSERT_EQ(v.people.size(), 1U);
  EXPECT_EQ(v.people[0].phone, "27840000009");
  EXPECT_EQ(v.people[0].ids.size(), 2U);
  EXPECT_EQ(v.page.items[0].message->phone, "27840000009") << "known since";
}

TEST_F(WaTalk, ClientsReadWhatWasSaidWithThem) {
  db_.ask("INSERT INTO clients (id, code, name) VALUES (5, 'C', 'C') RETURNING 1");
  const std::string uid = receive("A1", "DR77 no light");
  db_.ask("UPDATE tickets SET client_id = 5 RETURNING 1");
  says(technician_chat, "T1", uid + " is a difficult customer");
  domain::note_ticket open_note;
  open_note.body = "we come at two";
  open_note.internal = false;
  ASSERT_TRUE(command({uid, {}, open_note}, person(domain::role::admin)));
  domain::principal client = person(domain::role::client, 3);
  client.client_id = 5;
  const conversation_view seen = conversation(uid, client, {}, true);
  EXPECT_THAT(texts(seen.page), ElementsAre("DR77 no light", "note: we come at two"));
  EXPECT_TRUE(seen.history.empty());
  EXPECT_EQ(seen.people.size(), 1U);
  EXPECT_EQ(conversation(uid).page.items.size(), 2U);
}

TEST_F(WaTalk, RelatedTicketsAreThoseOfTheDropAndOfThePerson) {
  const std::string one = receive("A1", "DR77 no light");
  const std::string two = says(stranger, "B1", "DR77 no light either");
  const std::string three = says(customer, "A2", "DR78 is dark as well");
  std::map<std::string, std::string> why;
  for (const related_ticket& r : conversation(one).related)
    why[r.uid] = r.why;
  EXPECT_EQ(why, (std::map<std::string, std::string>{{two, "same_drop"}, {three, "same_contact"}}));
}

TEST_F(WaTalk, AChatIsReadAsSuchByThoseWhoMay) {
  receive("A1", "DR77 no light");
  set_chat(customer, "keep");
  close("DR77-01");
  says(customer, "A2", "thanks");
  connection c(db_.options());
  get_chat_talk ask;
  ask.chat_id = std::stoll(chat_id(customer));
  ask.by = person(domain::role::admin);
  EXPECT_THAT(texts(run(c, ask).value()), ElementsAre("DR77 no light", "thanks"));
  ask.by = person(domain::role::team_lead, 7);
  EXPECT_TRUE(run(c, ask)->items.empty());
  list_chats list;
  list.by = person(domain::role::admin);
  list.text = "John";
  const auto chats = run(c, list);
  ASSERT_EQ(chats->items.size(), 1U);
  EXPECT_EQ(chats->items[0].phone, "27831112222");
  list.text.clear();
  list.ticket_uid = "DR77-01";
  EXPECT_EQ(run(c, list)->items.size(), 1U);
  get_chat one;
  one.id = ask.chat_id;
  EXPECT_EQ(run(c, one)->members.at(0).messages, 2);
}

}  // namespace
}  // namespace fibrehub::store::tests
