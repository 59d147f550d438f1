#include "store/visibility.hpp"

#include <fmt/format.h>

#include "store/pq_array.hpp"

namespace fibrehub::store {
namespace {

std::string literal(const std::vector<std::int64_t>& ids) {
  pq_array a;
  for (const std::int64_t id : ids)
    a.add(id);
  return a.take();
}

/// "$3::bigint[]" for a list added to the parameters.
std::string list_parameter(const std::vector<std::int64_t>& ids, sql_params& params) {
  params.texts.push_back(literal(ids));
  return fmt::format("${}::bigint[]", params.texts.size());
}

}  // namespace

std::string visibility_condition(const domain::principal& who, sql_params& params) {
  switch (who.as) {
    case domain::role::admin:
    case domain::role::manager:
    case domain::role::viewer:
      return {};
    case domain::role::team_lead: {
      std::vector<std::int64_t> people = who.crew;
      people.push_back(who.user_id);
      const std::string p = list_parameter(people, params), led = list_parameter(who.led, params),
                        teams = list_parameter(who.teams, params);
      return fmt::format(
          "(t.assigned_to = ANY ({}) OR t.assigned_team = ANY ({}) OR (t.assigned_to IS NULL AND"
          " t.assigned_team = ANY ({})))",
          p, led, teams);
    }
    case domain::role::technician: {
      const std::string p = list_parameter({who.user_id}, params),
                        teams = list_parameter(who.teams, params);
      return fmt::format(
          "(t.assigned_to = ANY ({}) OR (t.assigned_to IS NULL AND t.assigned_team = ANY ({})))", p,
          teams);
    }
    case domain::role::client:
      break;
  }
  if (who.client_id == 0) return "false";
  params.texts.push_back(std::to_string(who.client_id));
  return fmt::format("t.client_id = ${}::bigint", params.texts.size());
}

}  // namespace fibrehub::store
