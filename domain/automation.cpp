#include "domain/automation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "domain/query/fields.hpp"
#include "domain/text.hpp"

namespace fibrehub::domain {
namespace {

using kind = automation_action::kind;

constexpr std::array<std::string_view, 6> events{"created",  "changed",          "status_changed",
                                                 "assigned", "message_received", "note_added"};
constexpr std::array<std::string_view, 9> anchors{"created",      "unassigned", "status",
                                                  "unanswered",   "resolved",   "closed",
                                                  "last_message", "due",        "scheduled"};
constexpr std::array<std::string_view, 7> actions{"notify",  "set_status", "set_priority", "assign",
                                                  "add_tag", "add_note",   "follow"};

template <class Enum, std::size_t N>
std::optional<Enum> find_name(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end()) return std::nullopt;
  return static_cast<Enum>(it - names.begin());
}

template <class T>
bool holds(const std::vector<T>& all, const T& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

std::string assign_text(const automation_action& a) {
  if (a.by_rules) return "assign by the assignment rules";
  std::string out = "assign";
  const auto add = [&](const char* what, const std::optional<std::int64_t>& id) {
    if (!id) return;
    out += *id == 0 ? fmt::format(" no {}", what) : fmt::format(" {} {}", what, *id);
  };
  add("person", a.user);
  add("team", a.team);
  return out;
}

/// A move or an assignment says why it was done.
std::string reason_of(const automation_action& a, const automation_rule& rule) {
  return a.text.empty() ? fmt::format("automation rule {}", rule.name) : a.text;
}

bool means_reader(const query::condition& c, const query::value& v) {
  if (v.phrase) return false;
  const query::value_kind k = query::definition(c.what).kind;
  return (k == query::value_kind::person && v.text == "me") ||
         (k == query::value_kind::group && v.text == "mine") ||
         (c.what == query::field::is && v.text == "mine");
}

}  // namespace

std::string_view name_of(automation_event e) {
  return events[static_cast<std::size_t>(e)];
}
std::optional<automation_event> automation_event_from(std::string_view name) {
  return find_name<automation_event>(events, name);
}
std::span<const std::string_view> automation_event_names() {
  return events;
}

std::string_view name_of(automation_anchor a) {
  return anchors[static_cast<std::size_t>(a)];
}
std::optional<automation_anchor> automation_anchor_from(std::string_view name) {
  return find_name<automation_anchor>(anchors, name);
}
std::span<const std::string_view> automation_anchor_names() {
  return anchors;
}
bool follows_creation(automation_anchor a) {
  return a != automation_anchor::due && a != automation_anchor::scheduled &&
         a != automation_anchor::last_message;
}

std::string_view name_of(kind k) {
  return actions[static_cast<std::size_t>(k)];
}
std::optional<kind> automation_action_from(std::string_view name) {
  return find_name<kind>(actions, name);
}
std::span<const std::string_view> automation_action_names() {
  return actions;
}

std::string describe(const automation_action& a) {
  switch (a.what) {
    case kind::notify:
      return "notify " + describe(a.who);
    case kind::set_status:
      return fmt::format("set status {}", name_of(a.status));
    case kind::set_priority:
      return fmt::format("set priority {}", name_of(a.priority));
    case kind::assign:
      return assign_text(a);
    case kind::add_tag:
      return "add tag " + a.text;
    case kind::add_note:
      return "add note: " + first_line(a.text, 80);
    case kind::follow:
      return fmt::format("make {} follow", a.people.size() == 1
                                               ? "one person"
                                               : fmt::format("{} people", a.people.size()));
  }
  return {};
}

std::vector<std::string> describe_actions(const automation_rule& rule) {
  std::vector<std::string> out;
  for (const automation_action& a : rule.actions)
    out.push_back(describe(a));
  return out;
}

std::optional<query::syntax_error> objection_to(const query::node& n) {
  for (const query::node& child : n.children)
    if (auto no = objection_to(child)) return no;
  if (n.what != query::node::kind::condition) return std::nullopt;
  for (const query::value& v : n.condition.values)
    if (means_reader(n.condition, v))
      return query::syntax_error{
          v.column, fmt::format("{} means whoever asks, and a rule is nobody", v.text)};
  return std::nullopt;
}

bool concerns(const automation_trigger& t, const automation_change& change) {
  if (t.on_time) return false;
  return std::any_of(change.events.begin(), change.events.end(), [&](automation_event e) {
    if (!holds(t.events, e)) return false;
    if (e != automation_event::changed || t.fields.empty()) return true;
    return std::any_of(change.fields.begin(), change.fields.end(),
                       [&](const std::string& f) { return holds(t.fields, f); });
  });
}

automation_time time_of(const automation_trigger& t, const std::optional<instant>& anchor,
                        const std::optional<instant>& active_from, instant now) {
  if (!anchor) return automation_time::no_anchor;
  const instant due = *anchor + t.after;
  if (due > now) return automation_time::not_yet;
  if (active_from && due <= *active_from) return automation_time::before_rule;
  return automation_time::now;
}

std::optional<std::string> loop_guard(const automation_limits& limits, int depth,
                                      std::int64_t runs_in_last_hour) {
  if (depth > limits.depth_max)
    return fmt::format("loop guard: rules have followed from each other {} times", depth - 1);
  if (runs_in_last_hour >= limits.runs_per_hour)
    return fmt::format("loop guard: it has acted on this ticket {} times within an hour",
                       runs_in_last_hour);
  return std::nullopt;
}

std::optional<ticket_command> command_of(const automation_action& a, const automation_rule& rule,
                                         const std::string& uid) {
  ticket_command out;
  out.uid = uid;
  switch (a.what) {
    case kind::notify:
      out.what = alert_people{a.who, a.text.empty() ? rule.name : a.text};
      break;
    case kind::set_status:
      out.what = move_ticket{a.status, reason_of(a, rule)};
      break;
    case kind::set_priority: {
      edit_ticket edit;
      edit.fields.items.emplace_back(
          field::priority,
          field_input{field_input::kind::text, std::string(name_of(a.priority)), {}});
      out.what = std::move(edit);
      break;
    }
    case kind::assign:
      if (a.by_rules) return std::nullopt;
      out.what = assign_ticket{a.user, a.team, reason_of(a, rule)};
      break;
    case kind::add_tag:
      out.what = tag_ticket{{a.text}, {}};
      break;
    case kind::add_note:
      out.what = note_ticket{a.text, true};
      break;
    case kind::follow:
      out.what = add_followers{a.people};
      break;
  }
  return out;
}

}  // namespace fibrehub::domain
