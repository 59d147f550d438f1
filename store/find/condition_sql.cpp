#include "store/find/condition_sql.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "domain/query/fields.hpp"
#include "store/find/name_literal.hpp"
#include "store/find/text_sql.hpp"
#include "store/find/texts_sql.hpp"

namespace fibrehub::store {
namespace {

namespace q = domain::query;

constexpr std::string_view ranks[] = {"critical", "high", "medium", "low"};

class compiler {
 public:
  compiler(const find_surroundings& around, sql_params& params, strictness how)
      : around_(around), params_(params), how_(how) {}

  std::string of(const q::node& n) {
    switch (n.what) {
      case q::node::kind::condition:
        return is_left_out(n) ? "true" : of(n.condition);
      case q::node::kind::not_:
        if (is_left_out(n)) return "true";
        // What is unknown is not what was asked for, so its opposite is.
        return "(" + of(n.children.front()) + ") IS NOT TRUE";
      case q::node::kind::all:
      case q::node::kind::any:
        break;
    }
    if (n.children.empty()) return "true";
    std::vector<std::string> parts;
    for (const q::node& c : n.children)
      parts.push_back(of(c));
    return fmt::format("({})", fmt::join(parts, n.what == q::node::kind::all ? " AND " : " OR "));
  }

 private:
  /// The opposite of what is in many is left out as well: it excludes few.
  bool is_left_out(const q::node& n) const {
    if (how_ == strictness::whole) return false;
    if (n.what != q::node::kind::condition)
      return std::any_of(n.children.begin(), n.children.end(),
                         [&](const q::node& c) { return is_left_out(c); });
    return n.condition.what == q::field::text &&
           std::any_of(n.condition.values.begin(), n.condition.values.end(),
                       [&](const q::value& v) { return around_.texts.of(q::field::text, v).many; });
  }

  std::string add(std::string value, const char* type = "text") {
    params_.texts.push_back(std::move(value));
    return fmt::format("${}::{}", params_.texts.size(), type);
  }
  std::string name(const std::string& value) {
    const auto literal = name_literal(value);
    return literal ? *literal : add(value);
  }
  std::string add(std::int64_t value) { return add(std::to_string(value), "bigint"); }
  std::string add(domain::instant t) {
    return fmt::format("('epoch'::timestamptz + {} * interval '1 microsecond')",
                       add(domain::to_us(t)));
  }

  /// What clients are not shown (store/tickets/json.cpp) they cannot ask for either.
  bool is_hidden(q::field f, const q::value& v) const {
    if (around_.by.as != domain::role::client) return false;
    return f == q::field::penalty || f == q::field::contractor || f == q::field::rework_count ||
           f == q::field::follower || (f == q::field::is && v.text == "rework");
  }

  std::string of(const q::condition& c) {
    std::vector<std::string> any;
    for (const q::value& v : c.values)
      any.push_back(of(c.what, v));
    return any.size() == 1 ? any.front() : fmt::format("({})", fmt::join(any, " OR "));
  }

  std::string of(q::field f, const q::value& v) {
    if (is_hidden(f, v)) return "false";
    switch (q::definition(f).kind) {
      case q::value_kind::choice:
        return choice(f, v);
      case q::value_kind::ranked:
        return ranked(f, v);
      case q::value_kind::person:
        return person(f, v);
      case q::value_kind::group:
        return team(v);
      case q::value_kind::part:
        return part(f, v);
      case q::value_kind::word:
        return word(f, v);
      case q::value_kind::time:
        return time(f, v);
      case q::value_kind::number:
        return number(f, v);
    }
    return "false";
  }

  std::string choice(q::field f, const q::value& v) {
    switch (f) {
      case q::field::status:
        if (v.text == "open") return "t.status NOT IN ('resolved', 'closed')";
        return "t.status = " + name(v.text);
      case q::field::billing:
        return "t.billing_type = " + name(v.text);
      case q::field::sla:
        return clock(v.text);
      case q::field::is:
        return state(v.text);
      case q::field::has:
        return possession(v.text);
      default:
        return fmt::format("t.{} = {}", q::definition(f).name, name(v.text));
    }
  }

  /// Of a clock only its last cycle counts.
  static std::string clock(std::string_view name) {
    if (name == "none") return "NOT EXISTS (SELECT 1 FROM sla_clocks c WHERE c.ticket_id = t.id)";
    const char* what = name == "breached"  ? "c.level_bp >= 10000"
                       : name == "warning" ? "c.level_bp BETWEEN 1 AND 9999 AND c.state IN"
                                             " ('running', 'paused')"
                       : name == "met"     ? "c.verdict = 'met'"
                       : name == "paused"  ? "c.state = 'paused'"
                                           : "c.state = 'running'";
    return fmt::format(
        "EXISTS (SELECT 1 FROM sla_clocks c WHERE c.ticket_id = t.id AND {} AND NOT EXISTS (SELECT"
        " 1 FROM sla_clocks n WHERE n.ticket_id = c.ticket_id AND n.clock = c.clock AND n.cycle >"
        " c.cycle))",
        what);
  }

  std::string state(std::string_view name) {
    if (name == "open") return "t.status NOT IN ('resolved', 'closed')";
    if (name == "overdue")
      return fmt::format("(t.due_at < {} AND t.status NOT IN ('resolved', 'closed'))",
                         add(around_.now));
    if (name == "unassigned") return "(t.assigned_to IS NULL AND t.assigned_team IS NULL)";
    if (name == "mine") return "t.assigned_to = " + add(around_.by.user_id);
    if (name == "merged") return "t.merged_into IS NOT NULL";
    if (name == "unknown_drop") return "t.drop_known IS FALSE";
    return "(t.rework_count > 0 OR t.rework_required)";
  }

  std::string possession(std::string_view name) {
    if (name == "attachment")
      return "EXISTS (SELECT 1 FROM attachments a WHERE a.ticket_id = t.id AND a.deleted_at IS "
             "NULL)";
    if (name == "note")
      return fmt::format("EXISTS (SELECT 1 FROM ticket_notes n WHERE n.ticket_id = t.id{})",
                         notes_seen("n"));
    if (name == "message") return "t.message_count > 0";
    if (name == "drop") return "t.drop_number IS NOT NULL";
    if (name == "client") return "t.client_id IS NOT NULL";
    if (name == "project") return "t.project_id IS NOT NULL";
    if (name == "assignee") return "t.assigned_to IS NOT NULL";
    if (name == "team") return "t.assigned_team IS NOT NULL";
    if (name == "due") return "t.due_at IS NOT NULL";
    return "t.tags <> '{}'";
  }

  /// The highest comes first, so "more than medium" is what stands before it.
  std::string ranked(q::field f, const q::value& v) {
    const auto at = static_cast<std::size_t>(std::find(std::begin(ranks), std::end(ranks), v.text) -
                                             std::begin(ranks));
    const std::span<const std::string_view> all(ranks);
    std::span<const std::string_view> wanted = all.subspan(at, 1);
    if (v.how == q::op::more) wanted = all.first(at);
    if (v.how == q::op::at_least) wanted = all.first(at + 1);
    if (v.how == q::op::less) wanted = all.subspan(at + 1);
    if (v.how == q::op::at_most) wanted = all.subspan(at);
    if (wanted.empty()) return "false";
    return fmt::format("t.{} IN ('{}')", q::definition(f).name, fmt::join(wanted, "', '"));
  }

  /// Ids of the people a word may mean: their number, address, or part of their name.
  std::string people(const q::value& v) {
    if (!v.phrase && v.text == "me") return add(around_.by.user_id);
    if (v.id != 0) return add(v.id);
    const std::string text = add(v.text);
    return fmt::format(
        "(SELECT u.id FROM users u WHERE lower(u.email) = lower({0}) OR"
        " lower(split_part(u.email, '@', 1)) = lower({0}) OR lower(u.name) LIKE lower({1}))",
        text, add(like_pattern(v.text)));
  }

  std::string person(q::field f, const q::value& v) {
    const bool follows = f == q::field::follower;
    const bool none = !v.phrase && v.text == "none", any = !v.phrase && v.text == "any";
    if (follows && (none || any))
      return fmt::format("{} (SELECT 1 FROM ticket_followers w WHERE w.ticket_id = t.id)",
                         none ? "NOT EXISTS" : "EXISTS");
    if (none) return "t.assigned_to IS NULL";
    if (any) return "t.assigned_to IS NOT NULL";
    if (follows)
      return fmt::format(
          "t.id IN (SELECT w.ticket_id FROM ticket_followers w WHERE w.user_id IN ({}))",
          people(v));
    return fmt::format("t.assigned_to IN ({})", people(v));
  }

  std::string team(const q::value& v) {
    if (!v.phrase && v.text == "none") return "t.assigned_team IS NULL";
    if (!v.phrase && v.text == "any") return "t.assigned_team IS NOT NULL";
    if (!v.phrase && v.text == "mine")
      return fmt::format(
          "t.assigned_team IN (SELECT m.team_id FROM team_members m WHERE m.user_id"
          " = {})",
          add(around_.by.user_id));
    if (v.id != 0) return "t.assigned_team = " + add(v.id);
    return fmt::format(
        "t.assigned_team IN (SELECT g.id FROM teams g WHERE lower(g.name) LIKE lower({}))",
        add(like_pattern(v.text)));
  }

  std::string notes_seen(std::string_view alias) const {
    return around_.by.as == domain::role::client ? fmt::format(" AND NOT {}.internal", alias) : "";
  }

  std::string part(q::field f, const q::value& v) {
    switch (f) {
      case q::field::text:
        return words_anywhere(v, around_.by, around_.texts.of(f, v), around_.many, params_);
      case q::field::drop:
        return indexed("t.drop_number", f, v, std::string(drop_digits(v.text)));
      case q::field::uid:
        return indexed("t.uid", f, v, v.text);
      case q::field::address:
        return indexed("t.address", f, v, v.text);
      case q::field::contact:
        return indexed("t.contact_name", f, v, v.text);
      case q::field::email:
        return indexed("t.contact_email", f, v, v.text);
      case q::field::phone:
        return phone(v);
      case q::field::category:
        return like("t.category", v);
      case q::field::creator:
        return like("t.created_by", v);
      case q::field::title:
        return like("t.title", v);
      case q::field::company:
        return fmt::format("t.client_id IN (SELECT k.id FROM clients k WHERE {})",
                           like("k.name", v));
      case q::field::project:
        return fmt::format("t.project_id IN (SELECT p.id FROM projects p WHERE {} OR {})",
                           like("p.name", v), like("p.code", v));
      default:
        return fmt::format("t.contractor_id IN (SELECT k.id FROM contractors k WHERE {})",
                           like("k.name", v));
    }
  }

  std::string like(std::string_view column, const q::value& v) {
    return fmt::format("lower({}) LIKE lower({})", column, add(like_pattern(v.text)));
  }

  std::string indexed(std::string_view column, q::field f, const q::value& v,
                      const std::string& text) {
    return part_of(column, text, around_.texts.of(f, v), params_);
  }

  /// The contact's number, or the number of somebody who writes in the ticket.
  std::string phone(const q::value& v) {
    const std::string tail = phone_tail(v.text);
    if (tail.empty()) return "false";
    const text_place& place = around_.texts.of(q::field::phone, v);
    if (!place.many) return fmt::format("t.id = ANY ({})", add(place.tickets, "bigint[]"));
    return fmt::format(
        "(" FIBREHUB_SQL_PHONE
        " LIKE {0} OR (SELECT true FROM messages m JOIN contacts k ON k.id ="
        " m.contact_id WHERE m.ticket_id = t.id AND k.phone LIKE {0} LIMIT 1) IS TRUE)",
        add(like_pattern(tail)));
  }

  std::string word(q::field f, const q::value& v) {
    if (f == q::field::tag) return fmt::format("t.tags @> ARRAY[{}]", add(v.text));
    if (f == q::field::channel) return "t.channel = " + add(v.text);
    return fmt::format("lower(t.{}) = lower({})", q::definition(f).name, add(v.text));
  }

  std::string time(q::field f, const q::value& v) {
    const char* column = f == q::field::created        ? "t.created_at"
                         : f == q::field::updated      ? "t.updated_at"
                         : f == q::field::resolved     ? "t.resolved_at"
                         : f == q::field::closed       ? "t.closed_at"
                         : f == q::field::due          ? "t.due_at"
                         : f == q::field::scheduled    ? "t.scheduled_at"
                         : f == q::field::last_message ? "t.last_message_at"
                                                       : "t.install_date";
    if (v.text == "none") return fmt::format("{} IS NULL", column);
    if (v.text == "any") return fmt::format("{} IS NOT NULL", column);
    const q::span s = span_of(v, q::looks_ahead(f), around_.now, around_.zone);
    const bool day = f == q::field::install_date;
    const auto bound = [&](domain::instant t) {
      if (!day) return add(t);
      const auto d = std::chrono::year_month_day{around_.zone.day_of(t)};
      return add(fmt::format("{:04}-{:02}-{:02}", static_cast<int>(d.year()),
                             static_cast<unsigned>(d.month()), static_cast<unsigned>(d.day())),
                 "date");
    };
    std::string out;
    if (s.from) out = fmt::format("{} >= {}", column, bound(*s.from));
    if (s.to) out += fmt::format("{}{} < {}", out.empty() ? "" : " AND ", column, bound(*s.to));
    return "(" + out + ")";
  }

  std::string number(q::field f, const q::value& v) {
    const char* column = f == q::field::rework_count  ? "t.rework_count"
                         : f == q::field::signal      ? "t.signal_level_dbm"
                         : f == q::field::splice_loss ? "t.splice_loss_db"
                                                      : "t.penalty";
    if (v.text == "none") return fmt::format("{} IS NULL", column);
    if (v.text == "any") return fmt::format("{} IS NOT NULL", column);
    const std::string first = add(v.text, "numeric");
    if (v.how == q::op::range)
      return fmt::format("{} BETWEEN {} AND {}", column, first, add(v.upper, "numeric"));
    const char* sign = v.how == q::op::less       ? "<"
                       : v.how == q::op::at_most  ? "<="
                       : v.how == q::op::more     ? ">"
                       : v.how == q::op::at_least ? ">="
                                                  : "=";
    return fmt::format("{} {} {}", column, sign, first);
  }

  const find_surroundings& around_;
  sql_params& params_;
  strictness how_;
};

}  // namespace

std::string condition_sql(const domain::query::node& query, const find_surroundings& around,
                          sql_params& params, strictness how) {
  return compiler(around, params, how).of(query);
}

}  // namespace fibrehub::store
