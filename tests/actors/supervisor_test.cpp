#include "actors/supervisor.hpp"

#include <gmock/gmock.h>

#include <stdexcept>

#include "actors/slot.hpp"
#include "tests/fixtures/actor_fixture.hpp"

namespace fibrehub::actors::tests {

struct crash {};
struct finish {};

}  // namespace fibrehub::actors::tests

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::tests::crash)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::tests::finish)

namespace fibrehub::actors::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct diary {
  std::vector<std::string> lines;
};

struct worker_state {
  worker_state() = default;
  static inline const char* name = "worker";
};

caf::behavior worker(caf::stateful_actor<worker_state>* self, std::string id, bool stubborn,
                     std::shared_ptr<diary> log) {
  self->attach_functor([id, log](const caf::error&) { log->lines.push_back("-" + id); });
  if (stubborn) self->set_exit_handler([](caf::exit_msg&) {});
  return {[self](crash) { self->quit(store::failure("crashed")); },
          [self](finish) { self->quit(); }};
}

class Supervisor : public fixtures::actor_fixture {
 protected:
  /// A child that notes "+id" when it starts and "-id" when it ends.
  child_spec child(const std::string& id, restart_policy policy = restart_policy::permanent,
                   bool stubborn = false) {
    auto place = slots_[id] = std::make_shared<slot<>>();
    return {
        .id = id,
        .start = [=, log = log_](caf::actor_system& sys) -> tl::expected<caf::actor, std::string> {
          log->lines.push_back("+" + id);
          auto started = store::spawn(sys, worker, id, stubborn, log);
          place->set(started);
          return started;
        },
        .restart = policy};
  }
  supervisor_options options(restart_strategy strategy = restart_strategy::one_for_one) {
    return {.name = "test",
            .strategy = strategy,
            .max_restarts = 5,
            .window = 5min,
            .backoff = {1s, 8s},
            .healthy_after = 1min,
            .random = [] { return 1.0; },
            .now = wall_clock()};
  }
  void start(supervisor_options with, std::vector<child_spec> children) {
    boss_ = spawn_supervisor(system(), std::move(with), std::move(children));
    watch(store::untyped(boss_));
    run();
  }
  template <class Message>
  void tell(const std::string& id, Message message) {
    ASSERT_TRUE(slots_.at(id)->send(message));
    run();
  }
  std::vector<std::string> diary_since_last() { return std::exchange(log_->lines, {}); }
  std::vector<child_report> reports() {
    return ask<std::vector<child_report>>(boss_, [](auto to) { return list_children{to}; }).value();
  }
  child_report report_of(const std::string& id) {
    for (auto& r : reports())
      if (r.id == id) return r;
    ADD_FAILURE() << "no child " << id;
    return {};
  }
  template <class Command>
  store::reply<child_report>::outcome command(Command what) {
    return ask<child_report>(boss_, [&](auto to) {
      what.to = to;
      return what;
    });
  }
  void TearDown() override {
    if (boss_) store::kill(boss_);
    run();
    for (auto& [id, place] : slots_)
      place->clear();
    boss_ = nullptr;
  }

  std::shared_ptr<diary> log_ = std::make_shared<diary>();
  std::map<std::string, std::shared_ptr<slot<>>> slots_;
  supervisor boss_;
};

TEST_F(Supervisor, StartsItsChildrenInTheOrderOfTheList) {
  start(options(), {child("a"), child("b"), child("c")});
  EXPECT_THAT(diary_since_last(), ElementsAre("+a", "+b", "+c"));
  EXPECT_EQ(report_of("b").state, child_state::running);
  EXPECT_EQ(report_of("b").restarts, 0U);
}

TEST_F(Supervisor, RestartsOnlyTheFailedChildAfterTheBackoff) {
  start(options(), {child("a"), child("b")});
  diary_since_last();
  tell("a", crash{});
  EXPECT_EQ(report_of("a").state, child_state::backing_off);
  EXPECT_EQ(report_of("a").last_reason, "crashed");
  advance(999ms);
  EXPECT_THAT(diary_since_last(), ElementsAre("-a"));
  advance(1ms);
  EXPECT_THAT(diary_since_last(), ElementsAre("+a"));
  EXPECT_EQ(report_of("a").state, child_state::running);
  EXPECT_EQ(report_of("a").restarts, 1U);
  EXPECT_EQ(report_of("b").restarts, 0U);
}

TEST_F(Supervisor, DoublesTheWaitWithEveryFailureUpToTheCap) {
  start(options(), {child("a")});
  std::vector<std::chrono::milliseconds> waits;
  for (int i = 0; i < 5; ++i) {
    tell("a", crash{});
    const auto from = elapsed();
    while (report_of("a").state != child_state::running && elapsed() - from < 20s)
      advance(500ms);
    waits.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(elapsed() - from));
  }
  EXPECT_THAT(waits, ElementsAre(1s, 2s, 4s, 8s, 8s));
}

TEST_F(Supervisor, SpreadsTheWaitWithTheRandomNumbersItIsGiven) {
  auto with = options();
  with.random = [] { return 0.25; };
  start(std::move(with), {child("a")});
  tell("a", crash{});
  advance(249ms);
  EXPECT_EQ(report_of("a").state, child_state::backing_off);
  advance(1ms);
  EXPECT_EQ(report_of("a").state, child_state::running);
}

TEST_F(Supervisor, StartsTheBackoffAnewAfterAHealthyMinute) {
  start(options(), {child("a")});
  for (int i = 0; i < 2; ++i) {
    tell("a", crash{});
    advance(10s);
  }
  advance(1min);
  tell("a", crash{});
  advance(999ms);
  EXPECT_EQ(report_of("a").state, child_state::backing_off);
  advance(1ms);
  EXPECT_EQ(report_of("a").state, child_state::running) << "one second, not four";
}

TEST_F(Supervisor, RestartsAllChildrenUnderOneForAll) {
  start(options(restart_strategy::one_for_all), {child("a"), child("b"), child("c")});
  diary_since_last();
  tell("b", crash{});
  EXPECT_THAT(diary_since_last(), ElementsAre("-b", "-c", "-a"))
      << "siblings stop in reverse order";
  advance(1s);
  EXPECT_THAT(diary_since_last(), ElementsAre("+a", "+b", "+c"));
}

TEST_F(Supervisor, RestartsTheFailedChildAndThoseAfterItUnderRestForOne) {
  start(options(restart_strategy::rest_for_one), {child("a"), child("b"), child("c"), child("d")});
  diary_since_last();
  tell("b", crash{});
  EXPECT_THAT(diary_since_last(), ElementsAre("-b", "-d", "-c"));
  advance(1s);
  EXPECT_THAT(diary_since_last(), ElementsAre("+b", "+c", "+d"));
  EXPECT_EQ(report_of("a").restarts, 0U);
}

TEST_F(Supervisor, ExtendsAGroupOnItsWayBackWhenAnEarlierChildFailsToo) {
  start(options(restart_strategy::rest_for_one), {child("a"), child("b"), child("c")});
  tell("c", crash{});
  advance(500ms);
  diary_since_last();
  tell("a", crash{});
  EXPECT_THAT(diary_since_last(), ElementsAre("-a", "-b"));
  advance(500ms);
  EXPECT_THAT(diary_since_last(), ElementsAre()) << "the first reminder is stale now";
  advance(500ms);
  EXPECT_THAT(diary_since_last(), ElementsAre("+a", "+b", "+c"));
}

TEST_F(Supervisor, DoesNotCountSiblingsThatItStoppedItself) {
  auto with = options(restart_strategy::one_for_all);
  with.max_restarts = 2;
  start(std::move(with), {child("a"), child("b"), child("c")});
  for (int i = 0; i < 2; ++i) {
    tell("a", crash{});
    advance(10s);
  }
  EXPECT_TRUE(alive(store::untyped(boss_)));
  EXPECT_EQ(report_of("b").restarts, 2U);
}

TEST_F(Supervisor, DoesNotCountASiblingThatDiesWhileItsTurnToStopComes) {
  auto with = options(restart_strategy::one_for_all);
  with.max_restarts = 1;
  start(std::move(with), {child("a"), child("b"), child("c", restart_policy::permanent, true)});
  slots_.at("b")->send(crash{});
  tell("a", crash{});
  advance(30s);
  EXPECT_TRUE(alive(store::untyped(boss_)));
  EXPECT_EQ(report_of("a").state, child_state::running);
  EXPECT_EQ(report_of("b").restarts, 1U);
  tell("a", crash{});
  advance(30s);
  EXPECT_TRUE(alive(store::untyped(boss_))) << "this is the first failure of a that counts";
}

TEST_F(Supervisor, GivesUpWithAnErrorWhenAChildFailsTooOften) {
  auto with = options();
  with.max_restarts = 3;
  start(std::move(with), {child("a"), child("b")});
  for (int i = 0; i < 3; ++i) {
    tell("a", crash{});
    advance(8s);
  }
  ASSERT_TRUE(alive(store::untyped(boss_)));
  diary_since_last();
  tell("a", crash{});
  EXPECT_THAT(end_of(store::untyped(boss_)).value_or(""),
              HasSubstr("child a failed more than 3 times within 300 s, last: crashed"));
  EXPECT_THAT(diary_since_last(), ElementsAre("-a", "-b")) << "it takes its children with it";
}

TEST_F(Supervisor, ForgetsFailuresOlderThanTheWindow) {
  auto with = options();
  with.max_restarts = 2;
  start(std::move(with), {child("a")});
  for (int i = 0; i < 8; ++i) {
    tell("a", crash{});
    advance(3min);
  }
  EXPECT_TRUE(alive(store::untyped(boss_)));
  EXPECT_EQ(report_of("a").restarts, 8U);
}

TEST_F(Supervisor, IsRestartedByItsOwnSupervisorWhenItGivesUp) {
  auto inner = options();
  inner.max_restarts = 0;
  auto nested =
      child_spec{.id = "inner",
                 .start = [inner, a = child("a")](
                              caf::actor_system& sys) -> tl::expected<caf::actor, std::string> {
                   return store::untyped(spawn_supervisor(sys, inner, {a}));
                 }};
  start(options(), {nested});
  tell("a", crash{});
  EXPECT_EQ(report_of("inner").state, child_state::backing_off);
  EXPECT_THAT(report_of("inner").last_reason, HasSubstr("child a failed"));
  diary_since_last();
  advance(1s);
  EXPECT_EQ(report_of("inner").state, child_state::running);
  EXPECT_THAT(diary_since_last(), ElementsAre("+a"));
}

TEST_F(Supervisor, LeavesATransientChildStoppedWhenItEndsInGoodOrder) {
  start(options(), {child("a", restart_policy::transient)});
  tell("a", finish{});
  advance(1min);
  EXPECT_EQ(report_of("a").state, child_state::stopped);
  EXPECT_EQ(report_of("a").last_reason, "normal");
}

TEST_F(Supervisor, RestartsATransientChildThatFailsAndAPermanentOneThatFinishes) {
  start(options(), {child("t", restart_policy::transient), child("p")});
  tell("t", crash{});
  tell("p", finish{});
  advance(1s);
  EXPECT_EQ(report_of("t").restarts, 1U);
  EXPECT_EQ(report_of("p").restarts, 1U);
}

TEST_F(Supervisor, NeverRestartsATemporaryChild) {
  start(options(),
        {child("good", restart_policy::temporary), child("bad", restart_policy::temporary)});
  tell("good", finish{});
  tell("bad", crash{});
  advance(1min);
  const auto all = reports();
  ASSERT_EQ(all.size(), 1U) << "one that ended well leaves no entry";
  EXPECT_EQ(all[0].id, "bad");
  EXPECT_EQ(all[0].state, child_state::failed);
  EXPECT_EQ(all[0].restarts, 0U);
}

TEST_F(Supervisor, CountsAStartThatThrowsAsAFailureAndTriesAgain) {
  int tries = 0;
  auto flaky = child("a");
  flaky.start = [&tries, real = flaky.start](
                    caf::actor_system& sys) -> tl::expected<caf::actor, std::string> {
    ++tries;
    if (tries == 1) throw std::runtime_error{"no such queue"};
    if (tries == 2) return tl::unexpected(std::string{"port is taken"});
    return real(sys);
  };
  start(options(), {flaky, child("b")});
  EXPECT_EQ(report_of("a").last_reason, "could not start: no such queue");
  EXPECT_EQ(report_of("b").state, child_state::running);
  advance(1s);
  EXPECT_EQ(report_of("a").last_reason, "could not start: port is taken");
  EXPECT_EQ(report_of("a").state, child_state::backing_off);
  advance(2s);
  EXPECT_EQ(report_of("a").state, child_state::running);
  EXPECT_EQ(tries, 3);
}

TEST_F(Supervisor, StopsWhatItHasStartedWhenALaterChildCannotStartUnderOneForAll) {
  bool broken = true;
  auto flaky = child("b");
  flaky.start = [&broken, real = flaky.start](
                    caf::actor_system& sys) -> tl::expected<caf::actor, std::string> {
    if (broken) return tl::unexpected(std::string{"not yet"});
    return real(sys);
  };
  start(options(restart_strategy::one_for_all), {child("a"), flaky, child("c")});
  EXPECT_THAT(diary_since_last(), ElementsAre("+a", "-a"));
  broken = false;
  advance(1s);
  EXPECT_THAT(diary_since_last(), ElementsAre("+a", "+b", "+c"));
}

TEST_F(Supervisor, StopsAndStartsAChildByRequest) {
  start(options(), {child("a")});
  const auto stopped = command(stop_child{"a", {}});
  EXPECT_EQ(stopped.value().state, child_state::stopped);
  advance(1min);
  EXPECT_EQ(report_of("a").state, child_state::stopped);
  EXPECT_EQ(command(start_child{"a", {}}).value().state, child_state::running);
}

TEST_F(Supervisor, IgnoresTheReminderOfABackoffThatWasCutShort) {
  start(options(), {child("a")});
  tell("a", crash{});
  EXPECT_EQ(command(stop_child{"a", {}}).value().state, child_state::stopped);
  advance(5s);
  EXPECT_EQ(report_of("a").state, child_state::stopped);
  EXPECT_EQ(command(start_child{"a", {}}).value().state, child_state::running);
  tell("a", crash{});
  EXPECT_EQ(command(start_child{"a", {}}).value().state, child_state::running) << "starts at once";
  diary_since_last();
  advance(1min);
  EXPECT_THAT(diary_since_last(), ElementsAre()) << "the old reminder starts no second one";
}

TEST_F(Supervisor, RestartsAChildByRequestWithoutCountingIt) {
  auto with = options();
  with.max_restarts = 0;
  start(std::move(with), {child("a")});
  diary_since_last();
  const auto done = command(restart_child{"a", "silent for 300 s", {}});
  EXPECT_EQ(done.value().state, child_state::running);
  EXPECT_EQ(done.value().restarts, 1U);
  EXPECT_EQ(done.value().last_reason, "restarted: silent for 300 s");
  EXPECT_THAT(diary_since_last(), ElementsAre("-a", "+a"));
}

TEST_F(Supervisor, AddsAndRemovesChildrenAtRunTime) {
  start(options(), {});
  EXPECT_EQ(command(add_child{child("a"), {}}).value().state, child_state::running);
  EXPECT_EQ(command(add_child{child("a"), {}}).error().code, store::errc::conflict);
  EXPECT_EQ(command(remove_child{"a", {}}).value().state, child_state::stopped);
  EXPECT_TRUE(reports().empty());
  EXPECT_EQ(command(stop_child{"a", {}}).error().code, store::errc::not_found);
}

TEST_F(Supervisor, KillsAChildThatDoesNotStopInTime) {
  start(options(), {child("a", restart_policy::permanent, true)});
  fixtures::answer<child_report> done;
  store::send(boss_, stop_child{"a", done.token()});
  advance(4'999ms);
  EXPECT_EQ(done.times(), 0U);
  EXPECT_EQ(report_of("a").state, child_state::stopping);
  advance(1ms);
  ASSERT_EQ(done.times(), 1U);
  EXPECT_EQ(done.get().value().state, child_state::stopped);
  EXPECT_EQ(done.get().value().last_reason, "kill");
}

TEST_F(Supervisor, IgnoresTheStopReminderOfAnEarlierStop) {
  auto spec = child("a");
  spec.start = [soft = spec.start, hard = child("a", restart_policy::permanent, true).start,
                times = 0](caf::actor_system& sys) mutable {
    return ++times == 1 ? soft(sys) : hard(sys);
  };
  start(options(), {spec});
  EXPECT_EQ(command(stop_child{"a", {}}).value().state, child_state::stopped);
  EXPECT_EQ(command(start_child{"a", {}}).value().state, child_state::running);
  advance(3s);
  fixtures::answer<child_report> done;
  store::send(boss_, stop_child{"a", done.token()});
  advance(4'999ms);
  EXPECT_EQ(report_of("a").state, child_state::stopping) << "it has five seconds of its own";
  advance(1ms);
  EXPECT_EQ(done.get().value().last_reason, "kill");
}

TEST_F(Supervisor, StopsItsChildrenInShutdownOrderAndThenEndsAsItWasTold) {
  auto a = child("a");
  auto b = child("b");
  auto c = child("c");
  a.shutdown_order = 2;
  b.shutdown_order = 1;
  c.shutdown_order = 3;
  start(options(), {a, b, c});
  diary_since_last();
  store::ask_to_stop(boss_);
  run();
  EXPECT_THAT(diary_since_last(), ElementsAre("-b", "-a", "-c"));
  EXPECT_EQ(end_of(store::untyped(boss_)), "user_shutdown");
}

TEST_F(Supervisor, RefusesRequestsWhileItShutsDown) {
  start(options(), {child("a", restart_policy::permanent, true)});
  store::ask_to_stop(boss_);
  run();
  EXPECT_EQ(command(add_child{child("b"), {}}).error().code, store::errc::unavailable);
  EXPECT_EQ(command(start_child{"a", {}}).error().code, store::errc::unavailable);
  advance(5s);
  EXPECT_EQ(end_of(store::untyped(boss_)), "user_shutdown");
}

TEST_F(Supervisor, TakesItsChildrenWithItWhenItIsKilled) {
  start(options(), {child("a"), child("b")});
  diary_since_last();
  store::kill(boss_);
  run();
  EXPECT_THAT(diary_since_last(), ::testing::UnorderedElementsAre("-a", "-b"));
}

TEST_F(Supervisor, KeepsTheFirstOfTwoChildrenWithOneName) {
  start(options(), {child("a"), child("a")});
  EXPECT_EQ(reports().size(), 1U);
  EXPECT_THAT(diary_since_last(), ElementsAre("+a"));
}

}  // namespace
}  // namespace fibrehub::actors::tests
