// Empties one peer's part of the outbox: takes what may leave, hands it to the peer, settles what
// became of it. What it holds is in flight in the store, so that nothing is lost with it. Of each
// group (a session, a mailbox) one thing is under way at a time, which also keeps lanes in order;
// what fails waits longer each time, a peer that says so is left alone, and so is one that keeps
// failing.
#pragma once

#include <atomic>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "domain/time.hpp"
#include "protocols/backoff.hpp"
#include "protocols/circuit_breaker.hpp"
#include "store/reply.hpp"

namespace fibrehub::actors {

/// How one attempt ended.
struct delivery_attempt {
  enum class outcome {
    done,
    again,     // nothing happened; later
    in_doubt,  // it may have happened; to be found out later
    refused,   // it never will happen
    held       // could not be tried now; spends no attempt
  };
  enum class scope { none, group, peer };

  outcome what = outcome::again;
  std::string status;                              // one line for people
  std::optional<std::chrono::milliseconds> after;  // instead of the back-off
  scope pause = scope::none;                       // who else waits for `after`
  bool peer_failed = false;                        // counts for the circuit breaker
};

/// What is settled about it.
struct delivery_end {
  delivery_attempt::outcome what = delivery_attempt::outcome::again;
  std::string status;
  domain::instant next_at{};  // of what is to be tried again
  bool spent = true;          // the attempt counts
};

/// Something taken out of the outbox.
struct delivery_item {
  std::int64_t id = 0;  // of its row
  std::string lane, group;
  std::uint32_t attempts = 1;  // this one included
  /// Begins the attempt; called back once, from any thread.
  std::function<void(std::function<void(delivery_attempt)>)> send;
  /// Settles it in the store; asked again until it succeeds.
  std::function<void(const delivery_end&, store::reply<bool>)> finish;
};

struct delivery_wish {
  std::size_t limit = 1;
  std::vector<std::string> busy_groups, busy_lanes;
  /// What is in flight in the store, but for these, is held by nobody any more: it may have been
  /// done.
  bool somebody_was_lost = false;
  /// Of those nothing was done: they were taken, and the news of it was lost.
  bool never_begun = false;
  std::vector<std::int64_t> held;
};
struct delivery_batch {
  std::vector<delivery_item> items;        // one per group at most
  std::optional<domain::instant> next_at;  // when more may leave
};

/// Since the start, and now; for metrics.
struct delivery_figures {
  std::atomic<std::uint64_t> done{0}, again{0}, in_doubt{0}, refused{0}, held{0};
  std::atomic<std::uint64_t> in_flight{0};
  std::atomic<bool> resting{false};  // the peer is left alone
};

struct delivery_options {
  std::string name;  // for the log
  std::function<void(delivery_wish, store::reply<delivery_batch>)> take;
  /// The wall clock; none: the system's.
  std::function<domain::instant()> now;
  std::uint64_t seed = 1;  // for jitter
  std::size_t max_in_flight = 8;
  /// Between two attempts of a group, and of a lane: at least this, at most half as much again.
  std::chrono::milliseconds group_gap{0}, lane_gap{0};
  protocols::backoff_policy backoff{std::chrono::milliseconds(5'000),
                                    std::chrono::milliseconds(3'600'000)};
  protocols::breaker_policy breaker;
  std::chrono::milliseconds idle{30'000};            // looks this often, whatever it is told
  std::chrono::milliseconds between_looks{1'000};    // when the last one found nothing
  std::chrono::milliseconds attempt_limit{180'000};  // longer than any attempt may take
  /// Told what keeps it from working; empty: nothing any more. Must not block.
  std::function<void(const std::string&)> tell;
  std::shared_ptr<delivery_figures> figures;
};

/// Something may have been added to the outbox.
struct outbox_grew {};

namespace detail {
/// To itself: look what may leave.
struct look {
  std::uint64_t generation = 0;
};
/// From the store.
struct taken {
  tl::expected<delivery_batch, store::error> batch;
};
/// From the peer.
struct attempted {
  std::uint64_t flight = 0;
  delivery_attempt how;
};
/// To itself: the attempt should have ended long ago.
struct attempt_overdue {
  std::uint64_t flight = 0;
};
/// From the store.
struct finished {
  std::uint64_t flight = 0;
  bool settled = false;
  std::string why;  // not
};
/// To itself: settle it now.
struct finish_now {
  std::uint64_t flight = 0;
};
}  // namespace detail

using delivery =
    caf::typed_actor<caf::reacts_to<outbox_grew>, caf::reacts_to<detail::look>,
                     caf::reacts_to<detail::taken>, caf::reacts_to<detail::attempted>,
                     caf::reacts_to<detail::attempt_overdue>, caf::reacts_to<detail::finished>,
                     caf::reacts_to<detail::finish_now>>;

delivery spawn_delivery(caf::actor_system& system, delivery_options options);

}  // namespace fibrehub::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::outbox_grew)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::detail::look)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::detail::taken)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::detail::attempted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::detail::attempt_overdue)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::detail::finished)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::detail::finish_now)
