// What time does to what people are told and to what is owed to the outside: what could not be
// delivered in time is given up, with an alarm to the admins in the same transaction; what is over
// for long is deleted; a review queue that is not empty is said. A few rows at a time, so that no
// message waits for it.
#pragma once

#include <chrono>
#include <memory>

#include "store/change.hpp"

namespace fibrehub::store {

struct upkeep_times {
  std::chrono::milliseconds give_up_after = std::chrono::hours(72);  // an outbox row that waits
  std::chrono::milliseconds keep_finished = std::chrono::hours(90 * 24);  // done and dead rows
  std::chrono::milliseconds keep_parked = std::chrono::hours(90 * 24);    // for messages to come
  std::chrono::milliseconds keep_read = std::chrono::hours(90 * 24);      // notifications, digests
};

/// What one run came to, in rows.
struct upkeep_run {
  std::size_t given_up = 0, outbox = 0, notifications = 0, digest_items = 0, keys = 0;
  bool more = false;  // run again

  std::size_t deleted() const { return outbox + notifications + digest_items + keys; }
};

/// As of the origin's time; at most `limit` rows of each sort.
struct tidy_up {
  upkeep_times times{};
  std::size_t limit = 500;
  std::shared_ptr<upkeep_run> result{};  // filled in before the answer
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const tidy_up& request,
                  change_context& context);

/// Who tidies up: nobody asked for it.
domain::principal upkeep_principal();

}  // namespace fibrehub::store
