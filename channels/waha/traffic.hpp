// Counts of one bridge's deliveries; written on the io thread, read by its monitor and by the
// keeper of its sessions.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "store/error.hpp"
#include "store/inbox.hpp"

namespace fibrehub::channels::waha {

/// What a delivery tells of its session.
struct session_sign {
  std::string session;  // empty: nothing is known
  bool is_inbound = false;
  std::optional<domain::session_status> status;
};

inline session_sign sign_of(const store::ingest& item) {
  session_sign out;
  std::visit(
      [&](const auto& what) {
        if constexpr (requires { what.session; }) out.session = what.session;
      },
      item.what);
  if (const auto* status = std::get_if<domain::session_status>(&item.what)) out.status = *status;
  if (const auto* m = std::get_if<domain::chat_message>(&item.what)) out.is_inbound = !m->from_me;
  return out;
}

/// When a session was last heard of, in microseconds; 0: not since it was asked last.
struct last_heard {
  std::int64_t any_us = 0;  // other than its state
  std::int64_t inbound_us = 0;
};

struct traffic {
  std::atomic<std::uint64_t> received{0}, stored{0}, duplicates{0}, conflicts{0}, reviews{0},
      errors{0};
  std::atomic<std::int64_t> last_success_us{0};
  std::atomic<std::int64_t> waiting{0};
  // Files of messages: to be fetched, and given up since the start.
  std::atomic<std::int64_t> files_waiting{0};
  std::atomic<std::uint64_t> files_lost{0};

  /// What keeps messages from leaving; empty: nothing.
  void set_sending_trouble(std::string what) {
    const std::lock_guard lock(mutex_);
    sending_trouble_ = std::move(what);
  }
  std::string sending_trouble() const {
    const std::lock_guard lock(mutex_);
    return sending_trouble_;
  }

  /// A delivery was committed.
  void heard(session_sign sign, domain::instant at) {
    if (sign.session.empty()) return;
    if (sign.status) {
      if (on_status) on_status(std::move(*sign.status));
      return;
    }
    const std::lock_guard lock(heard_mutex_);
    last_heard& last = heard_[sign.session];
    last.any_us = domain::to_us(at);
    if (sign.is_inbound) last.inbound_us = last.any_us;
  }
  /// What was heard since the last call, by session.
  std::unordered_map<std::string, last_heard> take_heard() {
    const std::lock_guard lock(heard_mutex_);
    return std::exchange(heard_, {});
  }
  /// Told of every state a session tells of. Set before the first delivery.
  std::function<void(domain::session_status)> on_status;

  void settled(store::disposition outcome, domain::instant at) {
    switch (outcome) {
      case store::disposition::stored:
      case store::disposition::kept:
        ++stored;
        break;
      case store::disposition::duplicate:
        ++duplicates;
        break;
      case store::disposition::conflict:
        ++conflicts;
        break;
      case store::disposition::review:
        ++reviews;
        break;
    }
    last_success_us = domain::to_us(at);
  }

 private:
  mutable std::mutex mutex_;
  std::string sending_trouble_;
  std::mutex heard_mutex_;
  std::unordered_map<std::string, last_heard> heard_;
};

}  // namespace fibrehub::channels::waha
