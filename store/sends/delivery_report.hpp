// How the sending goes: by day, session and kind, how many messages stand where, how long they
// took, and why those failed that did.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "domain/people.hpp"
#include "domain/time_zone.hpp"
#include "store/pq_fwd.hpp"

namespace fibrehub::store {

/// Seconds from being queued, of those that came so far; negative: none did.
struct step_times {
  double median_s = -1, p95_s = -1;
};

struct delivery_row {
  std::string day;  // of the queueing, 2026-11-22
  std::string channel, session, kind;
  std::int64_t total = 0;
  std::map<std::string, std::int64_t> states;   // every state, also those without any
  std::array<step_times, 3> times{};            // until sent, delivered, read
  std::map<std::string, std::int64_t> reasons;  // of failed and uncertain ones, the most frequent
};

struct delivery_rows {
  std::string zone_name;
  std::vector<delivery_row> items;
};

/// Of messages queued in [from, to), by day in `zone_name`; who may see some tickets only gets the
/// figures of those. The newest day first, at most `limit` rows. Hints are left out.
struct report_deliveries {
  using result = delivery_rows;
  domain::principal by;
  domain::instant from{}, to{};
  std::string zone_name{};                   // empty: the hub's
  std::string channel{}, session{}, kind{};  // empty: all
  std::int64_t limit = 10'000;
};
std::optional<delivery_rows> run(connection& db, const report_deliveries& request);

}  // namespace fibrehub::store
