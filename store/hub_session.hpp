// The writer's hold on the database: one connection, the lock that keeps a second hub waiting, the
// incarnation number that fences an older one, and the supply of internal ids.
#pragma once

#include <cstdint>
#include <optional>

#include "store/pq.hpp"

namespace fibrehub::store {

/// Another hub holds the database.
class held_by_another : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class hub_session {
 public:
  /// Connects and takes the lock; throws connection_lost or held_by_another. `incarnation` is a
  /// number from an earlier connection of this process, or nothing for a new one.
  hub_session(const connection_options& options, std::optional<std::int64_t> incarnation);

  connection& db() { return db_; }
  std::int64_t incarnation() const { return incarnation_; }

  /// Makes sure that `count` ids are at hand; may ask the database.
  void reserve_ids(std::size_t count);
  std::size_t ids_left() const { return static_cast<std::size_t>(last_id_ - next_id_ + 1); }
  /// The next id; reserve first.
  std::int64_t next_id() { return next_id_++; }

 private:
  connection db_;
  std::int64_t incarnation_ = 0;
  std::int64_t next_id_ = 0;
  std::int64_t last_id_ = -1;
};

}  // namespace fibrehub::store
