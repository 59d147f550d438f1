// What a rule would do: its actions are tried on copies of the tickets, by the same rules of the
// domain as commands, and nothing is written.
#include <fmt/format.h>

#include <map>

#include "store/assignment/assign.hpp"
#include "store/automation/match.hpp"
#include "store/automation/runs.hpp"
#include "store/people/sql.hpp"
#include "store/pq.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/columns.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

constexpr sql select_rule{
    "automation_rehearsed_names",
    "SELECT 'u', id, name FROM users WHERE disabled_at IS NULL AND role NOT IN ('viewer', 'client')"
    " AND id = ANY ($1::bigint[]) UNION ALL SELECT 't', id, name FROM teams WHERE archived_at IS"
    " NULL AND id = ANY ($2::bigint[])"};

/// A domain with nothing but the names that the rule's assignments need.
class stage {
 public:
  stage(connection& db, pqxx::transaction_base& tx, const rehearse_automation_rule& request,
        const automation_rule_view& rule)
      : db_(db),
        tx_(tx),
        request_(request),
        rule_(rule),
        by_(automation_principal(rule.rule.name)) {}

  std::string play(domain::ticket_record ticket) {
    const std::string title = domain::at(ticket.values, domain::field::title).value_or("");
    std::string steps;
    bool refused = false;
    for (const domain::automation_action& a : rule_.rule.actions) {
      const std::string what = json_string(describe(a));
      steps += steps.empty() ? "" : ",";
      if (refused) {
        steps += fmt::format(R"({{"do":{},"skipped":true}})", what);
        continue;
      }
      const auto done = play(ticket, a);
      refused = !done;
      steps += done ? fmt::format(R"({{"do":{},"changes":[{}]}})", what, *done)
                    : fmt::format(R"({{"do":{},"refused":{}}})", what, json_string(done.error()));
    }
    return fmt::format(R"({{"ticket_uid":{},"title":{},"steps":[{}]}})", json_string(ticket.uid),
                       json_string(title), steps);
  }

 private:
  void learn(const domain::assign_ticket& a) {
    std::vector<std::int64_t> users, teams;
    if (a.user.value_or(0) != 0) users.push_back(*a.user);
    if (a.team.value_or(0) != 0) teams.push_back(*a.team);
    const pqxx::result rows =
        db_.run(tx_, select_rule, {{people::id_array(users), people::id_array(teams)}, nullptr});
    for (const auto& r : rows)
      (r[0].c_str()[0] == 'u' ? users_ : teams_)[r[1].as<std::int64_t>()] = r[2].c_str();
  }

  static const std::string* name_in(const std::map<std::int64_t, std::string>& names,
                                    std::int64_t id) {
    const auto it = names.find(id);
    return it == names.end() ? nullptr : &it->second;
  }

  /// The rows it would add to the history.
  tl::expected<std::string, std::string> play(domain::ticket_record& ticket,
                                              const domain::automation_action& a) {
    auto command = domain::command_of(a, rule_.rule, ticket.uid);
    if (!command) {
      auto choice = choose_assignee(db_, tx_, ticket.uid, false);
      if (!choice) return tl::unexpected(std::string("no assignment rule fits"));
      command.emplace();
      command->what = std::move(*choice);
    }
    if (const auto* assign = std::get_if<domain::assign_ticket>(&command->what)) learn(*assign);
    const domain::surroundings around{
        request_.setup->rules.tickets,
        by_,
        request_.now,
        [](const std::string&) -> const domain::field_values* { return nullptr; },
        [this](std::int64_t id) { return name_in(users_, id); },
        [this](std::int64_t id) { return name_in(teams_, id); },
        [](std::int64_t, std::int64_t) { return true; }};
    domain::ticket_draft draft(ticket);
    const domain::verdict done = std::visit(
        [&](const auto& what) -> domain::verdict {
          if constexpr (requires { apply(draft, what, around); }) {
            return apply(draft, what, around);
          } else {
            return {};
          }
        },
        command->what);
    if (!done) return tl::unexpected(done.error().message);
    std::string out;
    for (const domain::change_entry& e : draft.entries())
      if (e.action != "reason")
        out +=
            fmt::format(R"({}{{"field":{},"from":{},"to":{}}})", out.empty() ? "" : ",",
                        json_string(e.field), json_string(e.old_value), json_string(e.new_value));
    return out;
  }

  connection& db_;
  pqxx::transaction_base& tx_;
  const rehearse_automation_rule& request_;
  const automation_rule_view& rule_;
  domain::principal by_;
  std::map<std::int64_t, std::string> users_, teams_;
};

std::string counts_json(const automation_rule_view& rule, const rule_counts& c) {
  if (!rule.rule.trigger.on_time)
    return fmt::format(R"({{"tickets":{},"fit":{}}})", c.tickets, c.fit);
  return fmt::format(
      R"({{"tickets":{},"fit":{},"not_so":{},"not_yet":{},"before_rule":{},"done":{},"now":{}}})",
      c.tickets, c.fit, c.no_anchor, c.not_yet, c.before_rule, c.done, c.now);
}

std::vector<domain::ticket_record> load(connection& db, pqxx::transaction_base& tx,
                                        const std::vector<std::int64_t>& ids) {
  const std::string text = fmt::format(
      "SELECT {} FROM tickets t WHERE t.id = ANY ($1::bigint[]) ORDER BY"
      " array_position($1::bigint[], t.id)",
      ticket_columns());
  std::vector<domain::ticket_record> out;
  const pqxx::result rows = db.run(tx, {"automation_rehearsed_tickets", text.c_str()},
                                   {{people::id_array(ids)}, nullptr});
  for (const auto& row : rows)
    out.push_back(to_ticket(row));
  return out;
}

}  // namespace

std::optional<std::string> run(connection& db, const rehearse_automation_rule& request) {
  std::optional<automation_rule_view> known;
  if (request.edit.id) {
    list_automation_rules ask;
    ask.id = request.edit.id;
    auto found = run(db, ask);
    if (!found) return std::nullopt;
    known = std::move(found->front());
  }
  save_automation_rule edit = request.edit;
  edit.enabled = true;
  const automation_rule_view rule = *laid_over(known, edit, request.now);
  return db.transact([&](pqxx::work& tx) {
    const rule_rehearsal found =
        rehearse(db, tx, rule, request.sample, {request.now, request.setup->zone});
    stage on(db, tx, request, rule);
    std::string sample;
    for (domain::ticket_record& t : load(db, tx, found.sample))
      sample += (sample.empty() ? "" : ",") + on.play(std::move(t));
    return std::optional(fmt::format(R"({{"counts":{},"does":[{}],"would_act_on":[{}]}})",
                                     counts_json(rule, found.counts),
                                     [&] {
                                       std::string does;
                                       for (const auto& line : describe_actions(rule.rule))
                                         does += (does.empty() ? "" : ",") + json_string(line);
                                       return does;
                                     }(),
                                     sample));
  });
}

}  // namespace fibrehub::store
