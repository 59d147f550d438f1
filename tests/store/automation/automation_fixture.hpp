// Automation rules on a database, asked as the hub asks them, with a clock that the test moves.
#pragma once

#include "store/automation/match.hpp"
#include "store/automation/rule_json.hpp"
#include "store/automation/runs.hpp"
#include "tests/store/work_fixture.hpp"

namespace fibrehub::store::tests {

using namespace std::chrono_literals;

class automation_fixture : public work_fixture {
 protected:
  void SetUp() override {
    work_fixture::SetUp();
    execute("DELETE FROM automation_rules");
    execute(
        "INSERT INTO users (id, email, name, role) VALUES (5, 'ada@x', 'Ada', 'admin'), (6,"
        " 'mandla@x', 'Mandla', 'manager'), (7, 'lindiwe@x', 'Lindiwe', 'team_lead')");
    execute("UPDATE teams SET lead_id = 7 WHERE id = 20");
  }

  static save_automation_rule rule(const std::string& name, const std::string& trigger,
                                   const std::string& query, const std::string& actions) {
    save_automation_rule out;
    out.name = name;
    out.enabled = true;
    out.trigger = trigger_from(trigger);
    out.query = query;
    out.actions = actions_from(actions);
    return out;
  }
  std::int64_t make(const save_automation_rule& r) {
    const auto done = change(r);
    EXPECT_TRUE(done) << done.error().message;
    return std::stoll(db_.ask("SELECT max(id) FROM automation_rules"));
  }
  std::int64_t make(const std::string& name, const std::string& trigger, const std::string& query,
                    const std::string& actions, bool backfill = false) {
    save_automation_rule r = rule(name, trigger, query, actions);
    r.backfill = backfill;
    return make(r);
  }
  save_automation_rule edit_of(std::int64_t id) {
    save_automation_rule out;
    out.id = id;
    return out;
  }

  /// Rounds until there is nothing left to do.
  automation_round act() {
    automation_round all;
    find_automation_work ask;
    for (int rounds = 0; rounds < 100; ++rounds) {
      ask.now = now_ + 1s;
      const automation_work work = read(ask).value();
      ask.rule_id = work.rule_id;
      ask.after_ticket = work.after_ticket;
      if (!work.changes && work.candidates.empty()) {
        if (!work.more) return all;
        continue;
      }
      run_automation request;
      request.setup = setup_;
      request.candidates = work.candidates;
      request.result = std::make_shared<automation_round>();
      EXPECT_TRUE(change(request));
      all.done += request.result->done;
      all.refused += request.result->refused;
      all.stopped += request.result->stopped;
      all.failed += request.result->failed;
    }
    ADD_FAILURE() << "the rounds do not end";
    return all;
  }

  void command(const std::string& uid, decltype(domain::ticket_command::what) what,
               domain::principal by = manager()) {
    submit_commands unit;
    domain::ticket_command& c = unit.items.emplace_back();
    c.uid = uid;
    c.what = std::move(what);
    unit.origin.by = std::move(by);
    unit.origin.at = now_ += 1s;
    connection_.transact([&](pqxx::work& tx) {
      command_batch batch(setup_->rules, connection_, tx, [this] { return next_id_++; });
      const auto outcomes = batch.run({&unit, 1});
      EXPECT_TRUE(outcomes.front()) << outcomes.front().error().message;
    });
  }
  static domain::edit_ticket set(domain::field f, const std::string& value) {
    domain::edit_ticket e;
    e.fields.items.emplace_back(f, domain::field_input{domain::field_input::kind::text, value, {}});
    return e;
  }

  /// A statement about the ticket $ID, at so many minutes after noon ($AT).
  void execute_at(std::string sql, const std::string& id, int minutes) {
    if (sql.empty()) return;
    const auto put = [&](const std::string& name, const std::string& text) {
      for (std::size_t at; (at = sql.find(name)) != std::string::npos;)
        sql.replace(at, name.size(), text);
    };
    if (sql.starts_with("MESSAGE(")) {
      sql = sql.substr(8, sql.size() - 9);
      const std::string rest = sql.substr(sql.find(',') + 1);
      const std::string number = rest.substr(0, rest.find(',')),
                        whose = rest.substr(rest.find(',') + 1);
      sql =
          "INSERT INTO messages (id, ticket_id, chat_id, inbox_id, outbound, by_api, ext_id,"
          " author_name, type, body, sent_at, received_at) VALUES ($ID * 10 + " +
          number + ", $ID, 1, 1, " + whose + ", 'x', 'x', 'text', 'x', $AT, $AT)";
    }
    put("$ID", id);
    put("$AT", fmt::format("(timestamptz 'epoch' + {} * interval '1 microsecond')",
                           domain::to_us(noon + std::chrono::minutes(minutes))));
    execute(sql);
  }
  /// Minutes after noon since when it is so, or nothing.
  std::string since(const std::string& anchor, const std::string& uid) {
    automation_rule_view v;
    v.rule.name = "x";
    v.rule.trigger = trigger_from(R"({"on":"time","after_seconds":1,"anchor":")" + anchor + "\"}");
    const auto found = connection_.transact([&](pqxx::work& tx) {
      return match_tickets(connection_, tx, v, {std::stoll(uid.substr(2))}, {now_, {}});
    });
    EXPECT_EQ(found.size(), 1U);
    if (!found.front().anchor) return "";
    return std::to_string(
        std::chrono::duration_cast<std::chrono::minutes>(*found.front().anchor - noon).count());
  }

  /// "done FT1001: add tag x" of all runs, in order.
  std::vector<std::string> runs() {
    list_automation_runs ask;
    ask.by = manager();
    ask.limit = 100;
    std::vector<std::string> out;
    const automation_run_page page = read(ask).value();
    for (const automation_run_view& v : page.items)
      out.insert(out.begin(), fmt::format("{} {}: {}", v.outcome, v.ticket_uid, v.detail));
    return out;
  }
  std::string tags(const std::string& uid) {
    return db_.ask("SELECT array_to_string(tags, ' ') FROM tickets WHERE uid = '" + uid + "'");
  }
  std::string told() {
    return db_.ask(
        "SELECT coalesce(string_agg(u.name || ' ' || n.kind, ', ' ORDER BY u.name, n.id), '') FROM"
        " notifications n JOIN users u ON u.id = n.user_id");
  }

  std::shared_ptr<automation_setup> setup_ = std::make_shared<automation_setup>();
};

constexpr const char* tag_it = R"([{"do":"add_tag","tag":"seen"}])";
constexpr const char* unassigned_for_2_h =
    R"({"on":"time","anchor":"unassigned","after_seconds":7200})";

}  // namespace fibrehub::store::tests
