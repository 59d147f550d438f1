// How long projects answer for what was built in them. A change is in the audit log, and open
// tickets of the project are billed by it soon after (store/sla/retarget.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/ticket.hpp"
#include "store/change.hpp"
#include "store/sla/config.hpp"

namespace fibrehub::store {

/// A page of those that are (not) archived, as a JSON list; or that of one project.
struct list_guarantees {
  using result = sla_answer;
  std::optional<std::int64_t> id;  // of the project
  bool archived = false;
  std::int64_t after_id = 0;
  std::int64_t limit = 50;
};
std::optional<sla_answer> run(connection& db, const list_guarantees& request);

/// Makes or changes the guarantee of a project. What is not given stays; a new one needs a period
/// and covers faults and building work unless it says otherwise.
struct save_guarantee {
  std::int64_t project_id = 0;
  std::optional<std::int32_t> version;  // the one the caller saw
  std::optional<std::int64_t> period_days;
  std::optional<std::vector<domain::ticket_type>> covers;
  std::optional<std::string> notes;
  std::optional<bool> archived;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const save_guarantee& request,
                  change_context& context);

}  // namespace fibrehub::store
