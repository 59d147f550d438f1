// Ends a wait that no limit of the server's can end: a server that was stopped, a machine that
// died, a cable that was cut. libpq waits for an answer without a limit of its own; when the answer
// is overdue, the watch shuts the socket and libpq sees a lost connection.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace fibrehub::store {

class stall_watch {
 public:
  /// Watches over a socket, which must stay open until this object is gone.
  explicit stall_watch(int socket);
  ~stall_watch();
  stall_watch(const stall_watch&) = delete;
  stall_watch& operator=(const stall_watch&) = delete;

  /// The socket is shut unless `answered` comes within `limit`, a quarter of a second more or less.
  void expect_within(std::chrono::milliseconds limit);
  void answered() { due_ms_ = 0; }
  bool expecting() const { return due_ms_ != 0; }
  /// The socket was shut because an answer was overdue.
  bool cut() const { return cut_; }

 private:
  friend class stall_watcher;
  const int socket_;
  std::atomic<std::int64_t> due_ms_{0};  // on the steady clock; 0: nothing is expected
  std::atomic<bool> cut_{false};
};

}  // namespace fibrehub::store
