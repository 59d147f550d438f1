// What the rules have to look at next: asked of a reader, so that no search ever holds up a write.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "store/automation/match.hpp"
#include "store/automation/run.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {
namespace {

constexpr sql count_due{"automation_count_due",
                        "SELECT count(*) FROM (SELECT 1 FROM automation_due LIMIT 10000) AS d"};

/// A rule whose condition takes too long to ask must not keep the others from being asked.
std::optional<rule_piece> ask(connection& db, const automation_rule_view& rule, std::int64_t after,
                              const find_automation_work& request) {
  try {
    return db.transact([&](pqxx::work& tx) {
      return std::optional(
          find_due(db, tx, rule, after, request.piece, request.limit, {request.now, request.zone}));
    });
  } catch (const try_later& e) {
    spdlog::warn("automation: the condition of rule '{}' could not be asked: {}", rule.rule.name,
                 e.what());
  } catch (const bad_statement& e) {
    spdlog::error("automation: the condition of rule '{}' cannot be asked: {}", rule.rule.name,
                  e.what());
  }
  return std::nullopt;
}

}  // namespace

std::optional<automation_work> run(connection& db, const find_automation_work& request) {
  automation_work out;
  std::vector<automation_rule_view> rules;
  db.transact([&](pqxx::work& tx) {
    out.changes_waiting = db.run(tx, count_due)[0][0].as<std::int64_t>();
    if (!request.changes_only) rules = load_enabled_rules(db, tx);
  });
  out.changes = out.changes_waiting > 0;
  std::erase_if(rules, [](const auto& r) { return !r.rule.trigger.on_time; });
  // Rules are asked by their ids, one piece each, from where the look before ended.
  const auto next = std::find_if(rules.begin(), rules.end(),
                                 [&](const auto& r) { return r.id >= request.rule_id; });
  std::int64_t after =
      next != rules.end() && next->id == request.rule_id ? request.after_ticket : 0;
  for (auto rule = next; rule != rules.end(); ++rule, after = 0) {
    const auto piece = ask(db, *rule, after, request);
    if (!piece) continue;
    for (const std::int64_t ticket : piece->due)
      out.candidates.push_back({rule->id, ticket});
    if (!piece->more && piece->due.size() < request.limit) continue;
    out.more = true;
    out.rule_id = rule->id;
    // What is left of a piece that was too rich is found by looking at it again.
    out.after_ticket = piece->due.size() < request.limit ? piece->last_id : after;
    return out;
  }
  return out;
}

}  // namespace fibrehub::store
