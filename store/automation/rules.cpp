#include "store/automation/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "store/automation/rule_json.hpp"
#include "store/people/audit.hpp"
#include "store/people/sql.hpp"
#include "store/pq.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

#define FIBREHUB_AUTOMATION_COLUMNS                                                           \
  "id, name, enabled, trigger::text, query, actions::text, version, generation, active_from " \
  "IS NULL, " FIBREHUB_SQL_US("active_from") ", updated_by, " FIBREHUB_SQL_US(                \
      "updated_at") " FROM automation_rules"

constexpr sql select_rules{"automation_list",
                           "SELECT " FIBREHUB_AUTOMATION_COLUMNS
                           " WHERE $1::bigint = 0 OR id = $1::bigint ORDER BY lower(name)"};
constexpr sql select_enabled{"automation_enabled",
                             "SELECT " FIBREHUB_AUTOMATION_COLUMNS " WHERE enabled ORDER BY id"};
constexpr sql lock_rule{"automation_lock",
                        "SELECT " FIBREHUB_AUTOMATION_COLUMNS " WHERE id = $1::bigint FOR UPDATE"};
constexpr sql count_rules{"automation_count", "SELECT count(*) FROM automation_rules"};
constexpr sql name_taken{
    "automation_name",
    "SELECT 1 FROM automation_rules WHERE lower(name) = lower($1) AND id <> $2::bigint"};
constexpr sql insert_rule{
    "automation_insert",
    "INSERT INTO automation_rules (name, enabled, trigger, on_change, query, actions, version,"
    " generation, active_from, updated_by, updated_at) VALUES ($1, $2::boolean, $3::json,"
    " $4::boolean, $5, $6::json, $7::integer, $8::integer, " FIBREHUB_SQL_INSTANT_OR_NULL(
        "$9::bigint") ", $10, " FIBREHUB_SQL_INSTANT("$11::bigint") ") RETURNING id"};
constexpr sql update_rule{
    "automation_update",
    "UPDATE automation_rules SET name = $1, enabled = $2::boolean, trigger = $3::json, on_change ="
    " $4::boolean, query = $5, actions = $6::json, version = $7::integer, generation = $8::integer,"
    " active_from = " FIBREHUB_SQL_INSTANT_OR_NULL("$9::bigint") ", updated_by = $10, updated_at = "
    FIBREHUB_SQL_INSTANT("$11::bigint") " WHERE id = $12::bigint"};
constexpr sql delete_rule{"automation_delete",
                          "DELETE FROM automation_rules WHERE id = $1::bigint"};
constexpr sql known_people{
    "automation_people",
    "SELECT id FROM users WHERE id = ANY ($1::bigint[]) AND disabled_at IS NULL AND role <>"
    " 'client'"};
constexpr sql known_teams{
    "automation_teams",
    "SELECT id FROM teams WHERE id = ANY ($1::bigint[]) AND archived_at IS NULL"};

constexpr sql select_listening{
    "automation_listening",
    "SELECT EXISTS (SELECT 1 FROM automation_rules WHERE enabled AND on_change), EXISTS (SELECT 1"
    " FROM pg_trigger WHERE tgname = 'ticket_history_automation' AND tgrelid ="
    " 'ticket_history'::regclass)"};

automation_rule_view to_view(const pqxx::row& r) {
  automation_rule_view v;
  v.id = r[0].as<std::int64_t>();
  v.rule.name = r[1].c_str();
  v.enabled = r[2].as<bool>();
  v.rule.trigger = trigger_from(r[3].c_str());
  v.rule.query = r[4].c_str();
  v.rule.actions = actions_from(r[5].c_str());
  v.version = r[6].as<std::int32_t>();
  v.generation = r[7].as<std::int32_t>();
  if (!r[8].as<bool>()) v.active_from = people::instant_of(r[9]);
  v.updated_by = r[10].c_str();
  v.updated_at = people::instant_of(r[11]);
  return v;
}

sql_params columns_of(const automation_rule_view& v) {
  return {{v.rule.name, v.enabled ? "true" : "false", trigger_json(v.rule.trigger),
           v.rule.trigger.on_time ? "false" : "true", v.rule.query, actions_json(v.rule.actions),
           std::to_string(v.version), std::to_string(v.generation), people::us(v.active_from),
           v.updated_by, people::us(v.updated_at)},
          nullptr};
}

error wrong(std::string field, std::string why) {
  error out{errc::invalid, fmt::format("{} {}", field, why), "invalid_field"};
  out.fields.emplace_back(std::move(field), std::move(why));
  return out;
}

/// The first of the ids that is not there.
std::optional<std::int64_t> missing(connection& db, pqxx::transaction_base& tx, const sql& ask,
                                    const std::vector<std::int64_t>& ids) {
  if (ids.empty()) return std::nullopt;
  std::set<std::int64_t> there;
  const pqxx::result rows = db.run(tx, ask, {{people::id_array(ids)}, nullptr});
  for (const auto& r : rows)
    there.insert(r[0].as<std::int64_t>());
  const auto it =
      std::find_if(ids.begin(), ids.end(), [&](auto id) { return !there.contains(id); });
  return it == ids.end() ? std::nullopt : std::optional(*it);
}

std::optional<error> objection(connection& db, pqxx::transaction_base& tx,
                               const automation_rule_view& v) {
  if (!db.run(tx, name_taken, {{v.rule.name, std::to_string(v.id)}, nullptr}).empty())
    return error{errc::conflict, "there is a rule of this name already", "name_taken"};
  for (std::size_t i = 0; i < v.rule.actions.size(); ++i) {
    const domain::automation_action& a = v.rule.actions[i];
    std::vector<std::int64_t> persons = a.people, teams = a.who.teams;
    persons.insert(persons.end(), a.who.people.begin(), a.who.people.end());
    if (a.user.value_or(0) != 0) persons.push_back(*a.user);
    if (a.team.value_or(0) != 0) teams.push_back(*a.team);
    if (const auto id = missing(db, tx, known_people, persons))
      return wrong(fmt::format("actions[{}]", i), fmt::format("names nobody of ours: {}", *id));
    if (const auto id = missing(db, tx, known_teams, teams))
      return wrong(fmt::format("actions[{}]", i), fmt::format("names no team: {}", *id));
  }
  return std::nullopt;
}

/// Changes are noted for the rules only while one wants to hear of them.
void listen_as_needed(connection& db, pqxx::transaction_base& tx) {
  const pqxx::result r = db.run(tx, select_listening);
  const bool wanted = r[0][0].as<bool>(), there = r[0][1].as<bool>();
  if (wanted == there) return;
  // Vacuuming may hold the table; it gives way after a second.
  db.run_text(tx, "SET LOCAL lock_timeout = '4s'", {});
  db.run_text(tx,
              wanted ? "CREATE TRIGGER ticket_history_automation AFTER INSERT ON ticket_history"
                       " REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION"
                       " note_changes_for_automation()"
                     : "DROP TRIGGER ticket_history_automation ON ticket_history",
              {});
}

error no_such_rule() {
  return {errc::not_found, "there is no such automation rule", "not_found"};
}

}  // namespace

std::optional<std::vector<automation_rule_view>> run(connection& db,
                                                     const list_automation_rules& request) {
  return db.transact([&](pqxx::work& tx) -> std::optional<std::vector<automation_rule_view>> {
    std::vector<automation_rule_view> out;
    const pqxx::result rows =
        db.run(tx, select_rules, {{std::to_string(request.id.value_or(0))}, nullptr});
    for (const auto& row : rows)
      out.push_back(to_view(row));
    if (request.id && out.empty()) return std::nullopt;
    return out;
  });
}

std::vector<automation_rule_view> load_enabled_rules(connection& db, pqxx::transaction_base& tx) {
  std::vector<automation_rule_view> out;
  const pqxx::result rows = db.run(tx, select_enabled);
  for (const auto& row : rows)
    out.push_back(to_view(row));
  return out;
}

std::optional<automation_rule_view> laid_over(std::optional<automation_rule_view> known,
                                              const save_automation_rule& request,
                                              domain::instant now) {
  if (request.id && !known) return std::nullopt;
  const automation_rule_view before = known.value_or(automation_rule_view{});
  automation_rule_view v = before;
  if (request.name) v.rule.name = *request.name;
  if (request.enabled) v.enabled = *request.enabled;
  if (request.trigger) v.rule.trigger = *request.trigger;
  if (request.query) v.rule.query = *request.query;
  if (request.actions) v.rule.actions = *request.actions;
  const bool is_other = !(v.rule.trigger == before.rule.trigger) ||
                        v.rule.query != before.rule.query ||
                        !(v.rule.actions == before.rule.actions);
  if (!known || request.backfill || (v.enabled && (!before.enabled || is_other))) {
    if (known) ++v.generation;
    v.active_from = request.backfill ? std::nullopt : std::optional(now);
  }
  return v;
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const save_automation_rule& request,
                  change_context& context) {
  std::optional<automation_rule_view> before;
  if (request.id) {
    const pqxx::result found = db.run(tx, lock_rule, {{std::to_string(*request.id)}, nullptr});
    if (found.empty()) return tl::unexpected(no_such_rule());
    before = to_view(found[0]);
    if (request.version && *request.version != before->version) {
      error stale{errc::conflict, "it was changed since the version you saw", "stale_version"};
      stale.data_json = fmt::format(R"({{"current":{}}})", automation_rule_json(*before));
      return tl::unexpected(std::move(stale));
    }
  } else if (db.run(tx, count_rules)[0][0].as<std::size_t>() >= max_automation_rules) {
    return tl::unexpected(
        error{errc::conflict,
              fmt::format("there are {} rules already, that is the most there may be",
                          max_automation_rules),
              "too_many_rules"});
  }
  automation_rule_view v = *laid_over(before, request, context.origin.at);
  v.updated_at = context.origin.at;
  v.updated_by = context.origin.by.name;
  if (before) ++v.version;
  if (auto no = objection(db, tx, v)) return tl::unexpected(std::move(*no));
  sql_params params = columns_of(v);
  if (before) {
    params.texts.push_back(std::to_string(v.id));
    db.run(tx, update_rule, params);
  } else {
    v.id = db.run(tx, insert_rule, params)[0][0].as<std::int64_t>();
  }
  listen_as_needed(db, tx);
  append_audit(db, tx, context.origin,
               before ? "automation_rule.updated" : "automation_rule.created",
               fmt::format("automation_rule:{}", v.id),
               before ? fmt::format(R"({{"before":{},"after":{}}})", automation_rule_json(*before),
                                    automation_rule_json(v))
                      : automation_rule_json(v));
  return write_answer{before ? 200U : 201U, automation_rule_json(v)};
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const delete_automation_rule& request,
                  change_context& context) {
  const pqxx::result found = db.run(tx, lock_rule, {{std::to_string(request.id)}, nullptr});
  if (found.empty()) return tl::unexpected(no_such_rule());
  const automation_rule_view v = to_view(found[0]);
  db.run(tx, delete_rule, {{std::to_string(request.id)}, nullptr});
  listen_as_needed(db, tx);
  append_audit(db, tx, context.origin, "automation_rule.deleted",
               fmt::format("automation_rule:{}", v.id), automation_rule_json(v));
  return write_answer{200, automation_rule_json(v)};
}

std::string automation_rule_json(const automation_rule_view& v) {
  std::string does;
  for (const std::string& line : domain::describe_actions(v.rule))
    does += (does.empty() ? "" : ",") + json_string(line);
  return fmt::format(
      R"({{"id":{},"name":{},"enabled":{},"trigger":{},"query":{},"actions":{},"does":[{}],)"
      R"("version":{},"generation":{},"active_from":{},"updated_by":{},"updated_at":"{}"}})",
      v.id, json_string(v.rule.name), v.enabled, trigger_json(v.rule.trigger),
      json_string(v.rule.query), actions_json(v.rule.actions), does, v.version, v.generation,
      v.active_from ? json_string(domain::to_rfc3339(*v.active_from)) : "null",
      json_string(v.updated_by), domain::to_rfc3339(v.updated_at));
}

}  // namespace fibrehub::store
