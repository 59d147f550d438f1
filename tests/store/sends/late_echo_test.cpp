// What was sent without a name is known by its text and its time, however late it comes back.
#include <gmock/gmock.h>

#include "store/sends/settle.hpp"
#include "tests/store/sends/sends_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using namespace std::chrono_literals;

class LateEcho : public sends_fixture {
 protected:
  void SetUp() override { uid_ = receive("A1", "DR77 no light"); }

  /// Sent, and nobody answered.
  void say_in_the_dark(const std::string& text) {
    say(uid_, text);
    sent_at_ = now_;
    finish(take_one(), send_outcome::in_doubt);
  }
  void become_uncertain() {
    pass(61s);
    ASSERT_EQ(take().uncertain, 1U);
  }
  /// Told now, said then; WhatsApp's times are whole seconds.
  void echo_of(const std::string& stanza, const std::string& text, domain::instant then) {
    ingest item = echo_item(stanza, text);
    std::get<domain::chat_message>(item.what).sent_at =
        std::chrono::floor<std::chrono::seconds>(then);
    apply({item});
  }
  std::string outbound() const { return db_.ask("SELECT count(*) FROM messages WHERE outbound"); }

  std::string uid_;
  domain::instant sent_at_{};
};

TEST_F(LateEcho, SettlesWhatNobodyAnsweredAndMakesNoSecondMessage) {
  now_ += 900ms;
  say_in_the_dark("one");
  become_uncertain();
  pass(40min);
  echo_of("3EB0X", "one", sent_at_);
  EXPECT_EQ(sends(), "accepted 3EB0X done");
  EXPECT_EQ(outbound(), "1");
}

TEST_F(LateEcho, IsOfTheMessageOfItsOwnTime) {
  say_in_the_dark("ok");
  const domain::instant first = sent_at_;
  become_uncertain();
  pass(30min);
  say_in_the_dark("ok");
  echo_of("3EB0A", "ok", first);
  EXPECT_EQ(sends(), "accepted 3EB0A done\nqueued - ready") << "although the other one is younger";
  echo_of("3EB0B", "ok", sent_at_);
  EXPECT_EQ(sends(), "accepted 3EB0A done\naccepted 3EB0B done");
  EXPECT_EQ(outbound(), "2");
}

TEST_F(LateEcho, OfABridgeWhoseClockIsOffIsKnownByWhenItCame) {
  for (const auto off : {-3h, 3h}) {
    const std::string text = fmt::format("at {}", off.count());
    say_in_the_dark(text);
    echo_of("3EB0" + std::to_string(off.count()), text, now_ + off);
    pass(10s);
  }
  EXPECT_EQ(sends(), "accepted 3EB0-3 done\naccepted 3EB03 done");
  EXPECT_EQ(outbound(), "2");
}

TEST_F(LateEcho, IsNotOfWhatWasHandedOverAtAnotherTime) {
  say_in_the_dark("one");
  become_uncertain();
  pass(1h);
  echo_of("3EB0X", "one", sent_at_ - 10min);
  echo_of("3EB0Y", "one", sent_at_ + 10min);
  EXPECT_EQ(sends(), "uncertain - dead");
  EXPECT_EQ(outbound(), "3");
}

TEST_F(LateEcho, OfWhatAPersonSettledAsSentNamesItAndItsStepsCount) {
  say_in_the_dark("one");
  become_uncertain();
  ASSERT_TRUE(
      change(settle_send{std::stoll(db_.ask("SELECT id FROM wa_sends")), settled_as::sent}));
  ASSERT_EQ(sends(), "sent - done");
  pass(20min);
  echo_of("3EB0X", "one", sent_at_);
  EXPECT_EQ(sends(), "sent 3EB0X done");
  EXPECT_EQ(outbound(), "1");
  ack("3EB0X", 3);
  EXPECT_EQ(sends(), "read 3EB0X done");
}

}  // namespace
}  // namespace fibrehub::store::tests
