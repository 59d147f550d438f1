// What may be done to a message, in which state and how late.
#include "domain/message_acts.hpp"

#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

using namespace std::chrono_literals;
using kind = act_verdict::kind;

constexpr instant noon = from_us(1'795'300'000'000'000);

written_message ours(std::optional<send_state> state) {
  written_message m;
  m.ours = true;
  m.state = state;
  m.left_at = noon - 5min;
  return m;
}

TEST(MessageActs, GoToWhereTheMessageIs) {
  struct row {
    message_act act;
    send_state state;
    kind what;
    const char* reason;
  };
  using enum message_act;
  for (const row& r : {row{edit, send_state::queued, kind::change_waiting, ""},
                       row{erase, send_state::queued, kind::change_waiting, ""},
                       row{react, send_state::queued, kind::refused, "not_sent"},
                       row{edit, send_state::accepted, kind::send, ""},
                       row{erase, send_state::read, kind::send, ""},
                       row{react, send_state::delivered, kind::send, ""},
                       row{edit, send_state::failed, kind::refused, "not_sent"},
                       row{erase, send_state::uncertain, kind::refused, "not_sent"},
                       row{erase, send_state::cancelled, kind::refused, "not_sent"}}) {
    const act_verdict v = may_act(r.act, ours(r.state), noon);
    EXPECT_EQ(v.what, r.what) << name_of(r.state) << v.message;
    EXPECT_EQ(v.reason, r.reason) << name_of(r.state);
    EXPECT_EQ(v.message.empty(), v.what != kind::refused);
  }
}

TEST(MessageActs, WaitForWhatIsOnItsWay) {
  written_message m = ours(send_state::queued);
  m.under_way = true;
  EXPECT_EQ(may_act(message_act::edit, m, noon).reason, "on_its_way");
  m = ours(send_state::accepted);
  m.is_named = false;
  EXPECT_EQ(may_act(message_act::erase, m, noon).reason, "unnamed");
}

TEST(MessageActs, EditsComeWithinAQuarterOfAnHour) {
  written_message m = ours(send_state::delivered);
  m.left_at = noon - 15min;
  EXPECT_EQ(may_act(message_act::edit, m, noon).what, kind::send);
  m.left_at = noon - 15min - 1s;
  EXPECT_EQ(may_act(message_act::edit, m, noon).reason, "too_late");
  EXPECT_EQ(may_act(message_act::erase, m, noon).what, kind::send);
}

TEST(MessageActs, OthersMessagesAreReactedToAndNothingElse) {
  written_message theirs;
  EXPECT_EQ(may_act(message_act::react, theirs, noon).what, kind::send);
  EXPECT_EQ(may_act(message_act::edit, theirs, noon).reason, "not_ours");
  EXPECT_EQ(may_act(message_act::erase, theirs, noon).reason, "not_ours");
}

TEST(MessageActs, OnlyTextsAreEdited) {
  written_message m = ours(send_state::queued);
  m.is_text = false;
  EXPECT_EQ(may_act(message_act::edit, m, noon).reason, "not_text");
  EXPECT_EQ(may_act(message_act::erase, m, noon).what, kind::change_waiting);
}

TEST(MessageActs, WhatWasTypedOnThePhoneIsOursToo) {
  EXPECT_EQ(may_act(message_act::edit, ours(std::nullopt), noon).what, kind::send);
}

}  // namespace
}  // namespace fibrehub::domain
