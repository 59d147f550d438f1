#include "store/caf/config.hpp"

#include <algorithm>
#include <caf/atom.hpp>
#include <thread>

namespace fibrehub::store {

std::size_t default_worker_threads() {
  return std::max<std::size_t>(2, std::thread::hardware_concurrency());
}

void set_up(caf::actor_system_config& config, std::size_t worker_threads) {
  if (worker_threads == 0) worker_threads = default_worker_threads();
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", worker_threads);
  config.set("scheduler.max-throughput", std::size_t{300});
  config.set("logger.console", caf::atom("none"));
  config.set("logger.verbosity", caf::atom("quiet"));
  config.set("logger.console-verbosity", caf::atom("quiet"));
  config.set("logger.file-verbosity", caf::atom("quiet"));
}

}  // namespace fibrehub::store
