#include "store/automation/rule_json.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <rapidjson/document.h>

#include <stdexcept>

#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

using domain::automation_action;
using kind = automation_action::kind;
using value = rapidjson::Value;

std::string ids_json(const std::vector<std::int64_t>& ids) {
  return fmt::format("[{}]", fmt::join(ids, ","));
}

std::string names_json(const std::vector<std::string_view>& names) {
  std::string out = "[";
  for (const std::string_view n : names)
    out += (out.size() > 1 ? "," : "") + json_string(n);
  return out + "]";
}

std::string audience_json(const domain::audience& who) {
  std::string out;
  const auto add = [&](std::string_view name, const std::string& json) {
    out += fmt::format(R"({}"{}":{})", out.empty() ? "" : ",", name, json);
  };
  if (who.assignee) add("assignee", "true");
  if (who.lead) add("lead", "true");
  if (who.followers) add("followers", "true");
  if (who.all_agents) add("all_agents", "true");
  std::vector<std::string_view> roles;
  for (const domain::role r : who.roles)
    roles.push_back(name_of(r));
  if (!roles.empty()) add("roles", names_json(roles));
  if (!who.people.empty()) add("people", ids_json(who.people));
  if (!who.teams.empty()) add("teams", ids_json(who.teams));
  return "{" + out + "}";
}

std::string action_json(const automation_action& a) {
  std::string out = fmt::format(R"({{"do":"{}")", name_of(a.what));
  const auto add = [&](std::string_view name, const std::string& json) {
    out += fmt::format(R"(,"{}":{})", name, json);
  };
  switch (a.what) {
    case kind::notify:
      add("to", audience_json(a.who));
      if (!a.text.empty()) add("text", json_string(a.text));
      break;
    case kind::set_status:
      add("status", json_string(name_of(a.status)));
      if (!a.text.empty()) add("reason", json_string(a.text));
      break;
    case kind::set_priority:
      add("priority", json_string(name_of(a.priority)));
      break;
    case kind::assign:
      if (a.by_rules) add("auto", "true");
      if (a.user) add("user_id", std::to_string(*a.user));
      if (a.team) add("team_id", std::to_string(*a.team));
      if (!a.text.empty()) add("reason", json_string(a.text));
      break;
    case kind::add_tag:
      add("tag", json_string(a.text));
      break;
    case kind::add_note:
      add("text", json_string(a.text));
      break;
    case kind::follow:
      add("people", ids_json(a.people));
      break;
  }
  return out + "}";
}

const value* find(const value& v, const char* name) {
  const auto it = v.FindMember(name);
  return it == v.MemberEnd() ? nullptr : &it->value;
}
std::string text(const value& v, const char* name) {
  const value* found = find(v, name);
  return found && found->IsString() ? std::string(found->GetString(), found->GetStringLength())
                                    : std::string();
}
bool flag(const value& v, const char* name) {
  const value* found = find(v, name);
  return found && found->IsTrue();
}
std::vector<std::int64_t> ids(const value& v, const char* name) {
  std::vector<std::int64_t> out;
  const value* found = find(v, name);
  if (found && found->IsArray())
    for (const value& id : found->GetArray())
      if (id.IsInt64()) out.push_back(id.GetInt64());
  return out;
}
std::vector<std::string> texts(const value& v, const char* name) {
  std::vector<std::string> out;
  const value* found = find(v, name);
  if (found && found->IsArray())
    for (const value& t : found->GetArray())
      if (t.IsString()) out.emplace_back(t.GetString(), t.GetStringLength());
  return out;
}
std::optional<std::int64_t> id(const value& v, const char* name) {
  const value* found = find(v, name);
  if (!found || !found->IsInt64()) return std::nullopt;
  return found->GetInt64();
}

template <class T>
T known(const std::optional<T>& v) {
  if (!v) throw std::runtime_error("an automation rule in the database cannot be read");
  return *v;
}

domain::audience audience_from(const value& v) {
  domain::audience out;
  out.assignee = flag(v, "assignee");
  out.lead = flag(v, "lead");
  out.followers = flag(v, "followers");
  out.all_agents = flag(v, "all_agents");
  for (const std::string& name : texts(v, "roles"))
    out.roles.push_back(known(domain::role_from(name)));
  out.people = ids(v, "people");
  out.teams = ids(v, "teams");
  return out;
}

automation_action action_from(const value& v) {
  automation_action a;
  a.what = known(domain::automation_action_from(text(v, "do")));
  if (const value* to = find(v, "to"); to && to->IsObject()) a.who = audience_from(*to);
  for (const char* name : {"text", "tag", "reason"})
    if (a.text.empty()) a.text = text(v, name);
  if (a.what == kind::set_status) a.status = known(domain::ticket_status_from(text(v, "status")));
  if (a.what == kind::set_priority)
    a.priority = known(domain::ticket_priority_from(text(v, "priority")));
  a.by_rules = flag(v, "auto");
  a.user = id(v, "user_id");
  a.team = id(v, "team_id");
  if (a.what == kind::follow) a.people = ids(v, "people");
  return a;
}

rapidjson::Document parsed(std::string_view json) {
  rapidjson::Document out;
  out.Parse(json.data(), json.size());
  if (out.HasParseError())
    throw std::runtime_error("an automation rule in the database is no JSON");
  return out;
}

}  // namespace

std::string trigger_json(const domain::automation_trigger& t) {
  if (t.on_time)
    return fmt::format(R"({{"on":"time","anchor":"{}","after_seconds":{}}})", name_of(t.anchor),
                       t.after.count());
  std::vector<std::string_view> events, fields(t.fields.begin(), t.fields.end());
  for (const domain::automation_event e : t.events)
    events.push_back(name_of(e));
  return fmt::format(R"({{"on":"change","events":{}{}}})", names_json(events),
                     fields.empty() ? "" : R"(,"fields":)" + names_json(fields));
}

std::string actions_json(const std::vector<automation_action>& actions) {
  std::string out = "[";
  for (const automation_action& a : actions)
    out += (out.size() > 1 ? "," : "") + action_json(a);
  return out + "]";
}

domain::automation_trigger trigger_from(std::string_view json) {
  const rapidjson::Document v = parsed(json);
  if (!v.IsObject()) throw std::runtime_error("an automation rule in the database has no trigger");
  domain::automation_trigger out;
  out.on_time = text(v, "on") == "time";
  if (out.on_time) {
    out.anchor = known(domain::automation_anchor_from(text(v, "anchor")));
    out.after = std::chrono::seconds(known(id(v, "after_seconds")));
  } else {
    for (const std::string& name : texts(v, "events"))
      out.events.push_back(known(domain::automation_event_from(name)));
    out.fields = texts(v, "fields");
  }
  return out;
}

std::vector<automation_action> actions_from(std::string_view json) {
  const rapidjson::Document v = parsed(json);
  if (!v.IsArray()) throw std::runtime_error("an automation rule in the database has no actions");
  std::vector<automation_action> out;
  for (const value& a : v.GetArray())
    if (a.IsObject()) out.push_back(action_from(a));
  return out;
}

}  // namespace fibrehub::store
