// Has every SLA clock looked at when its time has come. Each open ticket has a clock actor
// (actors/sla_clock.hpp), which this one starts, watches and ends; all of them are armed in one
// timing wheel. When one fires, its actor is reminded; those that are due are looked at together:
// the writer goes by the database's time and records what was crossed. The wheel only reminds: what
// it says is never believed, so a reminder that is stale, early, doubled or lost does no harm. The
// service hears of clocks from commits, reads all of them when it starts, and looks every half
// minute for those it should have heard of.
#pragma once

#include <atomic>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "actors/sla_clock.hpp"
#include "actors/time_gate.hpp"
#include "store/metrics.hpp"
#include "store/reply.hpp"
#include "store/sla/evaluate_clocks.hpp"

namespace fibrehub::actors {

/// These clocks were made or moved; in the order of commits.
struct clocks_moved {
  std::vector<store::clock_wake> wakes;
};
/// What was committed is not known: read all of them anew.
struct clocks_unknown {};
namespace detail {
/// To itself: a tick has passed.
struct clock_tick {};
/// To itself: a page of open clocks was read.
struct clocks_read {
  std::uint64_t reading = 0;  // which reading it belongs to
  bool is_sweep = false;
  tl::expected<std::vector<store::clock_wake>, store::error> page;
};
/// To itself: a round of evaluations has come to its end.
struct clocks_evaluated {
  tl::expected<store::evaluated_clocks, store::error> outcome;
};
}  // namespace detail

using clock_service =
    caf::typed_actor<caf::reacts_to<clocks_moved>, caf::reacts_to<clocks_unknown>,
                     caf::reacts_to<clock_answer>, caf::reacts_to<detail::clock_tick>,
                     caf::reacts_to<detail::clocks_read>, caf::reacts_to<detail::clocks_evaluated>>;

/// For metrics; outlives the actor.
struct clock_figures {
  std::atomic<std::uint64_t> armed{0};        // in the wheel now
  std::atomic<std::uint64_t> actors{0};       // one for each ticket with a clock that runs
  std::atomic<std::uint64_t> stale{0};        // reminders that a clock did not believe
  std::atomic<std::uint64_t> fired{0};        // looked at, since the start
  std::atomic<std::uint64_t> recorded{0};     // levels, since the start
  std::atomic<std::uint64_t> sent{0};         // of them those that people are told of
  store::histogram late;                      // between due and the commit of the look
  std::atomic<std::uint64_t> max_late_us{0};  // of the last round
  std::atomic<bool> held{false};              // the time is not believed
  std::atomic<bool> loaded{false};            // all open clocks are known
};

struct clock_service_options {
  /// Looks at these clocks; answers through the token, from any thread, after its commit was told
  /// of as clocks_moved. What the writer does.
  std::function<void(std::vector<store::clock_key>, store::reply<store::evaluated_clocks>)>
      evaluate;
  /// What readers do.
  std::function<void(store::list_clocks, store::reply<std::vector<store::clock_wake>>)> list;
  std::function<void(store::list_due_clocks, store::reply<std::vector<store::clock_wake>>)>
      list_due;
  std::function<sla_clock(caf::actor_system&, std::int64_t ticket_id,
                          std::shared_ptr<const clock_answers>)>
      start_clock = spawn_sla_clock;
  std::function<domain::instant()> now;
  std::function<time_gate::steady()> monotonic;
  std::shared_ptr<clock_figures> figures = std::make_shared<clock_figures>();
  std::chrono::milliseconds tick{10};
  std::size_t batch = 256;  // looked at in one transaction
  // While more are due than fit into one: a round costs as much as a hundred clocks.
  std::size_t storm_batch = 1'024;
  // After a long absence: what is late is looked at this often, so that sends do not come in a
  // flood.
  std::chrono::milliseconds late_from{60'000};
  std::size_t late_per_second = 1'000;
  std::chrono::milliseconds sweep{30'000};  // between looks for those that were not heard of
  std::chrono::milliseconds retry{1'000};   // after something that failed
};

clock_service spawn_clock_service(caf::actor_system& system, clock_service_options options);

}  // namespace fibrehub::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::clocks_moved)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::clocks_unknown)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::detail::clock_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::detail::clocks_read)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::detail::clocks_evaluated)
