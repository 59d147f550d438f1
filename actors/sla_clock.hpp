// The SLA clock of one open ticket: an actor of its own, a kilobyte or so, that knows when its two
// clocks want to be looked at next. Commits tell it, through the clock service, and the service's
// wheel reminds it. What a reminder says is held against what the clock knows: a stale one ends
// here. It never reads the time and never waits, so a million of them cost nothing while they rest.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>
#include <caf/typed_actor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "domain/time.hpp"
#include "store/sla/evaluate_clocks.hpp"

namespace fibrehub::actors {

/// One of the ticket's clocks was made or moved: when it wants to be looked at, nothing while it
/// stands.
struct clock_set {
  bool is_resolution = false;
  std::optional<domain::instant> at;
};
/// The time it was armed for has come.
struct clock_reminder {
  bool is_resolution = false;
  domain::instant at;
  std::uint64_t round = 0;  // for the answer
};
/// What a clock says to a reminder.
struct clock_answer {
  store::clock_key clock;
  domain::instant at;
  std::uint64_t round = 0;
  bool is_due = false;  // else the reminder was stale
};

using sla_clock = caf::typed_actor<
    // Remembers when to be looked at.
    caf::reacts_to<clock_set>,
    // Says whether it is due.
    caf::reacts_to<clock_reminder>>;

/// Whom a clock answers; shared by all of them. From any thread.
using clock_answers = std::function<void(clock_answer)>;

sla_clock spawn_sla_clock(caf::actor_system& system, std::int64_t ticket_id,
                          std::shared_ptr<const clock_answers> answer);

}  // namespace fibrehub::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::clock_set)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::clock_reminder)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::clock_answer)
