// Assignment rules as they are kept: who gets new work. Making, changing and deleting them are
// changes; the automatic assignment (store/assignment/assign.hpp) asks them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/assignment.hpp"
#include "store/change.hpp"

namespace fibrehub::store {

inline constexpr std::size_t max_assignment_rules = 200;

struct assignment_rule_view {
  domain::assignment_rule rule;  // without candidates
  std::int32_t position =
      0;  // rules are asked from the lowest on, equals in the order they were made
  domain::instant updated_at{};
};

/// All rules in the order in which they are asked.
struct list_assignment_rules {
  using result = std::vector<assignment_rule_view>;
};
std::optional<std::vector<assignment_rule_view>> run(connection& db,
                                                     const list_assignment_rules& request);

/// What is given of a rule; absent stays as it is, or has its default in a new rule.
struct assignment_rule_fields {
  std::optional<std::string> name;
  std::optional<std::int32_t> position;  // default: after the last
  std::optional<std::vector<std::string>> zones, types, sources;
  std::optional<std::int64_t> team_id;
  std::optional<domain::assignment_method> method;
  std::optional<bool> enabled;
};

/// `name`, `team_id` and `method` have to be given. With the first rule that is switched on the
/// automatic assignment begins: tickets made before are left alone.
struct create_assignment_rule {
  assignment_rule_fields fields;
};
struct update_assignment_rule {
  std::int64_t id = 0;
  assignment_rule_fields fields;
};
struct delete_assignment_rule {
  std::int64_t id = 0;
};

// Each answers the rule as it is then (or was). Announces `assignment_rules.changed`.
write_outcome run(connection& db, pqxx::transaction_base& tx, const create_assignment_rule& request,
                  change_context& context);
write_outcome run(connection& db, pqxx::transaction_base& tx, const update_assignment_rule& request,
                  change_context& context);
write_outcome run(connection& db, pqxx::transaction_base& tx, const delete_assignment_rule& request,
                  change_context& context);

/// A rule as the API shows it.
std::string assignment_rule_json(const assignment_rule_view& rule);

/// The rules inside a transaction that is open already.
std::vector<assignment_rule_view> load_assignment_rules(connection& db, pqxx::transaction_base& tx);

}  // namespace fibrehub::store
