// Where to find an actor that may be restarted: the start function puts the current handle in, and
// the web thread and other actors take it out for every message.
#pragma once

#include <mutex>
#include <optional>
#include <utility>

#include "store/caf/caf.hpp"

namespace fibrehub::actors {

/// Thread-safe. Clear every slot before the actor system goes (the terminator's last act): a handle
/// must not outlive it.
template <class Handle = caf::actor>
class slot {
 public:
  slot() = default;
  slot(const slot&) = delete;
  slot& operator=(const slot&) = delete;

  void set(Handle handle) {
    std::optional<Handle> old{std::move(handle)};  // released after the lock
    const std::lock_guard lock{mutex_};
    handle_.swap(old);
  }
  void clear() {
    std::optional<Handle> old;
    const std::lock_guard lock{mutex_};
    handle_.swap(old);
  }
  /// The living actor's handle, or nothing before the first start and after the end.
  std::optional<Handle> get() const {
    const std::lock_guard lock{mutex_};
    return handle_;
  }
  /// Sends to the living actor. False when there is none: the message, and with it any reply token
  /// inside, is destroyed and so answers `unavailable`.
  template <class Message>
  bool send(Message&& message) const {
    const auto to = get();
    if (to) store::send(*to, std::forward<Message>(message));
    return to.has_value();
  }

 private:
  mutable std::mutex mutex_;
  std::optional<Handle> handle_;
};

}  // namespace fibrehub::actors
