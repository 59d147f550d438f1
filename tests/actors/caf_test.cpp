#include "store/caf/caf.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <stdexcept>

#include "store/caf/config.hpp"
#include "tests/fixtures/actor_fixture.hpp"

namespace fibrehub::store::tests {

struct poke {
  std::string how;
  reply<std::string> to;
};
struct stranger {
  std::string body = "secret body";
};

}  // namespace fibrehub::store::tests

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::tests::poke)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::tests::stranger)

namespace fibrehub::store::tests {
namespace {

using poked = caf::typed_actor<accepts<poke>>;

struct poked_state {
  poked_state() = default;
  static inline const char* name = "poked";
  bool armed = false;
  caf::actor other;
};
struct aggregate_state {
  bool armed = false;
};
static_assert(actor_state<poked_state>);
static_assert(!actor_state<aggregate_state>);

poked::behavior_type poked_actor(poked::stateful_pointer<poked_state> self, std::string greeting) {
  if (greeting == "throw at birth") throw std::runtime_error{"stillborn"};
  return {[self, greeting](poke& message) {
    if (message.how == "throw") throw std::runtime_error{"boom"};
    if (message.how == "quit") self->quit(failure("had enough"));
    message.to.answer(greeting + (self->state.armed ? " armed" : " unarmed"));
  }};
}

class Caf : public fixtures::actor_fixture {};

TEST_F(Caf, StartsAnActorWithItsArgumentsAndAnUntouchedState) {
  const auto who = spawn(system(), poked_actor, "hello");
  const auto said = ask<std::string>(who, [](reply<std::string> to) {
    return poke{"", std::move(to)};
  });
  EXPECT_EQ(said.value(), "hello unarmed");
}

TEST_F(Caf, LogsAndCountsUnexpectedMessagesAndLivesOn) {
  const auto who = spawn(system(), poked_actor, "hello");
  watch(untyped(who));
  const auto before = faults_so_far();
  caf::anon_send(untyped(who), stranger{});
  run();
  EXPECT_EQ(faults_so_far().unexpected_messages, before.unexpected_messages + 1);
  EXPECT_TRUE(alive(untyped(who)));
}

TEST_F(Caf, DoesNotStartleTheSenderOfAnUnexpectedMessage) {
  const auto who = spawn(system(), poked_actor, "hello");
  const auto sender = spawn(system(), poked_actor, "sender");
  watch(untyped(sender));
  const auto before = faults_so_far();
  caf::send_as(untyped(sender), untyped(who), stranger{});
  run();
  EXPECT_TRUE(alive(untyped(sender)));
  EXPECT_EQ(faults_so_far().unexpected_messages, before.unexpected_messages + 1);
  EXPECT_EQ(faults_so_far().unhandled_errors, before.unhandled_errors);
}

TEST_F(Caf, EndsAnActorThatThrowsWithAnErrorThatSaysWhy) {
  const auto who = spawn(system(), poked_actor, "hello");
  watch(untyped(who));
  const auto before = faults_so_far();
  const auto said = ask<std::string>(who, [](reply<std::string> to) {
    return poke{"throw", std::move(to)};
  });
  EXPECT_EQ(said.error().code, errc::unavailable);
  EXPECT_EQ(end_of(untyped(who)), "exception: boom");
  EXPECT_EQ(faults_so_far().exceptions, before.exceptions + 1);
}

TEST_F(Caf, EndsAnActorWhoseBehaviourFunctionThrows) {
  const auto who = spawn(system(), poked_actor, "throw at birth");
  watch(untyped(who));
  run();
  EXPECT_EQ(end_of(untyped(who)), "exception: stillborn");
}

TEST_F(Caf, NamesTheReasonOfAnEnd) {
  const auto asked = spawn(system(), poked_actor, "a");
  const auto killed = spawn(system(), poked_actor, "b");
  const auto failed = spawn(system(), poked_actor, "c");
  for (const auto& who : {asked, killed, failed})
    watch(untyped(who));
  ask_to_stop(asked);
  kill(killed);
  send(failed, poke{"quit", {}});
  run();
  EXPECT_EQ(end_of(untyped(asked)), "user_shutdown");
  EXPECT_EQ(end_of(untyped(killed)), "kill");
  EXPECT_EQ(end_of(untyped(failed)), "had enough");
}

TEST_F(Caf, TellsOrderlyEndsFromFailures) {
  EXPECT_TRUE(is_orderly({}));
  EXPECT_TRUE(is_orderly(caf::make_error(caf::exit_reason::user_shutdown)));
  EXPECT_FALSE(is_orderly(caf::make_error(caf::exit_reason::kill)));
  EXPECT_FALSE(is_orderly(failure("x")));
}

TEST_F(Caf, AnswersUnavailableForMessagesThatWaitInTheMailboxOfAnActorThatIsKilled) {
  const auto who = spawn(system(), poked_actor, "hello");
  run();
  fixtures::answer<std::string> queued;
  kill(who);
  send(who, poke{"", queued.token()});
  EXPECT_EQ(queued.times(), 0U);
  run();
  ASSERT_EQ(queued.times(), 1U);
  EXPECT_EQ(queued.get().error().code, errc::unavailable);
}

TEST_F(Caf, AnswersUnavailableForMessagesToAnActorThatIsGone) {
  const auto who = spawn(system(), poked_actor, "hello");
  kill(who);
  run();
  const auto said = ask<std::string>(who, [](reply<std::string> to) {
    return poke{"", std::move(to)};
  });
  EXPECT_EQ(said.error().code, errc::unavailable);
}

TEST_F(Caf, FiresRemindersAtTheirOwnInstantInVirtualTime) {
  std::vector<std::string> seen;
  const auto who = spawn(system(), poked_actor, "hello");
  auto note = [&](const std::string& name) {
    return poke{
        "", reply<std::string>{[&seen, name, this](const auto&) {
          seen.push_back(fmt::format("{} at {}s", name, elapsed() / std::chrono::seconds{1}));
        }}};
  };
  caf::delayed_anon_send(who, std::chrono::seconds{30}, note("late"));
  caf::delayed_anon_send(who, std::chrono::seconds{10}, note("early"));
  EXPECT_EQ(advance(std::chrono::seconds{9}), 0U);
  EXPECT_TRUE(seen.empty());
  EXPECT_EQ(advance(std::chrono::seconds{60}), 2U);
  EXPECT_THAT(seen, ::testing::ElementsAre("early at 10s", "late at 30s"));
  EXPECT_EQ(elapsed(), std::chrono::seconds{69});
}

TEST(CafConfig, RunsActorsOnTheSharingSchedulerWithAtLeastTwoWorkers) {
  EXPECT_GE(default_worker_threads(), 2U);
  actor_config config;
  caf::actor_system system{config};
  EXPECT_EQ(caf::get_or(config, "scheduler.policy", caf::atom("none")), caf::atom("sharing"));
  EXPECT_EQ(system.scheduler().num_workers(), default_worker_threads());
  EXPECT_EQ(system.scheduler().max_throughput(), 300U);
  std::atomic<int> answers{0};
  {
    const auto who = spawn(system, poked_actor, "hello");
    for (int i = 0; i < 1000; ++i)
      send(who, poke{"", reply<std::string>{[&](const auto&) { ++answers; }}});
  }
  system.await_all_actors_done();
  EXPECT_EQ(answers, 1000);
}

}  // namespace
}  // namespace fibrehub::store::tests
