#include "domain/chat_routing.hpp"

#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

chat_message says(const std::string& text, bool from_me = false,
                  chat_kind kind = chat_kind::direct) {
  chat_message m;
  m.text = text;
  m.from_me = from_me;
  m.kind = kind;
  m.author = "27831112222@c.us";
  m.type = "text";
  return m;
}

using verdict = chat_route::verdict;

TEST(ChatRouting, MakesATicketForADropNobodyHasOpen) {
  const auto r = route(says("DR77 down"), {}, {});
  EXPECT_EQ(r.what, verdict::create);
  EXPECT_EQ(r.drop, "77");
}

TEST(ChatRouting, FollowsTheTicketWrittenToLast) {
  const chat_ticket open[] = {{1, "77"}, {2, "78"}};
  EXPECT_EQ(route(says("any news?"), open, {}).ticket_id, 2);
}

TEST(ChatRouting, LetsADropInTheTextWinOverTheConversation) {
  const chat_ticket open[] = {{1, "77"}, {2, "78"}};
  EXPECT_EQ(route(says("back to DR77"), open, {}).ticket_id, 1);
}

TEST(ChatRouting, PrefersAnOpenDropAmongSeveralNamed) {
  const chat_ticket open[] = {{1, "77"}};
  EXPECT_EQ(route(says("DR5 looks like DR77"), open, {}).ticket_id, 1);
}

TEST(ChatRouting, MakesAnotherTicketForAnotherDrop) {
  const chat_ticket open[] = {{1, "77"}};
  const auto r = route(says("now DR78 as well"), open, {});
  EXPECT_EQ(r.what, verdict::create);
  EXPECT_EQ(r.drop, "78");
}

TEST(ChatRouting, NeverOpensATicketForWhatWeSend) {
  EXPECT_EQ(route(says("we look at DR77", true), {}, {}).what, verdict::none);
  const chat_ticket open[] = {{1, "77"}};
  EXPECT_EQ(route(says("on our way", true), open, {}).ticket_id, 1);
}

TEST(ChatRouting, KeepsUnmatchedMessagesInTheChatWhenToldSo) {
  const chat_routing_rules rules{unmatched_policy::ticket, unmatched_policy::keep};
  EXPECT_EQ(route(says("good morning", false, chat_kind::group), {}, rules).what, verdict::none);
  EXPECT_EQ(route(says("good morning"), {}, rules).what, verdict::create);
  EXPECT_EQ(route(says("DR5 down", false, chat_kind::group), {}, rules).what, verdict::create);
}

TEST(ChatRouting, LeavesBroadcastsAlone) {
  EXPECT_EQ(route(says("DR5", false, chat_kind::broadcast), {}, {}).what, verdict::none);
}

TEST(ChatRouting, TitlesATicketByItsFirstLineOrByWhoSentWhat) {
  EXPECT_EQ(title_for(says("No signal\nsince Monday")), "No signal");
  chat_message photo = says("");
  photo.type = "image";
  photo.author_name = "Thabo";
  EXPECT_EQ(title_for(photo), "WhatsApp image from Thabo");
}

}  // namespace
}  // namespace fibrehub::domain
