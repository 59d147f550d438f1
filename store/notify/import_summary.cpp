#include "store/notify/import_summary.hpp"

#include <fmt/format.h>

#include "store/notify/notify.hpp"
#include "store/pq.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

// An import that has brought nothing late for so long is over.
#define FIBREHUB_IMPORT_IS_OVER "interval '10 seconds'"

constexpr std::size_t listed = 10;

/// What came since the last summary: when the latest did, and whether that is long enough ago.
constexpr sql select_latest{
    "import_summary_latest",
    "SELECT " FIBREHUB_SQL_US("max(e.noticed_at)") ", coalesce(max(e.noticed_at) <= "
    FIBREHUB_SQL_INSTANT("$1::bigint") " - " FIBREHUB_IMPORT_IS_OVER ", false), (SELECT up_to_id"
    " FROM sla_older_tickets) > 0 FROM sla_events e WHERE e.disposition = 'silent' AND e.level_bp"
    " >= 10000 AND e.noticed_at > (SELECT told_to FROM sla_import_summary)"};
/// The latest first; those that nobody has to do anything about any more are left out.
constexpr sql select_late{
    "import_summary_late",
    "SELECT t.uid, count(*) OVER () FROM tickets t WHERE t.id IN (SELECT e.ticket_id FROM"
    " sla_events e WHERE e.disposition = 'silent' AND e.level_bp >= 10000 AND e.noticed_at >"
    " (SELECT told_to FROM sla_import_summary) AND e.noticed_at <= " FIBREHUB_SQL_INSTANT(
        "$1::bigint") ") AND t.status NOT IN ('resolved', 'closed') AND t.deleted_at IS NULL ORDER"
                      " BY t.id DESC LIMIT $2::bigint"};
constexpr sql update_told{
    "import_summary_told",
    "UPDATE sla_import_summary SET told_to = " FIBREHUB_SQL_INSTANT("$1::bigint")};
constexpr sql has_managers{
    "import_summary_managers",
    "SELECT EXISTS (SELECT 1 FROM users WHERE role = 'manager' AND disabled_at IS NULL)"};

}  // namespace

std::int64_t summarise_imports(connection& db, pqxx::transaction_base& tx, domain::instant now,
                               change_context& context) {
  const pqxx::result latest =
      db.run(tx, select_latest, {{std::to_string(domain::to_us(now))}, nullptr});
  const std::string until = latest[0][0].c_str();
  if (!latest[0][1].as<bool>()) return 0;
  const pqxx::result late = db.run(tx, select_late, {{until, std::to_string(listed)}, nullptr});
  db.run(tx, update_told, {{until}, nullptr});
  // Tickets from before there were clocks are no import.
  if (late.empty() || latest[0][2].as<bool>()) return 0;
  const auto count = late[0][1].as<std::int64_t>();
  hub_notice told;
  told.kind = domain::notice_kind::import_summary;
  told.key = "notify:import:" + until;
  told.at = now;
  told.subject = count == 1 ? "A late ticket was imported"
                            : fmt::format("{} late tickets were imported", count);
  told.text = "They had taken too long before they came here, so nobody was told of each:";
  for (const auto& row : late)
    told.text += fmt::format(" {}", row[0].c_str());
  if (static_cast<std::size_t>(count) > static_cast<std::size_t>(late.size()))
    told.text += fmt::format(" and {} more", count - static_cast<std::int64_t>(late.size()));
  told.text += ". Find them with sla:breached.\n";
  const bool managers = db.run(tx, has_managers)[0][0].as<bool>();
  context.grows_outbox |= notify_role(
      db, tx, managers ? domain::role::manager : domain::role::admin, told, context.events);
  return count;
}

}  // namespace fibrehub::store
