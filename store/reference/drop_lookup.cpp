#include "store/reference/drop_lookup.hpp"

#include <fmt/format.h>

#include "store/pq.hpp"
#include "store/row_security.hpp"
#include "store/sql_time.hpp"
#include "store/visibility.hpp"

namespace fibrehub::store {
namespace {

constexpr sql select_drop{"read_drop", R"(
SELECT v.drop_number, (SELECT d.archived_at IS NOT NULL FROM drops d WHERE d.id = v.drop_id),
       coalesce(v.zone, ''), coalesce(v.pon, ''), coalesce(v.address, ''),
       coalesce(to_char(v.install_date, 'YYYY-MM-DD'), ''), coalesce(trim_scale(v.latitude)::text, ''),
       coalesce(trim_scale(v.longitude)::text, ''), coalesce(j.id, 0), j.code, j.name, coalesce(p.id, 0), p.code, '',
       coalesce(c.id, 0), c.code, c.name, coalesce(k.id, 0), k.code, k.name
FROM drop_places v
LEFT JOIN projects j ON j.id = v.project_id
LEFT JOIN poles p ON p.id = v.pole_id
LEFT JOIN contractors c ON c.id = v.contractor_id
LEFT JOIN clients k ON k.id = v.client_id
WHERE v.drop_number = $1)"};

constexpr sql select_reviews{
    "read_drop_reviews",
    "SELECT code, outcome, reason, reviewer, coalesce(ticket_uid, ''), " FIBREHUB_SQL_US(
        "reviewed_at") " FROM qa_photo_reviews WHERE drop_code = $1"
                       " ORDER BY reviewed_at DESC, id DESC LIMIT $2::bigint"};

constexpr const char* ticket_columns =
    "t.uid, t.title, t.status, t.priority, " FIBREHUB_SQL_US("t.created_at");

named_row to_named(const pqxx::row& r, pqxx::row::size_type at) {
  return {r[at].as<std::int64_t>(), r[at + 1].c_str(), r[at + 2].c_str()};
}

drop_view to_drop(const pqxx::row& r) {
  drop_view out;
  out.code = r[0].c_str();
  out.archived = r[1].as<bool>();
  out.zone = r[2].c_str();
  out.pon = r[3].c_str();
  out.address = r[4].c_str();
  out.install_date = r[5].c_str();
  out.latitude = r[6].c_str();
  out.longitude = r[7].c_str();
  out.project = to_named(r, 8);
  out.pole = to_named(r, 11);
  out.contractor = to_named(r, 14);
  out.client = to_named(r, 17);
  return out;
}

std::vector<ticket_of_drop> read_tickets(connection& db, pqxx::transaction_base& tx,
                                         const lookup_drop& request) {
  sql_params params{{request.code}, nullptr};
  const std::string visible = visibility_condition(request.viewer, params);
  const pqxx::result rows = db.run_text(
      tx,
      fmt::format("SELECT {} FROM tickets t WHERE t.drop_number = $1 AND t.status <> 'closed' AND"
                  " t.deleted_at IS NULL{}{} ORDER BY t.id DESC LIMIT {}",
                  ticket_columns, visible.empty() ? "" : " AND ", visible, request.ticket_limit),
      params);
  std::vector<ticket_of_drop> out;
  for (const auto& r : rows)
    out.push_back({r[0].c_str(), r[1].c_str(), r[2].c_str(), r[3].c_str(),
                   domain::from_us(r[4].as<std::int64_t>())});
  return out;
}

}  // namespace

std::optional<drop_view> run(connection& db, const lookup_drop& request) {
  return db.transact([&](pqxx::work& tx) -> std::optional<drop_view> {
    const pqxx::result found = db.run(tx, select_drop, {{request.code}, nullptr});
    if (found.empty()) return std::nullopt;
    drop_view out = to_drop(found[0]);
    const pqxx::result reviews =
        db.run(tx, select_reviews, {{request.code, std::to_string(request.review_limit)}, nullptr});
    for (const auto& r : reviews)
      out.reviews.push_back({r[0].c_str(), r[1].c_str(), r[2].c_str(), r[3].c_str(), r[4].c_str(),
                             domain::from_us(r[5].as<std::int64_t>())});
    look_through_eyes_of(db, tx, request.viewer);
    out.open_tickets = read_tickets(db, tx, request);
    return out;
  });
}

}  // namespace fibrehub::store
