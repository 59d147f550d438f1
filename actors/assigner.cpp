#include "actors/assigner.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "store/caf/caf.hpp"

namespace fibrehub::actors {
namespace {

struct assigner_state {
  assigner_state() = default;
  static inline const char* name = "assigner";
  assigner_options options;
  bool active = true;      // a rule was switched on when we last looked
  bool scheduled = false;  // a run is due
  bool running = false;
  bool again = false;  // something came while a run was under way
  bool listening = false;
};

using assigner_self = assigner::stateful_pointer<assigner_state>;

void schedule(assigner_self self, std::chrono::milliseconds after) {
  assigner_state& s = self->state;
  if (s.running) {
    s.again = true;
    return;
  }
  if (std::exchange(s.scheduled, true)) return;
  store::remind(self, after, detail::assign_now{});
}

/// Listening comes before looking: what is made in between is heard of.
void begin(assigner_self self) {
  assigner_state& s = self->state;
  s.scheduled = false;
  if (!s.listening) s.listening = s.options.listen(assigner(self));
  s.running = true;
  s.again = false;
  s.options.run(store::reply<store::assignment_run>(
      [to = self->address()](tl::expected<store::assignment_run, store::error> outcome) {
        // It may be told of its end only when it is still there.
        if (auto there = caf::actor_cast<caf::strong_actor_ptr>(to))
          store::send(caf::actor_cast<assigner>(there), detail::assigned{std::move(outcome)});
      }));
}

void end(assigner_self self, const detail::assigned& done) {
  assigner_state& s = self->state;
  s.running = false;
  if (!done.outcome) {
    spdlog::warn("assignment: new tickets could not be assigned, trying again: {}",
                 done.outcome.error().message);
    schedule(self, s.options.retry);
    return;
  }
  s.active = done.outcome->active;
  if (done.outcome->assigned > 0)
    spdlog::info("assignment: {} of {} new tickets assigned", done.outcome->assigned,
                 done.outcome->seen);
  if (done.outcome->more || s.again) schedule(self, s.options.gather);
  if (!s.listening) schedule(self, s.options.retry);
}

assigner::behavior_type assigner_actor(assigner_self self, assigner_options options) {
  self->state.options = std::move(options);
  schedule(self, std::chrono::milliseconds{0});
  return {
      [self](tickets_came) {
        if (self->state.active) schedule(self, self->state.options.gather);
      },
      [self](rules_changed) {
        self->state.active = true;
        schedule(self, self->state.options.gather);
      },
      [self](feed_broken) {
        self->state.listening = false;
        schedule(self, self->state.options.retry);
      },
      [self](detail::assign_now) { begin(self); },
      [self](const detail::assigned& done) { end(self, done); },
  };
}

}  // namespace

assigner spawn_assigner(caf::actor_system& system, assigner_options options) {
  return store::spawn(system, assigner_actor, std::move(options));
}

}  // namespace fibrehub::actors
