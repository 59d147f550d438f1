// Tickets as far as the query language sees them, and what a query means for one of them: said
// anew, in memory, ticket by ticket, so that the database's answers can be held against it.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "domain/people.hpp"
#include "domain/query/fields.hpp"
#include "store/find/text_sql.hpp"
#include "store/pq.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::store::tests {

namespace q = domain::query;

inline const domain::instant query_now = *domain::parse_rfc3339("2025-12-03T10:00:00Z");
inline domain::time_zone query_zone() {
  return *domain::time_zone::find("Africa/Johannesburg");
}
inline domain::principal asker() {
  domain::principal p;
  p.as = domain::role::manager;
  p.user_id = 1;
  return p;
}

/// With what means something to LIKE, to SQL and to the language itself.
inline const std::vector<std::string>& words() {
  static const std::vector<std::string> all{
      "light",     "Signal", "no",  "100%", "a_b",          "o'k",     "back\\slash",
      "say \"x\"", "x,y",    "(z)", "OR",   "light signal", "1730654", "status:open"};
  return all;
}
inline const std::vector<std::string> levels{"critical", "high", "medium", "low"};

struct found_ticket {
  std::int64_t id = 0, assignee = 0, team = 0;
  std::string uid, title, description, status, priority, urgency, type, source, drop, address,
      contact, zone, channel, billing;
  std::string message, note;  // none when empty
  std::set<std::string> tags;
  domain::instant created{};
  std::optional<domain::instant> due, resolved;
  int rework = 0;
  std::optional<int> signal_tenths;
  bool merged = false;

  static inline const std::string insert =
      "INSERT INTO tickets (id, uid, title, description, status, priority, urgency, type, source,"
      " drop_number, address, contact_name, zone, channel, tags, assigned_to, assigned_team,"
      " created_at, due_at, resolved_at, rework_count, signal_level_dbm, merged_into, drop_known,"
      " billing_type, history_seq, history_hash, updated_at) VALUES ";

  static std::string text(const std::string& t) {
    std::string out = "'";
    for (const char c : t)
      out += c == '\'' ? std::string("''") : std::string(1, c);
    return out + "'";
  }
  static std::string or_null(const std::string& t) { return t.empty() ? "NULL" : text(t); }
  static std::string or_null(std::int64_t n) { return n == 0 ? "NULL" : std::to_string(n); }
  static std::string or_null(const std::optional<domain::instant>& t) {
    return t ? text(domain::to_rfc3339(*t)) : "NULL";
  }
  std::string sql() const {
    std::string all_tags = "ARRAY[";
    for (const std::string& t : tags)
      all_tags += (all_tags.size() > 6 ? ", " : "") + text(t);
    return fmt::format(
        "({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}::text[], {}, {}, {}, {}, {},"
        " {}, {}, {}, {}, {}, 0, '', now())",
        id, text(uid), text(title), text(description), text(status), text(priority),
        or_null(urgency), text(type), text(source), or_null(drop), or_null(address),
        or_null(contact), or_null(zone), text(channel), all_tags + "]", or_null(assignee),
        or_null(team), text(domain::to_rfc3339(created)), or_null(due), or_null(resolved), rework,
        signal_tenths ? fmt::format("{}::numeric / 10", *signal_tenths) : "NULL",
        merged ? "'X-1'" : "NULL",
        drop.empty()   ? "NULL"
        : knows_drop() ? "true"
                       : "false",
        or_null(billing));
  }
  bool knows_drop() const { return id % 2 == 0; }
  /// Rows of its message and note, if it has any.
  std::string message_sql() const {
    return fmt::format("({0}, {0}, 1, {0}, false, false, 'm{0}', '', 'text', {1}, now(), now())",
                       id, text(message));
  }
  std::string note_sql() const {
    return fmt::format("({0}, {0}, {1}, {2}, 'user', 'x', now())", id, id % 2 == 0, text(note));
  }
  bool open() const { return status != "resolved" && status != "closed"; }
};

/// Those that `matches` knows.
inline const std::vector<q::field>& filtered_fields() {
  using enum q::field;
  static const std::vector<q::field> all{
      status,   priority,     urgency, type,         billing, source,   uid,     drop,
      address,  contact,      title,   zone,         tag,     channel,  created, due,
      resolved, rework_count, signal,  q::field::is, has,     assignee, team,    q::field::text};
  return all;
}

inline std::string in_lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}
inline bool holds(const std::string& whole, const std::string& part) {
  return !whole.empty() && in_lower(whole).find(in_lower(part)) != std::string::npos;
}

/// Runs of letters and digits, in lower case.
inline std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> out;
  bool inside = false;
  for (const char c : in_lower(text)) {
    const bool belongs = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (belongs && !inside) out.emplace_back();
    if (belongs) out.back() += c;
    inside = belongs;
  }
  return out;
}
/// One text has all the words, next to each other; the last may go on unless it is a phrase.
inline bool says(const std::string& text, const q::value& v) {
  const auto all = words_of(text), wanted = words_of(v.text);
  if (wanted.empty()) return false;
  for (std::size_t i = 0; i + wanted.size() <= all.size(); ++i) {
    bool here = true;
    for (std::size_t k = 0; k < wanted.size(); ++k)
      here = here && (k + 1 == wanted.size() && !v.phrase ? all[i + k].starts_with(wanted[k])
                                                          : all[i + k] == wanted[k]);
    if (here) return true;
  }
  return false;
}
inline bool says_anywhere(const found_ticket& t, const q::value& v) {
  if (says(t.title + " " + t.description, v) || says(t.message, v) || says(t.note, v)) return true;
  if (v.text.size() < min_part_bytes) return false;
  return holds(t.uid, v.text) || holds(t.drop, v.text) || holds(t.address, v.text) ||
         holds(t.contact, v.text);
}

inline bool in_span(const std::optional<domain::instant>& t, q::field f, const q::value& v) {
  if (v.text == "none") return !t;
  if (v.text == "any" || !t) return t.has_value();
  const q::span s = span_of(v, q::looks_ahead(f), query_now, query_zone());
  return (!s.from || *t >= *s.from) && (!s.to || *t < *s.to);
}
inline bool compares(double n, const q::value& v) {
  const double to = std::stod(v.text);
  switch (v.how) {
    case q::op::less:
      return n < to;
    case q::op::at_most:
      return n <= to;
    case q::op::more:
      return n > to;
    case q::op::at_least:
      return n >= to;
    case q::op::range:
      return n >= to && n <= std::stod(v.upper);
    case q::op::is:
      break;
  }
  return n == to;
}
/// "More" than a level is what is more urgent.
inline bool ranks(const std::string& level, const q::value& v) {
  if (level.empty()) return false;
  const auto rank = [](const std::string& name) {
    return static_cast<double>(levels.end() - std::find(levels.begin(), levels.end(), name));
  };
  q::value number = v;
  number.text = std::to_string(rank(v.text));
  return compares(rank(level), number);
}
inline bool belongs_to(std::int64_t id, const std::vector<std::string>& names, const q::value& v) {
  if (!v.phrase && v.text == "none") return id == 0;
  if (!v.phrase && v.text == "any") return id != 0;
  if (!v.phrase && (v.text == "me" || v.text == "mine")) return id == 1;
  if (v.id != 0) return id == v.id;
  return id != 0 && holds(names[static_cast<std::size_t>(id - 1)], v.text);
}

inline bool has_thing(const std::string& name, const found_ticket& t) {
  if (name == "drop") return !t.drop.empty();
  if (name == "assignee") return t.assignee != 0;
  if (name == "team") return t.team != 0;
  if (name == "due") return t.due.has_value();
  if (name == "tag") return !t.tags.empty();
  if (name == "note") return !t.note.empty();
  return false;  // these tickets have nothing else
}
inline bool is_so(const std::string& name, const found_ticket& t) {
  if (name == "open") return t.open();
  if (name == "overdue") return t.open() && t.due && *t.due < query_now;
  if (name == "unassigned") return t.assignee == 0 && t.team == 0;
  if (name == "mine") return t.assignee == 1;
  if (name == "merged") return t.merged;
  if (name == "unknown_drop") return !t.drop.empty() && !t.knows_drop();
  return t.rework > 0;
}

inline bool matches(q::field f, const q::value& v, const found_ticket& t) {
  switch (f) {
    case q::field::text:
      return says_anywhere(t, v);
    case q::field::status:
      return v.text == "open" ? t.open() : t.status == v.text;
    case q::field::priority:
      return ranks(t.priority, v);
    case q::field::urgency:
      return ranks(t.urgency, v);
    case q::field::type:
      return t.type == v.text;
    case q::field::billing:
      return t.billing == v.text;
    case q::field::source:
      return t.source == v.text;
    case q::field::uid:
      return holds(t.uid, v.text);
    case q::field::drop:
      return holds(t.drop, v.text);
    case q::field::address:
      return holds(t.address, v.text);
    case q::field::contact:
      return holds(t.contact, v.text);
    case q::field::title:
      return holds(t.title, v.text);
    case q::field::zone:
      return in_lower(t.zone) == in_lower(v.text);
    case q::field::tag:
      return t.tags.contains(v.text);
    case q::field::channel:
      return t.channel == v.text;
    case q::field::created:
      return in_span(t.created, f, v);
    case q::field::due:
      return in_span(t.due, f, v);
    case q::field::resolved:
      return in_span(t.resolved, f, v);
    case q::field::rework_count:
      if (v.text == "none" || v.text == "any") return v.text == "any";
      return compares(t.rework, v);
    case q::field::signal:
      if (v.text == "none") return !t.signal_tenths;
      if (v.text == "any" || !t.signal_tenths) return t.signal_tenths.has_value();
      return compares(*t.signal_tenths / 10.0, v);
    case q::field::is:
      return is_so(v.text, t);
    case q::field::has:
      return has_thing(v.text, t);
    case q::field::assignee:
      return belongs_to(t.assignee, {"Thabo", "Zola Gordon"}, v);
    case q::field::team:
      return belongs_to(t.team, {"North", "Orange"}, v);
    default:
      throw std::logic_error("matches() does not know this field");
  }
}

inline bool matches(const q::node& n, const found_ticket& t) {
  const auto child = [&](const q::node& c) { return matches(c, t); };
  switch (n.what) {
    case q::node::kind::all:
      return std::all_of(n.children.begin(), n.children.end(), child);
    case q::node::kind::any:
      return std::any_of(n.children.begin(), n.children.end(), child);
    case q::node::kind::not_:
      return !matches(n.children.front(), t);
    case q::node::kind::condition:
      break;
  }
  return std::any_of(n.condition.values.begin(), n.condition.values.end(),
                     [&](const q::value& v) { return matches(n.condition.what, v, t); });
}

}  // namespace fibrehub::store::tests
