// How a coroutine on the io thread asks an actor: `co_await ask<T>(gate, limit, send)` gives the
// answer, or says why there is none; it never hangs and never blocks the thread.
// Costs Asio: include it from .cpp files only.
#pragma once

#include <spdlog/spdlog.h>

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "store/error.hpp"
#include "store/reply.hpp"

namespace fibrehub::actors {

namespace detail {
struct bridge_access;

/// A question that waits, as the gate's list of deadlines sees it.
struct deadline_node {
  deadline_node() = default;
  deadline_node(const deadline_node&) = delete;
  deadline_node& operator=(const deadline_node&) = delete;
  virtual ~deadline_node() = default;
  /// Its time is over: give up, or be put back to look again later.
  virtual void overdue(std::chrono::steady_clock::time_point now) = 0;

  std::uint64_t due_tick = 0;
  deadline_node* previous = nullptr;
  deadline_node* next = nullptr;
};
}  // namespace detail

/// Counts the questions under way and refuses what is above the limit; one coarse timer serves the
/// deadlines of all of them. Belongs to one io thread; the counters may be read from any.
/// It must outlive the coroutines that use it, and its io_context the actor system.
class in_flight_gate {
 public:
  using clock = std::chrono::steady_clock;

  struct counters {
    std::atomic<std::size_t> in_flight{0};    // tokens alive, whether still waited for or not
    std::atomic<std::uint64_t> refused{0};    // above the limit
    std::atomic<std::uint64_t> gave_up{0};    // not begun within the caller's patience
    std::atomic<std::uint64_t> outlasted{0};  // begun, but not answered within the hard limit
  };

  in_flight_gate(boost::asio::any_io_executor executor, std::size_t limit,
                 std::chrono::milliseconds hard_limit = std::chrono::seconds{30},
                 std::chrono::milliseconds tick = std::chrono::milliseconds{25});
  in_flight_gate(const in_flight_gate&) = delete;
  in_flight_gate& operator=(const in_flight_gate&) = delete;

  const counters& count() const { return *counters_; }
  std::size_t in_flight() const { return counters_->in_flight.load(std::memory_order_relaxed); }
  std::size_t limit() const { return limit_; }

 private:
  friend struct detail::bridge_access;

  bool enter();
  void watch(detail::deadline_node& node, clock::time_point due);
  void unwatch(detail::deadline_node& node);
  void arm();
  void sweep();
  std::uint64_t tick_of(clock::time_point at) const;

  std::size_t limit_;
  std::chrono::milliseconds hard_limit_;
  clock::duration tick_;
  std::shared_ptr<counters> counters_ = std::make_shared<counters>();
  // A ring of lists, one per tick; a node further away than one turn is passed over until its turn.
  std::vector<detail::deadline_node*> ring_;
  std::size_t watched_ = 0;
  std::uint64_t swept_ = 0;  // the last tick that was looked at
  bool armed_ = false;
  boost::asio::steady_timer timer_;
};

namespace detail {

/// What a question may use of its gate.
struct bridge_access {
  using clock = in_flight_gate::clock;
  static bool enter(in_flight_gate& gate) { return gate.enter(); }
  static void watch(in_flight_gate& gate, deadline_node& node, clock::time_point due) {
    gate.watch(node, due);
  }
  static void unwatch(in_flight_gate& gate, deadline_node& node) { gate.unwatch(node); }
  static auto counters_of(in_flight_gate& gate) { return gate.counters_; }
  static auto hard_limit_of(const in_flight_gate& gate) { return gate.hard_limit_; }
};

store::error overloaded(std::size_t limit);
store::error gave_up(std::chrono::milliseconds after);
store::error outlasted();

/// One question under way. Owned by the token's delivery function (and a posted completion), so it
/// goes, and leaves the count, when the last copy of the token has gone. All but `deliver` and the
/// destructor runs on the io thread.
template <class T, class Handler>
class question final : public deadline_node,
                       public std::enable_shared_from_this<question<T, Handler>> {
 public:
  using outcome = typename store::reply<T>::outcome;
  using clock = in_flight_gate::clock;
  using executor = boost::asio::associated_executor_t<Handler>;

  question(in_flight_gate& gate, Handler&& handler, std::chrono::milliseconds patience)
      : gate_(gate),
        counters_(bridge_access::counters_of(gate)),
        work_(boost::asio::get_associated_executor(handler)),
        handler_(std::move(handler)),
        patience_(patience) {}
  ~question() override { counters_->in_flight.fetch_sub(1, std::memory_order_relaxed); }

  store::reply<T> begin() {
    store::reply<T> token{
        [me = this->shared_from_this()](outcome value) { me->deliver(std::move(value)); }};
    waiter_ = typename store::reply<T>::waiter{token};
    const auto now = clock::now();
    hard_deadline_ = now + patience_ + bridge_access::hard_limit_of(gate_);
    bridge_access::watch(gate_, *this, now + patience_);
    return token;
  }

  void overdue(clock::time_point now) override {
    if (waiter_.give_up(gave_up(patience_))) {
      counters_->gave_up.fetch_add(1, std::memory_order_relaxed);
    } else if (now < hard_deadline_) {
      // Claimed, or its answer is on the way here. A worker may take its claim back: ask again
      // soon.
      bridge_access::watch(gate_, *this,
                           std::min(hard_deadline_, now + std::chrono::milliseconds{250}));
    } else {
      counters_->outlasted.fetch_add(1, std::memory_order_relaxed);
      // Off the sweeper's stack; a late answer finds the handler gone.
      boost::asio::post(work_->get_executor(), [me = this->shared_from_this()] {
        me->complete(tl::unexpected(outlasted()));
      });
    }
  }

 private:
  /// On the answering thread, exactly once.
  void deliver(outcome value) {
    boost::asio::post(executor_,
                      [me = this->shared_from_this(), value = std::move(value)]() mutable {
                        me->complete(std::move(value));
                      });
  }

  void complete(outcome value) {
    if (!handler_) return;
    bridge_access::unwatch(gate_, *this);
    auto handler = std::move(*handler_);
    handler_.reset();
    work_.reset();
    std::move(handler)(std::move(value));
  }

  in_flight_gate& gate_;
  std::shared_ptr<in_flight_gate::counters> counters_;
  // Keeps the io thread running while somebody waits; gone once answered.
  std::optional<boost::asio::executor_work_guard<executor>> work_;
  std::optional<Handler> handler_;
  const executor executor_ = work_->get_executor();
  std::chrono::milliseconds patience_;
  clock::time_point hard_deadline_{};
  typename store::reply<T>::waiter waiter_;
};

}  // namespace detail

/// Asks an actor from a coroutine. `send(store::reply<T>)` puts the token into a message and sends
/// it; it is called on the coroutine's thread. Answers `overloaded` above the gate's limit without
/// calling `send`, `unavailable` when the worker has not claimed the token within `give_up_after`
/// or when it was lost unclaimed; `abandoned` when a claimed one was lost, or got no answer within
/// the hard limit after that (the outcome is then unknown; a late answer is dropped). Cannot be
/// cancelled.
template <class T, class Send>
boost::asio::awaitable<typename store::reply<T>::outcome> ask(
    in_flight_gate& gate, std::chrono::milliseconds give_up_after, Send send) {
  namespace asio = boost::asio;
  using outcome = typename store::reply<T>::outcome;
  return asio::async_initiate<const asio::use_awaitable_t<>, void(outcome)>(
      [&gate, give_up_after](auto handler, Send how) {
        using handler_type = decltype(handler);
        if (!detail::bridge_access::enter(gate)) {
          const auto executor = asio::get_associated_executor(handler);
          asio::post(executor, [h = std::move(handler), limit = gate.limit()]() mutable {
            std::move(h)(outcome{tl::unexpected(detail::overloaded(limit))});
          });
          return;
        }
        auto token = std::make_shared<detail::question<T, handler_type>>(gate, std::move(handler),
                                                                         give_up_after)
                         ->begin();
        try {
          how(std::move(token));
        } catch (const std::exception& e) {
          // The token went with the exception and has answered.
          spdlog::error("bridge: sending a question failed: {}", e.what());
        }
      },
      asio::use_awaitable, std::move(send));
}

}  // namespace fibrehub::actors
