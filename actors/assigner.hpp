// Has new tickets assigned by the rules, soon after the commit that made them. What it hears only
// wakes it: how far it has come stands in the database, so a restart leaves nothing out. While no
// rule is switched on it rests, and costs nothing.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>
#include <chrono>
#include <functional>

#include "store/assignment/assign.hpp"
#include "store/reply.hpp"

namespace fibrehub::actors {

/// There may be tickets to assign.
struct tickets_came {};
/// The rules have changed: look, even when there were none so far.
struct rules_changed {};
/// The event hub sends nothing more: listen anew, and look what was missed.
struct feed_broken {};
namespace detail {
/// To itself: run now.
struct assign_now {};
/// To itself: a run has come to its end.
struct assigned {
  tl::expected<store::assignment_run, store::error> outcome;
};
}  // namespace detail

using assigner = caf::typed_actor<caf::reacts_to<tickets_came>, caf::reacts_to<rules_changed>,
                                  caf::reacts_to<feed_broken>, caf::reacts_to<detail::assign_now>,
                                  caf::reacts_to<detail::assigned>>;

struct assigner_options {
  /// One run; answers through the token, from any thread. What the writer does.
  std::function<void(store::reply<store::assignment_run>)> run;
  /// Begins to listen to the event hub for the actor; false when there is no hub to listen to.
  std::function<bool(const assigner&)> listen;
  std::chrono::milliseconds gather{50};    // tickets that come together are assigned together
  std::chrono::milliseconds retry{5'000};  // after a run that failed
};

assigner spawn_assigner(caf::actor_system& system, assigner_options options);

}  // namespace fibrehub::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::tickets_came)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::rules_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::feed_broken)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::detail::assign_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::detail::assigned)
