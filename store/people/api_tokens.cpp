#include "store/people/api_tokens.hpp"

#include "store/people/audit.hpp"
#include "store/people/sql.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

constexpr sql select_all{
    "list_api_tokens",
    "SELECT id, name, scopes, " FIBREHUB_SQL_US("created_at") ", " FIBREHUB_SQL_US("expires_at")
    ", " FIBREHUB_SQL_US("revoked_at") ", " FIBREHUB_SQL_US("last_used_at") " FROM api_tokens ORDER BY created_at DESC, id LIMIT 1000"};
constexpr sql insert_token{
    "add_api_token",
    "INSERT INTO api_tokens (id, name, sha256, scopes, created_at, expires_at) VALUES"
    " ($1, $2, decode($3, 'hex'), $4, " FIBREHUB_SQL_INSTANT(
        "$5::bigint") ", " FIBREHUB_SQL_INSTANT_OR_NULL("$6::bigint") ")"};
constexpr sql update_revoked{"revoke_api_token",
                             "UPDATE api_tokens SET revoked_at = " FIBREHUB_SQL_INSTANT(
                                 "$2::bigint") " WHERE id = $1 AND revoked_at IS NULL"};
constexpr sql update_used{
    "touch_api_tokens",
    "UPDATE api_tokens t SET last_used_at = greatest(t.last_used_at, " FIBREHUB_SQL_INSTANT(
        "r.at_us") ") FROM (SELECT unnest($1::text[]) AS id, unnest($2::bigint[]) AS at_us) AS r"
                   " WHERE t.id = r.id"};

}  // namespace

std::optional<std::vector<token_view>> run(connection& db, const list_api_tokens&) {
  return db.transact([&](pqxx::work& tx) {
    std::vector<token_view> out;
    const pqxx::result rows = db.run(tx, select_all);
    for (const auto& r : rows)
      out.push_back({r[0].c_str(), r[1].c_str(), split(r[2].c_str(), ' '), instant_of(r[3]),
                     instant_or_none(r[4]), instant_or_none(r[5]), instant_or_none(r[6])});
    return std::optional(std::move(out));
  });
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const add_api_token& request,
                  change_context& context) {
  const new_token& t = request.token;
  const std::string scopes = fmt::format("{}", fmt::join(t.scopes, " "));
  db.run(tx, insert_token,
         {{t.id, t.name, hex(t.sha256), scopes, us(context.origin.at), us(t.expires_at)}, nullptr});
  append_audit(
      db, tx, context.origin, "token.created", "token:" + t.id,
      fmt::format(R"({{"name":{},"scopes":{}}})", json_string(t.name), json_string(scopes)));
  return write_answer{201, json_string(t.id)};
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const touch_api_tokens& request,
                  change_context&) {
  pq_array ids, times;
  for (const auto& [id, at] : request.used) {
    ids.add(std::string_view(id));
    times.add(domain::to_us(at));
  }
  db.run(tx, update_used, {{ids.take(), times.take()}, nullptr});
  return write_answer{200, "null"};
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const revoke_api_token& request,
                  change_context& context) {
  const bool done =
      db.run(tx, update_revoked, {{request.id, us(context.origin.at)}, nullptr}).affected_rows() ==
      1;
  if (!done) return tl::unexpected(error{errc::not_found, "there is no such token in use"});
  append_audit(db, tx, context.origin, "token.revoked", "token:" + request.id);
  return write_answer{200, "null"};
}

}  // namespace fibrehub::store
