// How the store is doing, readable from any thread: for readiness, metrics and the channels page.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace fibrehub::store {

enum class writer_state { starting, connected, standby, disconnected };

class store_status {
 public:
  void set(writer_state state, std::string detail) {
    const std::lock_guard lock(mutex_);
    state_ = state;
    detail_ = std::move(detail);
  }
  writer_state state() const {
    const std::lock_guard lock(mutex_);
    return state_;
  }
  std::string detail() const {
    const std::lock_guard lock(mutex_);
    return detail_;
  }

  std::atomic<std::int64_t> incarnation{0};
  std::atomic<std::uint64_t> batches{0};
  std::atomic<std::uint64_t> messages{0};
  std::atomic<std::uint64_t> duplicates{0};
  std::atomic<std::uint64_t> conflicts{0};
  std::atomic<std::uint64_t> reviews{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> reconnects{0};
  std::atomic<std::int64_t> waiting{0};             // requests in the waiting room now
  std::atomic<std::int64_t> in_flight_since_us{0};  // when the batch under way was sent; 0: none
  std::atomic<std::uint64_t> commit_us{0};          // time spent in batches, in all
  std::atomic<std::uint64_t> notifications{0};      // made since the start, in the application
  std::atomic<std::uint64_t> parked_changes{0};     // messages that something waits for
  std::atomic<std::uint64_t> search_due{0};         // texts that wait to be indexed
  std::atomic<std::uint64_t> outbox_given_up{0};    // rows since the start: too late
  std::atomic<std::uint64_t> rows_tidied{0};        // deleted by the upkeep since the start
  // The outbox when it was last looked at; the notifier's.
  std::atomic<std::uint64_t> outbox_ready{0}, outbox_inflight{0}, outbox_done{0}, outbox_dead{0};
  std::atomic<std::int64_t> outbox_oldest_us{
      0};  // when the oldest that could leave was made; 0: none

 private:
  mutable std::mutex mutex_;
  writer_state state_ = writer_state::starting;
  std::string detail_;
};

}  // namespace fibrehub::store
