#include "actors/notifier.hpp"

#include <spdlog/spdlog.h>

#include "store/caf/caf.hpp"

namespace fibrehub::actors {
namespace {

struct notifier_state {
  notifier_state() = default;
  static inline const char* name = "notifier";
  notifier_options options;
};

using notifier_self = notifier::stateful_pointer<notifier_state>;

void begin(notifier_self self) {
  self->state.options.look();
  self->state.options.run(store::reply<store::digest_run>(
      [to = self->address()](tl::expected<store::digest_run, store::error> outcome) {
        // It may be told of its end only when it is still there.
        if (auto there = caf::actor_cast<caf::strong_actor_ptr>(to))
          store::send(caf::actor_cast<notifier>(there), detail::released{std::move(outcome)});
      }));
}

void end(notifier_self self, const detail::released& done) {
  const notifier_options& o = self->state.options;
  if (!done.outcome) {
    spdlog::warn("notifications: digests could not be released, trying again: {}",
                 done.outcome.error().message);
  } else if (done.outcome->people > 0) {
    spdlog::info("notifications: digests of {} people released", done.outcome->people);
  }
  const bool more = done.outcome && done.outcome->more;
  store::remind(self, more ? o.next : o.period, detail::release_now{});
}

notifier::behavior_type notifier_actor(notifier_self self, notifier_options options) {
  self->state.options = std::move(options);
  store::remind(self, self->state.options.next, detail::release_now{});
  return {
      [self](detail::release_now) { begin(self); },
      [self](const detail::released& done) { end(self, done); },
  };
}

}  // namespace

notifier spawn_notifier(caf::actor_system& system, notifier_options options) {
  return store::spawn(system, notifier_actor, std::move(options));
}

}  // namespace fibrehub::actors
