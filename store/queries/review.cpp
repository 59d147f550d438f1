#include "store/queries/review.hpp"

#include "store/pq.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

constexpr sql select_items{"read_review", R"(
SELECT r.id, r.reason, r.detail, r.state, i.source, i.channel, i.event, i.ext_id, i.headers,
       substring(i.body FROM 1 FOR $4::int), length(i.body), )" FIBREHUB_SQL_US("r.created_at") R"(
FROM review_items r JOIN inbox i ON i.id = r.inbox_id
WHERE r.state = $1 AND r.id < $2::bigint ORDER BY r.id DESC LIMIT $3::bigint)"};

constexpr sql count_open{"count_review", "SELECT count(*) FROM review_items WHERE state = 'open'"};

}  // namespace

std::optional<review_page> run(connection& db, const list_review& request) {
  return db.transact([&](pqxx::work& tx) {
    review_page out;
    out.open = db.run(tx, count_open)[0][0].as<std::int64_t>();
    const auto before = request.before_id.value_or(std::numeric_limits<std::int64_t>::max());
    const pqxx::result rows =
        db.run(tx, select_items,
               {{request.state, std::to_string(before), std::to_string(request.limit + 1),
                 std::to_string(request.body_limit)},
                nullptr});
    for (const auto& r : rows) {
      review_view v;
      v.id = r[0].as<std::int64_t>();
      v.reason = r[1].c_str();
      v.detail = r[2].c_str();
      v.state = r[3].c_str();
      v.source = r[4].c_str();
      v.channel = r[5].c_str();
      v.event = r[6].c_str();
      v.ext_id = r[7].c_str();
      v.headers_json = r[8].c_str();
      v.body = unhex(r[9].c_str());
      v.body_bytes = r[10].as<std::int64_t>();
      v.created_at = domain::from_us(r[11].as<std::int64_t>());
      out.items.push_back(std::move(v));
    }
    if (static_cast<std::int64_t>(out.items.size()) > request.limit) {
      out.items.pop_back();
      out.next_before = out.items.back().id;
    }
    return std::optional(std::move(out));
  });
}

}  // namespace fibrehub::store
