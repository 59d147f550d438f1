// Targets by type and priority.
#include <fmt/format.h>

#include "store/people/audit.hpp"
#include "store/pq.hpp"
#include "store/pq_array.hpp"
#include "store/sla/book.hpp"
#include "store/sla/config.hpp"
#include "store/sla/refusals.hpp"
#include "store/sla/retarget.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

namespace sla = domain::sla;

constexpr sql lock_state{"sla_state_lock", "SELECT version FROM sla_state FOR UPDATE"};
constexpr sql update_state{
    "sla_state_write",
    "UPDATE sla_state SET version = version + 1, revision = gen_random_uuid(), updated_at"
    " = " FIBREHUB_SQL_INSTANT("$1::bigint")};
constexpr sql update_type{"sla_type_write",
                          "UPDATE sla_types SET base_seconds = $2::integer WHERE type = $1"};
constexpr sql update_priority{
    "sla_priority_write",
    "UPDATE sla_priorities SET multiplier_percent = coalesce(nullif($2::integer, 0),"
    " multiplier_percent), response_seconds = coalesce(nullif($3::integer, 0), response_seconds)"
    " WHERE priority = $1"};
constexpr sql upsert_pair{
    "sla_config_write",
    "INSERT INTO sla_configs (type, priority, response_seconds, resolution_seconds, levels_bp,"
    " calendar_id) VALUES ($1, $2, nullif($3::integer, 0), nullif($4::integer, 0),"
    " nullif($5::integer[], '{}'), nullif($6::bigint, 0)) ON CONFLICT (type, priority) DO UPDATE"
    " SET response_seconds = excluded.response_seconds, resolution_seconds ="
    " excluded.resolution_seconds, levels_bp = excluded.levels_bp, calendar_id ="
    " excluded.calendar_id"};
constexpr sql delete_empty{
    "sla_config_tidy",
    "DELETE FROM sla_configs WHERE response_seconds IS NULL AND resolution_seconds IS NULL AND"
    " levels_bp IS NULL AND calendar_id IS NULL"};

std::string levels_json(const std::vector<int>& levels_bp) {
  std::string out = "[";
  for (const int bp : levels_bp)
    out += fmt::format("{}{:g}", out.size() > 1 ? "," : "", bp / 100.0);
  return out + "]";
}

std::string pair_json(const sla_book& book, domain::ticket_type type,
                      domain::ticket_priority priority) {
  const auto of = [&](sla::clock_kind kind) {
    return book.terms_for(kind, type, priority, 0, domain::instant{});
  };
  const clock_terms response = of(sla::clock_kind::response);
  const clock_terms resolution = of(sla::clock_kind::resolution);
  return fmt::format(
      R"({{"type":"{}","priority":"{}","response_seconds":{},"response_source":"{}",)"
      R"("resolution_seconds":{},"resolution_source":"{}","reason":{},"levels":{},)"
      R"("calendar_id":{},"calendar":{}}})",
      name_of(type), name_of(priority), response.target.length.count(),
      name_of(response.target.source), resolution.target.length.count(),
      name_of(resolution.target.source), json_string(resolution.target.reason),
      levels_json(resolution.terms.levels_bp), resolution.calendar_id,
      json_string(book.calendars.at(resolution.calendar_id).name));
}

std::string configs_json(const sla_book& book) {
  std::string types, priorities, pairs;
  const auto comma = [](const std::string& s) { return s.empty() ? "" : ","; };
  for (const std::string_view name : domain::ticket_type_names()) {
    const auto type = *domain::ticket_type_from(name);
    types += fmt::format(R"({}{{"type":"{}","base_seconds":{}}})", comma(types), name,
                         book.rule.base[static_cast<std::size_t>(type)].count());
    for (const std::string_view p : domain::ticket_priority_names())
      pairs += comma(pairs) + pair_json(book, type, *domain::ticket_priority_from(p));
  }
  for (const std::string_view name : domain::ticket_priority_names()) {
    const auto p = static_cast<std::size_t>(*domain::ticket_priority_from(name));
    priorities += fmt::format(
        R"({}{{"priority":"{}","multiplier_percent":{},"response_seconds":{}}})", comma(priorities),
        name, book.rule.multiplier_percent[p], book.rule.response[p].count());
  }
  return fmt::format(R"({{"version":{},"types":[{}],"priorities":[{}],"configs":[{}]}})",
                     book.version, types, priorities, pairs);
}

std::string text(std::int64_t n) {
  return std::to_string(n);
}

/// Lays what is given over the row as it is.
void write_pair(connection& db, pqxx::transaction_base& tx, const sla_book& book,
                const sla_pair_edit& e) {
  sla_pair row;
  if (const sla_pair* known = book.pair_of(e.type, e.priority)) row = *known;
  const auto pick = [](const std::optional<std::int64_t>& given, bool by_rule,
                       const std::optional<std::chrono::seconds>& known) -> std::int64_t {
    if (by_rule) return 0;
    return given ? *given : known ? known->count() : 0;
  };
  pq_array levels;
  for (const int bp : e.usual_levels ? std::vector<int>{} : e.levels_bp.value_or(row.levels_bp))
    levels.add(std::int64_t{bp});
  db.run(tx, upsert_pair,
         {{std::string(name_of(e.type)), std::string(name_of(e.priority)),
           text(pick(e.response_seconds, e.response_by_rule, row.target.response)),
           text(pick(e.resolution_seconds, e.resolution_by_rule, row.target.resolution)),
           levels.take(), text(e.default_calendar ? 0 : e.calendar_id.value_or(row.calendar_id))},
          nullptr});
}

/// The pairs that have other terms than before; clocks of the others need not be looked at.
std::vector<std::string> changed_pairs(const sla_book& before, const sla_book& after) {
  std::vector<std::string> out;
  for (const std::string_view t : domain::ticket_type_names())
    for (const std::string_view p : domain::ticket_priority_names()) {
      const auto type = *domain::ticket_type_from(t);
      const auto priority = *domain::ticket_priority_from(p);
      for (const sla::clock_kind kind : {sla::clock_kind::response, sla::clock_kind::resolution}) {
        const clock_terms a = before.terms_for(kind, type, priority, 0, domain::instant{});
        const clock_terms b = after.terms_for(kind, type, priority, 0, domain::instant{});
        if (a.target == b.target && a.calendar_id == b.calendar_id &&
            a.terms.levels_bp == b.terms.levels_bp)
          continue;
        out.push_back(fmt::format("{}/{}", t, p));
        break;
      }
    }
  return out;
}

}  // namespace

std::optional<sla_answer> run(connection& db, const get_sla_configs&) {
  return db.transact([&](pqxx::work& tx) {
    return std::optional(sla_answer{configs_json(*load_sla_book(db, tx))});
  });
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const edit_sla_configs& request,
                  change_context& context) {
  const auto version = db.run(tx, lock_state)[0][0].as<std::int32_t>();
  const sla_book_ptr before = load_sla_book(db, tx);
  if (request.version && *request.version != version)
    return tl::unexpected(stale_version(configs_json(*before)));
  for (const sla_pair_edit& e : request.pairs)
    if (e.calendar_id && !before->calendars.contains(*e.calendar_id))
      return tl::unexpected(no_such("configs.calendar_id", "is no calendar"));
  for (const sla_type_edit& e : request.types)
    db.run(tx, update_type, {{std::string(name_of(e.type)), text(e.base_seconds)}, nullptr});
  for (const sla_priority_edit& e : request.priorities)
    db.run(tx, update_priority,
           {{std::string(name_of(e.priority)), text(e.multiplier_percent.value_or(0)),
             text(e.response_seconds.value_or(0))},
            nullptr});
  for (const sla_pair_edit& e : request.pairs)
    write_pair(db, tx, *before, e);
  db.run(tx, delete_empty);
  db.run(tx, update_state, {{text(domain::to_us(context.origin.at))}, nullptr});
  const sla_book_ptr now = load_sla_book(db, tx);
  const std::string after = configs_json(*now);
  if (auto pairs = changed_pairs(*before, *now); !pairs.empty())
    ask_for_retarget(db, tx, {"targets", std::nullopt, std::move(pairs)}, context.origin.at);
  append_audit(db, tx, context.origin, "sla_configs.updated", "sla_configs",
               fmt::format(R"({{"before":{},"after":{}}})", configs_json(*before), after));
  return write_answer{200, after};
}

}  // namespace fibrehub::store
