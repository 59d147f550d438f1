#include "store/automation/run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "store/assignment/assign.hpp"
#include "store/automation/match.hpp"
#include "store/notify/notify.hpp"
#include "store/people/sql.hpp"
#include "store/pq.hpp"
#include "store/pq_array.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/columns.hpp"

namespace fibrehub::store {
namespace {

constexpr sql select_due{
    "automation_due_changes",
    "SELECT id, ticket_id, seq, " FIBREHUB_SQL_US(
        "at") ", array_to_string(events, ' '), array_to_string(fields, ' '), depth FROM"
              " automation_due ORDER BY id LIMIT $1::bigint"};
constexpr sql delete_due{"automation_forget_due",
                         "DELETE FROM automation_due WHERE id = ANY ($1::bigint[])"};
constexpr sql set_depth{"automation_depth",
                        "SELECT set_config('fibrehub.automation_depth', $1, true)"};
constexpr sql select_known{
    "automation_known_runs",
    "SELECT r.ticket_id, r.rule_id, r.generation, r.anchor FROM (SELECT DISTINCT"
    " unnest($1::bigint[]) AS id) AS t JOIN automation_runs r ON r.ticket_id = t.id WHERE r.anchor"
    " = ANY ($2::text[])"};
constexpr sql count_recent{
    "automation_recent_runs",
    "SELECT r.ticket_id, r.rule_id, count(*) FROM automation_runs r WHERE r.ticket_id = ANY"
    " ($1::bigint[]) AND r.outcome <> 'stopped' AND r.at > " FIBREHUB_SQL_INSTANT(
        "$2::bigint") " - interval '1 hour' GROUP BY r.ticket_id, r.rule_id"};
constexpr sql insert_runs{
    "automation_write_runs",
    "INSERT INTO automation_runs (rule_id, rule, version, generation, ticket_id, anchor, due_at,"
    " at, depth, outcome, detail) SELECT r.rule_id, r.rule, r.version, r.generation, r.ticket_id,"
    " r.anchor, " FIBREHUB_SQL_INSTANT("r.due_us") ", " FIBREHUB_SQL_INSTANT(
        "$11::bigint") ", r.depth, r.outcome, r.detail FROM unnest($1::bigint[], $2::text[],"
                       " $3::integer[], $4::integer[], $5::bigint[], $6::text[], $7::bigint[],"
                       " $8::integer[], $9::text[], $10::text[]) AS r(rule_id, rule, version,"
                       " generation, ticket_id, anchor, due_us, depth, outcome, detail)"};

constexpr std::size_t commands_max = 1000;  // for changes, in one round

struct due_change {
  std::int64_t id = 0, ticket_id = 0;
  std::int32_t seq = 0;
  domain::instant at{};
  domain::automation_change what;
  int depth = 0;
};

/// A rule that has to act on a ticket.
struct job {
  const automation_rule_view* rule = nullptr;
  std::int64_t ticket_id = 0;
  std::string uid;
  std::string anchor;
  domain::instant due_at{};
  int depth = 1;
  const char* outcome = "done";
  std::string detail;
};

class automation {
 public:
  automation(connection& db, pqxx::transaction_base& tx, const run_automation& request,
             change_context& context)
      : db_(db), tx_(tx), request_(request), context_(context) {}

  automation_round run() {
    rules_ = load_enabled_rules(db_, tx_);
    take_changes();
    take_candidates();
    drop_known();
    guard();
    carry_out();
    write();
    return round_;
  }

 private:
  match_surroundings around() const { return {context_.origin.at, request_.setup->zone}; }

  /// `work` as a whole or not at all; what is wrong with it, if that is its own fault.
  template <class F>
  std::optional<std::string> attempt(F&& work) {
    db_.run_text(tx_, "SAVEPOINT automation", {});
    try {
      work();
    } catch (const bad_statement& e) {
      db_.run_text(tx_, "ROLLBACK TO SAVEPOINT automation", {});
      return e.what();
    }
    db_.run_text(tx_, "RELEASE SAVEPOINT automation", {});
    return std::nullopt;
  }

  std::vector<rule_match> match(const automation_rule_view& rule,
                                const std::vector<std::int64_t>& tickets) {
    std::vector<rule_match> out;
    if (const auto why = attempt([&] { out = match_tickets(db_, tx_, rule, tickets, around()); }))
      spdlog::error("automation: the condition of rule '{}' cannot be asked: {}", rule.rule.name,
                    *why);
    return out;
  }

  /// So few changes that even if every rule acts on each there is not too much to do at a time.
  std::size_t changes_at_a_time() const {
    std::size_t actions = 1;
    for (const automation_rule_view& r : rules_)
      if (!r.rule.trigger.on_time) actions += r.rule.actions.size();
    return std::clamp<std::size_t>(commands_max / actions, 1, request_.changes_max);
  }

  std::vector<due_change> load_changes() {
    std::vector<due_change> out;
    const std::size_t most = changes_at_a_time();
    const pqxx::result rows = db_.run(tx_, select_due, {{std::to_string(most + 1)}, nullptr});
    for (const auto& r : rows) {
      due_change& c = out.emplace_back();
      c.id = r[0].as<std::int64_t>();
      c.ticket_id = r[1].as<std::int64_t>();
      c.seq = r[2].as<std::int32_t>();
      c.at = people::instant_of(r[3]);
      for (const std::string& name : people::split(r[4].c_str(), ' '))
        if (const auto e = domain::automation_event_from(name)) c.what.events.push_back(*e);
      c.what.fields = people::split(r[5].c_str(), ' ');
      c.depth = r[6].as<int>();
    }
    round_.more = out.size() > most;
    if (round_.more) out.pop_back();
    round_.changes = out.size();
    return out;
  }

  void take_changes() {
    const std::vector<due_change> changes = load_changes();
    if (changes.empty()) return;
    std::vector<std::int64_t> done;
    done.reserve(changes.size());
    for (const due_change& c : changes)
      done.push_back(c.id);
    for (const automation_rule_view& rule : rules_)
      take_changes(rule, changes);
    db_.run(tx_, delete_due, {{people::id_array(done)}, nullptr});
  }

  /// What was changed before the rule began is none of its business.
  void take_changes(const automation_rule_view& rule, const std::vector<due_change>& changes) {
    std::vector<const due_change*> wanted;
    std::set<std::int64_t> tickets;
    for (const due_change& c : changes)
      if (domain::concerns(rule.rule.trigger, c.what) &&
          (!rule.active_from || c.at > *rule.active_from)) {
        wanted.push_back(&c);
        tickets.insert(c.ticket_id);
      }
    if (wanted.empty()) return;
    std::map<std::int64_t, std::string> fit;
    for (rule_match& m : match(rule, {tickets.begin(), tickets.end()}))
      fit.emplace(m.ticket_id, std::move(m.uid));
    for (const due_change* c : wanted)
      if (const auto it = fit.find(c->ticket_id); it != fit.end())
        jobs_.push_back({&rule,
                         c->ticket_id,
                         it->second,
                         fmt::format("change:{}", c->seq),
                         c->at,
                         c->depth + 1,
                         "done",
                         {}});
  }

  /// They were found a moment ago; what counts is what is true now.
  void take_candidates() {
    std::map<std::int64_t, std::vector<std::int64_t>> by_rule;
    for (const automation_candidate& c : request_.candidates)
      by_rule[c.rule_id].push_back(c.ticket_id);
    for (const automation_rule_view& rule : rules_) {
      const auto wanted = by_rule.find(rule.id);
      if (wanted == by_rule.end() || !rule.rule.trigger.on_time) continue;
      for (rule_match& m : match(rule, wanted->second))
        if (domain::time_of(rule.rule.trigger, m.anchor, rule.active_from, context_.origin.at) ==
            domain::automation_time::now)
          jobs_.push_back({&rule,
                           m.ticket_id,
                           std::move(m.uid),
                           anchor_key(*m.anchor),
                           *m.anchor + rule.rule.trigger.after,
                           1,
                           "done",
                           {}});
    }
  }

  std::string ticket_ids() const {
    pq_array ids;
    for (const job& j : jobs_)
      ids.add(j.ticket_id);
    return ids.take();
  }

  void drop_known() {
    if (jobs_.empty()) return;
    using key = std::tuple<std::int64_t, std::int64_t, std::int32_t, std::string>;
    std::set<key> known;
    pq_array anchors;
    for (const job& j : jobs_)
      anchors.add(std::string_view(j.anchor));
    const pqxx::result rows = db_.run(tx_, select_known, {{ticket_ids(), anchors.take()}, nullptr});
    for (const auto& r : rows)
      known.emplace(r[0].as<std::int64_t>(), r[1].as<std::int64_t>(), r[2].as<std::int32_t>(),
                    r[3].c_str());
    std::erase_if(jobs_, [&](const job& j) {
      return !known.emplace(j.ticket_id, j.rule->id, j.rule->generation, j.anchor).second;
    });
  }

  void guard() {
    if (jobs_.empty()) return;
    std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> recent;
    const pqxx::result rows =
        db_.run(tx_, count_recent, {{ticket_ids(), people::us(context_.origin.at)}, nullptr});
    for (const auto& r : rows)
      recent[{r[0].as<std::int64_t>(), r[1].as<std::int64_t>()}] = r[2].as<std::int64_t>();
    for (job& j : jobs_) {
      std::int64_t& count = recent[{j.ticket_id, j.rule->id}];
      if (auto why = domain::loop_guard(request_.setup->limits, j.depth, count)) {
        j.outcome = "stopped";
        j.detail = std::move(*why);
        tell_admins(j);
      } else {
        ++count;
      }
    }
  }

  /// Once for each rule, until it begins anew.
  void tell_admins(const job& j) {
    if (!told_of_.insert(j.rule->id).second) return;
    hub_notice told;
    told.kind = domain::notice_kind::automation_stopped;
    told.key = fmt::format("notify:automation:{}:{}", j.rule->id, j.rule->generation);
    told.at = context_.origin.at;
    told.subject = fmt::format("The automation rule '{}' was stopped", j.rule->rule.name);
    told.text = fmt::format(
        "On ticket {}: {}. It goes on for other tickets; you are not told again until the rule is"
        " changed. See GET /api/v1/automation-rules/{}/runs.\n",
        j.uid, j.detail, j.rule->id);
    context_.grows_outbox |= notify_role(db_, tx_, domain::role::admin, told, context_.events);
  }

  /// Nothing: the assignment rules do not know whom to give it to.
  std::optional<std::vector<domain::ticket_command>> commands_for(const job& j) {
    std::vector<domain::ticket_command> out;
    for (const domain::automation_action& a : j.rule->rule.actions) {
      if (auto command = domain::command_of(a, j.rule->rule, j.uid)) {
        out.push_back(std::move(*command));
        continue;
      }
      auto choice = choose_assignee(db_, tx_, j.uid, true);
      if (!choice) return std::nullopt;
      domain::ticket_command& assign = out.emplace_back();
      assign.uid = j.uid;
      assign.what = std::move(*choice);
    }
    return out;
  }

  /// Changes made by rules carry how many rules led to them.
  void carry_out() {
    std::map<int, std::vector<job*>> by_depth;
    for (job& j : jobs_)
      if (std::string_view(j.outcome) == "done") by_depth[j.depth].push_back(&j);
    for (const auto& entry : by_depth) {
      const std::vector<job*>& jobs = entry.second;
      db_.run(tx_, set_depth, {{std::to_string(entry.first)}, nullptr});
      if (!attempt([&] { act(jobs); })) continue;
      // One of them made all of them fail: each stands for itself.
      for (job* j : jobs)
        if (const auto why = attempt([&] { act({j}); })) {
          spdlog::error("automation: rule '{}' failed on {}: {}", j->rule->rule.name, j->uid, *why);
          j->outcome = "failed";
          j->detail = "it could not be stored; the log of the hub says why";
        }
    }
    if (!by_depth.empty()) db_.run(tx_, set_depth, {{"0"}, nullptr});
  }

  void act(const std::vector<job*>& jobs) {
    std::vector<submit_commands> units;
    std::vector<job*> acting;
    for (job* j : jobs) {
      auto commands = commands_for(*j);
      if (!commands) {
        j->outcome = "refused";
        j->detail = "no assignment rule fits";
        continue;
      }
      acting.push_back(j);
      submit_commands& unit = units.emplace_back();
      unit.items = std::move(*commands);
      unit.in_order = true;
      unit.origin.by = automation_principal(j->rule->rule.name);
      unit.origin.at = context_.origin.at;
    }
    command_batch work(request_.setup->rules, db_, tx_, context_.next_id);
    const std::vector<write_outcome> outcomes = work.run(units);
    for (std::size_t i = 0; i < acting.size(); ++i) {
      job& j = *acting[i];
      j.outcome = outcomes[i] ? "done" : "refused";
      j.detail = outcomes[i] ? fmt::format("{}", fmt::join(describe_actions(j.rule->rule), "; "))
                             : outcomes[i].error().message;
    }
    const auto add = [](auto& to, auto more) {
      to.insert(to.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
    };
    add(context_.events, work.events());
    add(context_.tickets, work.touched_tickets());
    add(context_.clocks, work.wakes());
    context_.grows_outbox |= work.grows_outbox();
    context_.moves_chats |= work.moves_chats();
  }

  void write() {
    if (jobs_.empty()) return;
    std::array<pq_array, 10> c;
    for (const job& j : jobs_) {
      c[0].add(j.rule->id);
      c[1].add(std::string_view(j.rule->rule.name));
      c[2].add(std::int64_t{j.rule->version});
      c[3].add(std::int64_t{j.rule->generation});
      c[4].add(j.ticket_id);
      c[5].add(std::string_view(j.anchor));
      c[6].add(domain::to_us(j.due_at));
      c[7].add(std::int64_t{j.depth});
      c[8].add(std::string_view(j.outcome));
      c[9].add(std::string_view(j.detail));
      count(j);
    }
    sql_params params;
    for (pq_array& column : c)
      params.texts.push_back(column.take());
    params.texts.push_back(people::us(context_.origin.at));
    db_.run(tx_, insert_runs, params);
  }

  void count(const job& j) {
    const std::string_view what = j.outcome;
    ++(what == "done"      ? round_.done
       : what == "refused" ? round_.refused
       : what == "stopped" ? round_.stopped
                           : round_.failed);
    round_.latest_by = std::max(
        round_.latest_by,
        std::chrono::duration_cast<std::chrono::microseconds>(context_.origin.at - j.due_at));
  }

  connection& db_;
  pqxx::transaction_base& tx_;
  const run_automation& request_;
  change_context& context_;
  std::vector<automation_rule_view> rules_;
  std::vector<job> jobs_;
  std::set<std::int64_t> told_of_;  // rules that were stopped
  automation_round round_;
};

}  // namespace

write_outcome run(connection& db, pqxx::transaction_base& tx, const run_automation& request,
                  change_context& context) {
  const automation_round done = automation(db, tx, request, context).run();
  if (request.result) *request.result = done;
  return write_answer{200, fmt::format(R"({{"runs":{},"changes":{}}})", done.runs(), done.changes)};
}

}  // namespace fibrehub::store
