// Saved views: a query and an order under a name, for oneself or for all.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/people.hpp"
#include "domain/time.hpp"
#include "store/change.hpp"
#include "store/pq_fwd.hpp"

namespace fibrehub::store {

inline constexpr std::int64_t max_views_per_owner = 200;

struct view {
  std::int64_t id = 0;
  std::string name, query, sort;
  bool shared = false;
  std::string owner;       // "user:12", "token:…"
  std::string owner_name;  // as people know them; empty for a token
  std::int32_t version = 0;
  domain::instant created_at{}, updated_at{};
};

/// One's own and the shared ones, by name; all of them, as they are few.
struct list_views {
  using result = std::vector<view>;
  domain::principal by;
};
std::optional<std::vector<view>> run(connection& db, const list_views& request);

/// Nothing for a view that is neither one's own nor shared.
struct get_view {
  using result = view;
  std::int64_t id = 0;
  domain::principal by;
};
std::optional<view> run(connection& db, const get_view& request);

/// Makes a view (`id` 0: name and query have to be there) or changes one's own. Answers the view.
/// Errors: not_found (also for a shared view of somebody else: only its owner changes it), conflict
/// `name_taken`, `stale_version`, `too_many_views`.
struct save_view {
  std::int64_t id = 0;
  std::optional<std::int32_t> version{};  // the one the caller saw
  std::optional<std::string> name{}, query{}, sort{};
  std::optional<bool> shared{};
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const save_view& request,
                  change_context& context);

/// Errors: not_found, also for what is not one's own; admins may delete shared ones.
struct delete_view {
  std::int64_t id = 0;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const delete_view& request,
                  change_context& context);

/// As the API shows it.
std::string view_json(const view& v, const domain::principal& reader);

}  // namespace fibrehub::store
