// Reading the clocks of one ticket, with everything that explains them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/people.hpp"
#include "store/pq_fwd.hpp"
#include "store/sla/clock_rows.hpp"

namespace fibrehub::store {

/// A level that was crossed in the current cycle.
struct crossed_level {
  domain::sla::level_event event;
  domain::instant noticed_at{};
};

struct clock_detail {
  stored_clock clock;
  std::string calendar;                // its name
  std::vector<crossed_level> crossed;  // as they were recorded
};

struct ticket_clocks {
  std::vector<clock_detail> items;  // response, then resolution; none for a ticket without
  domain::instant now{};            // the database's
};

/// not_found when there is no such ticket that `by` may see. With the id of a ticket that was read
/// in their name already that is not asked again.
struct get_clocks {
  using result = ticket_clocks;
  std::string uid;
  domain::principal by;
  std::int64_t seen_ticket_id = 0;
};
std::optional<ticket_clocks> run(connection& db, const get_clocks& request);

}  // namespace fibrehub::store
