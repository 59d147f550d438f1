#include "store/idempotency.hpp"

#include <fmt/format.h>

#include "store/pq.hpp"
#include "store/pq_array.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

constexpr sql select_keys{
    "read_idempotency_keys",
    "SELECT r.i, encode(k.request, 'hex'), k.status, k.body FROM unnest($1::text[], $2::text[])"
    " WITH ORDINALITY AS r(principal, key, i) JOIN idempotency_keys k ON k.principal = r.principal"
    " AND k.key = r.key"};
constexpr sql insert_keys{
    "write_idempotency_keys",
    "INSERT INTO idempotency_keys (principal, key, request, status, body, created_at) SELECT"
    " r.principal, r.key, decode(r.request, 'hex'), r.status, r.body, " FIBREHUB_SQL_INSTANT(
        "r.at_us") " FROM (SELECT unnest($1::text[]) AS principal, unnest($2::text[]) AS key,"
                   " unnest($3::text[]) AS request, unnest($4::smallint[]) AS status,"
                   " unnest($5::text[]) AS body, unnest($6::bigint[]) AS at_us) AS r"};
constexpr sql delete_old_keys{
    "forget_idempotency_keys",
    "DELETE FROM idempotency_keys WHERE (principal, key) IN (SELECT principal, key FROM"
    " idempotency_keys WHERE created_at < " FIBREHUB_SQL_INSTANT(
        "$1::bigint") " ORDER BY created_at LIMIT $2::bigint)"};

std::string hex(std::string_view bytes) {
  std::string out;
  for (unsigned char c : bytes)
    out += fmt::format("{:02x}", c);
  return out;
}

}  // namespace

std::vector<std::optional<write_outcome>> find_repeated(
    connection& db, pqxx::transaction_base& tx, std::span<const write_origin* const> requests) {
  std::vector<std::optional<write_outcome>> out(requests.size());
  pq_array principals, keys;
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (requests[i]->idempotency_key.empty()) continue;
    principals.add(std::string_view(requests[i]->by.id));
    keys.add(std::string_view(requests[i]->idempotency_key));
    asked.push_back(i);
  }
  if (asked.empty()) return out;
  const pqxx::result rows = db.run(tx, select_keys, {{principals.take(), keys.take()}, nullptr});
  for (const auto& row : rows) {
    const std::size_t i = asked[row[0].as<std::size_t>() - 1];
    if (row[1].c_str() == hex(requests[i]->request_sha256)) {
      out[i] = write_answer{row[2].as<unsigned>(), row[3].c_str(), true};
    } else {
      out[i] = tl::unexpected(
          error{errc::invalid, "this Idempotency-Key was used for another request", "key_reused"});
    }
  }
  return out;
}

std::optional<write_outcome> run(connection& db, const find_answer& request) {
  return db.transact([&](pqxx::work& tx) {
    const write_origin* const one = &request.origin;
    return std::move(find_repeated(db, tx, {&one, 1}).front());
  });
}

void remember_answers(connection& db, pqxx::transaction_base& tx,
                      std::span<const answered_request> done) {
  std::array<pq_array, 6> c;
  bool any = false;
  for (const answered_request& d : done) {
    if (d.origin->idempotency_key.empty() || d.answer->replayed) continue;
    any = true;
    c[0].add(std::string_view(d.origin->by.id));
    c[1].add(std::string_view(d.origin->idempotency_key));
    c[2].add(std::string_view(hex(d.origin->request_sha256)));
    c[3].add(static_cast<std::int64_t>(d.answer->status));
    c[4].add(std::string_view(d.answer->data_json));
    c[5].add(domain::to_us(d.origin->at));
  }
  if (!any) return;
  sql_params params;
  for (pq_array& column : c)
    params.texts.push_back(column.take());
  db.run(tx, insert_keys, params);
}

std::size_t forget_old_keys(connection& db, pqxx::transaction_base& tx, domain::instant now,
                            std::size_t limit) {
  const auto before = std::to_string(domain::to_us(now - std::chrono::hours(24)));
  return db.run(tx, delete_old_keys, {{before, std::to_string(limit)}, nullptr}).affected_rows();
}

}  // namespace fibrehub::store
