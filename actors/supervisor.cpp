#include "actors/supervisor.hpp"

#include <memory>
#include <random>
#include <utility>

#include "actors/supervision.hpp"
#include "store/caf/caf.hpp"

namespace fibrehub::actors {
namespace {

double process_random() {
  thread_local std::mt19937_64 engine{std::random_device{}()};
  return std::uniform_real_distribution<double>{0.0, 1.0}(engine);
}

struct supervisor_state {
  supervisor_state() = default;
  static inline const char* name = "supervisor";
  std::unique_ptr<supervision> decide;
};

supervisor::behavior_type supervisor_actor(supervisor::stateful_pointer<supervisor_state> self,
                                           supervisor_options options,
                                           std::vector<child_spec> children) {
  self->state.decide = std::make_unique<supervision>(self, std::move(options), std::move(children));
  auto& decide = *self->state.decide;
  self->set_down_handler([&decide](caf::down_msg& down) { decide.handle_down(down); });
  self->set_exit_handler([&decide](caf::exit_msg& exit) {
    if (exit.reason) decide.shut_down(std::move(exit.reason));
  });
  store::send(supervisor{self}, detail::supervisor_boot{});
  return {
      [&decide](const list_children& message) { decide.handle(message); },
      [&decide](add_child& message) { decide.handle(message); },
      [&decide](const start_child& message) { decide.handle(message); },
      [&decide](const stop_child& message) { decide.handle(message); },
      [&decide](const restart_child& message) { decide.handle(message); },
      [&decide](const remove_child& message) { decide.handle(message); },
      [&decide](const detail::supervisor_boot&) { decide.boot(); },
      [&decide](const detail::recovery_due& message) { decide.handle(message); },
      [&decide](const detail::stop_overdue& message) { decide.handle(message); },
  };
}

}  // namespace

std::string_view name_of(child_state state) {
  switch (state) {
    case child_state::running:
      return "running";
    case child_state::stopping:
      return "stopping";
    case child_state::backing_off:
      return "backing_off";
    case child_state::stopped:
      return "stopped";
    case child_state::failed:
      return "failed";
  }
  return "unknown";
}

supervisor spawn_supervisor(caf::actor_system& system, supervisor_options options,
                            std::vector<child_spec> children) {
  if (!options.random) options.random = process_random;
  if (!options.now) {
    options.now = [] {
      return std::chrono::time_point_cast<std::chrono::microseconds>(
          std::chrono::system_clock::now());
    };
  }
  return store::spawn(system, supervisor_actor, std::move(options), std::move(children));
}

}  // namespace fibrehub::actors
