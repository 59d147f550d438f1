// Has digests released when their time has come, and the outbox's figures read anew. What is due
// stands in the database: a restart leaves nothing out and repeats nothing.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>
#include <chrono>
#include <functional>

#include "store/notify/digest.hpp"
#include "store/reply.hpp"

namespace fibrehub::actors {

namespace detail {
/// To itself: release what is due.
struct release_now {};
/// To itself: a run has come to its end.
struct released {
  tl::expected<store::digest_run, store::error> outcome;
};
}  // namespace detail

using notifier =
    caf::typed_actor<caf::reacts_to<detail::release_now>, caf::reacts_to<detail::released>>;

struct notifier_options {
  /// One run; answers through the token, from any thread. What the writer does.
  std::function<void(store::reply<store::digest_run>)> run;
  /// Begins to read the figures; must not wait for them.
  std::function<void()> look;
  std::chrono::milliseconds period{30'000};
  std::chrono::milliseconds next{50};  // when there is more
};

notifier spawn_notifier(caf::actor_system& system, notifier_options options);

}  // namespace fibrehub::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::detail::release_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::detail::released)
