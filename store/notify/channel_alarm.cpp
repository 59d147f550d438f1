#include "store/notify/channel_alarm.hpp"

#include <fmt/format.h>

#include "store/notify/notify.hpp"
#include "store/pq.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

constexpr sql raise{"channel_raise",
                    "INSERT INTO alarms (name, raised_at) VALUES ($1, " FIBREHUB_SQL_INSTANT(
                        "$2::bigint") ") ON CONFLICT (name) DO NOTHING RETURNING 1"};
constexpr sql clear{"channel_clear",
                    "DELETE FROM alarms WHERE name = $1 RETURNING " FIBREHUB_SQL_US("raised_at")};

hub_notice notice_of(const channel_condition& c, domain::instant raised_at, domain::instant now) {
  hub_notice out;
  out.kind = domain::notice_kind::channel_trouble;
  out.at = now;
  out.key = fmt::format("notify:channel:{}:{}{}", c.name, domain::to_us(raised_at),
                        c.in_trouble ? "" : ":over");
  if (c.in_trouble) {
    out.subject = fmt::format("Channel {} is in trouble", c.name);
    out.text = fmt::format("Nothing goes through since {}.{}{} See GET /api/v1/channels.\n",
                           domain::to_rfc3339(c.since), c.detail.empty() ? "" : " ", c.detail);
  } else {
    out.subject = fmt::format("Channel {} is well again", c.name);
    out.text = fmt::format("Its trouble of {} is over. See GET /api/v1/channels.\n",
                           domain::to_rfc3339(raised_at));
  }
  return out;
}

}  // namespace

domain::principal channel_alarm_principal() {
  domain::principal p;
  p.what = domain::principal::kind::system;
  p.id = "system:channels";
  p.name = "channels";
  p.as = domain::role::admin;
  return p;
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const tell_channel_trouble& request,
                  change_context& context) {
  const domain::instant now = context.origin.at;
  channel_alarms done;
  for (const channel_condition& c : request.channels) {
    const std::string alarm = "channel:" + c.name;
    domain::instant raised_at = now;
    if (c.in_trouble) {
      const bool is_new =
          !db.run(tx, raise, {{alarm, std::to_string(domain::to_us(now))}, nullptr}).empty();
      if (!is_new) continue;
      ++done.raised;
    } else {
      const pqxx::result was = db.run(tx, clear, {{alarm}, nullptr});
      if (was.empty()) continue;
      raised_at = domain::from_us(was[0][0].as<std::int64_t>());
      ++done.over;
    }
    context.grows_outbox |=
        notify_role(db, tx, domain::role::admin, notice_of(c, raised_at, now), context.events);
  }
  if (request.result) *request.result = done;
  return write_answer{200, fmt::format(R"({{"raised":{},"over":{}}})", done.raised, done.over)};
}

}  // namespace fibrehub::store
