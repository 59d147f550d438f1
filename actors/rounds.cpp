#include "actors/rounds.hpp"

#include <spdlog/spdlog.h>

#include "store/caf/caf.hpp"

namespace fibrehub::actors {
namespace {

struct rounds_state {
  rounds_state() = default;
  static inline const char* name = "rounds";
  rounds_options options;
};

using rounds_self = rounds::stateful_pointer<rounds_state>;

void begin(rounds_self self) {
  self->state.options.run(
      store::reply<bool>([to = self->address()](tl::expected<bool, store::error> outcome) {
        // It may be told of the end only when it is still there.
        if (auto there = caf::actor_cast<caf::strong_actor_ptr>(to))
          store::send(caf::actor_cast<rounds>(there), detail::round_ended{std::move(outcome)});
      }));
}

void end(rounds_self self, const detail::round_ended& done) {
  const rounds_options& o = self->state.options;
  if (!done.more) spdlog::warn("{}: failed, trying again: {}", o.name, done.more.error().message);
  store::remind(self, done.more.value_or(false) ? o.next : o.period, detail::begin_round{});
}

rounds::behavior_type rounds_actor(rounds_self self, rounds_options options) {
  self->state.options = std::move(options);
  store::remind(self, self->state.options.next, detail::begin_round{});
  return {
      [self](detail::begin_round) { begin(self); },
      [self](const detail::round_ended& done) { end(self, done); },
  };
}

}  // namespace

rounds spawn_rounds(caf::actor_system& system, rounds_options options) {
  return store::spawn(system, rounds_actor, std::move(options));
}

}  // namespace fibrehub::actors
