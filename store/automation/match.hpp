// Which tickets an automation rule concerns, as SQL: its condition, and since when the thing it
// waits for has been so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/time_zone.hpp"
#include "store/automation/rules.hpp"
#include "store/pq_fwd.hpp"

namespace fibrehub::store {

/// A ticket that fits a rule's condition.
struct rule_match {
  std::int64_t ticket_id = 0;
  std::string uid;
  std::optional<domain::instant> anchor;  // of a rule on time
};

struct match_surroundings {
  domain::instant now{};
  domain::time_zone zone;  // days and hours of the condition
};

/// Of these tickets, those that fit the condition. Throws the causes of store/pq.hpp.
std::vector<rule_match> match_tickets(connection& db, pqxx::transaction_base& tx,
                                      const automation_rule_view& rule,
                                      const std::vector<std::int64_t>& tickets,
                                      const match_surroundings& around);

/// A piece of all tickets, looked at for a rule on time.
struct rule_piece {
  std::vector<std::int64_t> due;  // fit, have come due, and were not acted on
  std::int64_t last_id = 0;       // the piece ended with it
  bool more = false;
};
/// Looks at the next `size` tickets that fit the condition, after the id `after`; answers at most
/// `limit` that are due.
rule_piece find_due(connection& db, pqxx::transaction_base& tx, const automation_rule_view& rule,
                    std::int64_t after, std::size_t size, std::size_t limit,
                    const match_surroundings& around);

/// Why a rule would act on which tickets, or not.
struct rule_counts {
  std::int64_t tickets = 0;  // all that are not deleted
  std::int64_t fit = 0;      // the condition; the following add up to it
  std::int64_t no_anchor = 0, not_yet = 0, before_rule = 0, done = 0, now = 0;
};
struct rule_rehearsal {
  rule_counts counts;
  std::vector<std::int64_t> sample;  // some of those it would act on now, the longest due first
};
rule_rehearsal rehearse(connection& db, pqxx::transaction_base& tx,
                        const automation_rule_view& rule, std::size_t limit,
                        const match_surroundings& around);

/// "time:<us>", the key of a run for this anchor.
std::string anchor_key(domain::instant anchor);

/// In whose name a rule acts and asks.
domain::principal automation_principal(const std::string& rule_name);

}  // namespace fibrehub::store
