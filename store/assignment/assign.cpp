#include "store/assignment/assign.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "domain/ticket_commands.hpp"
#include "store/assignment/rules.hpp"
#include "store/commands/history_writer.hpp"
#include "store/commands/refusal.hpp"
#include "store/notify/notify.hpp"
#include "store/pq.hpp"
#include "store/pq_array.hpp"
#include "store/sla/follow_ticket.hpp"
#include "store/ticket_events.hpp"
#include "store/tickets/columns.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

using domain::field;

constexpr sql select_candidates{
    "assignment_candidates",
    "SELECT m.team_id, u.id, u.name, (SELECT count(*) FROM tickets t WHERE t.assigned_to = u.id AND"
    " t.deleted_at IS NULL AND t.status NOT IN ('resolved', 'closed')) FROM team_members m JOIN"
    " users u ON u.id = m.user_id WHERE m.team_id = ANY ($1::bigint[]) AND u.disabled_at IS NULL"
    " AND u.role NOT IN ('viewer', 'client')"};

constexpr sql update_turn{"assignment_turn",
                          "UPDATE assignment_rules SET last_user = $2::bigint WHERE id = "
                          "$1::bigint"};

constexpr sql pass_tickets{"assignment_pass",
                           "UPDATE tickets SET rules_passed = true WHERE id = ANY ($1::bigint[])"};

std::string text_of(const domain::ticket_record& t, field f) {
  return domain::at(t.values, f).value_or("");
}

/// The rules with everybody they could choose; both stay current while tickets are given out.
class rule_book {
 public:
  rule_book(connection& db, pqxx::transaction_base& tx) : db_(db), tx_(tx) {
    pq_array teams;
    for (assignment_rule_view& v : load_assignment_rules(db, tx)) {
      teams.add(v.rule.team_id);
      rules_.push_back(std::move(v.rule));
    }
    if (!is_active()) return;
    const pqxx::result rows = db.run(tx, select_candidates, {{teams.take()}, nullptr});
    for (const auto& row : rows)
      for (domain::assignment_rule& r : rules_)
        if (r.team_id == row[0].as<std::int64_t>())
          r.candidates.push_back(
              {row[1].as<std::int64_t>(), row[2].c_str(), row[3].as<std::int64_t>()});
  }

  bool is_active() const {
    return std::any_of(rules_.begin(), rules_.end(), [](const auto& r) { return r.enabled; });
  }

  domain::assignment_decision decide(const domain::ticket_record& t) const {
    return domain::decide_assignment(
        {text_of(t, field::zone), text_of(t, field::type), text_of(t, field::source)}, rules_);
  }

  const domain::assignment_rule& at(std::size_t i) const { return rules_[i]; }

  /// Null when nobody of this id is in any rule's team.
  const std::string* name_of(std::int64_t user) const {
    for (const domain::assignment_rule& r : rules_)
      for (const domain::assignment_candidate& c : r.candidates)
        if (c.user_id == user) return &c.name;
    return nullptr;
  }
  const std::string* team_name(std::int64_t team) const {
    for (const domain::assignment_rule& r : rules_)
      if (r.team_id == team) return &r.team_name;
    return nullptr;
  }

  /// It was done: the turn passes on, and the one who got it has one more.
  void given(const domain::assignment_decision& d) {
    if (d.user == 0) return;
    domain::assignment_rule& decided = rules_[*d.rule];
    decided.last_user = d.user;
    decided.last_user_name = *name_of(d.user);
    db_.run(tx_, update_turn, {{std::to_string(decided.id), std::to_string(d.user)}, nullptr});
    for (domain::assignment_rule& r : rules_)
      for (domain::assignment_candidate& c : r.candidates)
        if (c.user_id == d.user) ++c.open_tickets;
  }

 private:
  connection& db_;
  pqxx::transaction_base& tx_;
  std::vector<domain::assignment_rule> rules_;
};

/// Gives the ticket to whom the decision names, by the same rule as an assignment by hand.
tl::expected<void, error> give(connection& db, pqxx::transaction_base& tx, rule_book& rules,
                               domain::ticket_record& ticket, const domain::assignment_decision& d,
                               change_context& context, std::vector<domain::ticket_news>& news,
                               clock_set& clocks) {
  static const domain::ticket_rules defaults;
  const domain::surroundings around{
      defaults,
      context.origin.by,
      context.origin.at,
      [](const std::string&) -> const domain::field_values* { return nullptr; },
      [&](std::int64_t user) { return rules.name_of(user); },
      [&](std::int64_t team) { return rules.team_name(team); },
      [](std::int64_t, std::int64_t) { return true; }};
  domain::assign_ticket command;
  command.team = d.team;
  if (d.user != 0) command.user = d.user;
  command.reason = d.explanation.back();
  const ticket_standing before = standing_of(ticket);
  domain::ticket_draft draft(ticket);
  if (auto done = apply(draft, command, around); !done)
    return tl::unexpected(error{code_of(done.error().what), done.error().message,
                                done.error().reason, done.error().fields});
  domain::ticket_news& told = news.emplace_back();
  told.by_user = context.origin.by.user_id;
  told.by_name = context.origin.by.name;
  told.at = context.origin.at;
  domain::read_entries(told, ticket, draft.entries());
  follow_ticket(clocks, ticket, draft.entries(), told, context.origin);
  append_history(db, tx, ticket, draft.entries(), context);
  const domain::ticket_record* changed[] = {&ticket};
  update_tickets(db, tx, changed);
  rules.given(d);
  announce_ticket(context.events, "ticket.updated", ticket, before, draft.entries(),
                  context.origin);
  return {};
}

std::string id_or_null(std::int64_t id) {
  return id == 0 ? "null" : std::to_string(id);
}

std::string name_or_null(const std::string* name) {
  return name ? json_string(*name) : "null";
}

std::string decision_json(const domain::ticket_record& t, const rule_book& rules,
                          const domain::assignment_decision& d, bool dry_run, bool assigned) {
  std::string why;
  for (const std::string& line : d.explanation)
    why += (why.empty() ? "" : ",") + json_string(line);
  const std::string rule = d.rule ? fmt::format(R"({{"id":{},"name":{}}})", rules.at(*d.rule).id,
                                                json_string(rules.at(*d.rule).name))
                                  : "null";
  return fmt::format(
      R"({{"ticket_uid":{},"version":{},"dry_run":{},"assigned":{},"rule":{},"assigned_to":{},)"
      R"("assigned_to_name":{},"assigned_team":{},"assigned_team_name":{},"explanation":[{}]}})",
      json_string(t.uid), t.version, dry_run, assigned, rule, id_or_null(d.user),
      name_or_null(rules.name_of(d.user)), id_or_null(d.team),
      name_or_null(rules.team_name(d.team)), why);
}

std::vector<domain::ticket_record> new_tickets(connection& db, pqxx::transaction_base& tx,
                                               std::size_t limit) {
  static const std::string text = fmt::format(
      "SELECT {} FROM tickets t WHERE t.status = 'new' AND t.deleted_at IS NULL AND t.assigned_to "
      "IS"
      " NULL AND t.assigned_team IS NULL AND NOT t.rules_passed ORDER BY t.id LIMIT $1::bigint FOR"
      " UPDATE",
      ticket_columns());
  std::vector<domain::ticket_record> out;
  const pqxx::result rows =
      db.run(tx, {"assignment_new_tickets", text.c_str()}, {{std::to_string(limit)}, nullptr});
  for (const auto& row : rows)
    out.push_back(to_ticket(row));
  return out;
}

}  // namespace

std::optional<domain::assign_ticket> choose_assignee(connection& db, pqxx::transaction_base& tx,
                                                     const std::string& ticket_uid,
                                                     bool take_turn) {
  const auto found = load_tickets(db, tx, {ticket_uid});
  if (found.empty()) return std::nullopt;
  rule_book rules(db, tx);
  const domain::assignment_decision d = rules.decide(found.front());
  if (!d.rule) return std::nullopt;
  if (take_turn) rules.given(d);
  domain::assign_ticket out;
  out.team = d.team;
  if (d.user != 0) out.user = d.user;
  out.reason = d.explanation.back();
  return out;
}

domain::principal assignment_principal() {
  domain::principal p;
  p.what = domain::principal::kind::system;
  p.id = "system:assignment";
  p.name = "assignment rules";
  p.as = domain::role::admin;
  return p;
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const auto_assign_ticket& request,
                  change_context& context) {
  auto ticket = lock_ticket(db, tx, request.ticket_uid, context.origin.by);
  if (!ticket) return tl::unexpected(no_such_ticket());
  const bool is_taken = domain::ownership_of(*ticket).assigned_to != 0;
  if (is_taken && !request.dry_run)
    return tl::unexpected(error{errc::conflict,
                                "somebody works on it already; assign it by hand, with a reason",
                                "assigned"});
  rule_book rules(db, tx);
  domain::assignment_decision d = rules.decide(*ticket);
  const bool give_it = d.rule && !request.dry_run;
  std::vector<domain::ticket_news> news;
  clock_set clocks(db, tx);
  if (give_it) {
    clocks.load({&ticket->id, 1});
    if (auto done = give(db, tx, rules, *ticket, d, context, news, clocks); !done)
      return tl::unexpected(std::move(done.error()));
  }
  context.grows_outbox |= notify(db, tx, std::move(news), context.events);
  context.grows_outbox |= clocks.write(context.events, context.clocks);
  if (is_taken)
    d.explanation.emplace_back("somebody works on it already, so nothing would be done");
  return write_answer{200, decision_json(*ticket, rules, d, request.dry_run, give_it)};
}

write_outcome run(connection& db, pqxx::transaction_base& tx, const assign_new_tickets& request,
                  change_context& context) {
  assignment_run done;
  rule_book rules(db, tx);
  done.active = rules.is_active();
  if (done.active) {
    auto tickets = new_tickets(db, tx, request.limit + 1);
    done.more = tickets.size() > request.limit;
    if (done.more) tickets.pop_back();
    std::vector<domain::ticket_news> news;
    clock_set clocks(db, tx);
    std::vector<std::int64_t> ids;
    ids.reserve(tickets.size());
    for (const domain::ticket_record& t : tickets)
      ids.push_back(t.id);
    clocks.load(ids);
    for (domain::ticket_record& t : tickets) {
      const domain::assignment_decision d = rules.decide(t);
      if (!d.rule) continue;
      // One that cannot be given must not hold up those after it.
      if (auto given = give(db, tx, rules, t, d, context, news, clocks); given) {
        ++done.assigned;
      } else {
        spdlog::warn("assignment: {} could not be assigned: {}", t.uid, given.error().message);
      }
    }
    context.grows_outbox |= notify(db, tx, std::move(news), context.events);
    context.grows_outbox |= clocks.write(context.events, context.clocks);
    done.seen = tickets.size();
    pq_array seen;
    for (const std::int64_t id : ids)
      seen.add(id);
    if (!ids.empty()) db.run(tx, pass_tickets, {{seen.take()}, nullptr});
  }
  if (request.result) *request.result = done;
  return write_answer{200, fmt::format(R"({{"seen":{},"assigned":{}}})", done.seen, done.assigned)};
}

}  // namespace fibrehub::store
