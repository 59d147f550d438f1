// What every figure about tickets is restricted to: what its reader may see, and what was asked
// for. Statistics and reports build all their SQL on this, so that none forgets the reader.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/people.hpp"
#include "domain/reports/period.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {

/// Empty lists do not filter; `projects` are codes.
struct report_filter {
  std::vector<std::string> projects, zones, types, sources;
};

// Conditions on `tickets t`. Work that is neither resolved nor closed is open; it is overdue when
// its due time has passed.
// Its statuses are named one by one, so that the index of statuses serves.
inline constexpr std::string_view open_condition =
    "t.status IN ('new', 'triaged', 'pending_approval', 'assigned', 'scheduled', 'in_progress',"
    " 'blocked', 'qa')";
/// When the work ended; as in the index tickets_ended.
inline constexpr std::string_view ended_at = "coalesce(t.resolved_at, t.closed_at)";
/// Until when a ticket is to be resolved. The one place that knows.
inline constexpr std::string_view target_at = "t.due_at";
/// Seconds from creation to resolution; a source whose clock is wrong counts as none.
inline constexpr std::string_view resolution_s =
    "greatest(extract(epoch FROM t.resolved_at - t.created_at), 0)";
/// A row of `ticket_history h` that took a ticket back to work; as in the index
/// ticket_history_reopened.
inline constexpr std::string_view reopened_condition =
    "h.field = 'status' AND h.old_value IN ('resolved', 'closed') AND"
    " h.new_value NOT IN ('resolved', 'closed')";

/// Conditions with numbered parameters, joined as they are added.
struct report_where {
  report_where(const domain::principal& by, const report_filter& filter);

  std::string add(std::string value);
  std::string time(domain::instant at);
  /// "column >= … AND column < …"
  std::string during(std::string_view column, const domain::period& p);
  /// The piece an instant falls into, from 1.
  std::string piece(std::string_view column, const std::vector<domain::instant>& borders);

  std::string text = "t.deleted_at IS NULL";
  sql_params params;
};

/// True when there is a project of each code.
bool projects_exist(connection& db, pqxx::transaction_base& tx,
                    const std::vector<std::string>& codes);

/// Everything in the transaction sees the database at one moment. Before its first question.
void see_one_moment(connection& db, pqxx::transaction_base& tx);

// Cells of results.
std::optional<std::string> cell(const pqxx::row& r, int column);
std::optional<std::string> instant_cell(const pqxx::row& r, int column);  // from microseconds

}  // namespace fibrehub::store
