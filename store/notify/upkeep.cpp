#include "store/notify/upkeep.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "store/idempotency.hpp"
#include "store/notify/import_summary.hpp"
#include "store/notify/notify.hpp"
#include "store/notify/review_alarm.hpp"
#include "store/people/sql.hpp"
#include "store/sends/take.hpp"
#include "store/sla/retarget.hpp"
#include "store/sql_time.hpp"
#include "store/wa/sessions.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

constexpr std::size_t max_listed = 20;  // of one alarm
constexpr std::chrono::hours session_history_kept{90 * 24};
// Of which no alarm is raised when they die: it would be the next one's cause.
constexpr std::string_view alarm = "delivery_dead";

constexpr sql give_up{
    "upkeep_give_up",
    "UPDATE outbox o SET state = 'dead', finished_at = " FIBREHUB_SQL_INSTANT("$2::bigint")
    ", last_status = $4 || CASE WHEN o.last_status = '' THEN '' ELSE ': ' || o.last_status END"
    " FROM (SELECT id FROM outbox WHERE state = 'ready' AND coalesce(retried_at, created_at)"
    " < " FIBREHUB_SQL_INSTANT("$1::bigint")
    " ORDER BY coalesce(retried_at, created_at) LIMIT $3::bigint FOR UPDATE) AS late WHERE o.id ="
    " late.id RETURNING o.id, o.channel, o.lane, coalesce(o.body->>'kind', ''), o.last_status"};
// All but what is said once in a ticket's life: its key remembers that it was said.
constexpr sql delete_outbox{
    "upkeep_outbox",
    "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE state IN ('done', 'dead') AND key"
    " NOT LIKE 'client:%:received' AND key NOT LIKE 'client:%:started' AND finished_at "
    "< " FIBREHUB_SQL_INSTANT("$1::bigint") " ORDER BY finished_at LIMIT $2::bigint)"};
// Those of tickets stay with their messages.
constexpr sql delete_sends{
    "upkeep_sends",
    "DELETE FROM wa_sends WHERE id IN (SELECT id FROM wa_sends WHERE queued_at < "
    FIBREHUB_SQL_INSTANT("$1::bigint") " AND message_id IS NULL AND NOT EXISTS (SELECT 1 FROM outbox"
    " o WHERE o.id = outbox_id) ORDER BY queued_at LIMIT $2::bigint)"};
// What was done to messages that never came. Their raw deliveries stay.
constexpr sql delete_parked{
    "upkeep_parked",
    "DELETE FROM message_changes WHERE id IN (SELECT id FROM message_changes WHERE message_id IS NULL"
    " AND received_at < " FIBREHUB_SQL_INSTANT("$1::bigint") " ORDER BY received_at LIMIT"
    " $2::bigint)"};
constexpr sql delete_first_contacts{
    "upkeep_first_contacts",
    "DELETE FROM wa_first_contacts WHERE (channel, session, chat) IN (SELECT channel, session, chat"
    " FROM wa_first_contacts WHERE at < " FIBREHUB_SQL_INSTANT("$1::bigint") " ORDER BY at LIMIT"
    " $2::bigint)"};
constexpr sql delete_numbers{
    "upkeep_numbers",
    "DELETE FROM wa_numbers WHERE (channel, chat) IN (SELECT channel, chat FROM wa_numbers WHERE"
    " checked_at < " FIBREHUB_SQL_INSTANT("$1::bigint") " ORDER BY checked_at LIMIT $2::bigint)"};
constexpr sql delete_notifications{
    "upkeep_notifications",
    "DELETE FROM notifications WHERE id IN (SELECT id FROM notifications WHERE read_at IS NOT NULL"
    " AND read_at < " FIBREHUB_SQL_INSTANT("$1::bigint") " ORDER BY read_at LIMIT $2::bigint)"};
constexpr sql delete_digest_items{
    "upkeep_digest_items",
    "DELETE FROM digest_items WHERE id IN (SELECT id FROM digest_items WHERE sent_in IS NOT NULL"
    " AND due_at < " FIBREHUB_SQL_INSTANT("$1::bigint") " ORDER BY due_at LIMIT $2::bigint)"};

/// "72 h", "90 min".
std::string hours_text(std::chrono::milliseconds span) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(span).count();
  return minutes % 60 == 0 ? fmt::format("{} h", minutes / 60) : fmt::format("{} min", minutes);
}

hub_notice alarm_of(const pqxx::result& dead, const std::vector<std::int64_t>& in_the_dark,
                    domain::instant at) {
  hub_notice out;
  out.kind = domain::notice_kind::delivery_dead;
  out.at = at;
  std::int64_t last = 0;
  std::size_t count = 0;
  for (const auto& r : dead) {
    if (r[3].c_str() == alarm) continue;
    const auto id = r[0].as<std::int64_t>();
    const bool dark = std::find(in_the_dark.begin(), in_the_dark.end(), id) != in_the_dark.end();
    last = std::max(last, id);
    if (++count <= max_listed)
      out.text +=
          fmt::format("Outbox row {} ({} to {}, {}): {}{}\n", id, r[1].c_str(), r[2].c_str(),
                      r[3].c_str(), r[4].c_str(), dark ? " (uncertain: it may have left)" : "");
  }
  if (count > max_listed) out.text += fmt::format("… and {} more\n", count - max_listed);
  if (count == 0) return out;
  // The same row may be retried and die again: that is news.
  out.key = fmt::format("notify:outbox:{}:{}", last, domain::to_us(at));
  out.subject =
      count == 1 ? "A delivery was given up" : fmt::format("{} deliveries were given up", count);
  return out;
}

std::size_t remove(connection& db, pqxx::transaction_base& tx, const sql& statement,
                   domain::instant before, std::size_t limit) {
  return db.run(tx, statement, {{us(before), std::to_string(limit)}, nullptr}).affected_rows();
}

}  // namespace

domain::principal upkeep_principal() {
  domain::principal p;
  p.what = domain::principal::kind::system;
  p.id = "system:upkeep";
  p.name = "upkeep";
  p.as = domain::role::admin;
  return p;
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const tidy_up& request,
                  change_context& context) {
  const domain::instant now = context.origin.at;
  const upkeep_times& t = request.times;
  upkeep_run done;
  const pqxx::result dead =
      db.run(tx, give_up,
             {{us(now - t.give_up_after), us(now), std::to_string(request.limit),
               fmt::format("not delivered within {}", hours_text(t.give_up_after))},
              nullptr});
  done.given_up = dead.size();
  context.grows_outbox |= !dead.empty();  // what waited behind them
  std::vector<std::int64_t> messages;
  for (const auto& r : dead)
    if (r[1].c_str() == std::string_view("whatsapp")) messages.push_back(r[0].as<std::int64_t>());
  const std::vector<std::int64_t> in_the_dark = sends_given_up(
      db, tx, messages, fmt::format("not delivered within {}", hours_text(t.give_up_after)), now,
      context.events);
  if (const hub_notice told = alarm_of(dead, in_the_dark, now); !told.key.empty())
    context.grows_outbox |= notify_role(db, tx, domain::role::admin, told, context.events);
  alarm_of_review(db, tx, now, context);
  summarise_imports(db, tx, now, context);
  follow_contract_days(db, tx, now);
  done.outbox = remove(db, tx, delete_outbox, now - t.keep_finished, request.limit);
  remove(db, tx, delete_sends, now - t.keep_finished, request.limit);
  remove(db, tx, delete_parked, now - t.keep_parked, request.limit);
  remove(db, tx, delete_first_contacts, now - first_contact_known_for, request.limit);
  remove(db, tx, delete_numbers, now - number_known_for, request.limit);
  forget_session_history(db, tx, now - session_history_kept, request.limit);
  done.notifications = remove(db, tx, delete_notifications, now - t.keep_read, request.limit);
  done.digest_items = remove(db, tx, delete_digest_items, now - t.keep_read, request.limit);
  done.keys = forget_old_keys(db, tx, now, request.limit);
  for (const std::size_t n :
       {done.given_up, done.outbox, done.notifications, done.digest_items, done.keys})
    done.more = done.more || n == request.limit;
  if (request.result) *request.result = done;
  return write_answer{
      200, fmt::format(R"({{"given_up":{},"deleted":{}}})", done.given_up, done.deleted())};
}

}  // namespace fibrehub::store
