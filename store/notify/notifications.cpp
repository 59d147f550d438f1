#include "store/notify/notifications.hpp"

#include <fmt/format.h>

#include <limits>

#include "store/people/sql.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

#define FIBREHUB_NOTIFICATION \
  "SELECT id, kind, ticket_uid, actor, subject, body, " FIBREHUB_SQL_US("created_at") \
  ", " FIBREHUB_SQL_US("read_at") " FROM notifications WHERE user_id = $1::bigint AND id < " \
  "$2::bigint"

constexpr sql select_all{"read_notifications",
                         FIBREHUB_NOTIFICATION " ORDER BY id DESC LIMIT $3::bigint"};
constexpr sql select_unread{"read_unread_notifications", FIBREHUB_NOTIFICATION
                            " AND read_at IS NULL ORDER BY id DESC LIMIT $3::bigint"};
constexpr sql select_read{"read_seen_notifications", FIBREHUB_NOTIFICATION
                          " AND read_at IS NOT NULL ORDER BY id DESC LIMIT $3::bigint"};
constexpr sql count_unread{
    "count_unread_notifications",
    "SELECT count(*) FROM (SELECT 1 FROM notifications WHERE user_id = $1::bigint AND read_at IS"
    " NULL LIMIT $2::bigint) AS unread"};
constexpr sql mark_one{
    "mark_notification",
    "UPDATE notifications SET read_at = coalesce(read_at, " FIBREHUB_SQL_INSTANT(
        "$3::bigint") ") WHERE id = $1::bigint AND user_id = $2::bigint RETURNING " FIBREHUB_SQL_US("read_at")};
constexpr sql mark_all{
    "mark_notifications",
    "UPDATE notifications SET read_at = " FIBREHUB_SQL_INSTANT("$3::bigint")
    " WHERE user_id = $2::bigint AND read_at IS NULL AND id <= $1::bigint RETURNING id"};

notification_view to_view(const pqxx::row& r) {
  notification_view v;
  v.id = r[0].as<std::int64_t>();
  v.kind = r[1].c_str();
  v.ticket_uid = r[2].c_str();
  v.actor = r[3].c_str();
  v.subject = r[4].c_str();
  v.text = r[5].c_str();
  v.created_at = instant_of(r[6]);
  v.read_at = instant_or_none(r[7]);
  return v;
}

}  // namespace

std::optional<notification_page> run(connection& db, const list_notifications& request) {
  return db.transact([&](pqxx::work& tx) {
    const std::string user = std::to_string(request.user_id);
    notification_page out;
    out.unread =
        db.run(tx, count_unread, {{user, std::to_string(max_unread_counted)}, nullptr})[0][0]
            .as<std::int64_t>();
    if (request.limit == 0) return std::optional(std::move(out));
    const sql& statement = !request.unread   ? select_all
                           : *request.unread ? select_unread
                                             : select_read;
    const auto before = request.before_id.value_or(std::numeric_limits<std::int64_t>::max());
    const pqxx::result rows =
        db.run(tx, statement,
               {{user, std::to_string(before), std::to_string(request.limit + 1)}, nullptr});
    for (const auto& r : rows)
      out.items.push_back(to_view(r));
    if (static_cast<std::int64_t>(out.items.size()) > request.limit) {
      out.items.pop_back();
      out.next_before = out.items.back().id;
    }
    return std::optional(std::move(out));
  });
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const read_notification& request,
                  change_context& context) {
  const pqxx::result rows =
      db.run(tx, mark_one,
             {{std::to_string(request.id), std::to_string(context.origin.by.user_id),
               us(context.origin.at)},
              nullptr});
  if (rows.empty())
    return tl::unexpected(
        error{errc::not_found, "there is no such notification of yours", "not_found"});
  return write_answer{200, fmt::format(R"({{"id":{},"read_at":"{}"}})", request.id,
                                       domain::to_rfc3339(instant_of(rows[0][0])))};
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const read_notifications& request,
                  change_context& context) {
  const pqxx::result rows =
      db.run(tx, mark_all,
             {{std::to_string(request.up_to), std::to_string(context.origin.by.user_id),
               us(context.origin.at)},
              nullptr});
  return write_answer{200, fmt::format(R"({{"marked":{}}})", rows.size())};
}

}  // namespace fibrehub::store
