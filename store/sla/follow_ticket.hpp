// From the rows that a change adds to a ticket's history to what its clocks do.
#pragma once

#include <span>

#include "domain/notices.hpp"
#include "store/change.hpp"
#include "store/sla/clock_set.hpp"

namespace fibrehub::store {

/// Starts, moves or re-targets the clocks; the ticket is as it is after the change and gets its due
/// instant. `news` is what the rows mean to others.
void follow_ticket(clock_set& clocks, domain::ticket_record& ticket,
                   std::span<const domain::change_entry> entries, const domain::ticket_news& news,
                   const write_origin& origin);

}  // namespace fibrehub::store
