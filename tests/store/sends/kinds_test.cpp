// Everything that is sent besides texts: what is written, what the bridge is given, and what
// becomes of messages that are changed or taken back.
#include <gmock/gmock.h>

#include "tests/store/sends/sends_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using namespace std::chrono_literals;
using domain::message_act;
using domain::send_kind;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Kinds : public sends_fixture {
 protected:
  void SetUp() override { uid_ = receive("A1", "DR77 no light"); }

  std::int64_t attach(const std::string& type, const std::string& name) {
    const std::int64_t id = 900'000 + ++files_;
    db_.ask(fmt::format(
        "INSERT INTO attachments (id, ticket_id, sha256, name, content_type, size_bytes, author,"
        " created_at) SELECT {}, id, decode(repeat('ab', 32), 'hex'), '{}', '{}', 12, 'Sarah', "
        "now()"
        " FROM tickets WHERE uid = '{}' RETURNING 1",
        id, name, type, uid_));
    return id;
  }
  write_outcome send(domain::message_ticket m) {
    return command({uid_, {}, std::move(m)}, person(as_));
  }
  write_outcome act(message_act what, std::int64_t message, const std::string& text = {}) {
    return command({uid_, {}, domain::act_on_message{what, message, text}}, person(as_));
  }
  write_outcome signal(send_kind what, bool on = true) {
    return command({uid_, {}, domain::signal_chat{what, on}}, person(as_));
  }
  std::int64_t last_id() const {
    return std::stoll(db_.ask("SELECT max(id) FROM messages WHERE outbound"));
  }
  std::string reason_of(const write_outcome& done) { return done ? "" : done.error().reason; }
  std::string last_history() const {
    return db_.ask(
        "SELECT concat_ws('|', action, field, old_value, new_value) FROM ticket_history ORDER BY"
        " ticket_id, seq DESC LIMIT 1");
  }

  std::string uid_;
  int files_ = 0;
};

TEST_F(Kinds, AFileLeavesAsItsTypeSuggests) {
  struct row {
    const char *type, *kind, *shown;
  };
  for (const row& r :
       {row{"image/jpeg", "image", "image"}, row{"application/pdf", "file", "document"},
        row{"audio/ogg", "voice", "audio"}, row{"video/mp4", "video", "video"}}) {
    domain::message_ticket m{"a caption", {}};
    m.attachment_id = attach(r.type, "x");
    const write_outcome done = send(m);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_THAT(done->data_json, HasSubstr(fmt::format(R"("type":"{}")", r.shown)));
    const taken_send s = take_one();
    EXPECT_EQ(name_of(s.what), r.kind);
    EXPECT_EQ(s.text, "a caption");
    EXPECT_EQ(s.file.content_type, r.type);
    EXPECT_EQ(s.file.size_bytes, 12);
    EXPECT_EQ(s.file.sha256_hex.size(), 64U);
    EXPECT_EQ(s.stanza, "") << "files take no name";
    finish(s, send_outcome::accepted, fmt::format("3EB0{}", r.kind));
  }
  EXPECT_THAT(db_.ask("SELECT media FROM messages WHERE type = 'image'"),
              HasSubstr(R"("attachment_id":"900001")"));
}

TEST_F(Kinds, AFileIsOneOfTheTicketAndOfItsKind) {
  domain::message_ticket m{"", {}};
  m.attachment_id = 5;
  write_outcome done = send(m);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fields.at(0).first, "attachment_id");
  m.attachment_id = attach("application/pdf", "x.pdf");
  m.kind = send_kind::image;
  done = send(m);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("cannot be sent as image"));
  m.kind = send_kind::file;
  EXPECT_TRUE(send(m));
}

TEST_F(Kinds, APlaceIsNamedWhereTheEngineTakesNames) {
  session("WORKING");
  domain::message_ticket m{"", {}};
  m.location = domain::sent_location{-26.2041, 28.0473, "The depot"};
  ASSERT_TRUE(send(m));
  const taken_send s = take_one();
  EXPECT_EQ(s.what, send_kind::location);
  EXPECT_EQ(s.place.latitude, "-26.2041");
  EXPECT_EQ(s.place.title, "The depot");
  EXPECT_EQ(s.stanza, "3EB0NAME1");
  EXPECT_EQ(ticket(uid_).messages.back().body, "Location The depot (-26.2041, 28.0473)");
}

TEST_F(Kinds, AnEchoIsOfTheSameSort) {
  domain::message_ticket photo{"see this", {}};
  photo.attachment_id = attach("image/jpeg", "x.jpg");
  ASSERT_TRUE(send(photo));
  finish(take_one(), send_outcome::accepted);
  echo("3EB0TEXT", "see this");
  EXPECT_EQ(sends(), "accepted - done") << "a text is no photo with these words";
  ingest back = echo_item("3EB0PHOTO", "see this");
  std::get<domain::chat_message>(back.what).type = "image";
  apply({back});
  EXPECT_EQ(sends(), "accepted 3EB0PHOTO done");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM messages WHERE type = 'image'"), "1");
}

TEST_F(Kinds, APlaceWithoutANameIsKnownByItsSort) {
  domain::message_ticket m{"", {}};
  m.location = domain::sent_location{1, 2, ""};
  ASSERT_TRUE(send(m));
  finish(take_one(), send_outcome::accepted);
  ingest back = echo_item("3EB0PLACE", "Location 1.0000001, 2");
  std::get<domain::chat_message>(back.what).type = "location";
  apply({back});
  EXPECT_EQ(sends(), "accepted 3EB0PLACE done");
}

TEST_F(Kinds, AFileInDoubtIsUncertainWithoutAnEcho) {
  session("WORKING");
  domain::message_ticket photo{"", {}};
  photo.attachment_id = attach("image/jpeg", "x.jpg");
  ASSERT_TRUE(send(photo));
  finish(take_one(), send_outcome::in_doubt);
  pass(61s);
  EXPECT_EQ(take().uncertain, 1U);
  EXPECT_EQ(sends(), "uncertain - dead");
}

// --- edits, deletions, reactions ----------------------------------------------------------------

TEST_F(Kinds, WhatHasNotLeftIsChangedWhereItWaits) {
  say(uid_, "one");
  say(uid_, "too");
  const std::int64_t second = last_id();
  const write_outcome done = act(message_act::edit, second, "two");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_THAT(done->data_json, HasSubstr(R"("state":"queued")"));
  EXPECT_EQ(last_history(), "message|edited|too|two");
  finish(take_one(), send_outcome::accepted, "3EB01");
  const taken_send s = take_one();
  EXPECT_EQ(s.text, "two");
  EXPECT_EQ(s.what, send_kind::text);
  EXPECT_EQ(ticket(uid_).messages.back().body, "two");
  finish(s, send_outcome::accepted);
  echo("3EB02", "two");
  EXPECT_EQ(sends(), "accepted 3EB01 done\naccepted 3EB02 done");
}

TEST_F(Kinds, WhatIsTakenBackBeforeItLeavesNeverLeaves) {
  say(uid_, "one");
  say(uid_, "two");
  say(uid_, "three");
  const std::int64_t third = last_id();
  ASSERT_TRUE(act(message_act::erase, third));
  EXPECT_EQ(events_.front().kind, "message.delivery");
  EXPECT_THAT(events_.front().data_json, HasSubstr(R"("state":"cancelled")"));
  EXPECT_EQ(ticket(uid_).messages.back().delivery->state, "cancelled");
  finish(take_one(), send_outcome::accepted, "3EB01");
  EXPECT_EQ(take_one().text, "two");
  EXPECT_THAT(sends(), HasSubstr("cancelled - dead"));
  EXPECT_EQ(reason_of(act(message_act::erase, third)), "not_sent");
}

TEST_F(Kinds, TakingBackTheFirstOfALaneLetsTheNextGo) {
  say(uid_, "one");
  say(uid_, "two");
  const std::int64_t first = std::stoll(db_.ask("SELECT min(id) FROM messages WHERE outbound"));
  ASSERT_TRUE(act(message_act::erase, first));
  EXPECT_EQ(take_one().text, "two");
}

TEST_F(Kinds, WhatHasLeftIsChangedAtWhatsAppByItsFullName) {
  session("WORKING");
  say(uid_, "one");
  const std::int64_t id = last_id();
  const taken_send s = take_one();
  EXPECT_EQ(reason_of(act(message_act::edit, id, "x")), "on_its_way");
  finish(s, send_outcome::accepted, s.stanza);
  pass(1s);
  ASSERT_TRUE(act(message_act::edit, id, "one!"));
  ASSERT_TRUE(act(message_act::react, id, "\xF0\x9F\x91\x8D"));
  ASSERT_TRUE(act(message_act::erase, id));
  for (const auto& [what, text] :
       {std::pair{send_kind::edit, "one!"}, std::pair{send_kind::reaction, "\xF0\x9F\x91\x8D"},
        std::pair{send_kind::erase, ""}}) {
    const taken_send next = take_one();
    EXPECT_EQ(next.what, what);
    EXPECT_EQ(next.text, text);
    EXPECT_EQ(next.target, "true_" + customer + "_3EB0NAME1");
    EXPECT_EQ(next.stanza, "") << "it has no name of its own";
    finish(next, send_outcome::accepted, "3EB0OTHER");
  }
  EXPECT_EQ(db_.ask("SELECT what || ' ' || state || ' ' || target_id FROM wa_sends WHERE what <>"
                    " 'text' ORDER BY id"),
            fmt::format("edit accepted {0}\nreaction accepted {0}\ndelete accepted {0}", id));
  EXPECT_EQ(db_.ask("SELECT count(*) FROM messages WHERE outbound"), "1");
}

TEST_F(Kinds, AReactionToACustomersMessageInAGroupNamesItsAuthor) {
  uid_ = receive("G1", "DR78 dead", "120363@g.us");
  const std::int64_t id = std::stoll(db_.ask("SELECT id FROM messages WHERE ext_id = 'G1'"));
  ASSERT_TRUE(act(message_act::react, id, "\xF0\x9F\x91\x8D"));
  EXPECT_EQ(take_one().target, "false_120363@g.us_G1_27839998888@c.us");
  EXPECT_EQ(reason_of(act(message_act::edit, id, "x")), "not_ours");
}

TEST_F(Kinds, OurOwnMessageInAGroupIsNamedAsTheEngineDoes) {
  session("WORKING", "GOWS");
  db_.ask("UPDATE wa_sessions SET me = '27800000000@c.us' RETURNING 1");
  uid_ = receive("G1", "DR78 dead", "120363@g.us");
  say(uid_, "on our way");
  const std::int64_t id = last_id();
  finish(take_one(), send_outcome::accepted, "3EB0G");
  ASSERT_TRUE(act(message_act::erase, id));
  EXPECT_EQ(take_one().target, "true_120363@g.us_3EB0G_27800000000@c.us");
}

TEST_F(Kinds, EditsAreRefusedWhenItIsTooLate) {
  session("WORKING");
  say(uid_, "one");
  const std::int64_t id = last_id();
  const taken_send s = take_one();
  finish(s, send_outcome::accepted, s.stanza);
  pass(16min);
  EXPECT_EQ(reason_of(act(message_act::edit, id, "x")), "too_late");
  EXPECT_TRUE(act(message_act::erase, id));
}

TEST_F(Kinds, OtherTicketsMessagesAreNotThere) {
  const std::string other = receive("B1", "DR78 dead", "27830000002@c.us");
  say(other, "to b");
  const std::int64_t id = last_id();
  const write_outcome done = act(message_act::erase, id);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, errc::not_found);
}

TEST_F(Kinds, WhatIsDoneToAMessageIsRepeatedWhenItsEndIsUnknown) {
  session("WORKING");
  say(uid_, "one");
  const std::int64_t id = last_id();
  const taken_send s = take_one();
  finish(s, send_outcome::accepted, s.stanza);
  ASSERT_TRUE(act(message_act::edit, id, "one!"));
  take_one();
  const taken_sends again = take_anew();
  ASSERT_EQ(again.items.size(), 1U) << "it is not waited for: twice is as once";
  EXPECT_EQ(again.uncertain, 0U);
  finish(again.items[0], send_outcome::accepted);
  EXPECT_EQ(db_.ask("SELECT state FROM wa_sends WHERE what = 'edit'"), "accepted");
}

// --- hints --------------------------------------------------------------------------------------

TEST_F(Kinds, HintsLeaveNoTraceInTheTicketAndAreDroppedWhenTheyAreLate) {
  const std::string before = db_.ask("SELECT version || ' ' || message_count FROM tickets");
  const write_outcome done = signal(send_kind::typing);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->status, 202U);
  ASSERT_TRUE(signal(send_kind::seen));
  EXPECT_EQ(db_.ask("SELECT version || ' ' || message_count FROM tickets"), before);
  const taken_send s = take_one();
  EXPECT_EQ(s.what, send_kind::typing);
  EXPECT_TRUE(s.typing_on);
  finish(s, send_outcome::refused);
  EXPECT_EQ(db_.ask("SELECT state FROM outbox WHERE id = " + std::to_string(s.outbox_id)), "done");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM notifications"), "0") << "nobody is told";
  pass(31s);
  EXPECT_THAT(take().items, IsEmpty());
  EXPECT_EQ(
      db_.ask("SELECT last_status FROM outbox WHERE key LIKE 'wa/%' ORDER BY id DESC LIMIT 1"),
      "dropped: too late for a hint");
  connection c(db_.options());
  list_sends ask;
  ask.by = person(domain::role::manager);
  EXPECT_TRUE(run(c, ask)->items.empty()) << "hints are no messages";
}

// --- what is told -------------------------------------------------------------------------------

TEST_F(Kinds, EachStepIsToldToThoseWhoSeeTheTicket) {
  session("WORKING");
  db_.ask("UPDATE tickets SET assigned_to = 1, client_id = NULL RETURNING 1");
  say(uid_, "one");
  const std::string id = std::to_string(last_id());
  const taken_send s = take_one();
  finish(s, send_outcome::accepted, s.stanza);
  ASSERT_EQ(events_.size(), 1U);
  EXPECT_EQ(events_[0].kind, "message.delivery");
  EXPECT_EQ(events_[0].ticket_uid, uid_);
  EXPECT_EQ(events_[0].access.owner.assigned_to, 1);
  EXPECT_THAT(events_[0].data_json, HasSubstr(fmt::format(R"("id":"{}","message_id":"{}","kind":)"
                                                          R"("text","state":"accepted")",
                                                          id, s.stanza)));
  EXPECT_THAT(events_[0].data_json, HasSubstr(R"("reason":null)"));
  EXPECT_THAT(events_[0].outside_json, ::testing::Not(HasSubstr("reason")));
  intake_outcome told = intake_->apply(writer_, std::vector<ingest>{ack_item(s.stanza, 2)});
  ASSERT_EQ(told.events.size(), 1U);
  EXPECT_THAT(told.events[0].data_json, HasSubstr(R"("state":"delivered")"));
  told = intake_->apply(writer_, std::vector<ingest>{ack_item(s.stanza, 1)});
  EXPECT_TRUE(told.events.empty()) << "nothing changed";
}

}  // namespace
}  // namespace fibrehub::store::tests
