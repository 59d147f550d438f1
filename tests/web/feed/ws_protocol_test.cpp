#include "web/feed/ws_protocol.hpp"

#include <gmock/gmock.h>

namespace fibrehub::web {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

class WsProtocol : public ::testing::Test {
 protected:
  ws_protocol::action take(std::string_view message) { return it_.take(message, now_); }
  std::string refused(std::string_view message) {
    const auto what = take(message);
    const auto* r = std::get_if<ws_protocol::refuse>(&what);
    return r ? r->reason : "";
  }
  protocols::steady_time now_{};
  ws_protocol it_{now_};
};

TEST_F(WsProtocol, WantsASignInBeforeAnythingElse) {
  EXPECT_EQ(refused(R"({"type":"subscribe"})"), "sign in first");
  const auto who = take(R"({"type":"auth","token":"fh_x"})");
  ASSERT_TRUE(std::holds_alternative<ws_protocol::authenticate>(who));
  EXPECT_EQ(std::get<ws_protocol::authenticate>(who).token, "fh_x");
  it_.signed_in();
  EXPECT_EQ(refused(R"({"type":"auth","token":"fh_y"})"), "signed in already");
  EXPECT_TRUE(std::holds_alternative<ws_protocol::begin>(take(R"({"type":"subscribe"})")));
}

TEST_F(WsProtocol, BeginsOnceAndThenChangesWhatIsWanted) {
  it_.signed_in();
  const auto first = take(
      R"({"type":"subscribe","kinds":["ticket.created"],"tickets":["DR1-01"],"last_event_id":"7-3"})");
  ASSERT_TRUE(std::holds_alternative<ws_protocol::begin>(first));
  const auto& b = std::get<ws_protocol::begin>(first);
  EXPECT_THAT(b.filter.kinds, ElementsAre("ticket.created"));
  EXPECT_THAT(b.filter.tickets, ElementsAre("DR1-01"));
  EXPECT_EQ(b.last_event_id, "7-3");
  const auto next = take(R"({"type":"subscribe","tickets":["DR2-01"],"last_event_id":null})");
  ASSERT_TRUE(std::holds_alternative<ws_protocol::change>(next));
  EXPECT_THAT(std::get<ws_protocol::change>(next).filter.tickets, ElementsAre("DR2-01"));
  EXPECT_THAT(refused(R"({"type":"subscribe","last_event_id":"7-3"})"), HasSubstr("first"));
}

TEST_F(WsProtocol, AnswersAPing) {
  const auto pong = take(R"({"type":"ping"})");
  ASSERT_TRUE(std::holds_alternative<ws_protocol::say>(pong));
  EXPECT_EQ(std::get<ws_protocol::say>(pong).text, R"({"type":"pong"})");
}

TEST_F(WsProtocol, RefusesWhatItDoesNotUnderstandByName) {
  it_.signed_in();
  for (const char* text :
       {"", "x", "[]", "7", R"({"type":"ping")", R"({"a":{"b":{"c":{"d":{}}}}})"})
    EXPECT_EQ(refused(text), "a message must be a JSON object") << text;
  EXPECT_THAT(refused("{}"), HasSubstr("type must be"));
  EXPECT_THAT(refused(R"({"type":"shout"})"), HasSubstr("type must be"));
  EXPECT_EQ(refused(R"({"type":"subscribe","kind":[]})"), "kind is not known here");
  EXPECT_EQ(refused(R"({"type":"subscribe","kinds":["ticket.eaten"]})"),
            "ticket.eaten is no kind of event");
  for (const char* tickets : {R"("DR1")", "[7]", R"([""])", "{}"})
    EXPECT_THAT(refused(fmt::format(R"({{"type":"subscribe","tickets":{}}})", tickets)),
                HasSubstr("tickets must be a list"));
  std::string many = "\"T\"";
  for (std::size_t i = 0; i < ws_protocol::max_tickets; ++i)
    many += ",\"T\"";
  EXPECT_THAT(refused(fmt::format(R"({{"type":"subscribe","tickets":[{}]}})", many)),
              HasSubstr("up to 100"));
  for (const std::string& last : {std::string("7"), "\"" + std::string(200, 'x') + "\""})
    EXPECT_THAT(refused(fmt::format(R"({{"type":"subscribe","last_event_id":{}}})", last)),
                HasSubstr("must be the id"));
}

TEST_F(WsProtocol, RefusesATokenThatIsMissingOrEndless) {
  EXPECT_EQ(refused(R"({"type":"auth"})"), "token is missing");
  EXPECT_EQ(refused(fmt::format(R"({{"type":"auth","token":"{}"}})", std::string(9000, 'x'))),
            "token is missing");
}

TEST_F(WsProtocol, TakesSixtyMessagesAMinute) {
  for (int i = 0; i < 60; ++i)
    EXPECT_EQ(refused(R"({"type":"ping"})"), "");
  EXPECT_EQ(refused(R"({"type":"ping"})"), "too_many_messages");
  now_ += 1001ms;
  EXPECT_EQ(refused(R"({"type":"ping"})"), "");
}

}  // namespace
}  // namespace fibrehub::web
