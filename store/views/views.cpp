#include "store/views/views.hpp"

#include <fmt/format.h>

#include "store/pq.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

#define FIBREHUB_VIEW_COLUMNS                                                \
  "v.id, v.name, v.query, v.sort, v.shared, v.owner, coalesce(u.name, ''), " \
  "v.version, " FIBREHUB_SQL_US("v.created_at") ", " FIBREHUB_SQL_US(        \
      "v.updated_at") " FROM saved_views v LEFT JOIN users u ON u.id = v.owner_id"

constexpr sql select_views{"list_views", "SELECT " FIBREHUB_VIEW_COLUMNS
                                         " WHERE v.owner = $1 OR v.shared ORDER BY lower(v.name),"
                                         " v.id LIMIT 2000"};
constexpr sql select_view{"read_view", "SELECT " FIBREHUB_VIEW_COLUMNS
                                       " WHERE v.id = $2::bigint AND (v.owner = $1 OR v.shared)"};
constexpr sql count_views{"count_views", "SELECT count(*) FROM saved_views WHERE owner = $1"};
constexpr sql name_taken{"view_by_name",
                         "SELECT id FROM saved_views WHERE owner = $1 AND lower(name) = lower($2)"};
constexpr sql insert_view{
    "create_view",
    "INSERT INTO saved_views (owner_id, owner, name, query, sort, shared, created_at, updated_at)"
    " VALUES (nullif($1, '0')::bigint, $2, $3, $4, $5, $6::boolean, " FIBREHUB_SQL_INSTANT(
        "$7::bigint") ", " FIBREHUB_SQL_INSTANT("$7::bigint") ") RETURNING id"};
constexpr sql update_view{
    "change_view",
    "UPDATE saved_views SET name = $2, query = $3, sort = $4, shared = $5::boolean, version ="
    " version + 1, updated_at = " FIBREHUB_SQL_INSTANT("$6::bigint") " WHERE id = $1::bigint"};
constexpr sql remove_view{"delete_view",
                          "DELETE FROM saved_views WHERE id = $1::bigint AND (owner = $2 OR (shared"
                          " AND $3::boolean)) RETURNING name"};

view to_view(const pqxx::row& r) {
  view v;
  v.id = r[0].as<std::int64_t>();
  v.name = r[1].c_str();
  v.query = r[2].c_str();
  v.sort = r[3].c_str();
  v.shared = r[4].as<bool>();
  v.owner = r[5].c_str();
  v.owner_name = r[6].c_str();
  v.version = r[7].as<std::int32_t>();
  v.created_at = domain::from_us(r[8].as<std::int64_t>());
  v.updated_at = domain::from_us(r[9].as<std::int64_t>());
  return v;
}

std::optional<view> find(connection& db, pqxx::transaction_base& tx, std::int64_t id,
                         const domain::principal& by) {
  const pqxx::result rows = db.run(tx, select_view, {{by.id, std::to_string(id)}, nullptr});
  if (rows.empty()) return std::nullopt;
  return to_view(rows[0]);
}

const error no_such_view{errc::not_found, "there is no such view of yours"};

/// The first reason why the view cannot be kept as it would be.
std::optional<error> objection(connection& db, pqxx::transaction_base& tx, const view& v,
                               const domain::principal& by) {
  const pqxx::result taken = db.run(tx, name_taken, {{by.id, v.name}, nullptr});
  if (!taken.empty() && taken[0][0].as<std::int64_t>() != v.id)
    return error{errc::conflict, "you have a view of this name already", "name_taken"};
  if (v.id != 0) return std::nullopt;
  const auto count = db.run(tx, count_views, {{by.id}, nullptr})[0][0].as<std::int64_t>();
  if (count >= max_views_per_owner)
    return error{errc::conflict,
                 fmt::format("at most {} views; delete one first", max_views_per_owner),
                 "too_many_views"};
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<view>> run(connection& db, const list_views& request) {
  return db.transact([&](pqxx::work& tx) {
    std::vector<view> out;
    const pqxx::result rows = db.run(tx, select_views, {{request.by.id}, nullptr});
    for (const auto& row : rows)
      out.push_back(to_view(row));
    return std::optional(std::move(out));
  });
}

std::optional<view> run(connection& db, const get_view& request) {
  return db.transact([&](pqxx::work& tx) { return find(db, tx, request.id, request.by); });
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const save_view& request,
                  change_context& context) {
  const domain::principal& by = context.origin.by;
  view v;
  v.sort = "-created";
  if (request.id != 0) {
    auto known = find(db, tx, request.id, by);
    if (!known || known->owner != by.id) return tl::unexpected(no_such_view);
    v = std::move(*known);
    if (request.version && *request.version != v.version)
      return tl::unexpected(
          error{errc::conflict,
                fmt::format("the view was changed meanwhile: it has version {}", v.version),
                "stale_version"});
  }
  if (request.name) v.name = *request.name;
  if (request.query) v.query = *request.query;
  if (request.sort) v.sort = *request.sort;
  if (request.shared) v.shared = *request.shared;
  if (auto why = objection(db, tx, v, by)) return tl::unexpected(std::move(*why));
  const std::string shared = v.shared ? "true" : "false";
  const std::string at = std::to_string(domain::to_us(context.origin.at));
  const bool fresh = request.id == 0;
  if (fresh) {
    v.id = db.run(tx, insert_view,
                  {{std::to_string(by.user_id), by.id, v.name, v.query, v.sort, shared, at},
                   nullptr})[0][0]
               .as<std::int64_t>();
  } else {
    db.run(tx, update_view, {{std::to_string(v.id), v.name, v.query, v.sort, shared, at}, nullptr});
  }
  const auto now = find(db, tx, v.id, by);
  return write_answer{fresh ? 201U : 200U, view_json(*now, by)};
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const delete_view& request,
                  change_context& context) {
  const domain::principal& by = context.origin.by;
  const pqxx::result gone =
      db.run(tx, remove_view,
             {{std::to_string(request.id), by.id, by.as == domain::role::admin ? "true" : "false"},
              nullptr});
  if (gone.empty()) return tl::unexpected(no_such_view);
  return write_answer{200, fmt::format(R"({{"id":{},"name":{},"deleted":true}})", request.id,
                                       json_string(gone[0][0].c_str()))};
}

std::string view_json(const view& v, const domain::principal& reader) {
  return fmt::format(
      R"({{"id":{},"name":{},"query":{},"sort":{},"shared":{},"mine":{},"owner":{},"version":{},"created_at":"{}","updated_at":"{}"}})",
      v.id, json_string(v.name), json_string(v.query), json_string(v.sort), v.shared,
      v.owner == reader.id, json_string(v.owner_name.empty() ? v.owner : v.owner_name), v.version,
      domain::to_rfc3339(v.created_at), domain::to_rfc3339(v.updated_at));
}

}  // namespace fibrehub::store
