// Business calendars.
#include <fmt/format.h>

#include "domain/text.hpp"
#include "store/people/audit.hpp"
#include "store/pq.hpp"
#include "store/sla/book.hpp"
#include "store/sla/calendar_column.hpp"
#include "store/sla/config.hpp"
#include "store/sla/refusals.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

namespace sla = domain::sla;

#define FIBREHUB_CALENDAR_COLUMNS                                    \
  "id, name, is_default, versions::text, version, " FIBREHUB_SQL_US( \
      "updated_at") ", archived_at IS NOT NULL"

constexpr sql select_calendars{
    "calendars_list", "SELECT " FIBREHUB_CALENDAR_COLUMNS
                      " FROM sla_calendars WHERE ($1::bigint = 0 AND (archived_at IS NOT NULL) ="
                      " $2::boolean) OR id = $1::bigint ORDER BY NOT is_default, lower(name)"};
constexpr sql lock_calendar{"calendars_lock",
                            "SELECT " FIBREHUB_CALENDAR_COLUMNS
                            " FROM sla_calendars WHERE id = $1::bigint FOR UPDATE"};
constexpr sql count_calendars{"calendars_count", "SELECT count(*) FROM sla_calendars"};
constexpr sql drop_default{"calendars_drop_default",
                           "UPDATE sla_calendars SET is_default = false WHERE is_default"};
constexpr sql insert_calendar{
    "calendars_insert",
    "INSERT INTO sla_calendars (name, is_default, versions, updated_at) VALUES ($1, $2::boolean,"
    " $3::json, " FIBREHUB_SQL_INSTANT("$4::bigint") ") RETURNING id"};
constexpr sql update_calendar{
    "calendars_update",
    "UPDATE sla_calendars SET name = $2, is_default = $3::boolean, versions = $4::json, version ="
    " $5::integer, updated_at = " FIBREHUB_SQL_INSTANT("$6::bigint") ", archived_at = CASE WHEN"
    " $7::boolean THEN coalesce(archived_at, " FIBREHUB_SQL_INSTANT("$6::bigint")
    ") END WHERE id = $1::bigint"};
constexpr sql note_repair{"calendars_repaired",
                          "UPDATE sla_calendars SET repaired_in = version, repaired_at = updated_at"
                          " WHERE id = $1::bigint"};
constexpr sql select_users{
    "calendars_users",
    "SELECT EXISTS (SELECT 1 FROM sla_configs WHERE calendar_id = $1::bigint) OR EXISTS (SELECT 1"
    " FROM contracts WHERE calendar_id = $1::bigint AND archived_at IS NULL)"};

struct calendar_record {
  std::int64_t id = 0;
  std::string name;
  bool is_default = false;
  std::vector<sla::calendar_version> versions;
  std::int32_t version = 1;
  domain::instant updated_at{};
  bool archived = false;
};

calendar_record to_record(const pqxx::row& r) {
  auto versions = from_column(r[3].c_str());
  if (!versions) throw std::runtime_error(fmt::format("calendar {} cannot be read", r[1].c_str()));
  return {r[0].as<std::int64_t>(), r[1].c_str(),
          r[2].as<bool>(),         std::move(*versions),
          r[4].as<std::int32_t>(), domain::from_us(r[5].as<std::int64_t>()),
          r[6].as<bool>()};
}

std::string record_json(const calendar_record& c) {
  return fmt::format(
      R"({{"id":{},"name":{},"default":{},"calendar":{},"version":{},"archived":{},"updated_at":"{}"}})",
      c.id, json_string(c.name), c.is_default, calendar_json(c.versions), c.version, c.archived,
      domain::to_rfc3339(c.updated_at));
}

/// The versions after the edit, checked.
tl::expected<void, error> take_hours(const save_calendar& request, domain::instant now,
                                     calendar_record& c) {
  if (!request.versions) return {};
  std::vector<sla::calendar_version> wanted = *request.versions;
  if (request.id) {
    if (wanted.size() != 1)
      return tl::unexpected(no_such("calendar", "has to be one version: the one to add"));
    if (!wanted.front().effective_from) wanted.front().effective_from = now;
    auto edited = sla::edited(c.versions, wanted.front(), now, request.is_repair);
    if (!edited)
      return tl::unexpected(no_such("calendar." + edited.error().field, edited.error().reason));
    wanted = std::move(*edited);
  }
  auto made = sla::calendar::make(wanted);
  if (!made) return tl::unexpected(no_such("calendar." + made.error().field, made.error().reason));
  c.versions = (*made)->versions();
  return {};
}

tl::expected<void, error> take_over(connection& db, pqxx::transaction_base& tx,
                                    const save_calendar& request, domain::instant now,
                                    calendar_record& c) {
  if (request.name) c.name = *request.name;
  if (auto done = take_hours(request, now, c); !done) return done;
  if (request.archived) c.archived = *request.archived;
  if (request.is_default && !*request.is_default && c.is_default)
    return tl::unexpected(no_such("default", "cannot be taken away: make another calendar it"));
  if (request.is_default) c.is_default = *request.is_default;
  if (c.archived && c.is_default)
    return tl::unexpected(no_such("archived", "is not for the default calendar"));
  if (request.archived.value_or(false) && request.id &&
      db.run(tx, select_users, {{std::to_string(*request.id)}, nullptr})[0][0].as<bool>())
    return tl::unexpected(
        error{errc::conflict, "targets or contracts use this calendar", "in_use"});
  return {};
}

write_outcome create(connection& db, pqxx::transaction_base& tx, const save_calendar& request,
                     change_context& context) {
  if (db.run(tx, count_calendars)[0][0].as<std::size_t>() >= max_sla_calendars)
    return tl::unexpected(error{errc::conflict,
                                fmt::format("there may be {} calendars at most", max_sla_calendars),
                                "too_many_calendars"});
  calendar_record c;
  c.updated_at = context.origin.at;
  if (auto done = take_over(db, tx, request, context.origin.at, c); !done)
    return tl::unexpected(std::move(done.error()));
  if (c.is_default) db.run(tx, drop_default);
  c.id = db.run(tx, insert_calendar,
                {{c.name, c.is_default ? "true" : "false", to_column(c.versions),
                  std::to_string(domain::to_us(c.updated_at))},
                 nullptr})[0][0]
             .as<std::int64_t>();
  renew_sla_revision(db, tx);
  append_audit(db, tx, context.origin, "calendar.created", fmt::format("calendar:{}", c.id),
               record_json(c));
  return write_answer{201, record_json(c)};
}

}  // namespace

std::optional<sla_answer> run(connection& db, const list_calendars& request) {
  return db.transact([&](pqxx::work& tx) -> std::optional<sla_answer> {
    const pqxx::result rows = db.run(
        tx, select_calendars,
        {{std::to_string(request.id.value_or(0)), request.archived ? "true" : "false"}, nullptr});
    if (request.id && rows.empty()) return std::nullopt;
    std::string all;
    for (const auto& r : rows)
      all += (all.empty() ? "" : ",") + record_json(to_record(r));
    return sla_answer{request.id ? all : fmt::format(R"({{"calendars":[{}]}})", all)};
  });
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const save_calendar& request,
                  change_context& context) {
  if (!request.id) return create(db, tx, request, context);
  const std::string id = std::to_string(*request.id);
  const pqxx::result found = db.run(tx, lock_calendar, {{id}, nullptr});
  if (found.empty())
    return tl::unexpected(error{errc::not_found, "there is no such calendar", "not_found"});
  const calendar_record before = to_record(found[0]);
  if (request.version && *request.version != before.version)
    return tl::unexpected(stale_version(record_json(before)));
  calendar_record c = before;
  c.updated_at = context.origin.at;
  ++c.version;
  if (auto done = take_over(db, tx, request, context.origin.at, c); !done)
    return tl::unexpected(std::move(done.error()));
  if (c.is_default && !before.is_default) db.run(tx, drop_default);
  db.run(tx, update_calendar,
         {{id, c.name, c.is_default ? "true" : "false", to_column(c.versions),
           std::to_string(c.version), std::to_string(domain::to_us(c.updated_at)),
           c.archived ? "true" : "false"},
          nullptr});
  if (request.is_repair) db.run(tx, note_repair, {{id}, nullptr});
  renew_sla_revision(db, tx);
  append_audit(db, tx, context.origin, request.is_repair ? "calendar.repaired" : "calendar.updated",
               "calendar:" + id,
               fmt::format(R"({{"before":{},"after":{}}})", record_json(before), record_json(c)));
  return write_answer{200, record_json(c)};
}

}  // namespace fibrehub::store
