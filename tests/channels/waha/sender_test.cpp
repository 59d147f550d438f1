// What is said to WAHA to send a message, and what its answers of three engines, its errors and its
// silence mean for the outbox.
#include "channels/waha/sender.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channels/waha/capabilities.hpp"
#include "channels/waha/outgoing.hpp"
#include "protocols/json/parse.hpp"

namespace fibrehub::channels::waha {
namespace {

using namespace std::chrono_literals;
namespace json = protocols::json;
using protocols::transport::http_errc;
using protocols::transport::http_error;
using protocols::transport::http_request;
using protocols::transport::http_response;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using attempt = actors::delivery_attempt::outcome;
using scope = actors::delivery_attempt::scope;
using store::send_outcome;

send_settings there() {
  send_settings s;
  s.base_url = "http://waha.internal:3000";
  s.api_key = "the-key";
  return s;
}

store::taken_send message(const std::string& stanza = "") {
  store::taken_send m;
  m.session = "default";
  m.chat = "27831112222@c.us";
  m.text = "On \"our\" way\n– now";
  m.stanza = stanza;
  return m;
}

http_outcome answered(unsigned status, std::string body) {
  http_response r;
  r.status = status;
  r.body = std::move(body);
  return r;
}

http_outcome failed(http_errc code, bool ambiguous) {
  return tl::unexpected(http_error{code, "the host does not answer", ambiguous});
}

std::string_view header(const http_request& r, std::string_view name) {
  for (const auto& [n, v] : r.headers)
    if (n == name) return v;
  return {};
}

TEST(SendRequest, GoesToTheConfiguredAddressWithItsKey) {
  const http_request r = send_request(there(), message());
  EXPECT_EQ(r.method, "POST");
  EXPECT_EQ(r.url, "http://waha.internal:3000/api/sendText");
  EXPECT_EQ(header(r, "X-Api-Key"), "the-key");
  EXPECT_EQ(header(r, "Content-Type"), "application/json");
  EXPECT_EQ(r.timeout, 30s);
  EXPECT_FALSE(r.repeatable);
  const auto body = json::parse(r.body);
  ASSERT_TRUE(body);
  EXPECT_EQ(json::text(*body, "session"), "default");
  EXPECT_EQ(json::text(*body, "chatId"), "27831112222@c.us");
  EXPECT_EQ(json::text(*body, "text"), "On \"our\" way\n– now");
  EXPECT_EQ(json::find(*body, "id"), nullptr);
  EXPECT_EQ(json::find(*body, "reply_to"), nullptr);
}

TEST(SendRequest, NamesTheMessageAndWhatItAnswers) {
  store::taken_send m = message("3EB0AA");
  m.reply_to = "false_27831112222@c.us_A1";
  const auto body = json::parse(send_request(there(), m).body);
  EXPECT_EQ(json::text(*body, "id"), "3EB0AA");
  EXPECT_EQ(json::text(*body, "reply_to"), "false_27831112222@c.us_A1");
}

TEST(SendRequest, NeedsNoKeyWhereNoneIsSet) {
  send_settings open = there();
  open.api_key.clear();
  EXPECT_EQ(header(send_request(open, message()), "X-Api-Key"), "");
}

TEST(SendRequest, AsksForOneMessageByItsNameWhateverTheSessionIsCalled) {
  send_settings s = there();
  store::taken_send m = message("3EB0AA");
  m.session = "../x?y";
  const http_request r = ask_request(s, m.session, m.chat, m.stanza);
  EXPECT_EQ(r.method, "GET");
  EXPECT_EQ(r.url,
            "http://waha.internal:3000/api/..%2Fx%3Fy/chats/27831112222%40c.us/messages/"
            "true_27831112222%40c.us_3EB0AA?downloadMedia=false");
}

TEST(SendRequest, AsksInGroupsByOurOwnIdTooWhereItIsPartOfTheName) {
  const auto asked = [](const char* author) {
    return ask_request(there(), "default", "123@g.us", "3EB0AA", author).url;
  };
  EXPECT_THAT(asked("27839990000@c.us"),
              HasSubstr("/messages/true_123%40g.us_3EB0AA_27839990000%40c.us?"));
  EXPECT_THAT(asked(""), HasSubstr("/messages/true_123%40g.us_3EB0AA?"));
}

TEST(SendAnswer, NamesTheMessageInThreeEngines) {
  const char* bodies[] = {
      // NOWEB
      R"({"key":{"remoteJid":"27831112222@s.whatsapp.net","fromMe":true,"id":"3EB0AB"},"message":{"extendedTextMessage":{"text":"x"}},"messageTimestamp":"1795224000","status":"PENDING"})",
      // GOWS
      R"({"id":"true_27831112222@c.us_3EB0AB","_data":{}})",
      // WEBJS, before and after WhatsApp renamed a field
      R"({"_data":{},"id":{"fromMe":true,"remote":"27831112222@c.us","id":"3EB0AB","_serialized":"true_27831112222@c.us_3EB0AB"},"ack":0})",
      R"({"_data":{},"id":{"fromMe":true,"remote":"27831112222@c.us","id":"3EB0AB"},"ack":0})",
  };
  for (const char* body : bodies) {
    const send_verdict v = judge_send(answered(201, body), message());
    EXPECT_EQ(v.outcome, send_outcome::accepted) << body;
    EXPECT_EQ(v.name, "3EB0AB") << body;
    EXPECT_EQ(v.how.what, attempt::done);
  }
}

TEST(SendAnswer, MayBeEmptyAndIsASuccessNevertheless) {
  EXPECT_EQ(judge_send(answered(201, ""), message()).outcome, send_outcome::accepted);
  EXPECT_EQ(judge_send(answered(201, ""), message()).name, "");
  EXPECT_EQ(judge_send(answered(201, "null"), message("3EB0AA")).name, "3EB0AA");
}

struct row {
  const char* what;
  unsigned status;
  const char* body;
  send_outcome outcome;
  attempt how;
  scope pause;
};

constexpr const char* state_422 =
    R"({"error":"Session status is not as expected. Try again later or restart the session","session":"default","status":"STOPPED","expected":["WORKING"]})";

TEST(SendAnswer, ErrorsMeanWhatTheTableSays) {
  const row rows[] = {
      {"wrong key", 401, R"({"message":"Unauthorized","statusCode":401})", send_outcome::again,
       attempt::held, scope::peer},
      {"a key for other sessions", 403, R"({"message":"Forbidden","statusCode":403})",
       send_outcome::again, attempt::held, scope::group},
      {"not there", 404,
       R"({"message":"Cannot POST /x/api/sendText","error":"Not Found","statusCode":404})",
       send_outcome::again, attempt::held, scope::peer},
      {"validation", 400,
       R"({"message":["session should not be empty"],"error":"Bad Request","statusCode":400})",
       send_outcome::refused, attempt::refused, scope::none},
      {"session stopped", 422, state_422, send_outcome::again, attempt::held, scope::group},
      {"no such session", 422, R"({"error":"Session \"x\" does not exist","session":"x"})",
       send_outcome::again, attempt::held, scope::group},
      {"a core", 422,
       R"({"message":"WAHA Core support only 'default' session","error":"Unprocessable Entity","statusCode":422})",
       send_outcome::refused, attempt::refused, scope::none},
      {"too many", 429, R"({"message":"Too Many Requests","statusCode":429})", send_outcome::again,
       attempt::held, scope::peer},
      {"overloaded", 503, "", send_outcome::again, attempt::held, scope::peer},
      {"gateway", 502, "<html>", send_outcome::in_doubt, attempt::in_doubt, scope::none},
      {"timed out inside", 500,
       R"({"statusCode":500,"exception":{"message":"Timed Out","name":"Error"},"request":{"path":"/api/sendText","method":"POST","body":{"chatId":"1@c.us"}}})",
       send_outcome::in_doubt, attempt::in_doubt, scope::none},
      {"no number", 500,
       R"({"statusCode":500,"exception":{"message":"No LID for user","name":"Error"},"request":{"path":"/api/sendText","method":"POST","body":{}}})",
       send_outcome::again, attempt::again, scope::none},
      {"malformed quote", 500,
       R"({"statusCode":500,"exception":{"message":"Message id be in format false_1@c.us_A","name":"Error"},"request":{"path":"/api/sendText","method":"POST","body":{}}})",
       send_outcome::refused, attempt::refused, scope::none},
      {"strangers forbidden", 500,
       R"({"statusCode":500,"exception":{"message":"2 UNKNOWN: server returned error 463","name":"Error"},"request":{"path":"/api/sendText","method":"POST","body":{}}})",
       send_outcome::restricted, attempt::again, scope::none},
      {"no such group", 500,
       R"({"statusCode":500,"exception":{"message":"Group with id 1@g.us not found","name":"Error"},"request":{"path":"/api/sendText","method":"POST","body":{}}})",
       send_outcome::refused, attempt::refused, scope::none},
      {"lock contention", 500,
       R"({"statusCode":500,"exception":{"message":"async-lock timed out in queue default","name":"Error"},"request":{"path":"/api/sendText","method":"POST","body":{}}})",
       send_outcome::again, attempt::held, scope::group},
      {"anything else", 500, "oops", send_outcome::in_doubt, attempt::in_doubt, scope::none},
  };
  for (const row& r : rows) {
    const send_verdict v = judge_send(answered(r.status, r.body), message("3EB0AA"));
    EXPECT_EQ(static_cast<int>(v.outcome), static_cast<int>(r.outcome)) << r.what << v.how.status;
    EXPECT_EQ(static_cast<int>(v.how.what), static_cast<int>(r.how)) << r.what << v.how.status;
    EXPECT_EQ(static_cast<int>(v.how.pause), static_cast<int>(r.pause)) << r.what << v.how.status;
    EXPECT_THAT(v.how.status, HasSubstr(std::to_string(r.status))) << r.what;
  }
}

TEST(SendAnswer, NeverRepeatsTheMessageInItsStatus) {
  const send_verdict v = judge_send(
      answered(
          500,
          R"({"statusCode":500,"exception":{"message":"Timed Out","name":"Error","stack":"secret stack"},"request":{"path":"/api/sendText","method":"POST","body":{"chatId":"1@c.us","text":"secret text"}}})"),
      message());
  EXPECT_THAT(v.how.status, ::testing::Not(HasSubstr("secret")));
}

TEST(SendAnswer, RetryAfterIsObeyed) {
  http_response r;
  r.status = 503;
  r.retry_after = 77s;
  EXPECT_EQ(judge_send(r, message()).how.after, 77s);
}

TEST(SendAnswer, APageForPeopleComesFromSomethingBeforeWaha) {
  http_response r;
  r.status = 200;
  r.headers = {{"content-type", "text/html; charset=utf-8"}};
  r.body = "<html>please sign in</html>";
  const send_verdict v = judge_send(r, message());
  EXPECT_EQ(v.how.what, attempt::held);
  EXPECT_EQ(v.how.pause, scope::peer);
}

TEST(SendAnswer, SilenceIsADoubtOnlyWhenTheRequestMayHaveArrived) {
  const send_verdict unsent = judge_send(failed(http_errc::connect_failed, false), message());
  EXPECT_EQ(unsent.how.what, attempt::held);
  EXPECT_TRUE(unsent.how.peer_failed);
  const send_verdict silent = judge_send(failed(http_errc::timeout, true), message("3EB0AA"));
  EXPECT_EQ(silent.outcome, send_outcome::in_doubt);
  EXPECT_TRUE(silent.how.peer_failed);
  EXPECT_FALSE(silent.how.after) << "it can be asked about soon";
  EXPECT_EQ(judge_send(failed(http_errc::reset, true), message()).how.after, 60s)
      << "without a name its echo has to come first";
  const send_verdict ours = judge_send(failed(http_errc::overloaded, false), message());
  EXPECT_EQ(ours.how.what, attempt::held);
  EXPECT_FALSE(ours.how.peer_failed);
}

TEST(AskAnswer, KnowsTheMessageOrLetsItBeSentAgain) {
  const store::taken_send m = message("3EB0AA");
  const auto found = judge_ask(
      answered(200, R"({"id":"true_27831112222@c.us_3EB0AA","fromMe":true,"body":"x","ack":1})"),
      m);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->outcome, send_outcome::accepted);
  EXPECT_EQ(found->name, "3EB0AA");
  EXPECT_FALSE(judge_ask(
      answered(404, R"({"message":"Message not found","error":"Not Found","statusCode":404})"), m));
  EXPECT_FALSE(judge_ask(
      answered(
          400,
          R"({"message":"Enable NOWEB store to use this","error":"Bad Request","statusCode":400})"),
      m));
  EXPECT_FALSE(judge_ask(answered(200, ""), m));
}

TEST(AskAnswer, WaitsWhereNobodyCouldSay) {
  const store::taken_send m = message("3EB0AA");
  for (const http_outcome& o :
       {failed(http_errc::timeout, true), failed(http_errc::connect_failed, false),
        answered(401, R"({"message":"Unauthorized","statusCode":401})"), answered(422, state_422),
        answered(503, "")}) {
    const auto v = judge_ask(o, m);
    ASSERT_TRUE(v);
    EXPECT_EQ(v->outcome, send_outcome::again);
    EXPECT_EQ(v->how.what, attempt::held);
  }
}

TEST(Capabilities, MessageIdsAreTakenByNowebAndGowsSince2026_4_3) {
  EXPECT_TRUE(takes_message_ids("NOWEB", "2026.4.3"));
  EXPECT_TRUE(takes_message_ids("GOWS", "2026.10.1"));
  EXPECT_TRUE(takes_message_ids("GOWS", "2027.1"));
  for (const char* old : {"2026.4.2", "2026.2.1", "2025.12.9", "", "unknown"})
    EXPECT_FALSE(takes_message_ids("NOWEB", old)) << old;
  EXPECT_FALSE(takes_message_ids("WEBJS", "2026.7.1"));
  EXPECT_FALSE(takes_message_ids("", "2026.7.1"));
}

TEST(Capabilities, NamesLookLikeThoseOfWhatsApp) {
  const std::string a = new_message_id(), b = new_message_id();
  EXPECT_THAT(a, MatchesRegex("3EB0[0-9A-F]+"));
  EXPECT_EQ(a.size(), 24U);
  EXPECT_NE(a, b);
}

/// What the delivery actor is given, with WAHA and the store played by the test.
class Outgoing : public ::testing::Test {
 protected:
  Outgoing() {
    s_.name = "main";
    s_.sending = there();
    sending_ports ports;
    ports.fetch = [this](http_request r, std::function<void(http_outcome)> done) {
      asked_.push_back(r.method + " " + r.url.substr(there().base_url.size()));
      const http_outcome next = answers_.front();
      answers_.erase(answers_.begin());
      done(next);
    };
    ports.take = [this](store::take_sends request, store::reply<store::taken_sends> to) {
      wanted_ = std::move(request);
      store::taken_sends out;
      out.items = {taken_};
      to.answer(std::move(out));
    };
    ports.finish = [this](store::finish_sends request, store::reply<bool> to) {
      finished_ = std::move(request.items.at(0));
      to.answer(true);
    };
    options_ = delivery_through(s_, true, ports);
  }
  /// Takes the message, sends it and settles what came of it.
  void deliver() {
    actors::delivery_wish wish;
    wish.busy_groups = {"busy"};
    wish.somebody_was_lost = wish.never_begun = true;
    options_.take(wish, store::reply<actors::delivery_batch>(
                            [this](tl::expected<actors::delivery_batch, store::error> got) {
                              actors::delivery_item item = got.value().items.at(0);
                              item.send([&](const actors::delivery_attempt& how) { how_ = how; });
                              actors::delivery_end end{how_.what, how_.status, {}, true};
                              item.finish(end, store::reply<bool>());
                            }));
  }

  settings s_;
  store::taken_send taken_ = message("3EB0AA");
  std::vector<http_outcome> answers_;
  std::vector<std::string> asked_;
  store::take_sends wanted_;
  store::finish_send finished_;
  actors::delivery_attempt how_;
  actors::delivery_options options_;
};

TEST_F(Outgoing, SendsAndSettlesAMessage) {
  answers_ = {answered(201, R"({"id":"true_27831112222@c.us_3EB0AA"})")};
  deliver();
  EXPECT_THAT(asked_, ::testing::ElementsAre("POST /api/sendText"));
  EXPECT_EQ(finished_.outcome, send_outcome::accepted);
  EXPECT_EQ(finished_.name, "3EB0AA");
  EXPECT_TRUE(wanted_.takes_unaddressed);
  EXPECT_TRUE(wanted_.somebody_was_lost);
  EXPECT_TRUE(wanted_.never_begun);
  EXPECT_THAT(wanted_.busy_sessions, ::testing::ElementsAre("busy"));
  EXPECT_EQ(wanted_.new_name("WEBJS", "2026.7.1"), "");
  EXPECT_EQ(wanted_.new_name("GOWS", "2026.7.1").size(), 24U);
}

TEST_F(Outgoing, AsksFirstAboutWhatMayHaveLeftAndDoesNotSendItAgain) {
  taken_.in_doubt = true;
  answers_ = {answered(200, R"({"id":"true_27831112222@c.us_3EB0AA"})")};
  deliver();
  EXPECT_THAT(asked_, ::testing::ElementsAre(HasSubstr("GET /api/default/chats/")));
  EXPECT_EQ(finished_.outcome, send_outcome::accepted);
}

TEST_F(Outgoing, SendsAgainUnderTheSameNameWhatIsNotThere) {
  taken_.in_doubt = true;
  answers_ = {answered(404, R"({"message":"Message not found","statusCode":404})"),
              answered(201, R"({"id":"true_27831112222@c.us_3EB0AA"})")};
  deliver();
  EXPECT_THAT(asked_, ::testing::ElementsAre(HasSubstr("GET "), "POST /api/sendText"));
  EXPECT_EQ(finished_.outcome, send_outcome::accepted);
}

TEST_F(Outgoing, TellsTheStoreWhatWhatsAppForbids) {
  answers_ = {answered(
      500,
      R"({"statusCode":500,"exception":{"message":"2 UNKNOWN: server returned error 463","name":"Error"},"request":{"path":"/api/sendText"}})")};
  deliver();
  EXPECT_EQ(finished_.outcome, send_outcome::restricted);
  EXPECT_EQ(how_.what, attempt::again);
}

}  // namespace
}  // namespace fibrehub::channels::waha
