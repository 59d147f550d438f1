// Everything CAF 1.x spells differently sits behind this header, so that a port touches one file.
// It also holds the two rules every actor of the hub obeys: its state is no aggregate, and none of
// CAF's default handlers (which print to stdout or quit without a word) stays in place.
// Include it from .cpp files only: it costs seconds per file; interfaces use <caf/fwd.hpp>.
#pragma once

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace fibrehub::store {

/// What an actor's state must be. CAF initialises it as `State(self)`, which would make the first
/// member of an aggregate out of the actor's own pointer. `my_state() = default;` is enough: in
/// C++20 a class with a declared constructor is no aggregate.
template <class S>
concept actor_state = !std::is_aggregate_v<S> && std::is_default_constructible_v<S>;

/// What went wrong inside actors since the process started; for metrics and tests.
struct actor_faults {
  std::uint64_t unexpected_messages = 0;  // nobody had a handler for it
  std::uint64_t exceptions = 0;           // a handler threw; the actor ended with an error
  std::uint64_t unhandled_errors = 0;     // an error answer nobody waited for
  std::uint64_t unexpected_downs = 0;     // a monitored actor ended and nobody minded
};
actor_faults faults_so_far();

/// Replaces the default, exception, down, exit and error handlers: what is unexpected is logged
/// (types only, never contents) and counted; an exception is logged and ends the actor with an
/// error, so that its supervisor restarts it; `exit` quits with the reason it names.
/// Call it first, then set the handlers the actor needs itself. `spawn` below does it.
void harden(caf::scheduled_actor* self);

/// Why an actor ended, as text for people: "user_shutdown", "kill", "runtime_error: …".
std::string reason_text(const caf::error& reason);

/// The reason with which an actor ends itself so that its supervisor sees a failure.
caf::error failure(std::string why);

/// True when this reason is an orderly end: normal or asked for.
bool is_orderly(const caf::error& reason);

namespace detail {
template <class Self>
struct state_check : std::true_type {};
template <class S, class Base>
struct state_check<caf::stateful_actor<S, Base>> : std::bool_constant<actor_state<S>> {};
}  // namespace detail

/// Starts a hardened actor from its behaviour function `fn(self, args…)`. The function runs on the
/// actor's own thread: when it throws, the actor ends with an error.
/// `spawn<caf::detached>(…)` gives it a thread of its own.
template <caf::spawn_options Os = caf::no_spawn_options, class Behavior, class Self,
          class... Params, class... Args>
auto spawn(caf::actor_system& system, Behavior (*fn)(Self*, Params...), Args&&... args) {
  static_assert(detail::state_check<Self>::value,
                "an actor's state must be default constructible and no aggregate");
  // Bound arguments travel as one argument of their own: without any, CAF binds a null reference.
  using bound_type = std::tuple<std::decay_t<Args>...>;
  return system.spawn<Os>(
      [fn](Self* self, const std::shared_ptr<bound_type>& bound) -> Behavior {
        harden(self);
        return std::apply([&](auto&... xs) { return fn(self, std::move(xs)...); }, *bound);
      },
      std::make_shared<bound_type>(std::forward<Args>(args)...));
}

/// One message type in a typed interface that has no direct answer (answers travel in reply
/// tokens).
template <class Message>
using accepts = caf::reacts_to<Message>;

/// Sends without a sender. Safe from any thread; a message to a dead actor is destroyed at once.
template <class Handle, class Message>
void send(const Handle& to, Message&& message) {
  caf::anon_send(to, std::forward<Message>(message));
}

/// The same, ahead of everything that waits in the receiver's mailbox with ordinary priority.
template <class Handle, class Message>
void send_urgent(const Handle& to, Message&& message) {
  caf::anon_send<caf::message_priority::high>(to, std::forward<Message>(message));
}

/// Sends to oneself after a while. It cannot be cancelled: carry a generation number and ignore
/// what is stale. For back-offs and polls only.
template <class Self, class Rep, class Period, class Message>
void remind(Self* self, std::chrono::duration<Rep, Period> after, Message&& message) {
  self->delayed_send(self, std::chrono::duration_cast<std::chrono::nanoseconds>(after),
                     std::forward<Message>(message));
}

/// Asks an actor to end in good order; it still handles what is in its mailbox before.
template <class Handle>
void ask_to_stop(const Handle& who) {
  caf::anon_send_exit(who, caf::exit_reason::user_shutdown);
}

/// Ends an actor whatever its handlers say, as soon as it looks into its mailbox.
template <class Handle>
void kill(const Handle& who) {
  caf::anon_send_exit(who, caf::exit_reason::kill);
}

/// A typed handle as an untyped one, for supervisors and shutdown lists.
template <class Handle>
caf::actor untyped(const Handle& handle) {
  return caf::actor_cast<caf::actor>(handle);
}

}  // namespace fibrehub::store
