// The figures of a dashboard: what is open now, and what came in and was resolved in a period.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/reports/period.hpp"
#include "store/pq_fwd.hpp"
#include "store/queries/report_where.hpp"

namespace fibrehub::store {

struct place_count {
  std::string code, name;  // of a zone the code alone; both empty: none
  std::int64_t tickets = 0;
};

/// Counts by the values of fields; zones and projects: the 100 with the most tickets.
struct ticket_counts {
  std::int64_t total = 0;
  std::int64_t overdue = 0;  // of those that are open
  std::map<std::string, std::int64_t> by_status, by_priority, by_type, by_source;
  std::vector<place_count> by_zone, by_project;
};

/// Of tickets resolved in some time.
struct resolution_figures {
  std::int64_t resolved = 0;
  std::int64_t measured = 0;  // had a target
  std::int64_t met = 0;
  std::optional<std::int64_t> average_s, median_s;
};

struct stats_view {
  ticket_counts open, created;
  resolution_figures resolved;
  std::map<std::string, resolution_figures> by_type, by_priority;
  resolution_figures week, month;  // without times
};

/// not_found: there is no project of one of these codes.
struct get_stats {
  using result = stats_view;
  domain::period during;
  domain::instant now{}, week_begins{}, month_begins{};
  report_filter filter;
  domain::principal by;
};
std::optional<stats_view> run(connection& db, const get_stats& request);

}  // namespace fibrehub::store
