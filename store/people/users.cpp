#include "store/people/users.hpp"

#include "store/people/audit.hpp"
#include "store/people/sql.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

#define FIBREHUB_USER_COLUMNS \
  "u.id, u.email, u.name, u.phone, u.role, coalesce(u.client_id, 0),"                             \
  " array_to_string(ARRAY(SELECT m.team_id FROM team_members m JOIN teams t ON t.id = m.team_id"  \
  " WHERE m.user_id = u.id AND t.archived_at IS NULL ORDER BY 1), ' '),"                          \
  " u.password_hash IS NOT NULL, u.must_change_password, u.totp_confirmed_at IS NOT NULL, "       \
  FIBREHUB_SQL_US("u.locked_until") ", " FIBREHUB_SQL_US("u.last_sign_in_at") ", "                \
  FIBREHUB_SQL_US("u.disabled_at") ", " FIBREHUB_SQL_US("u.created_at") ", "                      \
  FIBREHUB_SQL_US("u.updated_at")

constexpr sql select_user{"read_user",
                          "SELECT " FIBREHUB_USER_COLUMNS " FROM users u WHERE u.id = $1::bigint"};
constexpr sql lock_user{
    "lock_user",
    "SELECT email, name, phone, role, coalesce(client_id, 0), disabled_at IS NOT NULL FROM users"
    " WHERE id = $1::bigint FOR UPDATE"};
constexpr sql email_owner{"email_owner", "SELECT id FROM users WHERE lower(email) = lower($1)"};
constexpr sql other_admins{"other_admins",
                           "SELECT count(*) FROM users WHERE role = 'admin' AND disabled_at IS NULL"
                           " AND id <> $1::bigint"};
constexpr sql insert_user{
    "create_user",
    "INSERT INTO users (email, name, phone, role, client_id, password_hash, password_changed_at,"
    " must_change_password, created_at, updated_at) VALUES ($1, $2, $3, $4,"
    " nullif($5, '0')::bigint, nullif($6, ''), CASE WHEN $6 <> '' THEN "
    FIBREHUB_SQL_INSTANT("$8::bigint") " END, $7::boolean AND $6 <> '', "
    FIBREHUB_SQL_INSTANT("$8::bigint") ", " FIBREHUB_SQL_INSTANT("$8::bigint") ") RETURNING id"};
constexpr sql update_user{
    "change_user",
    "UPDATE users SET email = $2, name = $3, phone = $4, role = $5,"
    " client_id = nullif($6, '0')::bigint, disabled_at = CASE WHEN NOT $7::boolean THEN NULL"
    " ELSE coalesce(disabled_at, " FIBREHUB_SQL_INSTANT("$8::bigint") ") END, updated_at = "
    FIBREHUB_SQL_INSTANT("$8::bigint") " WHERE id = $1::bigint"};
constexpr sql end_sessions{"end_user_sessions",
                           "UPDATE sessions SET revoked_at = " FIBREHUB_SQL_INSTANT(
                               "$2::bigint") " WHERE user_id = $1::bigint AND revoked_at IS NULL"};
constexpr sql select_client{"client_by_code", "SELECT id FROM clients WHERE code = $1"};

user_view to_user(const pqxx::row& r) {
  user_view u;
  u.id = r[0].as<std::int64_t>();
  u.email = r[1].c_str();
  u.name = r[2].c_str();
  u.phone = r[3].c_str();
  u.role = domain::role_from(r[4].c_str()).value_or(domain::role::viewer);
  u.client_id = r[5].as<std::int64_t>();
  u.teams = ids_of(r[6]);
  u.has_password = r[7].as<bool>();
  u.must_change_password = r[8].as<bool>();
  u.totp = r[9].as<bool>();
  u.locked_until = instant_or_none(r[10]);
  u.last_sign_in_at = instant_or_none(r[11]);
  u.disabled_at = instant_or_none(r[12]);
  u.created_at = instant_of(r[13]);
  u.updated_at = instant_of(r[14]);
  return u;
}

/// The changeable part of somebody.
struct user_fields {
  std::string email, name, phone;
  domain::role role = domain::role::viewer;
  std::int64_t client_id = 0;
  bool disabled = false;

  bool is_admin() const { return role == domain::role::admin && !disabled; }
};

user_fields merged(user_fields f, const save_user& request) {
  if (request.email) f.email = *request.email;
  if (request.name) f.name = *request.name;
  if (request.phone) f.phone = *request.phone;
  if (request.role) f.role = *request.role;
  if (request.client_id) f.client_id = *request.client_id;
  if (request.disabled) f.disabled = *request.disabled;
  return f;
}

/// {"role":["viewer","admin"],…}: what it was and what it is.
std::string difference(const user_fields& was, const user_fields& is) {
  std::string out;
  const auto note = [&](const char* field, const std::string& a, const std::string& b) {
    if (a == b) return;
    out += fmt::format("{}\"{}\":[{},{}]", out.empty() ? "" : ",", field, json_string(a),
                       json_string(b));
  };
  note("email", was.email, is.email);
  note("name", was.name, is.name);
  note("phone", was.phone, is.phone);
  note("role", std::string(domain::name_of(was.role)), std::string(domain::name_of(is.role)));
  note("client_id", std::to_string(was.client_id), std::to_string(is.client_id));
  note("disabled", was.disabled ? "true" : "false", is.disabled ? "true" : "false");
  return "{" + out + "}";
}

tl::unexpected<error> refusal(errc code, std::string message, std::string reason) {
  return tl::unexpected(error{code, std::move(message), std::move(reason)});
}

/// What is wrong with `is` as a whole, whoever it is.
std::optional<error> objection(connection& db, pqxx::transaction_base& tx, std::int64_t id,
                               const user_fields& is) {
  if (is.role == domain::role::client && is.client_id == 0)
    return error{errc::invalid,
                 "people of role client need a company",
                 "client_missing",
                 {{"client_id", "is required for the role client"}}};
  const pqxx::result owner = db.run(tx, email_owner, {{is.email}, nullptr});
  if (!owner.empty() && owner[0][0].as<std::int64_t>() != id)
    return error{errc::conflict, "somebody with this e-mail address is there already",
                 "email_taken"};
  return std::nullopt;
}

write_outcome create(connection& db, pqxx::transaction_base& tx, const save_user& request,
                     change_context& context) {
  const user_fields is = merged({}, request);
  if (auto why = objection(db, tx, 0, is)) return tl::unexpected(std::move(*why));
  const pqxx::result made =
      db.run(tx, insert_user,
             {{is.email, is.name, is.phone, std::string(domain::name_of(is.role)),
               std::to_string(is.client_id), request.password_hash,
               request.must_change_password ? "true" : "false", us(context.origin.at)},
              nullptr});
  const std::string id = made[0][0].c_str();
  append_audit(db, tx, context.origin, "user.created", "user:" + id,
               fmt::format(R"({{"email":{},"role":"{}"}})", json_string(is.email),
                           domain::name_of(is.role)));
  return write_answer{201, id};
}

}  // namespace

std::optional<user_page> run(connection& db, const list_users& request) {
  std::string where = "u.id > $1::bigint";
  sql_params params;
  params.texts.push_back(std::to_string(request.after_id));
  if (!request.containing.empty()) {
    params.texts.push_back(request.containing);
    where += fmt::format(
        " AND (position(lower(${0}) in lower(u.name)) > 0"
        " OR position(lower(${0}) in lower(u.email)) > 0)",
        params.texts.size());
  }
  if (request.role) {
    params.texts.emplace_back(domain::name_of(*request.role));
    where += fmt::format(" AND u.role = ${}", params.texts.size());
  }
  if (request.disabled)
    where += fmt::format(" AND u.disabled_at IS {} NULL", *request.disabled ? "NOT" : "");
  if (request.team_id != 0) {
    params.texts.push_back(std::to_string(request.team_id));
    where += fmt::format(
        " AND EXISTS (SELECT FROM team_members m WHERE m.user_id = u.id AND m.team_id ="
        " ${}::bigint)",
        params.texts.size());
  }
  return db.transact([&](pqxx::work& tx) {
    const pqxx::result rows = db.run_text(
        tx,
        fmt::format("SELECT " FIBREHUB_USER_COLUMNS " FROM users u WHERE {} ORDER BY u.id LIMIT {}",
                    where, request.limit + 1),
        params);
    user_page out;
    for (const auto& row : rows)
      out.items.push_back(to_user(row));
    if (static_cast<std::int64_t>(out.items.size()) > request.limit) {
      out.items.pop_back();
      out.next_after = out.items.back().id;
    }
    return std::optional(std::move(out));
  });
}

std::optional<user_view> run(connection& db, const get_user& request) {
  return db.transact([&](pqxx::work& tx) -> std::optional<user_view> {
    const pqxx::result rows = db.run(tx, select_user, {{std::to_string(request.id)}, nullptr});
    if (rows.empty()) return std::nullopt;
    return to_user(rows[0]);
  });
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const save_user& request,
                  change_context& context) {
  if (request.id == 0) return create(db, tx, request, context);
  const std::string id = std::to_string(request.id);
  const pqxx::result rows = db.run(tx, lock_user, {{id}, nullptr});
  if (rows.empty()) return refusal(errc::not_found, "there is no such person", "");
  const pqxx::row r = rows[0];
  const user_fields was{r[0].c_str(),
                        r[1].c_str(),
                        r[2].c_str(),
                        domain::role_from(r[3].c_str()).value(),
                        r[4].as<std::int64_t>(),
                        r[5].as<bool>()};
  const user_fields is = merged(was, request);
  if (auto why = objection(db, tx, request.id, is)) return tl::unexpected(std::move(*why));
  if (was.is_admin() && !is.is_admin() &&
      db.run(tx, other_admins, {{id}, nullptr})[0][0].as<int>() == 0)
    return refusal(errc::conflict, "this is the last admin: make somebody else admin before",
                   "last_admin");
  db.run(tx, update_user,
         {{id, is.email, is.name, is.phone, std::string(domain::name_of(is.role)),
           std::to_string(is.client_id), is.disabled ? "true" : "false", us(context.origin.at)},
          nullptr});
  if (is.disabled && !was.disabled)
    db.run(tx, end_sessions, {{id, us(context.origin.at)}, nullptr});
  const std::string changed = difference(was, is);
  if (changed != "{}") append_audit(db, tx, context.origin, "user.changed", "user:" + id, changed);
  return write_answer{200, id};
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const ensure_admin& request,
                  change_context& context) {
  if (db.run(tx, other_admins, {{"0"}, nullptr})[0][0].as<int>() != 0)
    return write_answer{200, "0"};
  save_user first;
  first.email = request.email;
  first.name = "Administrator";
  first.role = domain::role::admin;
  first.password_hash = request.hash();
  if (first.password_hash.empty())
    return refusal(errc::unavailable, "no password could be made for the first admin", "");
  const pqxx::result owner = db.run(tx, email_owner, {{request.email}, nullptr});
  if (!owner.empty())
    return refusal(errc::conflict,
                   fmt::format("no admin is enabled, and {} is somebody else's or disabled: use "
                               "fibrehub user enable, or fibrehub user add --role admin",
                               request.email),
                   "email_taken");
  return create(db, tx, first, context);
}

std::int64_t find_user_id(connection& db, const std::string& email) {
  return db.transact([&](pqxx::work& tx) -> std::int64_t {
    const pqxx::result rows = db.run(tx, email_owner, {{email}, nullptr});
    return rows.empty() ? 0 : rows[0][0].as<std::int64_t>();
  });
}

std::int64_t find_client_id(connection& db, const std::string& code) {
  return db.transact([&](pqxx::work& tx) -> std::int64_t {
    const pqxx::result rows = db.run(tx, select_client, {{code}, nullptr});
    return rows.empty() ? 0 : rows[0][0].as<std::int64_t>();
  });
}

}  // namespace fibrehub::store
