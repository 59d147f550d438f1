// Where commands on tickets wait for their turn on the writer's connection: as many as are queued
// become one transaction, and each caller is answered after its commit.
#pragma once

#include <deque>
#include <memory>

#include "store/change_desk.hpp"
#include "store/commands/batch.hpp"
#include "store/hub_session.hpp"

namespace fibrehub::store {

class command_desk {
 public:
  command_desk(command_rules rules, std::size_t limit, std::shared_ptr<store_status> status);

  bool empty() const { return queue_.empty(); }
  void add(submit_commands unit);
  void send_away_the_late(std::chrono::steady_clock::time_point now, const error& why);

  /// Commits those that have waited longest. Throws connection_lost after having answered, or says
  /// it was `lost` when something had been committed before.
  change_desk::aftermath make_next(hub_session& session);

 private:
  using units = std::vector<submit_commands>;
  units take_batch();
  change_desk::aftermath commit(hub_session& session, const units& batch);
  change_desk::aftermath one_by_one(hub_session& session, const units& batch);

  command_rules rules_;
  std::size_t limit_;
  std::shared_ptr<store_status> status_;
  std::deque<submit_commands> queue_;
};

}  // namespace fibrehub::store
