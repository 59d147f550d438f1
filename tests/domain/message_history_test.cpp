#include "domain/message_history.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "domain/people.hpp"

namespace fibrehub::domain {
namespace {

instant at(int second) {
  return from_us(1'795'000'000'000'000LL + second * 1'000'000LL);
}

/// What is left of a message after these changes: "e10:text" edits, "r30" revokes.
message_text after(const std::vector<std::string>& changes) {
  message_text out;
  out.original = "first";
  for (const std::string& c : changes) {
    const std::size_t colon = std::min(c.find(':'), c.size());
    const instant when = at(std::stoi(c.substr(1, colon - 1)));
    if (c[0] == 'r') {
      revoke(out, when);
    } else {
      add_edit(out, {when, c, c.substr(colon + 1)});
    }
  }
  return out;
}

struct text_case {
  std::vector<std::string> changes;
  std::string says;
  int edited_at;   // 0: never
  int revoked_at;  // 0: never
};

class MessageText : public testing::TestWithParam<text_case> {};

TEST_P(MessageText, IsTheSameInWhateverOrderItIsTold) {
  const text_case& c = GetParam();
  std::vector<std::string> order = c.changes;
  std::sort(order.begin(), order.end());
  do {
    const message_text text = after(order);
    EXPECT_EQ(text.current(), c.says);
    EXPECT_EQ(text.edited_at(), c.edited_at == 0 ? std::nullopt : std::optional(at(c.edited_at)));
    EXPECT_EQ(text.revoked_at, c.revoked_at == 0 ? std::nullopt : std::optional(at(c.revoked_at)));
  } while (std::next_permutation(order.begin(), order.end()));
}

INSTANTIATE_TEST_SUITE_P(
    Changes, MessageText,
    testing::Values(text_case{{}, "first", 0, 0}, text_case{{"e10:second"}, "second", 10, 0},
                    text_case{{"e10:second", "e20:third"}, "third", 20, 0},
                    text_case{{"e10:a", "e10:b"}, "b", 10, 0},  // of one instant: by their names
                    text_case{{"r30"}, "first", 0, 30},
                    text_case{{"e10:second", "r30"}, "second", 10, 30},
                    text_case{{"r30", "e40:too late"}, "first", 0, 30},
                    text_case{{"e10:second", "r30", "e40:too late", "r50"}, "second", 10, 30},
                    text_case{{"r30", "e30:just in time"}, "just in time", 30, 30}));

TEST(MessageText, KnowsAnEditByItsName) {
  message_text text;
  EXPECT_TRUE(add_edit(text, {at(1), "key", "a"}));
  EXPECT_FALSE(add_edit(text, {at(1), "key", "a"}));
  EXPECT_EQ(text.edits.size(), 1U);
}

TEST(CallText, SaysWhatKindItWasAndHowItEnded) {
  using step = call_note::step;
  EXPECT_EQ(call_text(step::received, false, false), "Voice call: received");
  EXPECT_EQ(call_text(step::rejected, true, false), "Video call: rejected");
  EXPECT_EQ(call_text(step::accepted, true, true), "Group video call: accepted");
  for (const step s : {step::received, step::rejected, step::accepted})
    EXPECT_EQ(call_step_from(name_of(s)), s);
  EXPECT_FALSE(call_step_from("teleported"));
}

struct phone_case {
  const char* kept;
  const char* digits;
  bool is_same;
};
class Phone : public testing::TestWithParam<phone_case> {};
TEST_P(Phone, IsKnownHoweverItWasWritten) {
  EXPECT_EQ(is_same_phone(GetParam().kept, GetParam().digits), GetParam().is_same)
      << GetParam().kept << " " << GetParam().digits;
}
INSTANTIATE_TEST_SUITE_P(Numbers, Phone,
                         testing::Values(phone_case{"+27 83 111 2222", "27831112222", true},
                                         phone_case{"083 111 2222", "27831112222", true},
                                         phone_case{"0027831112222", "27831112222", true},
                                         phone_case{"27831112222", "27831112222", true},
                                         phone_case{"0831112222", "27831112223", false},
                                         phone_case{"0831112222", "999927831112222", false},
                                         phone_case{"27831112222", "831112222", false},
                                         phone_case{"2222", "27831112222", false},
                                         phone_case{"", "27831112222", false},
                                         phone_case{"0", "", false}));

}  // namespace
}  // namespace fibrehub::domain
