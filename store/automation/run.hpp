// What automation rules do: the writer's part. Everything a rule does to a ticket goes through the
// commands, in one transaction with the row that says it was done, so that nothing is done twice or
// forgotten, whenever the hub dies.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "domain/time_zone.hpp"
#include "store/automation/rules.hpp"
#include "store/commands/batch.hpp"

namespace fibrehub::store {

/// A ticket that a rule on time may have to act on.
struct automation_candidate {
  std::int64_t rule_id = 0;
  std::int64_t ticket_id = 0;
};

/// What one round came to.
struct automation_round {
  std::size_t done = 0, refused = 0, stopped = 0, failed = 0;  // runs, by outcome
  std::size_t changes = 0;                                     // changes looked at
  bool more = false;                                           // there are further changes
  std::chrono::microseconds latest_by{0};  // of the runs, the one that was latest after it came due

  std::size_t runs() const { return done + refused + stopped + failed; }
};

/// What the actions need to know of the configuration.
struct automation_setup {
  command_rules rules;
  domain::automation_limits limits;
  domain::time_zone zone;
};

/// Looks at the next changes, and at the candidates once more; acts on those that have come due.
struct run_automation {
  std::shared_ptr<const automation_setup> setup;
  std::vector<automation_candidate> candidates;
  std::size_t changes_max = 200;
  std::shared_ptr<automation_round> result = {};
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const run_automation& request,
                  change_context& context);

/// Whether there is anything to do, asked of a reader.
struct automation_work {
  bool changes = false;
  std::int64_t changes_waiting = 0;  // counted up to 10 000
  std::vector<automation_candidate> candidates;
  bool more = false;  // the next piece follows at once
  /// Where the next look goes on: the rule, and the ticket of it.
  std::int64_t rule_id = 0, after_ticket = 0;
};
struct find_automation_work {
  using result = automation_work;
  std::int64_t rule_id = 0, after_ticket = 0;  // of the answer before
  domain::instant now{};
  domain::time_zone zone;
  bool changes_only = false;  // rules on time are not asked
  std::size_t piece = 5000;   // tickets in one look
  std::size_t limit = 100;    // candidates in one answer
};
std::optional<automation_work> run(connection& db, const find_automation_work& request);

}  // namespace fibrehub::store
