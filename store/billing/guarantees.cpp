#include "store/billing/guarantees.hpp"

#include <fmt/format.h>

#include "store/people/audit.hpp"
#include "store/pq.hpp"
#include "store/sla/book.hpp"
#include "store/sla/page.hpp"
#include "store/sla/refusals.hpp"
#include "store/sla/retarget.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

// "build fault": the types that are covered, in one text.
#define FIBREHUB_GUARANTEE_COLUMNS                                                             \
  "p.id, p.code, p.name, coalesce(g.period_days, 0), coalesce(array_to_string(g.ticket_types," \
  " ' '), ''), coalesce(g.notes, ''), coalesce(g.version, 0), coalesce(" FIBREHUB_SQL_US(      \
      "g.updated_at") ", 0), g.archived_at IS NOT NULL"

constexpr sql select_guarantees{
    "guarantees_list",
    "SELECT " FIBREHUB_GUARANTEE_COLUMNS
    " FROM project_guarantees g JOIN projects p ON p.id = g.project_id"
    " WHERE ($1::bigint = 0 OR p.id = $1::bigint) AND ($1::bigint <> 0 OR"
    " (g.archived_at IS NOT NULL) = $2::boolean) AND p.id > $3::bigint ORDER BY p.id"
    " LIMIT $4::bigint"};
// Without a guarantee yet: version 0. The project's row keeps two that make one apart.
constexpr sql lock_project{
    "guarantees_lock",
    "SELECT " FIBREHUB_GUARANTEE_COLUMNS
    " FROM projects p LEFT JOIN project_guarantees g ON g.project_id = p.id WHERE p.id = $1::bigint"
    " FOR NO KEY UPDATE OF p"};
constexpr sql upsert_guarantee{
    "guarantees_save",
    "INSERT INTO project_guarantees AS g (project_id, period_days, ticket_types, notes, version,"
    " updated_at, archived_at) SELECT r.project_id, r.days, string_to_array($3, ' '), $4,"
    " $5::integer, r.at, CASE WHEN $7::boolean THEN r.at END FROM (SELECT $1::bigint AS project_id,"
    " $2::integer AS days, " FIBREHUB_SQL_INSTANT("$6::bigint") " AS at) AS r"
    " ON CONFLICT (project_id) DO UPDATE SET period_days = excluded.period_days, ticket_types ="
    " excluded.ticket_types, notes = excluded.notes, version = excluded.version, updated_at ="
    " excluded.updated_at, archived_at = CASE WHEN $7::boolean THEN coalesce(g.archived_at,"
    " excluded.archived_at) END"};

struct guarantee_record {
  std::int64_t project_id = 0;
  std::string project, project_name;
  std::int64_t period_days = 0;
  std::string covers, notes;
  std::int32_t version = 0;  // 0: there is none yet
  domain::instant updated_at{};
  bool archived = false;
};

guarantee_record to_record(const pqxx::row& r) {
  return {r[0].as<std::int64_t>(),
          r[1].c_str(),
          r[2].c_str(),
          r[3].as<std::int64_t>(),
          r[4].c_str(),
          r[5].c_str(),
          r[6].as<std::int32_t>(),
          domain::from_us(r[7].as<std::int64_t>()),
          r[8].as<bool>()};
}

std::string record_json(const guarantee_record& g) {
  std::string covers;
  for (std::size_t i = 0; i < g.covers.size();) {
    const std::size_t end = std::min(g.covers.find(' ', i), g.covers.size());
    covers += (covers.empty() ? "" : ",") + json_string(g.covers.substr(i, end - i));
    i = end + 1;
  }
  return fmt::format(
      R"({{"project_id":{},"project":{},"project_name":{},"period_days":{},"ticket_types":[{}],)"
      R"("notes":{},"version":{},"archived":{},"updated_at":"{}"}})",
      g.project_id, json_string(g.project), json_string(g.project_name), g.period_days, covers,
      json_string(g.notes), g.version, g.archived, domain::to_rfc3339(g.updated_at));
}

tl::expected<void, error> take_over(const save_guarantee& request, guarantee_record& g) {
  if (g.version == 0 && !request.period_days)
    return tl::unexpected(no_such("period_days", "is required for a project without a guarantee"));
  if (g.version == 0) g.covers = "build fault";
  if (request.period_days) g.period_days = *request.period_days;
  if (request.covers) {
    g.covers.clear();
    for (const domain::ticket_type type : *request.covers)
      g.covers += (g.covers.empty() ? "" : " ") + std::string(name_of(type));
  }
  if (request.notes) g.notes = *request.notes;
  // To give another period or other types is to mean it.
  if (request.period_days || request.covers) g.archived = false;
  if (request.archived) g.archived = *request.archived;
  return {};
}

}  // namespace

std::optional<sla_answer> run(connection& db, const list_guarantees& request) {
  return db.transact([&](pqxx::work& tx) -> std::optional<sla_answer> {
    const pqxx::result rows = db.run(
        tx, select_guarantees,
        {{std::to_string(request.id.value_or(0)), request.archived ? "true" : "false",
          std::to_string(request.id ? 0 : request.after_id), std::to_string(request.limit + 1)},
         nullptr});
    return page_of(rows, request.id.has_value(), request.limit,
                   [](const pqxx::row& r) { return record_json(to_record(r)); });
  });
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const save_guarantee& request,
                  change_context& context) {
  const pqxx::result found =
      db.run(tx, lock_project, {{std::to_string(request.project_id)}, nullptr});
  if (found.empty()) return tl::unexpected(no_such("project_id", "is no project"));
  guarantee_record g = to_record(found[0]);
  const bool is_new = g.version == 0;
  const guarantee_record former = g;
  const std::string before = is_new ? "" : record_json(g);
  if (request.version && *request.version != g.version) {
    if (is_new)
      return tl::unexpected(
          error{errc::conflict, "the project has no guarantee yet", "stale_version"});
    return tl::unexpected(stale_version(before));
  }
  if (auto done = take_over(request, g); !done) return tl::unexpected(std::move(done.error()));
  ++g.version;
  g.updated_at = context.origin.at;
  db.run(tx, upsert_guarantee,
         {{std::to_string(g.project_id), std::to_string(g.period_days), g.covers, g.notes,
           std::to_string(g.version), std::to_string(domain::to_us(g.updated_at)),
           g.archived ? "true" : "false"},
          nullptr});
  if (is_new || g.period_days != former.period_days || g.covers != former.covers ||
      g.archived != former.archived) {
    renew_sla_revision(db, tx);
    ask_for_retarget(db, tx, {"guarantee of project " + g.project, {}, {}, g.project_id},
                     context.origin.at);
  }
  const std::string after = record_json(g);
  append_audit(db, tx, context.origin, is_new ? "guarantee.created" : "guarantee.updated",
               fmt::format("guarantee:{}", g.project_id),
               is_new ? after : fmt::format(R"({{"before":{},"after":{}}})", before, after));
  return write_answer{is_new ? 201U : 200U, after};
}

}  // namespace fibrehub::store
