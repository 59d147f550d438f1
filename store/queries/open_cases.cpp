#include "store/queries/open_cases.hpp"

#include "store/pq.hpp"

namespace fibrehub::store {
namespace {

constexpr sql select_open{
    "open_cases",
    "SELECT source_reference FROM tickets WHERE source = 'qcontact' AND channel = $1 AND status <>"
    " 'closed' AND source_reference IS NOT NULL AND deleted_at IS NULL ORDER BY id DESC LIMIT"
    " $2::bigint"};

}  // namespace

std::optional<std::vector<std::string>> run(connection& db, const find_open_cases& request) {
  return db.autocommit([&](pqxx::transaction_base& tx) -> std::optional<std::vector<std::string>> {
    std::vector<std::string> out;
    const pqxx::result rows =
        db.run(tx, select_open, {{request.channel, std::to_string(request.limit)}, nullptr});
    for (const auto& row : rows)
      out.emplace_back(row[0].c_str());
    return out;
  });
}

}  // namespace fibrehub::store
