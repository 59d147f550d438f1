// How the hub sets up CAF: the scheduler that does not burn a core on fan-out, and silence on
// stdout.
#pragma once

#include <caf/actor_system_config.hpp>
#include <cstddef>

namespace fibrehub::store {

/// Worker threads the hub uses when nothing is configured: one per core, at least two.
std::size_t default_worker_threads();

/// Policy "sharing", `worker_threads` workers (0: the default above), 300 messages per turn, no log
/// output and nothing on stdout. `config` must outlive the actor system made from it.
void set_up(caf::actor_system_config& config, std::size_t worker_threads = 0);

/// The same as a value: `store::actor_config cfg; caf::actor_system system{cfg};`
struct actor_config : caf::actor_system_config {
  explicit actor_config(std::size_t worker_threads = 0) { set_up(*this, worker_threads); }
};

}  // namespace fibrehub::store
