#include "store/automation/match.hpp"

#include <fmt/format.h>

#include "store/find/condition_sql.hpp"
#include "store/find/lookup.hpp"
#include "store/people/sql.hpp"
#include "store/pq.hpp"
#include "store/sql_time.hpp"

namespace fibrehub::store {
namespace {

using anchor = domain::automation_anchor;

/// The instant of the last row of a ticket's history that says so, or of its making.
#define FIBREHUB_LAST_CHANGE(fields)                                                             \
  "coalesce((SELECT h.at FROM ticket_history h WHERE h.ticket_id = t.id AND h.field IN (" fields \
  ") AND h.action IN ('status', 'field', 'assigned', 'claimed') ORDER BY h.seq DESC LIMIT 1),"   \
  " t.created_at)"

// What was said, by whom: messages that a program sent are no answer.
#define FIBREHUB_SAID                                                                              \
  "(SELECT m.received_at AS at, NOT m.outbound AS by_client FROM messages m WHERE m.ticket_id ="   \
  " t.id AND NOT (m.outbound AND m.by_api) UNION ALL SELECT n.created_at, coalesce(u.role, '') ="  \
  " 'client' FROM ticket_notes n LEFT JOIN users u ON u.id = n.author_id WHERE n.ticket_id = t.id" \
  " AND NOT n.internal AND n.author_kind <> 'system')"

/// NULL for a ticket for which it is not so.
const char* anchor_sql(anchor a) {
  switch (a) {
    case anchor::created:
      return "t.created_at";
    case anchor::unassigned:
      return "CASE WHEN t.assigned_to IS NULL AND t.assigned_team IS NULL "
             "THEN " FIBREHUB_LAST_CHANGE("'assigned_to', 'assigned_team'") " END";
    case anchor::status:
      return FIBREHUB_LAST_CHANGE("'status'");
    case anchor::unanswered:
      // As long as staff have said nothing, the ticket itself is what waits.
      return "(SELECT CASE WHEN s.staff IS NULL THEN t.created_at ELSE (SELECT min(c.at) "
             "FROM " FIBREHUB_SAID
             " c WHERE c.by_client AND c.at > s.staff) END FROM (SELECT max(x.at)"
             " FILTER (WHERE NOT x.by_client) AS staff FROM " FIBREHUB_SAID " x) s)";
    case anchor::resolved:
      return "CASE WHEN t.status = 'resolved' THEN t.resolved_at END";
    case anchor::closed:
      return "CASE WHEN t.status = 'closed' THEN t.closed_at END";
    case anchor::last_message:
      return "t.last_message_at";
    case anchor::due:
      return "t.due_at";
    case anchor::scheduled:
      return "t.scheduled_at";
  }
  return "NULL::timestamptz";
}

class statement {
 public:
  statement(connection& db, pqxx::transaction_base& tx, const automation_rule_view& rule,
            const match_surroundings& around)
      : rule_(rule), by_(automation_principal(rule.rule.name)), around_(around) {
    tree_ = domain::query::parse(rule.rule.query).value_or(never());
    texts_ = look_up(db, tx, tree_, by_, thoroughness::complete);
  }

  std::string add(std::string value, const char* type) {
    params.texts.push_back(std::move(value));
    return fmt::format("${}::{}", params.texts.size(), type);
  }
  std::string add(std::int64_t value) { return add(std::to_string(value), "bigint"); }
  std::string add(domain::instant t) {
    return fmt::format(FIBREHUB_SQL_INSTANT("{}"), add(domain::to_us(t)));
  }
  std::string condition() {
    return condition_sql(tree_, {by_, around_.now, around_.zone, texts_, text_search::walk},
                         params);
  }
  std::string anchor_at() const {
    return rule_.rule.trigger.on_time ? anchor_sql(rule_.rule.trigger.anchor) : "NULL::timestamptz";
  }
  /// What was acted on for this anchor.
  std::string is_done() {
    return fmt::format(
        "EXISTS (SELECT 1 FROM automation_runs r WHERE r.ticket_id = t.id AND r.rule_id = {} AND"
        " r.generation = {} AND r.anchor = 'time:' || " FIBREHUB_SQL_US("a.at") ")",
        add(rule_.id), add(std::int64_t{rule_.generation}));
  }
  /// Of tickets that nothing has happened to since long before the rule began nothing can come due.
  std::string may_have_changed() {
    if (!rule_.active_from || rule_.rule.trigger.anchor == anchor::due ||
        rule_.rule.trigger.anchor == anchor::scheduled)
      return "true";
    constexpr std::chrono::minutes slack{1};  // clocks of those who write may differ
    return "t.updated_at > " + add(*rule_.active_from - rule_.rule.trigger.after - slack);
  }
  /// Those due by now, and after the rule began.
  std::string last_anchor() { return add(around_.now - rule_.rule.trigger.after); }
  std::string is_after_begin() {
    if (!rule_.active_from) return "true";
    return "a.at > " + add(*rule_.active_from - rule_.rule.trigger.after);
  }

  sql_params params;

 private:
  static domain::query::node never() {
    domain::query::node out;
    out.what = domain::query::node::kind::any;
    return out;
  }
  const automation_rule_view& rule_;
  domain::principal by_;
  match_surroundings around_;
  domain::query::node tree_;
  text_places texts_;
};

}  // namespace

std::string anchor_key(domain::instant anchor) {
  return fmt::format("time:{}", domain::to_us(anchor));
}

domain::principal automation_principal(const std::string& rule_name) {
  domain::principal p;
  p.what = domain::principal::kind::system;
  p.id = "system:automation";
  p.name = "automation: " + rule_name;
  p.as = domain::role::admin;
  return p;
}

std::vector<rule_match> match_tickets(connection& db, pqxx::transaction_base& tx,
                                      const automation_rule_view& rule,
                                      const std::vector<std::int64_t>& tickets,
                                      const match_surroundings& around) {
  std::vector<rule_match> out;
  if (tickets.empty()) return out;
  statement s(db, tx, rule, around);
  const std::string ids = s.add(people::id_array(tickets), "bigint[]");
  const std::string where = s.condition();
  const std::string text = fmt::format(
      "SELECT t.id, t.uid, " FIBREHUB_SQL_US("a.at") " FROM tickets t CROSS JOIN LATERAL (SELECT {}"
      " AS at) a WHERE t.id = ANY ({}) AND t.deleted_at IS NULL AND {}",
      s.anchor_at(), ids, where);
  const pqxx::result rows = db.run_text(tx, text, s.params);
  for (const auto& r : rows)
    out.push_back({r[0].as<std::int64_t>(), r[1].c_str(), people::instant_or_none(r[2])});
  return out;
}

rule_piece find_due(connection& db, pqxx::transaction_base& tx, const automation_rule_view& rule,
                    std::int64_t after, std::size_t size, std::size_t limit,
                    const match_surroundings& around) {
  statement s(db, tx, rule, around);
  const domain::instant newest = domain::follows_creation(rule.rule.trigger.anchor)
                                     ? around.now - rule.rule.trigger.after
                                     : around.now;
  const std::string made_by = s.add(newest), from = s.add(after), changed = s.may_have_changed(),
                    where = s.condition();
  const std::string last = s.add(around.now - rule.rule.trigger.after);
  const std::string begun = s.is_after_begin(), done = s.is_done();
  // First those that fit, by their id, then since when: each piece is as large as the one before.
  const std::string text = fmt::format(
      "WITH piece AS MATERIALIZED (SELECT t.id, t.status, t.created_at, t.resolved_at, t.closed_at,"
      " t.last_message_at, t.due_at, t.scheduled_at, t.assigned_to, t.assigned_team FROM tickets t"
      " WHERE t.deleted_at IS NULL AND t.created_at <= {} AND t.id > {} AND {} AND {} ORDER BY t.id"
      " LIMIT {}) SELECT count(*), coalesce(max(id), 0), 0 FROM piece UNION ALL (SELECT 0, t.id, 1"
      " FROM piece t CROSS JOIN LATERAL (SELECT {} AS at) a WHERE a.at <= {} AND {} AND NOT {}"
      " LIMIT {})",
      made_by, from, changed, where, size, s.anchor_at(), last, begun, done, limit);
  const pqxx::result rows = db.run_text(tx, text, s.params);
  rule_piece out;
  for (const auto& r : rows) {
    if (r[2].as<int>() == 1) {
      out.due.push_back(r[1].as<std::int64_t>());
      continue;
    }
    out.more = r[0].as<std::size_t>() == size;
    out.last_id = r[1].as<std::int64_t>();
  }
  return out;
}

rule_rehearsal rehearse(connection& db, pqxx::transaction_base& tx,
                        const automation_rule_view& rule, std::size_t limit,
                        const match_surroundings& around) {
  statement s(db, tx, rule, around);
  const bool on_time = rule.rule.trigger.on_time;
  const std::string where = s.condition();
  const std::string last = on_time ? s.last_anchor() : "NULL";
  const std::string begun = on_time ? s.is_after_begin() : "true";
  const std::string done = on_time ? s.is_done() : "false";
  const std::string what =
      on_time ? fmt::format(
                    "CASE WHEN a.at IS NULL THEN 'no_anchor' WHEN a.at > {} THEN 'not_yet'"
                    " WHEN NOT ({}) THEN 'before_rule' WHEN {} THEN 'done' ELSE 'now' END",
                    last, begun, done)
              : std::string("'now'");
  const std::string text = fmt::format(
      "WITH found AS MATERIALIZED (SELECT t.id, a.at, {} AS what FROM tickets t CROSS JOIN LATERAL"
      " (SELECT {} AS at) a WHERE t.deleted_at IS NULL AND {}) (SELECT what, count(*), 0::bigint"
      " FROM found GROUP BY what) UNION ALL (SELECT '', 0, id FROM found WHERE what = 'now' ORDER"
      " BY at, id LIMIT {})",
      what, s.anchor_at(), where, limit);
  const pqxx::result rows = db.run_text(tx, text, s.params);
  rule_rehearsal out;
  rule_counts& c = out.counts;
  for (const auto& r : rows) {
    const std::string_view name = r[0].c_str();
    if (name.empty()) {
      out.sample.push_back(r[2].as<std::int64_t>());
      continue;
    }
    const auto n = r[1].as<std::int64_t>();
    c.fit += n;
    (name == "no_anchor"     ? c.no_anchor
     : name == "not_yet"     ? c.not_yet
     : name == "before_rule" ? c.before_rule
     : name == "done"        ? c.done
                             : c.now) = n;
  }
  c.tickets = db.run(tx, {"automation_all_tickets",
                          "SELECT count(*) FROM tickets WHERE deleted_at IS NULL"})[0][0]
                  .as<std::int64_t>();
  return out;
}

}  // namespace fibrehub::store
