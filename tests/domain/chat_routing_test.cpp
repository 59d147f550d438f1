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
  EXPECT_EQ(r.main.what, verdict::create);
  EXPECT_EQ(r.main.drop, "77");
  EXPECT_TRUE(r.others.empty());
}

TEST(ChatRouting, FollowsTheTicketWhoseNewestMessageIsTheLatest) {
  const chat_ticket open[] = {{1, "77", 20}, {2, "78", 30}, {3, "79", 10}};
  EXPECT_EQ(route(says("any news?"), open, {}).main.ticket_id, 2);
}

TEST(ChatRouting, TakesTheYoungerOfTwoTicketsWrittenToAtOnce) {
  const chat_ticket open[] = {{2, "78", 20}, {1, "77", 20}};
  EXPECT_EQ(route(says("any news?"), open, {}).main.ticket_id, 2);
}

TEST(ChatRouting, LetsADropInTheTextWinOverTheConversation) {
  const chat_ticket open[] = {{1, "77", 10}, {2, "78", 20}};
  EXPECT_EQ(route(says("back to DR77"), open, {}).main.ticket_id, 1);
}

TEST(ChatRouting, GivesEveryDropNamedItsTicketTheFirstBeingTheMainOne) {
  const chat_ticket open[] = {{1, "77", 10}};
  const auto r = route(says("DR5 and DR77 and dr 1730654"), open, {});
  EXPECT_EQ(r.main.what, verdict::create);
  EXPECT_EQ(r.main.drop, "5");
  ASSERT_EQ(r.others.size(), 2U);
  EXPECT_EQ(r.others[0].what, verdict::append);
  EXPECT_EQ(r.others[0].ticket_id, 1);
  EXPECT_EQ(r.others[1].what, verdict::create);
  EXPECT_EQ(r.others[1].drop, "1730654");
  EXPECT_EQ(r.left_out, 0U);
}

TEST(ChatRouting, TakesTheFirstTenOfALongListOfDrops) {
  std::string list = "to do:";
  for (int i = 1; i <= 13; ++i)
    list += " DR" + std::to_string(1000 + i);
  const auto r = route(says(list), {}, {});
  EXPECT_EQ(r.main.drop, "1001");
  EXPECT_EQ(r.others.size(), max_drops_per_message - 1);
  EXPECT_EQ(r.others.back().drop, "1010");
  EXPECT_EQ(r.left_out, 3U);
}

TEST(ChatRouting, MakesAnotherTicketForAnotherDrop) {
  const chat_ticket open[] = {{1, "77", 10}};
  const auto r = route(says("now DR78 as well"), open, {});
  EXPECT_EQ(r.main.what, verdict::create);
  EXPECT_EQ(r.main.drop, "78");
}

TEST(ChatRouting, NeverOpensATicketForWhatWeSend) {
  EXPECT_EQ(route(says("we look at DR77", true), {}, {}).main.what, verdict::none);
  const chat_ticket open[] = {{1, "77", 10}};
  EXPECT_EQ(route(says("on our way", true), open, {}).main.ticket_id, 1);
  const auto both = route(says("DR5 and DR77 tomorrow", true), open, {});
  EXPECT_EQ(both.main.ticket_id, 1);
  EXPECT_TRUE(both.others.empty());
}

TEST(ChatRouting, KeepsUnmatchedMessagesInTheChatWhenToldSo) {
  const chat_routing_rules rules{unmatched_policy::ticket, unmatched_policy::keep};
  const auto verdict_of = [&](const chat_message& m) { return route(m, {}, rules).main.what; };
  EXPECT_EQ(verdict_of(says("good morning", false, chat_kind::group)), verdict::none);
  EXPECT_EQ(verdict_of(says("good morning")), verdict::create);
  EXPECT_EQ(verdict_of(says("DR5 down", false, chat_kind::group)), verdict::create);
}

TEST(ChatRouting, LeavesBroadcastsAlone) {
  EXPECT_EQ(route(says("DR5", false, chat_kind::broadcast), {}, {}).main.what, verdict::none);
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
