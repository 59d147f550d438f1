// Automation rules as they are kept. Making, changing and deleting them are changes, in the audit
// log; who asks them is store/automation/run.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/automation.hpp"
#include "store/change.hpp"

namespace fibrehub::store {

inline constexpr std::size_t max_automation_rules = 100;

struct automation_rule_view {
  std::int64_t id = 0;  // 0: not saved
  domain::automation_rule rule;
  bool enabled = false;
  std::int32_t version = 1;
  std::int32_t generation = 1;  // rises when it begins anew: then nothing counts as done before
  std::optional<domain::instant> active_from;  // what came due before is left alone
  std::string updated_by;
  domain::instant updated_at{};
};

/// All rules by name, or one by its id.
struct list_automation_rules {
  using result = std::vector<automation_rule_view>;
  std::optional<std::int64_t> id;
};
std::optional<std::vector<automation_rule_view>> run(connection& db,
                                                     const list_automation_rules& request);

/// Without an id: a new one, which needs everything but `enabled`. A rule begins anew when it is
/// switched on, when trigger, query or actions change while it is on, and with `backfill`: from
/// then on it acts on what comes due, with `backfill` also on what is due already.
struct save_automation_rule {
  std::optional<std::int64_t> id;
  std::optional<std::int32_t> version;  // the one the caller saw
  std::optional<std::string> name;
  std::optional<bool> enabled;
  std::optional<domain::automation_trigger> trigger;
  std::optional<std::string> query;  // a query that was checked
  std::optional<std::vector<domain::automation_action>> actions;
  bool backfill = false;
};
struct delete_automation_rule {
  std::int64_t id = 0;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const save_automation_rule& request,
                  change_context& context);
write_outcome run(connection& db, pqxx::transaction_base& tx, const delete_automation_rule& request,
                  change_context& context);

/// The rule the request would make, without making it. Nothing: there is no rule of this id.
std::optional<automation_rule_view> laid_over(std::optional<automation_rule_view> known,
                                              const save_automation_rule& request,
                                              domain::instant now);

/// Those that are switched on, inside a transaction that is open already.
std::vector<automation_rule_view> load_enabled_rules(connection& db, pqxx::transaction_base& tx);

/// A rule as the API shows it.
std::string automation_rule_json(const automation_rule_view& rule);

}  // namespace fibrehub::store
