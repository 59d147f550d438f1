#include <fmt/format.h>

#include "store/attachments/attachments.hpp"
#include "store/attachments/for_clients.hpp"
#include "store/pq.hpp"
#include "store/pq_array.hpp"
#include "store/row_security.hpp"
#include "store/visibility.hpp"

namespace fibrehub::store {
namespace {

constexpr sql select_unnamed{
    "attachments_unnamed",
    "SELECT s FROM unnest($1::text[]) s WHERE NOT EXISTS (SELECT 1 FROM attachments a WHERE"
    " a.sha256 = decode(s, 'hex')) AND NOT EXISTS (SELECT 1 FROM wa_media w WHERE w.sha256 ="
    " decode(s, 'hex'))"};

/// " AND …" for what `by` may see, or nothing.
std::string and_visible(const domain::principal& by, sql_params& params) {
  const std::string visible = visibility_condition(by, params);
  return visible.empty() ? visible : " AND " + visible;
}

}  // namespace

std::optional<ticket_load> run(connection& db, const get_ticket_load& request) {
  return transact_as(db, request.by, [&](pqxx::work& tx) -> std::optional<ticket_load> {
    sql_params params{{request.uid}, nullptr};
    const std::string visible = and_visible(request.by, params);
    const pqxx::result rows = db.run_text(
        tx,
        "SELECT t.id, count(a.id), coalesce(sum(a.size_bytes), 0)::bigint, coalesce(t.assigned_to, "
        "0),"
        " coalesce(t.assigned_team, 0), coalesce(t.client_id, 0) FROM tickets t LEFT JOIN"
        " attachments a ON a.ticket_id = t.id AND a.deleted_at IS NULL WHERE t.uid = $1 AND"
        " t.deleted_at IS NULL" +
            visible + " GROUP BY t.id",
        params);
    if (rows.empty()) return std::nullopt;
    return ticket_load{rows[0][0].as<std::int64_t>(),
                       rows[0][1].as<std::int64_t>(),
                       rows[0][2].as<std::int64_t>(),
                       {rows[0][3].as<std::int64_t>(), rows[0][4].as<std::int64_t>(),
                        rows[0][5].as<std::int64_t>()}};
  });
}

std::optional<kept_attachment> run(connection& db, const find_attachment& request) {
  return transact_as(db, request.by, [&](pqxx::work& tx) -> std::optional<kept_attachment> {
    sql_params params{{std::to_string(request.id)}, nullptr};
    const std::string visible = and_visible(request.by, params);
    const pqxx::result rows = db.run_text(
        tx,
        "SELECT a.id, t.uid, a.name, a.content_type, encode(a.sha256, 'hex'), a.size_bytes FROM"
        " attachments a JOIN tickets t ON t.id = a.ticket_id WHERE a.id = $1::bigint AND"
        " a.deleted_at IS NULL AND t.deleted_at IS NULL" +
            std::string(request.by.as == domain::role::client ? " AND " FIBREHUB_FILE_FOR_CLIENTS
                                                              : "") +
            visible,
        params);
    if (rows.empty()) return std::nullopt;
    const auto& r = rows[0];
    return kept_attachment{
        r[0].as<std::int64_t>(), r[1].c_str(), r[2].c_str(), r[3].c_str(), r[4].c_str(),
        r[5].as<std::int64_t>()};
  });
}

std::optional<std::vector<std::string>> run(connection& db, const find_unnamed_blobs& request) {
  return db.transact([&](pqxx::work& tx) {
    pq_array hashes;
    for (const std::string& h : request.sha256_hex)
      hashes.add(std::string_view(h));
    std::vector<std::string> out;
    const pqxx::result rows = db.run(tx, select_unnamed, {{hashes.take()}, nullptr});
    for (const auto& row : rows)
      out.emplace_back(row[0].c_str());
    return std::optional(std::move(out));
  });
}

}  // namespace fibrehub::store
