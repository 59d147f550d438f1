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

// --- what a message refers to -------------------------------------------------------------------

struct routed {
  const char* name;
  const char* text;
  message_facts facts;
  std::vector<chat_ticket> open;
  unmatched_policy policy;
  bool from_me;
  const char* expected;
};

/// "append 1, create 77 | unmatched | unreached FT9"
std::string told(const chat_routing& r) {
  const auto one = [](const chat_route& route) -> std::string {
    if (route.what == verdict::append) return "append " + std::to_string(route.ticket_id);
    if (route.what == verdict::create) return "create " + route.drop;
    return "none";
  };
  std::string out = one(r.main);
  for (const chat_route& other : r.others)
    out += ", " + one(other);
  if (r.waits == chat_routing::wait::unmatched) out += " | unmatched";
  if (r.waits == chat_routing::wait::ambiguous) out += " | ambiguous";
  for (const named_ticket& n : r.unreached)
    out += " | unreached " + n.uid;
  return out;
}

message_facts quoting(std::int64_t ticket) {
  message_facts f;
  f.quoted = ticket;
  return f;
}
message_facts naming(std::vector<named_ticket> named) {
  message_facts f;
  f.named = std::move(named);
  return f;
}
message_facts owning(std::vector<own_ticket> own, bool is_command = false) {
  message_facts f;
  f.own = std::move(own);
  f.is_command = is_command;
  return f;
}
message_facts obeyed(message_facts f) {
  f.is_command = true;
  return f;
}

const std::vector<chat_ticket> two_open = {{1, "77", 10}, {2, "78", 20}};
constexpr auto as_ticket = unmatched_policy::ticket;
constexpr auto as_triage = unmatched_policy::triage;
constexpr auto as_kept = unmatched_policy::keep;

class Routed : public testing::TestWithParam<routed> {};

TEST_P(Routed, InTheOrderOfWhatCounts) {
  const routed& p = GetParam();
  chat_routing_rules rules;
  rules.direct = p.policy;
  EXPECT_EQ(told(route(says(p.text, p.from_me), p.open, rules, p.facts)), p.expected);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Routed,
    testing::Values(
        routed{"quote_first", "any news?", quoting(9), two_open, as_ticket, false, "append 9"},
        routed{"quote_with_drop", "same at DR79", quoting(9), two_open, as_ticket, false,
               "append 9, create 79"},
        routed{"quote_of_ours_by_us", "ok", quoting(9), {}, as_ticket, true, "append 9"},
        routed{"drop_before_uid", "DR77 as FT9", naming({{"FT9", 8, 3, 9, true}}), two_open,
               as_ticket, false, "append 1, append 9"},
        routed{"uid_is_no_drop", "DR77-02 please", naming({{"DR77-02", 0, 7, 5, true}}), two_open,
               as_ticket, false, "append 5"},
        routed{"foreign_uid_with_drop",
               "DR77-02 please",
               naming({{"DR77-02", 0, 7, 5, false}}),
               {},
               as_ticket,
               false,
               "create 77 | unreached DR77-02"},
        routed{"foreign_uid",
               "about FT9",
               naming({{"FT9", 6, 3, 9, false}}),
               {},
               as_ticket,
               false,
               "create  | unreached FT9"},
        routed{"foreign_uid_in_conversation", "about FT9", naming({{"FT9", 6, 3, 9, false}}),
               two_open, as_ticket, false, "append 2 | unreached FT9"},
        routed{"closed_uid", "about FT9", naming({{"FT9", 6, 3, 0, false}}), two_open, as_ticket,
               false, "append 2 | unreached FT9"},
        routed{"two_uids",
               "FT8 FT9",
               naming({{"FT8", 0, 3, 8, true}, {"FT9", 4, 3, 9, true}}),
               {},
               as_ticket,
               false,
               "append 8, append 9"},
        routed{"two_uids_of_one",
               "FT8 FT9",
               naming({{"FT8", 0, 3, 9, true}, {"FT9", 4, 3, 9, true}}),
               {},
               as_ticket,
               false,
               "append 9"},
        routed{"conversation_before_own", "on my way", owning({{7, true, 0}}), two_open, as_ticket,
               false, "append 2"},
        routed{
            "own_only_one", "on my way", owning({{7, false, 0}}), {}, as_ticket, false, "append 7"},
        routed{"own_in_progress",
               "on my way",
               owning({{7, false, 0}, {8, true, 0}}),
               {},
               as_ticket,
               false,
               "append 8"},
        routed{"own_talked_about",
               "on my way",
               owning({{7, true, 5}, {8, true, 9}, {6, true, 0}}),
               {},
               as_ticket,
               false,
               "append 8"},
        routed{"own_ambiguous",
               "on my way",
               owning({{7, true, 0}, {8, true, 0}}),
               {},
               as_ticket,
               false,
               "none | ambiguous"},
        routed{"own_not_of_ours", "on my way", owning({{7, true, 0}}), {}, as_ticket, true, "none"},
        routed{"policy_ticket", "hello", {}, {}, as_ticket, false, "create "},
        routed{"policy_triage", "hello", {}, {}, as_triage, false, "none | unmatched"},
        routed{"policy_keep", "hello", {}, {}, as_kept, false, "none"},
        routed{"triage_not_of_ours", "hello", {}, {}, as_triage, true, "none"},
        routed{"drop_whatever_the_policy", "DR79", {}, {}, as_triage, false, "create 79"},
        routed{"command_opens_nothing", "done DR79-01", obeyed({}), {}, as_ticket, false, "none"},
        routed{"command_waits_for_nobody", "done", obeyed({}), {}, as_triage, false, "none"},
        routed{"command_ambiguous",
               "done",
               owning({{7, true, 0}, {8, true, 0}}, true),
               {},
               as_triage,
               false,
               "none"},
        routed{"command_goes_along",
               "done",
               owning({{7, true, 0}}, true),
               {},
               as_ticket,
               false,
               "append 7"},
        routed{"command_in_conversation", "done", obeyed({}), two_open, as_ticket, false,
               "append 2"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(ChatRouting, NamesItsPolicies) {
  for (const std::string_view name : unmatched_policy_names())
    EXPECT_EQ(name_of(*unmatched_policy_from(name)), name);
  EXPECT_FALSE(unmatched_policy_from("often"));
}

}  // namespace
}  // namespace fibrehub::domain
