#include "actors/bridge.hpp"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <stdexcept>
#include <thread>

#include "store/caf/caf.hpp"
#include "store/caf/config.hpp"

namespace fibrehub::actors::tests {

struct question_for_actor {
  int number = 0;
  store::reply<int> to;
};

}  // namespace fibrehub::actors::tests

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::tests::question_for_actor)

namespace fibrehub::actors::tests {
namespace {

using namespace std::chrono_literals;
using outcome = store::reply<int>::outcome;
using token = store::reply<int>;

class Bridge : public ::testing::Test {
 protected:
  /// Asks from a coroutine; the outcome lands in outcomes_.
  template <class Send>
  void ask_later(in_flight_gate& gate, std::chrono::milliseconds patience, Send send) {
    boost::asio::co_spawn(
        io_,
        [this, &gate, patience, send]() -> boost::asio::awaitable<void> {
          auto got = co_await ask<int>(gate, patience, send);
          outcomes_.push_back(std::move(got));
        },
        boost::asio::detached);
  }
  /// Runs what is ready without waiting for anything.
  void poll() {
    io_.restart();
    io_.poll();
  }
  /// Runs until nobody waits any more.
  void run() {
    io_.restart();
    io_.run();
  }
  boost::asio::io_context io_{1};
  std::vector<outcome> outcomes_;
};

TEST_F(Bridge, GivesTheAnswerOfTheWorker) {
  in_flight_gate gate{io_.get_executor(), 10};
  ask_later(gate, 1s, [](const token& to) { to.answer(42); });
  run();
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].value(), 42);
  EXPECT_EQ(gate.in_flight(), 0U);
}

TEST_F(Bridge, TakesTheAnswerFromAnotherThreadOntoItsOwn) {
  in_flight_gate gate{io_.get_executor(), 10};
  std::thread worker;
  std::thread::id resumed_on;
  boost::asio::co_spawn(
      io_,
      [&]() -> boost::asio::awaitable<void> {
        outcomes_.push_back(co_await ask<int>(gate, 5s, [&](token to) {
          worker = std::thread{[to = std::move(to)] { to.answer(1); }};
        }));
        resumed_on = std::this_thread::get_id();
      },
      boost::asio::detached);
  run();
  worker.join();
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].value(), 1);
  EXPECT_EQ(resumed_on, std::this_thread::get_id());
}

TEST_F(Bridge, RefusesAboveTheLimitWithoutSending) {
  in_flight_gate gate{io_.get_executor(), 2};
  std::vector<token> held;
  int sent = 0;
  for (int i = 0; i < 3; ++i) {
    ask_later(gate, 10s, [&](token to) {
      ++sent;
      held.push_back(std::move(to));
    });
  }
  poll();
  EXPECT_EQ(sent, 2);
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].error().code, store::errc::overloaded);
  EXPECT_EQ(gate.count().refused, 1U);
  EXPECT_EQ(gate.in_flight(), 2U);
  held.clear();
  poll();
  EXPECT_EQ(gate.in_flight(), 0U);
  ask_later(gate, 10s, [](const token& to) { to.answer(3); });
  run();
  EXPECT_EQ(outcomes_.back().value(), 3) << "there is room again";
}

TEST_F(Bridge, AnswersUnavailableWhenTheTokenIsLostBeforeAnybodyClaimedIt) {
  in_flight_gate gate{io_.get_executor(), 10};
  ask_later(gate, 10s, [](const token&) {});
  run();
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].error().code, store::errc::unavailable);
}

TEST_F(Bridge, AnswersAbandonedWhenAClaimedTokenIsLost) {
  in_flight_gate gate{io_.get_executor(), 10};
  ask_later(gate, 10s, [](const token& to) { EXPECT_TRUE(to.claim()); });
  run();
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].error().code, store::errc::abandoned);
}

TEST_F(Bridge, AnswersUnavailableWhenSendingThrows) {
  in_flight_gate gate{io_.get_executor(), 10};
  ask_later(gate, 10s, [](const token&) { throw std::runtime_error{"no mailbox"}; });
  run();
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].error().code, store::errc::unavailable);
}

TEST_F(Bridge, GivesUpWhenTheWorkerHasNotBegunInTime) {
  in_flight_gate gate{io_.get_executor(), 10, 1s, 1ms};
  token held;
  ask_later(gate, 5ms, [&](token to) { held = std::move(to); });
  const auto begun = std::chrono::steady_clock::now();
  run();
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 5ms);
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].error().code, store::errc::unavailable);
  EXPECT_FALSE(held.claim()) << "the worker must not begin any more";
  EXPECT_EQ(gate.count().gave_up, 1U);
  EXPECT_EQ(gate.in_flight(), 1U) << "the token still takes room in the worker's mailbox";
  held = {};
  EXPECT_EQ(gate.in_flight(), 0U);
}

TEST_F(Bridge, WaitsForTheRealAnswerOnceTheWorkerHasBegun) {
  in_flight_gate gate{io_.get_executor(), 10, 10s, 1ms};
  token held;
  ask_later(gate, 2ms, [&](token to) {
    to.claim();
    held = std::move(to);
  });
  boost::asio::steady_timer later{io_, 30ms};
  later.async_wait([&](auto) {
    EXPECT_TRUE(outcomes_.empty());
    held.answer(9);
  });
  run();
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].value(), 9);
}

TEST_F(Bridge, GivesUpAfterAllWhenTheWorkerTakesItsClaimBack) {
  in_flight_gate gate{io_.get_executor(), 10, 60s, 1ms};
  token held;
  ask_later(gate, 2ms, [&](token to) {
    to.claim();
    held = std::move(to);
  });
  boost::asio::steady_timer later{io_, 10ms};
  later.async_wait([&](auto) { held.unclaim(); });
  run();
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].error().code, store::errc::unavailable);
}

TEST_F(Bridge, AnswersAbandonedAtTheHardLimitAndIgnoresTheLateAnswer) {
  in_flight_gate gate{io_.get_executor(), 10, 20ms, 1ms};
  token held;
  ask_later(gate, 2ms, [&](token to) {
    to.claim();
    held = std::move(to);
  });
  run();
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].error().code, store::errc::abandoned);
  EXPECT_EQ(gate.count().outlasted, 1U);
  EXPECT_TRUE(held.answer(5));
  held = {};
  run();
  EXPECT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(gate.in_flight(), 0U);
}

TEST_F(Bridge, EndsEveryQuestionInTurnWhateverItsPatience) {
  in_flight_gate gate{io_.get_executor(), 1'000, 1s, 1ms};
  std::vector<token> held;
  // Longer than one turn of the ring (512 ticks) too.
  for (const auto patience : {1ms, 3ms, 40ms, 600ms, 2ms, 520ms})
    ask_later(gate, patience, [&](token to) { held.push_back(std::move(to)); });
  const auto begun = std::chrono::steady_clock::now();
  run();
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 600ms);
  EXPECT_EQ(outcomes_.size(), 6U);
  EXPECT_EQ(gate.count().gave_up, 6U);
}

caf::behavior sums(caf::event_based_actor* self) {
  return {[self](const question_for_actor& question) {
    if (question.number < 0) {
      self->quit(store::failure("negative"));
      return;
    }
    if (question.to.claim()) question.to.answer(question.number + 1);
  }};
}

TEST_F(Bridge, AsksAnActorOnItsOwnThreadsManyTimesAtOnce) {
  store::actor_config config{2};
  caf::actor_system system{config};
  in_flight_gate gate{io_.get_executor(), 100};
  const auto who = store::spawn(system, sums);
  long sum = 0;
  for (int c = 0; c < 50; ++c) {
    boost::asio::co_spawn(
        io_,
        [&]() -> boost::asio::awaitable<void> {
          for (int i = 0; i < 200; ++i) {
            const auto got = co_await ask<int>(gate, 10s, [&](token to) {
              store::send(who, question_for_actor{i, std::move(to)});
            });
            if (got) sum += *got;
          }
        },
        boost::asio::detached);
  }
  run();
  EXPECT_EQ(sum, 50L * (200 * 201 / 2));
  store::kill(who);
  system.await_all_actors_done();
  EXPECT_EQ(gate.in_flight(), 0U);
}

TEST_F(Bridge, AnswersEveryQuestionWhenTheActorDiesUnderThem) {
  store::actor_config config{2};
  caf::actor_system system{config};
  in_flight_gate gate{io_.get_executor(), 1'000};
  const auto who = store::spawn(system, sums);
  for (int i = 0; i < 500; ++i) {
    ask_later(gate, 10s, [&, i](token to) {
      store::send(who, question_for_actor{i == 250 ? -1 : i, std::move(to)});
    });
  }
  run();
  EXPECT_EQ(outcomes_.size(), 500U);
  const auto answered = std::count_if(outcomes_.begin(), outcomes_.end(),
                                      [](const auto& o) { return o.has_value(); });
  EXPECT_EQ(answered, 250) << "those before the fatal one";
  system.await_all_actors_done();
  EXPECT_EQ(gate.in_flight(), 0U);
}

}  // namespace
}  // namespace fibrehub::actors::tests
