// Passes committed events on to live listeners (the web's event streams, the clocks), numbers them,
// and remembers the last ten thousand so that a listener that was cut off misses nothing.
#pragma once

#include <array>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "store/events.hpp"
#include "store/reply.hpp"

namespace fibrehub::actors {

/// A text made when it is first wanted and then shared by everybody who wants it.
class shared_text {
 public:
  template <class Make>
  const std::string& get(Make&& make) const {
    std::call_once(once_, [&] { text_ = std::forward<Make>(make)(); });
    return text_;
  }

 private:
  mutable std::once_flag once_;
  mutable std::string text_;
};

/// A numbered event on its way to listeners, with what they made of it: however many there are, it
/// is written out once in each form.
struct event : store::committed_event {
  event() = default;
  explicit event(store::committed_event&& e) : store::committed_event(std::move(e)) {}
  std::array<shared_text, 6> forms;  // what is which is the listeners' own matter
};

/// A listener. Called on the hub's thread: must be thread-safe, quick, and must not throw.
class event_sink {
 public:
  virtual ~event_sink() = default;
  /// It is being added: what comes, comes after the event of this id. What it has missed is offered
  /// next, before `caught_up`; there may be as much as the hub remembers.
  virtual void begins(const std::string& after_id) { static_cast<void>(after_id); }
  virtual void caught_up() {}
  /// Takes one event; false: "I cannot keep up, drop me".
  virtual bool offer(const std::shared_ptr<const event>& what) = 0;
  /// The hub sends nothing more (dropped, or the hub has ended): the listener should come again
  /// with the last id it saw.
  virtual void closed() noexcept {}
};

/// Adds a listener. With the last id it has seen it first gets what came after; when the hub no
/// longer knows that, it gets one event of kind "reset" instead: read everything anew.
struct subscribe {
  std::shared_ptr<event_sink> sink;
  std::optional<std::string> last_event_id;
};
/// Removes a listener without calling it again.
struct unsubscribe {
  std::shared_ptr<event_sink> sink;
};
struct event_hub_stats {
  std::size_t subscribers = 0;
  std::uint64_t published = 0;      // events since the start
  std::uint64_t dropped_sinks = 0;  // listeners dropped because they were slow
  std::string newest_id;
};
/// What the hub is doing.
struct get_event_hub_stats {
  store::reply<event_hub_stats> to;
};

/// `store::committed_events`: numbers the events of one commit and hands them to all listeners.
using event_hub =
    caf::typed_actor<caf::reacts_to<store::committed_events>, caf::reacts_to<subscribe>,
                     caf::reacts_to<unsubscribe>, caf::reacts_to<get_event_hub_stats>>;

inline constexpr std::size_t default_ring_size = 10'000;

/// Ids are "<incarnation>-<n>" with n from 1. Every start needs an incarnation of its own (for a
/// restart inside one process for example "17.1"), else ids would repeat.
event_hub spawn_event_hub(caf::actor_system& system, std::string incarnation,
                          std::size_t ring_size = default_ring_size);

}  // namespace fibrehub::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::committed_events)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::subscribe)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::unsubscribe)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::get_event_hub_stats)
