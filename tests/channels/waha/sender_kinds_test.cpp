// The call of each kind, what its answers mean, and what goes on around a message: asking whether a
// number is there, showing that somebody reads and types.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channels/waha/first_contact.hpp"
#include "channels/waha/hints.hpp"
#include "channels/waha/outgoing.hpp"
#include "channels/waha/pacing.hpp"
#include "channels/waha/questions.hpp"
#include "channels/waha/settling.hpp"
#include "protocols/json/parse.hpp"

namespace fibrehub::channels::waha {
namespace {

using namespace std::chrono_literals;
namespace json = protocols::json;
using domain::send_kind;
using protocols::transport::http_errc;
using protocols::transport::http_error;
using protocols::transport::http_request;
using protocols::transport::http_response;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using attempt = actors::delivery_attempt::outcome;
using scope = actors::delivery_attempt::scope;
using store::send_outcome;

send_settings there() {
  send_settings s;
  s.base_url = "http://waha.internal:3000";
  return s;
}

store::taken_send a(send_kind what) {
  store::taken_send m;
  m.what = what;
  m.session = "default";
  m.chat = "27831112222@c.us";
  m.text = "words";
  m.file = {"00", "photo.jpg", "image/jpeg", 3};
  m.place = {"-26.2041", "28.0473", "The depot"};
  m.target = "true_27831112222@c.us_3EB0AA";
  m.typing_on = true;
  return m;
}

http_outcome answered(unsigned status, std::string body) {
  http_response r;
  r.status = status;
  r.body = std::move(body);
  return r;
}

std::string call(const http_request& r) {
  return r.method + " " + r.url.substr(there().base_url.size());
}

TEST(SendKinds, EachHasItsCall) {
  struct row {
    send_kind what;
    const char *call, *body;
  };
  const char* chat = R"({"session":"default","chatId":"27831112222@c.us")";
  const char* photo =
      R"(,"file":{"mimetype":"image/jpeg","filename":"photo.jpg","data":"AQID"},"caption":"words"})";
  const std::string path =
      "/api/default/chats/27831112222%40c.us/messages/"
      "true_27831112222%40c.us_3EB0AA";
  const std::string edit = "PUT " + path, erase = "DELETE " + path;
  const std::string photo_body = std::string(chat) + photo;
  const std::string text_body = std::string(chat) + R"(,"text":"words"})";
  const std::string place_body =
      std::string(chat) + R"(,"latitude":-26.2041,"longitude":28.0473,"title":"The depot"})";
  const std::string only_chat = std::string(chat) + "}";
  for (
      const row& r :
      {row{send_kind::text, "POST /api/sendText", text_body.c_str()},
       row{send_kind::image, "POST /api/sendImage", photo_body.c_str()},
       row{send_kind::file, "POST /api/sendFile", photo_body.c_str()},
       row{send_kind::location, "POST /api/sendLocation", place_body.c_str()},
       row{send_kind::reaction, "PUT /api/reaction",
           R"({"session":"default","messageId":"true_27831112222@c.us_3EB0AA","reaction":"words"})"},
       row{send_kind::edit, edit.c_str(), R"({"text":"words"})"},
       row{send_kind::erase, erase.c_str(), ""},
       row{send_kind::typing, "POST /api/startTyping", only_chat.c_str()},
       row{send_kind::seen, "POST /api/sendSeen", only_chat.c_str()}}) {
    const http_request got = send_request(there(), a(r.what), "\x01\x02\x03");
    EXPECT_EQ(call(got), r.call);
    EXPECT_EQ(got.body, r.body) << r.call;
    EXPECT_EQ(got.timeout, domain::has_file(r.what) ? 120s : 30s) << r.call;
  }
}

TEST(SendKinds, VoiceIsOpusOrIsConverted) {
  store::taken_send m = a(send_kind::voice);
  m.file = {"00", "note.ogg", "audio/ogg", 3};
  const auto opus = json::parse(send_request(there(), m, "OggS....OpusHead").body);
  EXPECT_EQ(json::text(*json::find(*opus, "file"), "mimetype"), "audio/ogg; codecs=opus");
  EXPECT_EQ(json::find(*opus, "convert"), nullptr);
  EXPECT_EQ(json::find(*opus, "caption"), nullptr);
  const auto other = json::parse(send_request(there(), m, "OggS....vorbis").body);
  ASSERT_NE(json::find(*other, "convert"), nullptr);
  EXPECT_TRUE(json::find(*other, "convert")->GetBool());
}

TEST(SendKinds, VideosThatAreNoMp4AreConverted) {
  store::taken_send m = a(send_kind::video);
  m.file.content_type = "video/mp4";
  EXPECT_THAT(send_request(there(), m, "x").body, ::testing::Not(HasSubstr("convert")));
  m.file.content_type = "video/3gpp";
  EXPECT_THAT(send_request(there(), m, "x").body, HasSubstr(R"("convert":true)"));
}

TEST(SendKinds, RepliesAreOfEveryMessage) {
  for (const send_kind k :
       {send_kind::text, send_kind::image, send_kind::voice, send_kind::location}) {
    store::taken_send m = a(k);
    m.reply_to = "false_27831112222@c.us_A1";
    EXPECT_EQ(json::text(*json::parse(send_request(there(), m, "x").body), "reply_to"),
              "false_27831112222@c.us_A1");
  }
}

TEST(SendKinds, TheNameGoesWithTextsAndPlacesOnly) {
  for (const send_kind k : {send_kind::text, send_kind::location, send_kind::image}) {
    store::taken_send m = a(k);
    m.stanza = "3EB0BB";
    EXPECT_EQ(json::text(*json::parse(send_request(there(), m, "x").body), "id"),
              domain::may_be_named(k) ? "3EB0BB" : "");
  }
}

constexpr const char* timed_out =
    R"({"statusCode":500,"exception":{"message":"Timed Out","name":"Error"},"request":{"path":"/api/x","method":"POST","body":{"chatId":"1@c.us"}}})";
constexpr const char* unknown =
    R"({"message":"Message not found","error":"Not Found","statusCode":404})";

TEST(SendKinds, WhatIsRepeatableIsNeverInDoubt) {
  const http_outcome cut = tl::unexpected(http_error{http_errc::reset, "cut off", true});
  for (const send_kind k : {send_kind::reaction, send_kind::edit, send_kind::erase,
                            send_kind::typing, send_kind::seen}) {
    EXPECT_EQ(judge_send(cut, a(k)).outcome, send_outcome::again) << name_of(k);
    EXPECT_TRUE(judge_send(cut, a(k)).how.peer_failed);
    EXPECT_EQ(judge_send(answered(500, timed_out), a(k)).outcome, send_outcome::again)
        << name_of(k);
    EXPECT_EQ(judge_send(answered(200, ""), a(k)).outcome, send_outcome::accepted) << name_of(k);
  }
  for (const send_kind k : {send_kind::text, send_kind::image, send_kind::location}) {
    EXPECT_EQ(judge_send(cut, a(k)).outcome, send_outcome::in_doubt) << name_of(k);
    EXPECT_EQ(judge_send(answered(500, timed_out), a(k)).outcome, send_outcome::in_doubt)
        << name_of(k);
  }
}

TEST(SendKinds, AnAnswerNamesMessagesAndNotWhatIsDoneToThem) {
  const char* body = R"({"id":"true_27831112222@c.us_3EB0AB"})";
  EXPECT_EQ(judge_send(answered(201, body), a(send_kind::image)).name, "3EB0AB");
  EXPECT_EQ(judge_send(answered(200, body), a(send_kind::edit)).name, "");
}

TEST(SendKinds, ACallThatThisWahaHasNotStopsNothingElse) {
  const char* none = R"({"message":"Cannot PUT /api/x","error":"Not Found","statusCode":404})";
  const char* engine =
      R"({"message":"not implemented","error":"Not Implemented","statusCode":501})";
  for (const char* body : {none, engine, unknown}) {
    const send_verdict v =
        judge_send(answered(body == engine ? 501 : 404, body), a(send_kind::edit));
    EXPECT_EQ(v.outcome, send_outcome::refused) << body;
    EXPECT_EQ(v.how.pause, scope::none);
  }
  EXPECT_EQ(judge_send(answered(404, none), a(send_kind::text)).how.pause, scope::peer)
      << "the address is wrong";
}

TEST(SendKinds, ANotFoundThatIsNotWahasOwnWordStopsTheBridge) {
  for (const char* body : {"", "<html>not here</html>", R"({"message":"no Route matched"})"}) {
    for (const send_kind k : {send_kind::text, send_kind::image, send_kind::location,
                              send_kind::reaction, send_kind::edit, send_kind::erase}) {
      const send_verdict v = judge_send(answered(404, body), a(k));
      EXPECT_EQ(v.how.what, attempt::held) << name_of(k) << " " << body;
      EXPECT_EQ(v.how.pause, scope::peer) << name_of(k) << " " << body;
    }
    store::taken_send doubtful = a(send_kind::text);
    doubtful.stanza = "3EB0AA";
    const auto asked = judge_ask(answered(404, body), doubtful);
    ASSERT_TRUE(asked) << "not that it is not there: " << body;
    EXPECT_EQ(asked->how.pause, scope::peer);
  }
}

TEST(SendKinds, AQuestionIsAnsweredByTheStepTheMessageHas) {
  const auto standing = judge_question(
      answered(200, R"({"id":"true_27831112222@c.us_3EB0AA","fromMe":true,"body":"x","ack":2})"),
      "3EB0AA");
  ASSERT_TRUE(standing);
  EXPECT_TRUE(standing->found);
  EXPECT_EQ(standing->level, 2);
  const auto gone = judge_question(answered(404, unknown), "3EB0AA");
  ASSERT_TRUE(gone);
  EXPECT_FALSE(gone->found);
  EXPECT_FALSE(judge_question(answered(503, ""), "3EB0AA"));
  EXPECT_FALSE(judge_question(tl::unexpected(http_error{http_errc::timeout, "", true}), "3EB0AA"));
}

// --- numbers ------------------------------------------------------------------------------------

TEST(NumberCheck, AsksByThePhoneAndKeepsHowWhatsAppSpellsIt) {
  EXPECT_EQ(call(check_request(there(), "a b", "5511987654321@c.us")),
            "GET /api/contacts/check-exists?session=a%20b&phone=5511987654321");
  const number_check found = judge_check(
      answered(200, R"({"numberExists":true,"chatId":"551187654321@c.us"})"), a(send_kind::text));
  ASSERT_TRUE(found.known);
  EXPECT_TRUE(found.known->registered);
  EXPECT_EQ(found.known->canonical, "551187654321@c.us");
  EXPECT_EQ(found.known->asked, "27831112222@c.us");
  const number_check none =
      judge_check(answered(200, R"({"numberExists":false})"), a(send_kind::text));
  ASSERT_TRUE(none.known);
  EXPECT_FALSE(none.known->registered);
}

TEST(NumberCheck, KeepsTheMessageWaitingOnlyWhereAskingMayStillHelp) {
  const store::taken_send m = a(send_kind::text);
  for (const http_outcome& o :
       {http_outcome(tl::unexpected(http_error{http_errc::timeout, "", true})),
        answered(500, timed_out), answered(503, ""),
        answered(401, R"({"message":"Unauthorized"})")}) {
    const number_check got = judge_check(o, m);
    ASSERT_TRUE(got.waits);
    EXPECT_EQ(got.waits->how.what, attempt::held) << got.waits->how.status;
  }
  for (const http_outcome& o :
       {answered(404, R"({"message":"Cannot GET /api/contacts/check-exists","statusCode":404})"),
        answered(501, R"({"message":"not implemented","statusCode":501})"), answered(200, "{}")}) {
    const number_check got = judge_check(o, m);
    EXPECT_FALSE(got.waits);
    EXPECT_FALSE(got.known);
  }
}

TEST(NumberCheck, IsNotAnsweredByWhatStandsBeforeWaha) {
  for (const char* body : {"", "<html>not here</html>", R"({"message":"no Route matched"})"}) {
    const number_check got = judge_check(answered(404, body), a(send_kind::image));
    ASSERT_TRUE(got.waits) << body;
    EXPECT_EQ(got.waits->how.what, attempt::held);
  }
}

// --- questions ----------------------------------------------------------------------------------

TEST(Questions, AreAskedByTheFullNameWhichEveryEngineKnows) {
  settings s;
  s.name = "main";
  s.sending = there();
  std::string asked;
  store::answer_question told;
  question_ports ports;
  ports.take = [](const store::take_questions&,
                  const store::reply<std::vector<store::send_question>>& to) {
    store::send_question q;
    q.session = "default";
    q.chat = "27831112222@c.us";
    q.stanza = "3EB0AA";
    to.answer(std::vector{q});
  };
  ports.fetch = [&](const http_request& r, const std::function<void(http_outcome)>& done) {
    asked = call(r);
    done(answered(200, R"({"id":"true_27831112222@c.us_3EB0AA","fromMe":true,"ack":1})"));
  };
  ports.answer = [&](store::answer_question a, const store::reply<bool>& to) {
    told = std::move(a);
    to.answer(true);
  };
  questions_through(s, ports).run(store::reply<bool>());
  EXPECT_EQ(asked,
            "GET /api/default/chats/27831112222%40c.us/messages/"
            "true_27831112222%40c.us_3EB0AA?downloadMedia=false");
  EXPECT_TRUE(told.found);
  EXPECT_EQ(told.level, 1);
}

// --- pace ---------------------------------------------------------------------------------------

TEST(TypingTime, GrowsWithTheTextAndIsNeverTheSame) {
  const std::string longer(60, 'x'), longest(4000, 'x');
  EXPECT_GE(typing_time("", 0), 1s);
  EXPECT_LT(typing_time("ok", 0.5), typing_time(longer, 0.5));
  EXPECT_LT(typing_time(longer, 0), typing_time(longer, 0.9));
  EXPECT_LE(typing_time(longest, 0.999), 5s);
  EXPECT_NE(typing_time(longest, 0.1), typing_time(longest, 0.9));
}

/// What the delivery actor is given, with WAHA, the store and the clock played by the test.
class Conduct : public ::testing::Test {
 protected:
  Conduct() {
    s_.name = "main";
    s_.sending = there();
    s_.sending.offline_after = true;
  }
  void deliver() {
    sending_ports ports;
    ports.fetch = [this](http_request r, std::function<void(http_outcome)> done) {
      asked_.push_back(call(r));
      for (const auto& [part, answer] : answers_)
        if (r.url.find(part) != std::string::npos) return done(answer);
      done(answered(201, R"({"id":"true_27831112222@c.us_3EB0AB"})"));
    };
    ports.take = [this](store::take_sends request, store::reply<store::taken_sends> to) {
      wanted_ = std::move(request);
      store::taken_sends out;
      out.items = {taken_};
      out.last_session = "x";
      to.answer(std::move(out));
    };
    ports.finish = [this](store::finish_sends request, store::reply<bool> to) {
      finished_ = std::move(request.items.at(0));
      to.answer(true);
    };
    ports.later = [this](std::chrono::milliseconds wait, std::function<void()> then) {
      waited_ = wait;
      then();
    };
    ports.read_file = [this](const std::string&,
                             std::function<void(store::blob_result<std::string>)> done) {
      done(file_);
    };
    actors::delivery_options options = delivery_through(s_, true, std::move(ports));
    options.take({}, store::reply<actors::delivery_batch>(
                         [this](tl::expected<actors::delivery_batch, store::error> got) {
                           actors::delivery_item item = got.value().items.at(0);
                           item.send([&](const actors::delivery_attempt& how) { how_ = how; });
                           actors::delivery_end end{how_.what, how_.status, {}, true};
                           item.finish(end, store::reply<bool>());
                         }));
  }

  settings s_;
  store::taken_send taken_ = a(send_kind::text);
  std::vector<std::pair<std::string, http_outcome>> answers_;
  store::blob_result<std::string> file_ = std::string("bytes");
  std::vector<std::string> asked_;
  std::chrono::milliseconds waited_{0};
  store::take_sends wanted_;
  store::finish_send finished_;
  actors::delivery_attempt how_;
};

TEST_F(Conduct, ReadsTypesWaitsAndSends) {
  taken_.mark_seen = true;
  deliver();
  EXPECT_THAT(asked_,
              ElementsAre("POST /api/sendSeen", "POST /api/startTyping", "POST /api/stopTyping",
                          "POST /api/sendText", "POST /api/default/presence"));
  EXPECT_GE(waited_, 1s);
  EXPECT_LE(waited_, 5s);
  EXPECT_EQ(finished_.outcome, send_outcome::accepted);
  EXPECT_TRUE(wanted_.mark_seen);
}

TEST_F(Conduct, ReadsOnlyWhatWasNotReadYet) {
  deliver();
  EXPECT_THAT(asked_, ElementsAre("POST /api/startTyping", "POST /api/stopTyping",
                                  "POST /api/sendText", "POST /api/default/presence"));
}

TEST_F(Conduct, CanBeLeftOut) {
  s_.sending.typing = s_.sending.offline_after = false;
  taken_.mark_seen = true;
  deliver();
  EXPECT_THAT(asked_, ElementsAre("POST /api/sendText"));
  EXPECT_FALSE(wanted_.mark_seen);
}

TEST_F(Conduct, FailingHintsFailNothing) {
  taken_.mark_seen = true;
  answers_ = {{"sendSeen", answered(500, "oops")},
              {"Typing", answered(422, "{}")},
              {"presence", answered(500, "")}};
  deliver();
  EXPECT_EQ(finished_.outcome, send_outcome::accepted);
  EXPECT_EQ(asked_.size(), 5U);
}

TEST_F(Conduct, WhereNobodyAnswersTheMessageGoesAtOnce) {
  taken_.mark_seen = true;
  answers_ = {{"sendSeen", tl::unexpected(http_error{http_errc::timeout, "", true})}};
  deliver();
  EXPECT_THAT(asked_, ElementsAre("POST /api/sendSeen", "POST /api/sendText",
                                  "POST /api/default/presence"));
}

TEST_F(Conduct, WhatIsDoneToMessagesNeedsNoConduct) {
  taken_ = a(send_kind::reaction);
  deliver();
  EXPECT_THAT(asked_, ElementsAre("PUT /api/reaction"));
}

TEST_F(Conduct, ANumberThatIsNotThereIsNotWrittenTo) {
  taken_.check_number = true;
  answers_ = {{"check-exists", answered(200, R"({"numberExists":false})")}};
  deliver();
  EXPECT_EQ(asked_.size(), 1U);
  EXPECT_EQ(finished_.outcome, send_outcome::refused);
  EXPECT_EQ(finished_.status, "not on WhatsApp");
  ASSERT_TRUE(finished_.number);
  EXPECT_FALSE(finished_.number->registered);
}

TEST_F(Conduct, ANumberIsWrittenToAsWhatsAppSpellsIt) {
  s_.sending.typing = s_.sending.offline_after = false;
  taken_.check_number = true;
  answers_ = {{"check-exists", answered(200, R"({"numberExists":true,"chatId":"275@c.us"})")}};
  deliver();
  EXPECT_EQ(finished_.what.chat, "275@c.us");
  EXPECT_EQ(finished_.number->canonical, "275@c.us");
  EXPECT_EQ(finished_.outcome, send_outcome::accepted);
}

TEST_F(Conduct, WhatMayHaveLeftIsAskedAboutWhereWhatsAppSpellsTheNumberSo) {
  s_.sending.typing = s_.sending.offline_after = false;
  taken_.check_number = taken_.in_doubt = true;
  taken_.stanza = "3EB0AB";
  answers_ = {{"check-exists", answered(200, R"({"numberExists":true,"chatId":"275@c.us"})")},
              {"/messages/", answered(404, unknown)}};
  deliver();
  ASSERT_EQ(asked_.size(), 3U);
  EXPECT_THAT(asked_[0], HasSubstr("check-exists"));
  EXPECT_THAT(asked_[1], HasSubstr("/chats/275%40c.us/messages/"));
  EXPECT_EQ(asked_[2], "POST /api/sendText");
}

TEST_F(Conduct, AFileThatIsGoneIsRefusedAndOneThatCannotBeReadWaits) {
  taken_ = a(send_kind::image);
  file_ = tl::unexpected(store::blob_error{store::blob_errc::not_found, "gone"});
  deliver();
  EXPECT_EQ(finished_.outcome, send_outcome::refused);
  file_ = tl::unexpected(store::blob_error{store::blob_errc::failed, "busy"});
  deliver();
  EXPECT_EQ(finished_.outcome, send_outcome::again);
  EXPECT_EQ(how_.what, attempt::held);
  file_ = std::string("bytes");
  deliver();
  EXPECT_EQ(finished_.outcome, send_outcome::accepted);
}

// --- settling many ------------------------------------------------------------------------------

TEST(Settling, GathersWhatComesWhileTheStoreIsBusy) {
  std::vector<std::size_t> batches;
  std::vector<store::reply<bool>> waiting;
  auto it = std::make_shared<settling>([&](const store::finish_sends& r, store::reply<bool> to) {
    batches.push_back(r.items.size());
    waiting.push_back(std::move(to));
  });
  int answered_ok = 0;
  for (int i = 0; i < 5; ++i)
    it->add({}, store::reply<bool>([&](const tl::expected<bool, store::error>& r) {
              answered_ok += r.has_value() ? 1 : 0;
            }));
  EXPECT_THAT(batches, ElementsAre(1U));
  waiting[0].answer(true);
  EXPECT_THAT(batches, ElementsAre(1U, 4U));
  waiting[1].answer(true);
  EXPECT_EQ(answered_ok, 5);
}

TEST(Settling, OneThatCannotBeSettledKeepsNoOtherFromIt) {
  std::vector<std::size_t> batches;
  std::vector<store::reply<bool>> waiting;
  auto it = std::make_shared<settling>([&](const store::finish_sends& r, store::reply<bool> to) {
    batches.push_back(r.items.size());
    waiting.push_back(std::move(to));
  });
  std::string outcomes;
  for (int i = 0; i < 3; ++i)
    it->add({}, store::reply<bool>([&](const tl::expected<bool, store::error>& r) {
              outcomes += r.has_value() ? "+" : "-";
            }));
  const store::error bad{store::errc::internal, "no"};
  waiting[0].answer(true);
  waiting[1].answer(tl::unexpected(bad));
  EXPECT_THAT(batches, ElementsAre(1U, 2U, 1U, 1U));
  waiting[2].answer(true);
  waiting[3].answer(tl::unexpected(bad));
  EXPECT_EQ(outcomes, "++-");
}

}  // namespace
}  // namespace fibrehub::channels::waha
