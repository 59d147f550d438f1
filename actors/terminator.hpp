// Ends the hub in order and in time: stage after stage, each asked to stop, then killed when its
// budget is over, and the whole within one total.
#pragma once

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "store/reply.hpp"

namespace fibrehub::actors {

struct named_actor {
  std::string name;
  caf::actor handle;
};

struct stop_stage {
  std::string name;
  /// Done first, for what is no actor: stop accepting, leave a group. Must return quickly.
  std::function<void()> act{};
  /// Who stops in this stage; asked when the stage begins, so that restarted actors are found.
  std::function<std::vector<named_actor>()> actors{};
  std::chrono::milliseconds budget{3'000};
};

struct stage_report {
  std::string name;
  std::chrono::milliseconds took{0};
  std::vector<std::string> killed{};  // did not stop in time, ended when killed
  std::vector<std::string> stuck{};   // did not even end when killed: it sits in a call
  std::string error{};                // what its act threw, or empty
};

struct shutdown_report {
  std::vector<stage_report> stages;
  std::chrono::milliseconds took{0};
  /// Everybody stopped when asked.
  bool clean() const;
  /// Somebody never ended: destroying the actor system would wait for it for ever, so leave the
  /// process with `std::_Exit` after the store has been flushed.
  bool somebody_is_stuck() const;
};

inline constexpr std::chrono::milliseconds default_shutdown_budget{10'000};

/// Runs the stages in order, once; answers when all are done, then ends.
struct terminate {
  std::vector<stop_stage> stages;
  std::chrono::milliseconds total = default_shutdown_budget;
  store::reply<shutdown_report> to;
};
namespace detail {
/// To itself: the current stage had its time.
struct stage_overdue {
  std::uint64_t generation = 0;
};
}  // namespace detail

using terminator =
    caf::typed_actor<caf::reacts_to<terminate>, caf::reacts_to<detail::stage_overdue>>;

terminator spawn_terminator(caf::actor_system& system);

/// Blocks the calling thread (main) until all stages are done. Runs on a thread of its own, so that
/// workers stuck in a call cannot hold it up.
shutdown_report shut_down(caf::actor_system& system, std::vector<stop_stage> stages,
                          std::chrono::milliseconds total = default_shutdown_budget);

}  // namespace fibrehub::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::terminate)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::detail::stage_overdue)
