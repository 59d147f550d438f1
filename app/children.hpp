// Small makers of supervised children, shared by the parts of the composition.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "actors/slot.hpp"
#include "actors/supervisor.hpp"

namespace fibrehub::app {

/// A start function that puts every new incarnation of the child into `slot`.
template <class Handle, class Spawn>
actors::start_function into_slot(actors::slot<Handle>& slot, Spawn spawn) {
  return [&slot, spawn](caf::actor_system& system) -> tl::expected<caf::actor, std::string> {
    Handle handle = spawn(system);
    slot.set(handle);
    return store::untyped(handle);
  };
}

/// A supervisor as the child of another one.
inline actors::child_spec supervised(std::string id, int shutdown_order,
                                     actors::restart_strategy strategy,
                                     std::function<std::vector<actors::child_spec>()> children,
                                     actors::slot<actors::supervisor>& slot) {
  actors::child_spec spec;
  spec.id = std::move(id);
  spec.shutdown_order = shutdown_order;
  // Longer than any of its own children may take.
  spec.stop_within = std::chrono::seconds{7};
  actors::supervisor_options options;
  options.name = spec.id;
  options.strategy = strategy;
  spec.start =
      into_slot(slot, [options, children = std::move(children)](caf::actor_system& system) {
        return actors::spawn_supervisor(system, options, children());
      });
  return spec;
}

}  // namespace fibrehub::app
