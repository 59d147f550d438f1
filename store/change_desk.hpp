// Where changes wait for their turn on the writer's connection, and how one is made: its repetition
// is recognised by its key, its work runs in a transaction of its own, and its caller is answered
// after the commit.
#pragma once

#include <deque>
#include <exception>
#include <memory>

#include "store/change.hpp"
#include "store/hub_session.hpp"
#include "store/store_status.hpp"

namespace fibrehub::store {

class change_desk {
 public:
  /// What a committed change leaves behind.
  struct aftermath {
    std::vector<committed_event> events;
    std::vector<std::int64_t> tickets;
    std::vector<clock_wake> clocks = {};
    bool moves_chats = false;
    bool moves_sends = false;
    bool grows_outbox = false;
    std::exception_ptr lost = {};  // the connection, after all this was committed
  };

  change_desk(std::size_t limit, std::shared_ptr<store_status> status);

  bool empty() const { return queue_.empty(); }
  std::size_t size() const { return queue_.size(); }
  /// Takes it in, or sends it away when too many wait.
  void add(submit_change c);
  void send_away_the_late(std::chrono::steady_clock::time_point now, const error& why);

  /// Makes the change that has waited longest. Throws connection_lost after having answered.
  aftermath make_next(hub_session& session);

 private:
  std::size_t limit_;
  std::shared_ptr<store_status> status_;
  std::deque<submit_change> queue_;
};

}  // namespace fibrehub::store
