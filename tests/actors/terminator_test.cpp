#include "actors/terminator.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <stdexcept>

#include "store/caf/config.hpp"
#include "tests/fixtures/actor_fixture.hpp"

namespace fibrehub::actors::tests {

struct block_until {
  std::shared_future<void> released;
};

}  // namespace fibrehub::actors::tests

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::tests::block_until)

namespace fibrehub::actors::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

caf::behavior good(caf::event_based_actor*) {
  return {[](const block_until& message) { message.released.wait(); }};
}

caf::behavior deaf(caf::event_based_actor* self) {
  self->set_exit_handler([](caf::exit_msg&) {});
  return {[](const block_until&) {}};
}

class Terminator : public fixtures::actor_fixture {
 protected:
  caf::actor make(caf::behavior (*what)(caf::event_based_actor*), const std::string& name) {
    auto who = store::spawn(system(), what);
    run();
    watch(who);
    caf::actor_cast<caf::abstract_actor*>(who)->attach_functor(
        [this, name](const caf::error&) { ends_.push_back(name); });
    return who;
  }
  static stop_stage stage(std::string name, std::vector<named_actor> who,
                          std::chrono::milliseconds budget = 3s) {
    return {.name = std::move(name),
            .actors = [who = std::move(who)] { return who; },
            .budget = budget};
  }
  void begin(std::vector<stop_stage> stages, std::chrono::milliseconds total = 10s) {
    terminator_ = spawn_terminator(system());
    store::send(terminator_, terminate{std::move(stages), total, done_.token()});
    run();
  }
  void TearDown() override { terminator_ = nullptr; }

  terminator terminator_;
  fixtures::answer<shutdown_report> done_;
  std::vector<std::string> ends_;
};

TEST_F(Terminator, StopsStageAfterStage) {
  const auto a = make(good, "a");
  const auto b = make(good, "b");
  const auto c = make(good, "c");
  begin({stage("channels", {{"c", c}}), stage("clocks", {{"b", b}}), stage("store", {{"a", a}})});
  ASSERT_EQ(done_.times(), 1U);
  EXPECT_TRUE(done_.get().value().clean());
  EXPECT_THAT(ends_, ElementsAre("c", "b", "a"));
  EXPECT_EQ(end_of(a), "user_shutdown");
}

TEST_F(Terminator, KillsAnActorThatDoesNotStopWithinTheBudgetOfItsStage) {
  const auto a = make(good, "a");
  const auto d = make(deaf, "d");
  begin({stage("channels", {{"d", d}}, 2s), stage("store", {{"a", a}})});
  advance(1'999ms);
  EXPECT_EQ(done_.times(), 0U);
  EXPECT_TRUE(alive(a)) << "the next stage waits";
  advance(1ms);
  const auto& report = done_.get().value();
  EXPECT_FALSE(report.clean());
  EXPECT_FALSE(report.somebody_is_stuck());
  ASSERT_EQ(report.stages.size(), 2U);
  EXPECT_THAT(report.stages[0].killed, ElementsAre("d"));
  EXPECT_EQ(report.stages[0].took, 2s);
  EXPECT_THAT(report.stages[1].killed, ElementsAre());
  EXPECT_EQ(end_of(d), "kill");
  EXPECT_EQ(end_of(a), "user_shutdown");
}

TEST_F(Terminator, KeepsTheTotalWhateverTheBudgetsOfTheStagesSay) {
  std::vector<stop_stage> stages;
  for (int i = 0; i < 5; ++i) {
    const auto name = fmt::format("deaf {}", i);
    stages.push_back(stage(name, {{name, make(deaf, name)}}, 4s));
  }
  begin(std::move(stages), 10s);
  advance(10s);
  const auto& report = done_.get().value();
  EXPECT_LE(report.took, 10s);
  EXPECT_EQ(report.stages.size(), 5U);
  for (const auto& s : report.stages)
    EXPECT_EQ(s.killed.size(), 1U) << s.name;
}

/// A second system in which nothing ever runs: to the first one its actors are stuck.
struct standstill : fixtures::actor_fixture {
  void TestBody() override {}
};

TEST_F(Terminator, KeepsTheTotalEvenWhenEverybodyIsStuck) {
  standstill other;
  std::vector<stop_stage> stages;
  for (int i = 0; i < 5; ++i) {
    const auto name = fmt::format("stuck {}", i);
    const auto who = store::spawn(other.system(), good);
    other.watch(who);
    stages.push_back(stage(name, {{name, who}}, 4s));
  }
  begin(std::move(stages), 10s);
  advance(20s);
  const auto& report = done_.get().value();
  EXPECT_LE(report.took, 10s);
  EXPECT_TRUE(report.somebody_is_stuck());
  for (const auto& s : report.stages)
    EXPECT_EQ(s.stuck.size(), 1U) << s.name;
}

TEST_F(Terminator, FindsTheActorsOfAStageWhenItBegins) {
  caf::actor current = make(good, "old");
  const auto old = current;
  begin({{.name = "web", .act = [&] { current = make(good, "new"); }},
         {.name = "store", .actors = [&] {
            return std::vector<named_actor>{{"store", current}};
          }}});
  EXPECT_THAT(ends_, ElementsAre("new"));
  EXPECT_TRUE(alive(old));
}

TEST_F(Terminator, GoesOnWhenTheActOfAStageThrows) {
  const auto a = make(good, "a");
  begin({{.name = "web", .act = [] { throw std::runtime_error{"socket is gone"}; }},
         stage("store", {{"a", a}})});
  const auto& report = done_.get().value();
  EXPECT_EQ(report.stages[0].error, "socket is gone");
  EXPECT_FALSE(report.clean());
  EXPECT_EQ(end_of(a), "user_shutdown");
}

TEST_F(Terminator, TakesActorsThatAreGoneAlreadyAndEmptyHandlesAsStopped) {
  const auto a = make(good, "a");
  store::kill(a);
  run();
  begin({stage("store", {{"a", a}, {"none", caf::actor{}}})});
  EXPECT_TRUE(done_.get().value().clean());
}

TEST_F(Terminator, RefusesASecondShutdown) {
  const auto d = make(deaf, "d");
  begin({stage("one", {{"d", d}})});
  fixtures::answer<shutdown_report> second;
  store::send(terminator_, terminate{{}, 1s, second.token()});
  run();
  EXPECT_EQ(second.get().error().code, store::errc::conflict);
  advance(10s);
  EXPECT_EQ(done_.times(), 1U);
}

TEST(TerminatorOnThreads, ReportsAnActorThatSitsInACallAndDoesNotWaitForIt) {
  store::actor_config config{2};
  caf::actor_system system{config};
  std::promise<void> release;
  const auto stuck = store::spawn(system, good);
  const auto fine = store::spawn(system, good);
  store::send(stuck, block_until{release.get_future().share()});
  const auto report =
      shut_down(system,
                {{.name = "channels",
                  .actors =
                      [&] {
                        return std::vector<named_actor>{{"stuck", stuck}, {"fine", fine}};
                      },
                  .budget = 50ms}},
                1s);
  EXPECT_TRUE(report.somebody_is_stuck());
  ASSERT_EQ(report.stages.size(), 1U);
  EXPECT_THAT(report.stages[0].stuck, ElementsAre("stuck"));
  EXPECT_LE(report.took, 1s);
  release.set_value();
  system.await_all_actors_done();
}

TEST(TerminatorOnThreads, BlocksUntilEverybodyHasStopped) {
  std::atomic<int> ended{0};  // outlives the threads that tell it
  store::actor_config config{2};
  caf::actor_system system{config};
  std::vector<named_actor> crowd;
  for (int i = 0; i < 100; ++i) {
    crowd.push_back({fmt::format("actor {}", i), store::spawn(system, good)});
    caf::actor_cast<caf::abstract_actor*>(crowd.back().handle)
        ->attach_functor([&ended](const caf::error&) {
          ++ended;
          ended.notify_all();
        });
  }
  const auto report = shut_down(system, {{.name = "all", .actors = [&] { return crowd; }}});
  EXPECT_TRUE(report.clean());
  crowd.clear();
  system.await_all_actors_done();
  // An actor counts as done a moment before it tells those who asked.
  for (int n = ended; n < 100; n = ended)
    ended.wait(n);
  EXPECT_EQ(ended, 100);
}

}  // namespace
}  // namespace fibrehub::actors::tests
