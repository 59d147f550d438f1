// People: listed, made, changed. A change that would leave the hub without an admin is refused.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store/change.hpp"
#include "store/people/records.hpp"

namespace fibrehub::store {

struct user_page {
  std::vector<user_view> items;
  std::optional<std::int64_t> next_after;
};

/// By id, those made first come first.
struct list_users {
  using result = user_page;
  std::string containing{};  // in name or e-mail, any case; empty: all
  std::optional<domain::role> role{};
  std::optional<bool> disabled{};
  std::int64_t team_id = 0;  // 0: all
  std::int64_t after_id = 0;
  std::int64_t limit = 50;
};
std::optional<user_page> run(connection& db, const list_users& request);

struct get_user {
  using result = user_view;
  std::int64_t id = 0;
};
std::optional<user_view> run(connection& db, const get_user& request);

/// Makes somebody (`id` 0: e-mail, name and role have to be there) or changes what is given.
/// Disabling ends all sessions. Answers the id. Errors: not_found, conflict `email_taken` and
/// `last_admin`, invalid `client_missing` (people of role client need a company).
struct save_user {
  std::int64_t id = 0;
  std::optional<std::string> email{}, name{}, phone{};
  std::optional<domain::role> role{};
  std::optional<std::int64_t> client_id{};  // 0: none
  std::optional<bool> disabled{};
  std::string password_hash{};  // of somebody new; empty: cannot sign in by password
  bool must_change_password = true;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const save_user& request,
                  change_context& context);

/// Makes the first admin when no admin is enabled; answers its id, or 0 when there was one. `hash`
/// is asked for a password's hash only then.
struct ensure_admin {
  std::string email;
  std::function<std::string()> hash;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const ensure_admin& request,
                  change_context& context);

/// Id of the person with this e-mail address; 0: nobody. For the command line.
std::int64_t find_user_id(connection& db, const std::string& email);
/// Id of the company with this code; 0: none. For the command line.
std::int64_t find_client_id(connection& db, const std::string& code);

}  // namespace fibrehub::store
