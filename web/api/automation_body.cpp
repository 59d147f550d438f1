#include "web/api/automation_body.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "domain/automation.hpp"
#include "domain/ticket_fields.hpp"
#include "web/api/inner_body.hpp"

namespace fibrehub::web::api {
namespace {

using domain::automation_action;
using kind = automation_action::kind;

constexpr std::size_t max_names = 50;  // in one list
constexpr std::size_t max_text = 2000;
constexpr std::int64_t max_id = std::numeric_limits<std::int64_t>::max();

template <class T>
std::optional<T> known(body_reader& body, const char* field,
                       std::optional<T> (*from)(std::string_view),
                       std::span<const std::string_view> names) {
  const auto text = body.text(field);
  const auto out = text ? from(*text) : std::nullopt;
  if (!out) body.complain(field, fmt::format("must be one of {}", fmt::join(names, ", ")));
  return out;
}

bool is_field(std::string_view name) {
  for (std::size_t f = 0; f < domain::field_count; ++f)
    if (domain::definition(static_cast<domain::field>(f)).name == name) return true;
  return false;
}

void read_time(body_reader& in, domain::automation_trigger& out) {
  out.on_time = true;
  if (const auto a =
          known(in, "anchor", domain::automation_anchor_from, domain::automation_anchor_names()))
    out.anchor = *a;
  const auto after = in.integer("after_seconds", 1, domain::longest_automation_wait.count());
  if (after) out.after = std::chrono::seconds(*after);
  if (!in.has("after_seconds")) in.complain("after_seconds", "is required");
}

void read_change(body_reader& in, domain::automation_trigger& out) {
  const auto events = in.texts("events", max_names);
  if (!events || events->empty()) in.complain("events", "is required: at least one");
  for (const std::string& name : events.value_or(std::vector<std::string>{})) {
    const auto e = domain::automation_event_from(name);
    if (e)
      out.events.push_back(*e);
    else
      in.complain("events", fmt::format("may hold {} only",
                                        fmt::join(domain::automation_event_names(), ", ")));
  }
  for (std::string& name : in.texts("fields", max_names).value_or(std::vector<std::string>{})) {
    if (!is_field(name)) in.complain("fields", fmt::format("{} is no field of tickets", name));
    out.fields.push_back(std::move(name));
  }
}

domain::automation_trigger read_trigger(body_reader& in) {
  domain::automation_trigger out;
  const std::string on = in.required_text("on");
  if (on == "time")
    read_time(in, out);
  else if (on == "change")
    read_change(in, out);
  else
    in.complain("on", "must be time or change");
  return out;
}

domain::audience read_audience(body_reader& to) {
  domain::audience out;
  out.assignee = to.boolean("assignee").value_or(false);
  out.lead = to.boolean("lead").value_or(false);
  out.followers = to.boolean("followers").value_or(false);
  out.all_agents = to.boolean("all_agents").value_or(false);
  for (const std::string& name :
       to.texts("roles", max_names).value_or(std::vector<std::string>{})) {
    const auto r = domain::role_from(name);
    if (r && *r != domain::role::client)
      out.roles.push_back(*r);
    else
      to.complain("roles", fmt::format("{} is no role of staff", name));
  }
  out.people = to.integers("people", max_names).value_or(std::vector<std::int64_t>{});
  out.teams = to.integers("teams", max_names).value_or(std::vector<std::int64_t>{});
  return out;
}

/// Reads the object in `field`; what is wrong with it is named `field.name`.
template <class F>
void read_object(body_reader& body, const char* field, const std::string& prefix, F&& read) {
  const protocols::json::value* v = body.member(field);
  if (!v || v->IsNull()) return;
  body_reader inner(*v, prefix);
  if (!inner.object()) return body.complain(field, "must be an object");
  read(inner);
  inner.refuse_unknown();
  for (const field_problem& p : inner.problems())
    body.complain(p.field, p.reason);
}

void read_notify(body_reader& in, automation_action& a) {
  read_object(in, "to", "to", [&](body_reader& to) { a.who = read_audience(to); });
  if (a.who.empty()) in.complain("to", "is required: somebody has to be told");
  a.text = in.text("text", max_text).value_or("");
}

void read_assign(body_reader& in, automation_action& a) {
  a.by_rules = in.boolean("auto").value_or(false);
  a.user = in.integer("user_id", 0, max_id);
  a.team = in.integer("team_id", 0, max_id);
  a.text = in.text("reason", 500).value_or("");
  if (a.by_rules == (a.user || a.team))
    in.complain("auto", "give either auto, or user_id, team_id or both (0: nobody)");
}

void read_follow(body_reader& in, automation_action& a) {
  a.people = in.integers("people", max_names).value_or(std::vector<std::int64_t>{});
  if (a.people.empty()) in.complain("people", "is required: at least one");
}

void read_action(body_reader& in, std::vector<automation_action>& out) {
  const auto what =
      known(in, "do", domain::automation_action_from, domain::automation_action_names());
  if (!what) return;
  automation_action a;
  a.what = *what;
  switch (*what) {
    case kind::notify:
      read_notify(in, a);
      break;
    case kind::set_status:
      a.status = known(in, "status", domain::ticket_status_from, domain::ticket_status_names())
                     .value_or(a.status);
      a.text = in.text("reason", 500).value_or("");
      break;
    case kind::set_priority:
      a.priority =
          known(in, "priority", domain::ticket_priority_from, domain::ticket_priority_names())
              .value_or(a.priority);
      break;
    case kind::assign:
      read_assign(in, a);
      break;
    case kind::add_tag:
      a.text = in.required_text("tag", 50);
      break;
    case kind::add_note:
      a.text = in.required_text("text", max_text);
      break;
    case kind::follow:
      read_follow(in, a);
      break;
  }
  out.push_back(std::move(a));
}

void read_query(body_reader& body, store::save_automation_rule& out) {
  out.query = body.text("query", domain::query::max_query_bytes);
  if (!out.query) return;
  const auto tree = domain::query::parse(*out.query);
  const auto wrong = tree ? domain::objection_to(*tree) : std::optional(tree.error());
  if (wrong) body.complain("query", fmt::format("column {}: {}", wrong->column, wrong->message));
}

}  // namespace

store::save_automation_rule read_automation_rule(body_reader& body, bool creating) {
  store::save_automation_rule out;
  out.name = body.text("name", 100);
  if (out.name && out.name->find_first_not_of(" \t\r\n") == std::string::npos)
    body.complain("name", "must not be blank");
  out.enabled = body.boolean("enabled");
  out.backfill = body.boolean("backfill").value_or(false);
  read_object(body, "trigger", "trigger", [&](body_reader& in) { out.trigger = read_trigger(in); });
  read_query(body, out);
  if (body.member("actions") && !body.is_null("actions")) {
    std::vector<automation_action> actions;
    for_each_object(body, "actions", domain::max_automation_actions,
                    [&](body_reader& in) { read_action(in, actions); });
    if (actions.empty() && body.problems().empty())
      body.complain("actions", "must hold at least one");
    out.actions = std::move(actions);
  }
  if (creating && body.object())
    for (const char* field : {"name", "trigger", "query", "actions"})
      if (!body.has(field) || body.is_null(field)) body.complain(field, "is required");
  return out;
}

}  // namespace fibrehub::web::api
