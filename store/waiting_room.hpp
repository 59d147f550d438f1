// Messages on their way through the writer, and who waits for each of them.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>

#include "store/inbox.hpp"
#include "store/reply.hpp"
#include "store/store_status.hpp"

namespace fibrehub::store {

/// Collects the answers for the messages of one fetch.
struct fetch_job {
  reply<ingest_batch_result> done;
  ingest_batch_result results;
  std::size_t open = 0;
  std::optional<error> failure;

  void settle(std::size_t index, tl::expected<ingest_result, error> result);
};

/// One message waiting for its commit.
struct waiting_message {
  ingest item;
  reply<ingest_result> done;
  std::shared_ptr<fetch_job> job;  // instead of `done`: part of a fetch
  std::size_t index = 0;
  std::size_t bytes = 0;
  std::uint64_t looked_up = 0;  // the cache generation the database was asked in, 0: not asked
  std::chrono::steady_clock::time_point give_up_at;

  /// False: who sent it has left, nothing may be done for it any more.
  bool claim() const { return job || done.claim(); }
  void unclaim() const {
    if (!job) done.unclaim();
  }
  void answer(tl::expected<ingest_result, error> result) const;
};

/// Addresses stay valid while messages are added at the end.
using message_batch = std::deque<waiting_message>;

/// The queue in front of the writer, bounded in number and bytes.
class waiting_room {
 public:
  waiting_room(std::size_t max_requests, std::size_t max_bytes,
               std::shared_ptr<store_status> status)
      : max_requests_(max_requests), max_bytes_(max_bytes), status_(std::move(status)) {}

  /// Adds it at the end, or answers `overloaded`.
  void add(waiting_message message);
  bool empty() const { return queue_.empty(); }
  std::size_t size() const { return queue_.size(); }
  waiting_message& front() { return queue_.front(); }
  /// Those at the front, to look at.
  waiting_message& at(std::size_t i) { return queue_[i]; }
  waiting_message take_front();
  /// Puts a batch back in front of everybody else, its claims taken back.
  void put_back(message_batch batch);
  /// Answers those who have waited as long as they may.
  void send_away_the_late(std::chrono::steady_clock::time_point now, const error& why);

 private:
  void changed() { status_->waiting = static_cast<std::int64_t>(queue_.size()); }
  std::deque<waiting_message> queue_;
  std::size_t bytes_ = 0;
  std::size_t max_requests_;
  std::size_t max_bytes_;
  std::shared_ptr<store_status> status_;
};

}  // namespace fibrehub::store
