// Counts of one bridge's deliveries; written on the io thread, read by its monitor.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "store/error.hpp"
#include "store/inbox.hpp"

namespace fibrehub::channels::waha {

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
};

}  // namespace fibrehub::channels::waha
