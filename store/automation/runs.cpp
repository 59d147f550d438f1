#include "store/automation/runs.hpp"

#include <fmt/format.h>

#include "store/people/sql.hpp"
#include "store/pq.hpp"
#include "store/sql_time.hpp"
#include "store/visibility.hpp"

namespace fibrehub::store {

std::optional<automation_run_page> run(connection& db, const list_automation_runs& request) {
  sql_params params;
  const auto add = [&](std::string value, const char* type) {
    params.texts.push_back(std::move(value));
    return fmt::format("${}::{}", params.texts.size(), type);
  };
  std::string where = "true";
  if (request.rule_id)
    where += " AND r.rule_id = " + add(std::to_string(*request.rule_id), "bigint");
  if (!request.ticket_uid.empty())
    where += " AND r.ticket_id = (SELECT x.id FROM tickets x WHERE x.uid = " +
             add(request.ticket_uid, "text") + ")";
  if (!request.outcome.empty()) where += " AND r.outcome = " + add(request.outcome, "text");
  if (request.before_id)
    where += " AND r.id < " + add(std::to_string(*request.before_id), "bigint");
  const std::string visible = visibility_condition(request.by, params);
  if (!visible.empty()) where += " AND " + visible;
  const std::string text = fmt::format(
      "SELECT r.id, r.rule_id, r.rule, r.version, t.uid, r.outcome, r.detail, r.anchor, r.depth, "
      FIBREHUB_SQL_US("r.due_at") ", " FIBREHUB_SQL_US("r.at") " FROM automation_runs r JOIN"
      " tickets t ON t.id = r.ticket_id WHERE {} ORDER BY r.id DESC LIMIT {}",
      where, request.limit + 1);
  return db.transact([&](pqxx::work& tx) {
    automation_run_page out;
    const pqxx::result rows = db.run_text(tx, text, params);
    for (const auto& r : rows) {
      if (static_cast<std::int64_t>(out.items.size()) == request.limit) {
        out.next_before = out.items.back().id;
        break;
      }
      automation_run_view& v = out.items.emplace_back();
      v.id = r[0].as<std::int64_t>();
      v.rule_id = r[1].as<std::int64_t>();
      v.rule = r[2].c_str();
      v.version = r[3].as<std::int32_t>();
      v.ticket_uid = r[4].c_str();
      v.outcome = r[5].c_str();
      v.detail = r[6].c_str();
      v.anchor = r[7].c_str();
      v.depth = r[8].as<int>();
      v.due_at = people::instant_of(r[9]);
      v.at = people::instant_of(r[10]);
    }
    return std::optional(std::move(out));
  });
}

}  // namespace fibrehub::store
