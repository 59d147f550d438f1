// How an actor answers a caller that is not an actor, exactly once: a token that travels inside a
// message. If the actor dies, its mailbox is lost or the answer is forgotten, the last copy of the
// token answers, so that a waiting request can never hang: `unavailable` when nobody had claimed it
// (nothing was begun, so whoever changes anything claims first), else `abandoned`.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <tl/expected.hpp>
#include <utility>

#include "store/error.hpp"

namespace fibrehub::store {

template <class T>
class reply {
 public:
  using outcome = tl::expected<T, error>;
  using deliver_fn = std::function<void(outcome)>;

  /// Answers nobody.
  reply() = default;
  /// `deliver` is called exactly once, on the thread of whoever answers; it must not throw or
  /// block.
  explicit reply(deliver_fn deliver) : state_(std::make_shared<state>(std::move(deliver))) {}

  /// The worker is about to make it happen: from now on the waiting side cannot give up.
  /// False: the caller has left, nothing must be done for it any more.
  bool claim() const {
    if (!state_) return true;
    phase expected = phase::waiting;
    return state_->at.compare_exchange_strong(expected, phase::claimed) ||
           expected == phase::claimed;
  }

  /// Takes a claim back, so that the waiting side may give up again (the attempt has provably not
  /// happened).
  void unclaim() const {
    if (!state_) return;
    phase expected = phase::claimed;
    state_->at.compare_exchange_strong(expected, phase::waiting);
  }

  /// Gives the answer; false when there was one already.
  bool answer(outcome value) const { return state_ && state_->finish(std::move(value)); }

  /// The waiting side stops waiting; false when the worker has claimed or answered it.
  bool give_up(error why) const { return state_ && state_->give_up(std::move(why)); }

 private:
  struct state;

 public:
  /// The waiting side's view of a token: it can give up without keeping the token alive.
  class waiter {
   public:
    waiter() = default;
    explicit waiter(const reply& token) : state_(token.state_) {}
    bool give_up(error why) const {
      const auto alive = state_.lock();
      return alive && alive->give_up(std::move(why));
    }

   private:
    std::weak_ptr<state> state_;
  };

 private:
  enum class phase { waiting, claimed, answered };
  struct state {
    explicit state(deliver_fn fn) : deliver(std::move(fn)) {}
    state(const state&) = delete;
    state& operator=(const state&) = delete;
    ~state() {
      switch (at.load()) {
        case phase::waiting:
          deliver(
              tl::unexpected(error{errc::unavailable, "nobody took the request up; try again"}));
          break;
        case phase::claimed:
          deliver(tl::unexpected(
              error{errc::abandoned, "the request was dropped before it was answered"}));
          break;
        case phase::answered:
          break;
      }
    }
    bool finish(outcome value) {
      if (at.exchange(phase::answered) == phase::answered) return false;
      deliver(std::move(value));
      return true;
    }
    bool give_up(error why) {
      phase expected = phase::waiting;
      if (!at.compare_exchange_strong(expected, phase::answered)) return false;
      deliver(tl::unexpected(std::move(why)));
      return true;
    }
    deliver_fn deliver;
    std::atomic<phase> at{phase::waiting};
  };
  std::shared_ptr<state> state_;
};

}  // namespace fibrehub::store
