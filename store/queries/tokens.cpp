#include "store/queries/tokens.hpp"

#include "store/pq.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

#define FIBREHUB_TOKEN_COLUMNS                                 \
  "id, name, encode(sha256, 'hex'), scopes, " FIBREHUB_SQL_US( \
      "expires_at") ", revoked_at IS NOT NULL"

constexpr sql select_token{"read_token",
                           "SELECT " FIBREHUB_TOKEN_COLUMNS " FROM api_tokens WHERE id = $1"};
constexpr sql select_tokens{
    "read_tokens", "SELECT " FIBREHUB_TOKEN_COLUMNS " FROM api_tokens ORDER BY created_at, id"};
constexpr sql insert_token{"create_token",
                           "INSERT INTO api_tokens (id, name, sha256, scopes, expires_at) VALUES "
                           "($1, $2, decode($3, 'hex'), $4,"
                           " " FIBREHUB_SQL_INSTANT_OR_NULL("$5::bigint") ")"};
constexpr sql update_revoked{
    "revoke_token",
    "UPDATE api_tokens SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL"};

std::vector<std::string> split(std::string_view words) {
  std::vector<std::string> out;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (end > 0) out.emplace_back(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return out;
}

token_record to_token(const pqxx::row& r) {
  token_record t;
  t.id = r[0].c_str();
  t.name = r[1].c_str();
  t.sha256 = unhex(std::string("\\x") + r[2].c_str());
  t.scopes = split(r[3].c_str());
  if (const auto us = r[4].as<std::int64_t>(); us != 0) t.expires_at = domain::from_us(us);
  t.revoked = r[5].as<bool>();
  return t;
}

}  // namespace

std::optional<token_record> run(connection& db, const find_token& request) {
  return db.transact([&](pqxx::work& tx) -> std::optional<token_record> {
    const pqxx::result rows = db.run(tx, select_token, {{request.id}, nullptr});
    if (rows.empty()) return std::nullopt;
    return to_token(rows[0]);
  });
}

void create_token(connection& db, const new_token& token) {
  std::string hex, scopes;
  for (unsigned char c : token.sha256)
    hex += fmt::format("{:02x}", c);
  for (const std::string& scope : token.scopes)
    scopes += (scopes.empty() ? "" : " ") + scope;
  const std::int64_t expires = token.expires_at ? domain::to_us(*token.expires_at) : 0;
  db.transact([&](pqxx::work& tx) {
    db.run(tx, insert_token,
           {{token.id, token.name, hex, scopes, std::to_string(expires)}, nullptr});
  });
}

bool revoke_token(connection& db, const std::string& id) {
  return db.transact([&](pqxx::work& tx) {
    return db.run(tx, update_revoked, {{id}, nullptr}).affected_rows() == 1;
  });
}

std::vector<token_record> list_tokens(connection& db) {
  return db.transact([&](pqxx::work& tx) {
    std::vector<token_record> out;
    const pqxx::result rows = db.run(tx, select_tokens);
    for (const auto& row : rows)
      out.push_back(to_token(row));
    return out;
  });
}

}  // namespace fibrehub::store
