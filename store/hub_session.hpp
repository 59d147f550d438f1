// The writer's hold on the database: one connection, the lock that keeps a second hub waiting, the
// incarnation number that fences an older one, and the supply of internal ids.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "store/pq.hpp"

namespace fibrehub::store {

/// Another hub holds the database.
class held_by_another : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a process keeps of its connection when it is lost.
struct hub_identity {
  std::int64_t incarnation = 0;
  std::string backend;  // the server's process: its pid and when it started
};

class hub_session {
 public:
  /// Connects and takes the lock; throws connection_lost or held_by_another. `former` is this
  /// process's last connection, or nothing for the first. The server may not have noticed yet that
  /// it is gone: then its process is ended, so that it does not keep the lock from us.
  hub_session(const connection_options& options, const std::optional<hub_identity>& former);

  connection& db() { return db_; }
  const hub_identity& identity() const { return identity_; }

  /// Makes sure that `count` ids are at hand; may ask the database.
  void reserve_ids(std::size_t count);
  std::size_t ids_left() const { return static_cast<std::size_t>(last_id_ - next_id_ + 1); }
  /// The next id; reserve first.
  std::int64_t next_id() { return next_id_++; }

 private:
  bool take_lock();
  bool end_former(const hub_identity& former);

  connection db_;
  hub_identity identity_;
  std::int64_t next_id_ = 0;
  std::int64_t last_id_ = -1;
};

}  // namespace fibrehub::store
