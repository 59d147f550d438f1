#include "store/assignment/rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "store/people/audit.hpp"
#include "store/pq.hpp"
#include "store/pq_array.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

constexpr sql select_rules{
    "assignment_rules_list",
    "SELECT r.id, r.position, r.name, array_to_string(r.zones, E'\\x1f'),"
    " array_to_string(r.types, E'\\x1f'), array_to_string(r.sources, E'\\x1f'), r.team_id, g.name,"
    " g.archived_at IS NOT NULL, r.method, r.enabled, coalesce(r.last_user, 0),"
    " coalesce(u.name, ''), " FIBREHUB_SQL_US(
        "r.updated_at") " FROM assignment_rules r JOIN teams g ON g.id = r.team_id LEFT JOIN users"
                        " u ON u.id = r.last_user ORDER BY r.position, r.id"};

constexpr sql select_team{"assignment_rules_team",
                          "SELECT name FROM teams WHERE id = $1::bigint AND archived_at IS NULL"};

constexpr sql insert_rule{
    "assignment_rules_insert",
    "INSERT INTO assignment_rules (position, name, zones, types, sources, team_id, method, enabled,"
    " updated_at) VALUES ($1::integer, $2, $3::text[], $4::text[], $5::text[], $6::bigint, $7,"
    " $8::boolean, " FIBREHUB_SQL_INSTANT("$9::bigint") ") RETURNING id"};

constexpr sql update_rule{
    "assignment_rules_update",
    "UPDATE assignment_rules SET position = $1::integer, name = $2, zones = $3::text[], types ="
    " $4::text[], sources = $5::text[], team_id = $6::bigint, method = $7, enabled = $8::boolean,"
    " updated_at = " FIBREHUB_SQL_INSTANT("$9::bigint") " WHERE id = $10::bigint"};

constexpr sql delete_rule{"assignment_rules_delete",
                          "DELETE FROM assignment_rules WHERE id = $1::bigint"};

// Tickets that were there before the rules are left alone.
constexpr sql begin_now{
    "assignment_begin",
    "UPDATE tickets SET rules_passed = true WHERE status = 'new' AND assigned_to IS NULL AND"
    " assigned_team IS NULL AND deleted_at IS NULL AND NOT rules_passed"};

std::vector<std::string> split(std::string_view words) {
  std::vector<std::string> out;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find('\x1f'), words.size());
    out.emplace_back(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return out;
}

std::string literal(const std::vector<std::string>& words) {
  pq_array a;
  for (const std::string& w : words)
    a.add(std::string_view(w));
  return a.take();
}

std::string list_json(const std::vector<std::string>& words) {
  std::string out = "[";
  for (const std::string& w : words)
    out += (out.size() > 1 ? "," : "") + json_string(w);
  return out + "]";
}

bool is_active(const std::vector<assignment_rule_view>& rules) {
  return std::any_of(rules.begin(), rules.end(), [](const auto& r) { return r.rule.enabled; });
}

assignment_rule_view* find(std::vector<assignment_rule_view>& rules, std::int64_t id) {
  const auto it =
      std::find_if(rules.begin(), rules.end(), [&](const auto& r) { return r.rule.id == id; });
  return it == rules.end() ? nullptr : &*it;
}

error no_such_rule() {
  return {errc::not_found, "there is no such assignment rule", "not_found"};
}

/// Lays what is given over the rule; the team's name is looked up when the team changes.
std::optional<error> take_over(connection& db, pqxx::transaction_base& tx,
                               const assignment_rule_fields& given, assignment_rule_view& out) {
  domain::assignment_rule& r = out.rule;
  if (given.name) r.name = *given.name;
  if (given.position) out.position = *given.position;
  if (given.zones) r.zones = *given.zones;
  if (given.types) r.types = *given.types;
  if (given.sources) r.sources = *given.sources;
  if (given.method) r.method = *given.method;
  if (given.enabled) r.enabled = *given.enabled;
  if (!given.team_id || *given.team_id == r.team_id) return std::nullopt;
  const pqxx::result team = db.run(tx, select_team, {{std::to_string(*given.team_id)}, nullptr});
  if (team.empty()) {
    error no{errc::invalid, "team_id is no team", "invalid_field"};
    no.fields.emplace_back("team_id", "is no team");
    return no;
  }
  r.team_id = *given.team_id;
  r.team_name = team[0][0].c_str();
  r.team_archived = false;
  return std::nullopt;
}

sql_params columns_of(const assignment_rule_view& v) {
  return {{std::to_string(v.position), v.rule.name, literal(v.rule.zones), literal(v.rule.types),
           literal(v.rule.sources), std::to_string(v.rule.team_id),
           std::string(domain::name_of(v.rule.method)), v.rule.enabled ? "true" : "false",
           std::to_string(domain::to_us(v.updated_at))},
          nullptr};
}

/// Into the audit log and into the feed.
void announce(connection& db, pqxx::transaction_base& tx, const char* what,
              const assignment_rule_view& v, change_context& context) {
  append_audit(db, tx, context.origin, fmt::format("assignment_rule.{}", what),
               fmt::format("assignment_rule:{}", v.rule.id), assignment_rule_json(v));
  committed_event& e = context.events.emplace_back();
  e.kind = "assignment_rules.changed";
  e.access.who = domain::event_access::circle::rules;
  e.at = context.origin.at;
  e.data_json = fmt::format(R"({{"id":{},"name":{},"what":"{}","by":{}}})", v.rule.id,
                            json_string(v.rule.name), what, json_string(context.origin.by.name));
}

}  // namespace

std::vector<assignment_rule_view> load_assignment_rules(connection& db,
                                                        pqxx::transaction_base& tx) {
  std::vector<assignment_rule_view> out;
  const pqxx::result rows = db.run(tx, select_rules);
  for (const auto& row : rows) {
    assignment_rule_view& v = out.emplace_back();
    v.rule.id = row[0].as<std::int64_t>();
    v.position = row[1].as<std::int32_t>();
    v.rule.name = row[2].c_str();
    v.rule.zones = split(row[3].c_str());
    v.rule.types = split(row[4].c_str());
    v.rule.sources = split(row[5].c_str());
    v.rule.team_id = row[6].as<std::int64_t>();
    v.rule.team_name = row[7].c_str();
    v.rule.team_archived = row[8].as<bool>();
    v.rule.method =
        domain::assignment_method_from(row[9].c_str()).value_or(domain::assignment_method::team);
    v.rule.enabled = row[10].as<bool>();
    v.rule.last_user = row[11].as<std::int64_t>();
    v.rule.last_user_name = row[12].c_str();
    v.updated_at = domain::from_us(row[13].as<std::int64_t>());
  }
  return out;
}

std::optional<std::vector<assignment_rule_view>> run(connection& db, const list_assignment_rules&) {
  return db.transact([&](pqxx::work& tx) { return std::optional(load_assignment_rules(db, tx)); });
}

std::string assignment_rule_json(const assignment_rule_view& v) {
  const domain::assignment_rule& r = v.rule;
  return fmt::format(
      R"({{"id":{},"position":{},"name":{},"zones":{},"types":{},"sources":{},"team_id":{},"team_name":{},)"
      R"("method":"{}","enabled":{},"last_assigned_to":{},"last_assigned_to_name":{},"updated_at":"{}"}})",
      r.id, v.position, json_string(r.name), list_json(r.zones), list_json(r.types),
      list_json(r.sources), r.team_id, json_string(r.team_name), domain::name_of(r.method),
      r.enabled, r.last_user == 0 ? "null" : std::to_string(r.last_user),
      r.last_user_name.empty() ? "null" : json_string(r.last_user_name),
      domain::to_rfc3339(v.updated_at));
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const create_assignment_rule& request,
                  change_context& context) {
  const auto rules = load_assignment_rules(db, tx);
  if (rules.size() >= max_assignment_rules)
    return tl::unexpected(error{errc::conflict,
                                fmt::format("there are {} rules already, that is the most there may"
                                            " be",
                                            max_assignment_rules),
                                "too_many_rules"});
  assignment_rule_view fresh;
  fresh.position = rules.empty() ? 1 : std::min(rules.back().position, 999'999) + 1;
  fresh.updated_at = context.origin.at;
  if (auto no = take_over(db, tx, request.fields, fresh)) return tl::unexpected(std::move(*no));
  fresh.rule.id = db.run(tx, insert_rule, columns_of(fresh))[0][0].as<std::int64_t>();
  if (fresh.rule.enabled && !is_active(rules)) db.run(tx, begin_now);
  announce(db, tx, "created", fresh, context);
  return write_answer{201, assignment_rule_json(fresh)};
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const update_assignment_rule& request,
                  change_context& context) {
  auto rules = load_assignment_rules(db, tx);
  assignment_rule_view* known = find(rules, request.id);
  if (!known) return tl::unexpected(no_such_rule());
  assignment_rule_view changed = *known;
  changed.updated_at = context.origin.at;
  if (auto no = take_over(db, tx, request.fields, changed)) return tl::unexpected(std::move(*no));
  sql_params params = columns_of(changed);
  params.texts.push_back(std::to_string(request.id));
  db.run(tx, update_rule, params);
  if (changed.rule.enabled && !is_active(rules)) db.run(tx, begin_now);
  announce(db, tx, "updated", changed, context);
  return write_answer{200, assignment_rule_json(changed)};
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const delete_assignment_rule& request,
                  change_context& context) {
  auto rules = load_assignment_rules(db, tx);
  const assignment_rule_view* known = find(rules, request.id);
  if (!known) return tl::unexpected(no_such_rule());
  db.run(tx, delete_rule, {{std::to_string(request.id)}, nullptr});
  announce(db, tx, "deleted", *known, context);
  return write_answer{200, assignment_rule_json(*known)};
}

}  // namespace fibrehub::store
