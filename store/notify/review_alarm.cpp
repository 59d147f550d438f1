#include "store/notify/review_alarm.hpp"

#include <fmt/format.h>

#include "store/notify/notify.hpp"
#include "store/pq.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

constexpr sql count_open{"review_open",
                         "SELECT count(*), " FIBREHUB_SQL_US(
                             "min(created_at)") " FROM review_items WHERE state = 'open'"};
constexpr sql all_clear{"review_clear", "DELETE FROM alarms WHERE name = 'review'"};
/// Only when it was not raised within the last day.
constexpr sql raise{
    "review_raise",
    "INSERT INTO alarms AS a (name, raised_at) VALUES ('review', " FIBREHUB_SQL_INSTANT(
        "$1::bigint") ") ON CONFLICT (name) DO UPDATE SET raised_at = excluded.raised_at WHERE"
                      " a.raised_at <= excluded.raised_at - interval '24 hours' RETURNING 1"};

}  // namespace

bool alarm_of_review(connection& db, pqxx::transaction_base& tx, domain::instant now,
                     change_context& context) {
  const pqxx::result open = db.run(tx, count_open);
  const auto count = open[0][0].as<std::int64_t>();
  if (count == 0) {
    db.run(tx, all_clear);
    return false;
  }
  if (db.run(tx, raise, {{std::to_string(domain::to_us(now))}, nullptr}).empty()) return false;
  hub_notice told;
  told.kind = domain::notice_kind::review_waiting;
  told.key = fmt::format("notify:review:{}", domain::to_us(now));
  told.at = now;
  told.subject = count == 1 ? "One item waits in the review queue"
                            : fmt::format("{} items wait in the review queue", count);
  told.text = fmt::format(
      "Input that could not be understood or trusted is kept for a person to decide; the oldest"
      " came at {}. See GET /api/v1/review.\n",
      domain::to_rfc3339(domain::from_us(open[0][1].as<std::int64_t>())));
  context.grows_outbox |= notify_role(db, tx, domain::role::admin, told, context.events);
  return true;
}

}  // namespace fibrehub::store
