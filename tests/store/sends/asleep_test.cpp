// Questions about messages of sessions that do not work wait, keep nobody else waiting, and end all
// the same.
#include <gmock/gmock.h>

#include "store/sends/questions.hpp"
#include "tests/store/sends/sends_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Asleep : public sends_fixture {
 protected:
  std::vector<std::string> asked_about(std::size_t limit = 20) {
    take_questions request;
    request.channel = "main";
    request.limit = limit;
    request.result = std::make_shared<std::vector<send_question>>();
    const auto result = request.result;
    EXPECT_TRUE(change(std::move(request)));
    std::vector<std::string> out;
    for (const send_question& q : *result)
      out.push_back(q.session);
    return out;
  }
  /// A message of this session that the bridge took.
  void accepted(const std::string& in, const std::string& drop, bool with_name = true) {
    session_ = in;
    // Older versions take no names, and without an echo nobody knows one.
    session("WORKING", "NOWEB", with_name ? "2026.7.1" : "2026.2.1");
    say(receive(in + drop, "DR" + drop + " no light", "278311100" + drop + "@c.us"), "one");
    const taken_send s = take_one();
    finish(s, send_outcome::accepted, with_name ? s.stanza : "");
  }
  void set_state(const std::string& of, const std::string& status) {
    session_ = of;
    session(status);
  }
  std::string states() const {
    return db_.ask("SELECT session || ' ' || state FROM wa_sends ORDER BY id");
  }
};

TEST_F(Asleep, QuestionsWaitForTheirSessionAndKeepNobodyElseWaiting) {
  accepted("down", "11");
  pass(10s);
  accepted("up", "12");
  pass(11min);
  set_state("down", "FAILED");
  EXPECT_THAT(asked_about(1), ElementsAre("up"));
  EXPECT_THAT(asked_about(1), IsEmpty());
  set_state("down", "WORKING");
  EXPECT_THAT(asked_about(1), ElementsAre("down"));
}

TEST_F(Asleep, TheBridgeIsAskedItselfWhenNothingWasHeardOfTheSessionForLong) {
  accepted("down", "11");
  set_state("down", "FAILED");
  pass(11min);
  EXPECT_THAT(asked_about(), ElementsAre("down"));
}

TEST_F(Asleep, QuestionsEndThoughTheSessionNeverWorksAgain) {
  accepted("down", "11");
  accepted("down", "12", false);
  pass(25h);
  set_state("down", "STOPPED");
  EXPECT_THAT(asked_about(), IsEmpty());
  EXPECT_EQ(states(), "down accepted\ndown uncertain");
  pass(24h);
  set_state("down", "STOPPED");
  EXPECT_THAT(asked_about(), IsEmpty());
  EXPECT_EQ(states(), "down uncertain\ndown uncertain");
}

}  // namespace
}  // namespace fibrehub::store::tests
