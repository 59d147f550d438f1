// A message that staff send out of a ticket: what is written, and what is refused.
#include <gmock/gmock.h>

#include "tests/store/sends/sends_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Message : public sends_fixture {};

TEST_F(Message, IsWrittenWithWhatIsOwedAndTheTicketsHistory) {
  const std::string uid = receive("A1", "DR77 no light");
  const std::string before = db_.ask("SELECT version || ' ' || message_count FROM tickets");
  const write_outcome done = try_say(uid, "We are \"on\" the way");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->status, 201U);
  EXPECT_THAT(done->data_json, HasSubstr(R"("text":"We are \"on\" the way")"));
  EXPECT_THAT(done->data_json, HasSubstr(R"("delivery":{"state":"queued")"));
  EXPECT_EQ(before, "1 1");
  EXPECT_EQ(db_.ask("SELECT version || ' ' || message_count FROM tickets"), "2 2");
  const std::string id = db_.ask("SELECT id FROM messages WHERE outbound");
  EXPECT_EQ(
      db_.ask("SELECT key || ' ' || channel || ' ' || peer || ' ' || lane || ' ' || seq || ' '"
              " || state FROM outbox"),
      fmt::format("wa/{0} whatsapp main main/default/{1} {0} ready", id, customer));
  EXPECT_EQ(db_.ask("SELECT action || ' ' || field || ' ' || new_value || ' ' || actor FROM"
                    " ticket_history ORDER BY seq DESC LIMIT 1"),
            "message outbound wa/" + id + " Sarah");
  EXPECT_EQ(sends(), "queued - ready");
  ASSERT_EQ(events_.size(), 1U);
  EXPECT_EQ(events_[0].kind, "message.created");
  EXPECT_THAT(events_[0].data_json, HasSubstr(R"("direction":"outbound")"));
  const ticket_detail d = ticket(uid);
  ASSERT_EQ(d.messages.size(), 2U);
  EXPECT_EQ(d.messages[1].author, "Sarah");
  EXPECT_EQ(d.messages[1].delivery->state, "queued");
  EXPECT_EQ(d.messages[1].delivery->queued_at, noon);
  EXPECT_FALSE(d.messages[0].delivery);
}

TEST_F(Message, IsTheAnswerThatTheResponseClockWaitsFor) {
  const std::string uid = receive("A1", "DR77 no light");
  const auto state = [&] {
    return db_.ask("SELECT state FROM sla_clocks WHERE clock = 'response'");
  };
  const std::string before = state();
  say(uid, "on our way");
  EXPECT_EQ(before, "running");
  EXPECT_EQ(db_.ask("SELECT by_api FROM messages WHERE outbound"), "f") << "a person's answer";
  EXPECT_NE(state(), "running");
}

TEST_F(Message, IsOneForEachIdempotencyKey) {
  const std::string uid = receive("A1", "DR77 no light");
  const write_outcome first = try_say(uid, "once", {}, "k1");
  const write_outcome second = try_say(uid, "once", {}, "k1");
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(second->replayed);
  EXPECT_EQ(second->data_json, first->data_json);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM outbox"), "1");
}

TEST_F(Message, IsRefusedWhereThereIsNoChat) {
  domain::create_ticket made;
  made.fields.items.emplace_back(domain::field::title,
                                 domain::field_input{domain::field_input::kind::text, "x", {}});
  ASSERT_TRUE(command({{}, {}, made}, person(domain::role::admin)));
  const write_outcome done = try_say("FF-0001", "hello");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, errc::conflict);
  EXPECT_EQ(done.error().reason, "no_chat");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM outbox WHERE channel = 'whatsapp'"), "0");
}

TEST_F(Message, IsNotForViewersAndClients) {
  const std::string uid = receive("A1", "DR77 no light");
  for (const domain::role r : {domain::role::viewer, domain::role::client}) {
    domain::principal p = person(r);
    p.client_id = 5;
    db_.ask("UPDATE tickets SET client_id = NULL RETURNING 1");
    const write_outcome done = command({uid, {}, domain::message_ticket{"x", {}}}, p);
    ASSERT_FALSE(done);
    EXPECT_TRUE(done.error().code == errc::forbidden || done.error().code == errc::not_found);
  }
  EXPECT_EQ(sends(), "");
}

TEST_F(Message, NamesWhatItAnswersInFull) {
  const std::string uid = receive("A1", "DR77 no light");
  say(uid, "which lamp?", "A1");
  EXPECT_EQ(take_one().reply_to, "false_" + customer + "_A1");
  EXPECT_EQ(db_.ask("SELECT reply_to FROM messages WHERE outbound"), "A1");
  const std::string group = receive("G1", "DR78 dead", "120363@g.us");
  say(group, "which street?", "G1");
  EXPECT_EQ(db_.ask("SELECT body->>'reply_to' FROM outbox ORDER BY id DESC LIMIT 1"),
            "false_120363@g.us_G1_27839998888@c.us");
}

TEST_F(Message, AnswersOnlyWhatIsOfThisConversationAndWasSent) {
  const std::string uid = receive("A1", "DR77 no light");
  receive("B1", "DR78 dead", "27839990000@c.us");
  for (const std::string wrong : {"B1", "nothing"}) {
    const write_outcome done = try_say(uid, "x", wrong);
    ASSERT_FALSE(done) << wrong;
    EXPECT_EQ(done.error().fields.at(0).first, "reply_to");
  }
  say(uid, "first");
  const std::string unsent = db_.ask("SELECT ext_id FROM messages WHERE outbound");
  const write_outcome early = try_say(uid, "second", unsent);
  ASSERT_FALSE(early);
  EXPECT_THAT(early.error().message, HasSubstr("not been sent"));
}

TEST_F(Message, GoesWithAMergedTicketsChat) {
  const std::string from = receive("A1", "DR77 no light");
  domain::create_ticket made;
  made.fields.items.emplace_back(domain::field::title,
                                 domain::field_input{domain::field_input::kind::text, "x", {}});
  ASSERT_TRUE(command({{}, {}, made}, person(domain::role::admin)));
  ASSERT_TRUE(
      command({from, {}, domain::merge_ticket{"FF-0001", "same"}}, person(domain::role::admin)));
  say("FF-0001", "we have it", "A1");
  EXPECT_EQ(take_one().chat, customer);
}

}  // namespace
}  // namespace fibrehub::store::tests
