// Teams: who belongs together, where and for what, and who leads them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/change.hpp"
#include "store/people/records.hpp"

namespace fibrehub::store {

struct team_page {
  std::vector<team_view> items;
  std::optional<std::int64_t> next_after;
};
struct list_teams {
  using result = team_page;
  bool archived = false;  // those that are, or those that are not
  std::int64_t after_id = 0;
  std::int64_t limit = 50;
};
std::optional<team_page> run(connection& db, const list_teams& request);

struct get_team {
  using result = team_view;
  std::int64_t id = 0;
};
std::optional<team_view> run(connection& db, const get_team& request);

/// Makes a team (`id` 0: the name has to be there) or changes what is given. Answers the id.
/// Errors: not_found, conflict `name_taken`, invalid `unknown_person`.
struct save_team {
  std::int64_t id = 0;
  std::optional<std::string> name{}, zone{};
  std::optional<std::vector<std::string>> specialties{};
  std::optional<std::int64_t> lead_id{};               // 0: nobody
  std::optional<std::vector<std::int64_t>> members{};  // all of them
  std::optional<bool> archived{};
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const save_team& request,
                  change_context& context);

}  // namespace fibrehub::store
