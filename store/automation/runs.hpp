// What automation rules did, to be read: the log of runs, and rehearsals that change nothing.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/automation/run.hpp"

namespace fibrehub::store {

struct automation_run_view {
  std::int64_t id = 0, rule_id = 0;
  std::string rule;  // its name then
  std::int32_t version = 0;
  std::string ticket_uid, outcome, detail, anchor;
  int depth = 1;
  domain::instant due_at{}, at{};
};

/// The newest first, of tickets that `by` may see.
struct automation_run_page {
  std::vector<automation_run_view> items;
  std::optional<std::int64_t> next_before;
};
struct list_automation_runs {
  using result = automation_run_page;
  std::optional<std::int64_t> rule_id;
  std::string ticket_uid{}, outcome{};  // empty: all
  std::optional<std::int64_t> before_id{};
  std::int64_t limit = 50;
  domain::principal by;
};
std::optional<automation_run_page> run(connection& db, const list_automation_runs& request);

/// What the rule would do if it were saved like this and switched on now. `edit.id`: laid over that
/// rule.
struct rehearse_automation_rule {
  using result = std::string;  // JSON
  save_automation_rule edit;
  std::shared_ptr<const automation_setup> setup;
  domain::instant now{};
  std::size_t sample = 20;  // tickets told of one by one
};
std::optional<std::string> run(connection& db, const rehearse_automation_rule& request);

}  // namespace fibrehub::store
