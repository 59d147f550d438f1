// What is done about messages after they were handed over: asking about those of which nothing was
// heard, the word of a person, the report; and templates.
#include <gmock/gmock.h>

#include "store/sends/delivery_report.hpp"
#include "store/sends/questions.hpp"
#include "store/sends/settle.hpp"
#include "store/sends/templates.hpp"
#include "tests/store/sends/sends_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Aftercare : public sends_fixture {
 protected:
  void SetUp() override { uid_ = receive("A1", "DR77 no light"); }
  std::vector<send_question> questions() {
    take_questions request;
    request.channel = "main";
    request.result = std::make_shared<std::vector<send_question>>();
    const auto result = request.result;
    EXPECT_TRUE(change(std::move(request)));
    return *result;
  }
  void answer(const send_question& q, bool found, std::optional<int> level) {
    ASSERT_TRUE(change(answer_question{"main", q, found, level}));
  }
  std::string state() const { return db_.ask("SELECT state FROM wa_sends ORDER BY id LIMIT 1"); }
  std::int64_t accepted_without_name() {
    say(uid_, "one");
    finish(take_one(), send_outcome::accepted);
    return std::stoll(db_.ask("SELECT max(id) FROM wa_sends"));
  }
  std::string uid_;
};

TEST_F(Aftercare, WhatTheBridgeTookIsAskedAboutWithGrowingPauses) {
  session("WORKING");
  say(uid_, "one");
  const taken_send s = take_one();
  finish(s, send_outcome::accepted, s.stanza);
  pass(9min);
  EXPECT_THAT(questions(), IsEmpty());
  pass(2min);
  std::vector<send_question> due = questions();
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].stanza, s.stanza);
  EXPECT_EQ(due[0].chat, customer);
  answer(due[0], true, 0);
  EXPECT_EQ(state(), "accepted");
  EXPECT_THAT(questions(), IsEmpty());
  pass(11min);
  due = questions();
  ASSERT_EQ(due.size(), 1U);
  answer(due[0], true, 3);
  EXPECT_EQ(state(), "read");
  EXPECT_EQ(events_.at(0).kind, "message.delivery");
  pass(25h);
  EXPECT_THAT(questions(), IsEmpty());
}

TEST_F(Aftercare, InGroupsItIsAskedAboutByOurOwnIdTooButOnNoweb) {
  const std::string group = "120363@g.us";
  const std::string uid = receive("G1", "DR78 no light", group);
  const auto author_on = [&](const char* engine) {
    session("WORKING", engine, "2026.7.1");
    db_.ask("UPDATE wa_sessions SET me = '27830001111@c.us' RETURNING 1");
    db_.ask("DELETE FROM wa_sends WHERE id > 0 RETURNING 1");
    say(uid, "one");
    const taken_send s = take_one();
    finish(s, send_outcome::accepted, "3EB0GROUP");
    pass(11min);
    const std::vector<send_question> due = questions();
    EXPECT_EQ(due.size(), 1U);
    return s.author + "|" + (due.empty() ? "" : due[0].author);
  };
  EXPECT_EQ(author_on("WEBJS"), "27830001111@c.us|27830001111@c.us");
  EXPECT_EQ(author_on("NOWEB"), "|");
}

TEST_F(Aftercare, AStepInBetweenEndsTheQuestions) {
  session("WORKING");
  say(uid_, "one");
  const taken_send s = take_one();
  finish(s, send_outcome::accepted, s.stanza);
  ack(s.stanza, 1);
  pass(1h);
  EXPECT_THAT(questions(), IsEmpty());
}

TEST_F(Aftercare, WithoutANameItIsUncertainAfterADayAndNeverSentAgain) {
  accepted_without_name();
  pass(1h);
  EXPECT_THAT(questions(), IsEmpty());
  EXPECT_EQ(state(), "accepted");
  pass(24h);
  EXPECT_THAT(questions(), IsEmpty());
  EXPECT_EQ(state(), "uncertain");
  EXPECT_THAT(db_.ask("SELECT body FROM notifications"), HasSubstr("uncertain"));
  EXPECT_THAT(take().items, IsEmpty());
  echo("3EB0LATE", "one");
  EXPECT_EQ(state(), "uncertain") << "an echo a day later is somebody else's";
}

TEST_F(Aftercare, WhatTheBridgeDoesNotKnowAtTheEndIsUncertain) {
  session("WORKING");
  say(uid_, "one");
  const taken_send s = take_one();
  finish(s, send_outcome::accepted, s.stanza);
  for (int i = 0; i < 60 && state() == "accepted"; ++i) {
    for (const send_question& q : questions())
      answer(q, false, std::nullopt);
    pass(30min);
  }
  EXPECT_EQ(state(), "uncertain");
}

TEST_F(Aftercare, TheLastQuestionIsAskedUntilItIsAnswered) {
  session("WORKING");
  say(uid_, "one");
  const taken_send s = take_one();
  finish(s, send_outcome::accepted, s.stanza);
  pass(24h);
  std::vector<send_question> due = questions();
  ASSERT_EQ(due.size(), 1U);
  EXPECT_TRUE(due[0].is_last);
  EXPECT_THAT(questions(), IsEmpty());
  pass(61min);
  due = questions();
  ASSERT_EQ(due.size(), 1U) << "the bridge did not answer, or whoever asked died";
  EXPECT_TRUE(due[0].is_last);
  answer(due[0], false, std::nullopt);
  EXPECT_EQ(state(), "uncertain");
  pass(61min);
  EXPECT_THAT(questions(), IsEmpty());
}

TEST_F(Aftercare, AnAnswerToTheLastQuestionEndsThem) {
  session("WORKING");
  say(uid_, "one");
  const taken_send s = take_one();
  finish(s, send_outcome::accepted, s.stanza);
  pass(24h);
  const std::vector<send_question> due = questions();
  ASSERT_EQ(due.size(), 1U);
  answer(due[0], true, 0);
  EXPECT_EQ(state(), "accepted");
  pass(48h);
  EXPECT_THAT(questions(), IsEmpty());
  EXPECT_EQ(state(), "accepted") << "the bridge has it";
}

TEST_F(Aftercare, WhatCannotBeAskedAboutForTwoDaysIsUncertain) {
  session("WORKING");
  say(uid_, "one");
  const taken_send s = take_one();
  finish(s, send_outcome::accepted, s.stanza);
  for (int hour = 0; hour < 47; ++hour) {
    pass(1h);
    EXPECT_EQ(questions().size(), 1U) << hour;
  }
  EXPECT_EQ(state(), "accepted");
  pass(1h);
  EXPECT_THAT(questions(), IsEmpty());
  EXPECT_EQ(state(), "uncertain");
  EXPECT_THAT(db_.ask("SELECT reason FROM wa_sends"), HasSubstr("could not be asked"));
  EXPECT_THAT(db_.ask("SELECT body FROM notifications"), HasSubstr("could not be asked"));
}

// --- the word of a person -----------------------------------------------------------------------

TEST_F(Aftercare, APersonSettlesWhatIsUncertainInThreeWays) {
  struct row {
    settled_as as;
    const char *state, *outbox;
  };
  for (const row& r :
       {row{settled_as::sent, "sent", "done"}, row{settled_as::not_sent, "failed", "dead"},
        row{settled_as::resend, "queued", "ready"}}) {
    say(uid_, "one");
    take_one();
    take_anew();
    pass(61s);
    take();
    const std::int64_t id = std::stoll(db_.ask("SELECT max(id) FROM wa_sends"));
    ASSERT_EQ(db_.ask(fmt::format("SELECT state FROM wa_sends WHERE id = {}", id)), "uncertain");
    const write_outcome done = change(settle_send{id, r.as});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(
        db_.ask(fmt::format("SELECT s.state || ' ' || o.state FROM wa_sends s JOIN outbox o ON"
                            " o.id = s.outbox_id WHERE s.id = {}",
                            id)),
        fmt::format("{} {}", r.state, r.outbox));
    EXPECT_EQ(events_.at(0).kind, "message.delivery");
    EXPECT_EQ(change(settle_send{id, r.as}).error().reason, "not_uncertain");
  }
  EXPECT_EQ(take_one().text, "one") << "the one that is to be sent again";
  EXPECT_EQ(db_.ask("SELECT count(*) FROM audit_log WHERE action = 'send.settled'"), "3");
}

TEST_F(Aftercare, WhatAPersonHasSentAgainBeginsAnew) {
  session("WORKING", "WEBJS", "2026.7.1");
  accepted_without_name();
  pass(25h);
  questions();
  ASSERT_EQ(state(), "uncertain");
  ASSERT_TRUE(
      change(settle_send{std::stoll(db_.ask("SELECT max(id) FROM wa_sends")), settled_as::resend}));
  EXPECT_EQ(db_.ask("SELECT concat_ws(' ', accepted_at, handed_at, ended_at, ask_at, asked) FROM"
                    " wa_sends"),
            "0");
  finish(take_one(), send_outcome::accepted, "3EB0AGAIN");
  pass(11min);
  const std::vector<send_question> due = questions();
  ASSERT_EQ(due.size(), 1U);
  EXPECT_FALSE(due[0].is_last) << "a day from now on";
}

TEST_F(Aftercare, NobodySettlesWhatIsNotThere) {
  EXPECT_EQ(change(settle_send{77, settled_as::sent}).error().code, errc::not_found);
}

// --- the report ---------------------------------------------------------------------------------

TEST_F(Aftercare, TheReportTellsOfEachDaySessionAndKind) {
  session("WORKING");
  say(uid_, "one");
  taken_send s = take_one();
  finish(s, send_outcome::accepted, s.stanza);
  pass(10s);
  ack(s.stanza, 1);
  pass(20s);
  ack(s.stanza, 3);
  say(uid_, "two");
  finish(take_one(), send_outcome::refused, {}, "WAHA answered 422");
  pass(24h);
  say(uid_, "tomorrow");
  connection c(db_.options());
  report_deliveries ask;
  ask.by = person(domain::role::manager);
  ask.from = noon - 1h;
  ask.to = noon + 48h;
  ask.zone_name = "UTC";
  const delivery_rows got = run(c, ask).value();
  ASSERT_EQ(got.items.size(), 2U);
  EXPECT_GT(got.items[0].day, got.items[1].day) << "the newest first";
  const delivery_row& row = got.items[1];
  EXPECT_EQ(row.session, "default");
  EXPECT_EQ(row.kind, "text");
  EXPECT_EQ(row.total, 2);
  EXPECT_EQ(row.states.at("read"), 1);
  EXPECT_EQ(row.states.at("failed"), 1);
  EXPECT_EQ(row.states.at("uncertain"), 0);
  EXPECT_NEAR(row.times[0].median_s, 10, 0.01);
  EXPECT_NEAR(row.times[2].p95_s, 30, 0.01);
  EXPECT_EQ(row.reasons.at("WAHA answered 422"), 1);
  EXPECT_LT(got.items[0].times[0].median_s, 0) << "none was sent";
  ask.kind = "image";
  EXPECT_TRUE(run(c, ask)->items.empty());
  ask.kind.clear();
  ask.by = person(domain::role::team_lead);
  EXPECT_TRUE(run(c, ask)->items.empty()) << "of tickets one sees";
}

// --- templates ----------------------------------------------------------------------------------

TEST_F(Aftercare, ATemplateIsKeptChangedAndDeletedWithATrace) {
  const write_outcome made = change(create_template{"on_the_way", "en", "Hello {{contact.name}}"});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_THAT(made->data_json, HasSubstr(R"("variables":["contact.name"],"version":1)"));
  EXPECT_EQ(change(create_template{"on_the_way", "en", "x"}).error().reason, "name_taken");
  EXPECT_TRUE(change(create_template{"on_the_way", "af", "Hallo {{contact.name}}"}));
  const std::int64_t id = std::stoll(db_.ask("SELECT min(id) FROM wa_templates"));
  edit_template edit;
  edit.id = id;
  edit.version = 2;
  edit.text = "Dear {{contact.name}}";
  EXPECT_EQ(change(edit).error().reason, "stale_version");
  edit.version = 1;
  ASSERT_TRUE(change(edit));
  EXPECT_EQ(db_.ask("SELECT body || version FROM wa_templates WHERE language = 'en'"),
            "Dear {{contact.name}}2");
  ASSERT_TRUE(change(delete_template{id}));
  EXPECT_EQ(change(delete_template{id}).error().code, errc::not_found);
  connection c(db_.options());
  EXPECT_EQ(run(c, list_templates{})->items.size(), 1U);
  EXPECT_EQ(db_.ask("SELECT string_agg(action, ' ' ORDER BY seq) FROM audit_log"),
            "template.created template.created template.updated template.deleted");
}

TEST_F(Aftercare, ATemplateThatIsNoneIsRefusedWithThePlaceOfItsMistake) {
  const write_outcome done = change(create_template{"x", "en", "Hello\n  {{nobody}}"});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fields.at(0).first, "text");
  EXPECT_THAT(done.error().fields.at(0).second, HasSubstr("line 2, column 3"));
  EXPECT_EQ(change(create_template{"No Name", "en", "x"}).error().fields.at(0).first, "name");
  EXPECT_EQ(change(create_template{"x", "english", "x"}).error().fields.at(0).first, "language");
}

TEST_F(Aftercare, AMessageIsFilledInFromItsTicket) {
  ASSERT_TRUE(change(create_template{
      "hello", "en", "Hello {{contact.name}}, {{agent.name}} looks at {{ticket.uid}} {{note}}"}));
  domain::message_ticket m;
  m.template_name = "hello";
  write_outcome done = command({uid_, {}, m}, person(as_));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().reason, "missing_value");
  ASSERT_EQ(done.error().fields.size(), 2U);
  EXPECT_EQ(done.error().fields[0].first, "variables.contact.name");
  EXPECT_EQ(done.error().fields[1].first, "variables.note");
  m.variables = {{"note", "now"}, {"contact.name", "Nomsa"}};
  done = command({uid_, {}, m}, person(as_));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(take_one().text, "Hello Nomsa, Sarah looks at " + uid_ + " now");
  m.variables["nobody"] = "x";
  done = command({uid_, {}, m}, person(as_));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fields.at(0).first, "variables.nobody");
  m.template_name = "none";
  EXPECT_EQ(command({uid_, {}, m}, person(as_)).error().fields.at(0).first, "template");
}

TEST_F(Aftercare, WhatClientsAreToldMayBeATemplate) {
  ASSERT_TRUE(change(create_template{"client_received", "en", "We have it as {{ticket.uid}}."}));
  const std::string uid =
      apply({chat_item("B1", "DR88 dead", "27830000002@c.us", false, false)}).front().ticket_uid;
  EXPECT_EQ(db_.ask("SELECT body->>'text' FROM outbox WHERE key LIKE 'client:%'"),
            "We have it as " + uid + ".");
  ASSERT_TRUE(change(edit_template{
      std::stoll(db_.ask("SELECT id FROM wa_templates")), {}, {}, {}, "Due {{due}} {{note}}"}));
  apply({chat_item("C1", "DR89 dead", "27830000003@c.us", false, false)});
  EXPECT_THAT(db_.ask("SELECT body->>'text' FROM outbox WHERE key LIKE 'client:%' ORDER BY id DESC"
                      " LIMIT 1"),
              ::testing::Not(HasSubstr("Due")))
      << "what cannot be filled in is told as ever";
}

TEST_F(Aftercare, APreviewSaysWhatAMessageWould) {
  ASSERT_TRUE(change(create_template{"hello", "en", "DR{{drop}} {{date}}"}));
  connection c(db_.options());
  preview_template ask;
  ask.ticket_uid = uid_;
  ask.by = person(domain::role::manager);
  ask.name = "hello";
  ask.variables = {{"date", "Monday"}};
  const auto shown = run(c, ask);
  ASSERT_TRUE(shown && *shown);
  EXPECT_EQ((*shown)->text, "DR77 Monday");
  ask.text = "{{ticket.uid}}!";
  EXPECT_EQ(run(c, ask).value()->text, uid_ + "!");
  ask.by = person(domain::role::technician, 55);
  EXPECT_FALSE(run(c, ask)) << "not theirs to see";
}

}  // namespace
}  // namespace fibrehub::store::tests
