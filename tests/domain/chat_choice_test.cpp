#include "domain/chat_choice.hpp"

#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

using kind = chat_choice::kind;
using priority = ticket_priority;

struct row {
  const char* name;
  chat_mode mode;
  priority how;
  bool group, project, assignee, phone;
  kind expected;
  const char* reason;
};

class ChatChoice : public testing::TestWithParam<row> {};

TEST_P(ChatChoice, FollowsModeAndPriority) {
  const row& r = GetParam();
  chat_choice_facts f;
  f.mode = r.mode;
  f.priority = r.how;
  f.project_id = r.project ? 4 : 0;
  f.project_group = r.group ? 7 : 0;
  f.assignee = r.assignee ? 2 : 0;
  f.assignee_name = r.assignee ? "Thabo" : "";
  f.assignee_has_phone = r.phone;
  f.chosen_chat = 9;
  const chat_choice c = choose_chat(f);
  EXPECT_EQ(c.what, r.expected);
  EXPECT_EQ(c.reason, r.reason);
  EXPECT_EQ(c.chat_id, r.expected == kind::group ? 7 : r.expected == kind::chat ? 9 : 0);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ChatChoice,
    testing::Values(
        row{"low", chat_mode::automatic, priority::low, true, true, true, true, kind::group,
            "priority low: the project's group"},
        row{"medium", chat_mode::automatic, priority::medium, true, true, true, true, kind::group,
            "priority medium: the project's group"},
        row{"high", chat_mode::automatic, priority::high, true, true, true, true, kind::individual,
            "priority high: one to one with Thabo"},
        row{"critical", chat_mode::automatic, priority::critical, true, true, true, true,
            kind::individual, "priority critical: one to one with Thabo"},
        row{"urgent_nobody", chat_mode::automatic, priority::high, true, true, false, false,
            kind::group, "priority high, but nobody is assigned: the project's group"},
        row{"urgent_no_phone", chat_mode::automatic, priority::high, true, true, true, false,
            kind::group, "priority high, but Thabo has no phone number: the project's group"},
        row{"low_no_group", chat_mode::automatic, priority::low, false, true, true, true,
            kind::individual,
            "priority low, but its project has no group chat: one to one with Thabo"},
        row{"none", chat_mode::automatic, priority::low, false, false, true, false, kind::none,
            "the ticket has no project, and Thabo has no phone number"},
        row{"group_chosen", chat_mode::group, priority::critical, true, true, true, true,
            kind::group, "the project's group was chosen"},
        row{"group_chosen_in_vain", chat_mode::group, priority::low, false, false, true, true,
            kind::none, "the project's group was chosen, but the ticket has no project"},
        row{"person_chosen", chat_mode::individual, priority::low, true, true, true, true,
            kind::individual, "one to one with Thabo was chosen"},
        row{"person_chosen_in_vain", chat_mode::individual, priority::low, true, true, false, false,
            kind::none, "one to one was chosen, but nobody is assigned"},
        row{"chat_chosen", chat_mode::chat, priority::low, true, true, true, true, kind::chat,
            "this chat was chosen"}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace fibrehub::domain
