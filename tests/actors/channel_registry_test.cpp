#include "actors/channel_registry.hpp"

#include <gmock/gmock.h>

#include "tests/fixtures/actor_fixture.hpp"

namespace fibrehub::actors::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class ChannelRegistry : public fixtures::actor_fixture {
 protected:
  void SetUp() override {
    registry_ = spawn_channel_registry(
        system(), {.check_every = 1s,
                   .restart =
                       [this](const channel_status& s, const std::string& why) {
                         restarted_.push_back(s.kind + "/" + s.name + ": " + why);
                       },
                   .changed =
                       [this](const channel_status& s) {
                         changes_.push_back(fmt::format("{} {}{}", s.name, name_of(s.state),
                                                        s.silent ? " silent" : ""));
                       }});
    watch(store::untyped(registry_));
  }
  void TearDown() override { registry_ = nullptr; }
  void tell(channel_update news) {
    store::send(registry_, std::move(news));
    run();
  }
  /// News of the one channel most tests speak of.
  static channel_update news() { return {.kind = "waha", .name = "main"}; }
  channel_update success() {
    auto n = news();
    n.last_success = wall_clock()();
    return n;
  }
  void declare(std::chrono::milliseconds deadline) {
    auto n = news();
    n.started = true;
    n.silence_deadline = deadline;
    tell(n);
  }
  std::vector<channel_status> list() {
    return ask<std::vector<channel_status>>(registry_, [](auto to) { return list_channels{to}; })
        .value();
  }
  channel_registry registry_;
  std::vector<std::string> restarted_;
  std::vector<std::string> changes_;
};

TEST_F(ChannelRegistry, MergesPartialNewsAndAddsUpCounters) {
  auto first = news();
  first.state = channel_state::connected;
  first.detail = "session up";
  first.backlog = 4;
  first.add.received = 3;
  first.add.stored = 2;
  tell(first);
  auto second = news();
  second.lag_s = 1.5;
  second.add.received = 1;
  second.add.duplicates = 1;
  second.last_attempt = wall_clock()();
  tell(second);
  const auto all = list();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].state, channel_state::connected);
  EXPECT_EQ(all[0].detail, "session up");
  EXPECT_EQ(all[0].backlog, 4U);
  EXPECT_EQ(all[0].lag_s, 1.5);
  EXPECT_EQ(all[0].counters.received, 4U);
  EXPECT_EQ(all[0].counters.stored, 2U);
  EXPECT_EQ(all[0].counters.duplicates, 1U);
  EXPECT_EQ(all[0].last_attempt, wall_clock()());
  EXPECT_FALSE(all[0].last_success);
}

TEST_F(ChannelRegistry, ListsChannelsByKindAndNameAndForgetsThem) {
  tell({.kind = "waha", .name = "b"});
  tell({.kind = "email", .name = "z"});
  tell({.kind = "waha", .name = "a"});
  std::vector<std::string> names;
  for (const auto& s : list())
    names.push_back(s.kind + "/" + s.name);
  EXPECT_THAT(names, ElementsAre("email/z", "waha/a", "waha/b"));
  store::send(registry_, forget_channel{"waha", "a"});
  run();
  EXPECT_EQ(list().size(), 2U);
}

TEST_F(ChannelRegistry, CountsStartsAfterTheFirstAsRestarts) {
  declare(0s);
  EXPECT_EQ(list()[0].restarts, 0U);
  auto up = news();
  up.state = channel_state::connected;
  tell(up);
  declare(0s);
  declare(0s);
  EXPECT_EQ(list()[0].restarts, 2U);
  EXPECT_EQ(list()[0].state, channel_state::starting);
}

TEST_F(ChannelRegistry, RestartsAChannelThatIsSilentForItsDeadline) {
  declare(60s);
  advance(59s);
  EXPECT_THAT(restarted_, ElementsAre());
  advance(1s);
  EXPECT_THAT(restarted_, ElementsAre("waha/main: no success for 60 s"));
  EXPECT_TRUE(list()[0].silent);
}

TEST_F(ChannelRegistry, GivesARestartedChannelAWholeDeadlineBeforeTheNext) {
  declare(60s);
  advance(60s);
  declare(60s);
  advance(59s);
  EXPECT_EQ(restarted_.size(), 1U);
  EXPECT_TRUE(list()[0].silent) << "a start alone is no success";
  advance(1s);
  EXPECT_EQ(restarted_.size(), 2U);
}

TEST_F(ChannelRegistry, StartsTheDeadlineAnewWhenTheChannelStarts) {
  declare(60s);
  advance(30s);
  declare(60s);
  advance(59s);
  EXPECT_THAT(restarted_, ElementsAre());
  advance(1s);
  EXPECT_EQ(restarted_.size(), 1U);
}

TEST_F(ChannelRegistry, LeavesAChannelAloneThatSucceedsInTime) {
  declare(60s);
  for (int i = 0; i < 5; ++i) {
    advance(50s);
    tell(success());
  }
  EXPECT_THAT(restarted_, ElementsAre());
}

TEST_F(ChannelRegistry, EndsTheSilenceWithTheNextSuccess) {
  declare(10s);
  advance(10s);
  tell(success());
  EXPECT_FALSE(list()[0].silent);
  EXPECT_THAT(changes_, ElementsAre("main starting", "main starting silent", "main starting"));
}

TEST_F(ChannelRegistry, DoesNotTakeAttemptsForSuccess) {
  declare(10s);
  for (int i = 0; i < 10; ++i) {
    auto n = news();
    n.last_attempt = wall_clock()();
    tell(n);
    advance(1s);
  }
  EXPECT_EQ(restarted_.size(), 1U);
}

TEST_F(ChannelRegistry, LetsStoppedFailedAndStandbyChannelsBeSilent) {
  for (const auto state : {channel_state::stopped, channel_state::failed, channel_state::standby}) {
    declare(10s);
    auto n = news();
    n.state = state;
    tell(n);
    advance(1min);
    EXPECT_THAT(restarted_, ElementsAre()) << name_of(state);
  }
}

TEST_F(ChannelRegistry, LetsAChannelWithoutADeadlineBeSilentForEver) {
  declare(0s);
  advance(24h);
  EXPECT_THAT(restarted_, ElementsAre());
}

TEST_F(ChannelRegistry, TellsOfChangesOfStateAndOfNothingElse) {
  declare(0s);
  auto up = news();
  up.state = channel_state::polling;
  tell(up);
  tell(up);
  tell(success());
  EXPECT_THAT(changes_, ElementsAre("main starting", "main polling"));
}

TEST_F(ChannelRegistry, CountsATroubleFromTheLastTimeItWasWell) {
  auto n = news();
  n.started = true;
  n.state = channel_state::polling;
  tell(n);
  advance(60s);
  EXPECT_EQ(list()[0].trouble_for, 0ms) << "it is well";
  n = news();
  n.state = channel_state::backing_off;
  tell(n);
  advance(10s);
  n.state = channel_state::starting;  // its supervisor has another try
  tell(n);
  advance(20s);
  EXPECT_EQ(list()[0].trouble_for, 30s);
  n.state = channel_state::stopped;
  tell(n);
  EXPECT_EQ(list()[0].trouble_for, 0ms) << "nobody expects it to work";
  n.state = channel_state::polling;
  tell(n);
  EXPECT_EQ(list()[0].trouble_for, 0ms);
}

}  // namespace
}  // namespace fibrehub::actors::tests
