// What people are told of clocks. For .cpp files of this folder only.
#pragma once

#include <span>
#include <vector>

#include "store/events.hpp"
#include "store/pq_fwd.hpp"
#include "store/sla/clock_rows.hpp"

namespace fibrehub::store {

struct told_clock {
  recorded_event what;
  stored_clock clock;
};

/// Notifications and outbox rows for events that are to be sent; the tickets are as they are to be.
/// Answers whether the outbox got something.
bool tell_of_clocks(connection& db, pqxx::transaction_base& tx, std::span<const told_clock> told,
                    std::vector<committed_event>& events);

}  // namespace fibrehub::store
