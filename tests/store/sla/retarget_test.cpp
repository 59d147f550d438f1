// Clocks that run when targets or contracts are edited: they follow, piece by piece, once each; and
// what an edit would do is told without making it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/sla/config.hpp"
#include "store/sla/evaluate_clocks.hpp"
#include "store/sla/preview.hpp"
#include "store/sla/retarget.hpp"
#include "tests/store/automation/automation_fixture.hpp"

namespace fibrehub::store {
namespace {

using namespace tests;
using domain::field;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using kind = domain::field_input::kind;

class Retarget : public automation_fixture {
 protected:
  /// A fault, made a second after the last thing.
  std::string create(const std::string& priority, std::int64_t client = 0) {
    domain::create_ticket c;
    const auto give = [&](field f, const std::string& text, kind k = kind::text) {
      c.fields.items.emplace_back(f, domain::field_input{k, text, {}});
    };
    give(field::title, "No light");
    give(field::type, "fault");
    give(field::priority, priority);
    if (client != 0) give(field::client_id, std::to_string(client), kind::number);
    command("", c);
    return fmt::format("FF-{:04}", ++made_);
  }
  void set_target(domain::ticket_priority priority, std::int64_t resolution_s) {
    change_made(targets(priority, resolution_s));
  }
  static edit_sla_configs targets(domain::ticket_priority priority, std::int64_t resolution_s) {
    edit_sla_configs edit;
    sla_pair_edit pair;
    pair.type = domain::ticket_type::fault;
    pair.priority = priority;
    pair.resolution_seconds = resolution_s;
    edit.pairs = {pair};
    return edit;
  }
  template <class Edit>
  void change_made(const Edit& edit) {
    const auto done = change(edit);
    ASSERT_TRUE(done) << done.error().message;
  }
  retarget_round round(std::size_t limit = 256) {
    retarget_clocks request;
    request.limit = limit;
    request.result = std::make_shared<retarget_round>();
    EXPECT_TRUE(change(request));
    return *request.result;
  }
  std::string of(const std::string& uid, const std::string& columns,
                 const std::string& clock = "resolution") {
    return db_.ask("SELECT concat_ws(' ', " + columns +
                   ") FROM sla_clocks c JOIN tickets t ON t.id = c.ticket_id WHERE t.uid = '" +
                   uid + "' AND clock = '" + clock + "'");
  }
  /// Seconds from the start to the due instant; of the ticket it has to be the same.
  std::string due(const std::string& uid) {
    return of(uid, "round(date_part('epoch', c.due_at - c.start_at)), t.due_at = c.due_at");
  }
  std::string events(const std::string& uid) {
    return db_.ask(
        "SELECT string_agg(concat_ws(' ', level_bp, epoch, disposition), ', ' ORDER BY level_bp)"
        " FROM sla_events e JOIN tickets t ON t.id = e.ticket_id WHERE e.clock = 'resolution' AND"
        " t.uid = '" +
        uid + "'");
  }
  sla_preview preview(decltype(draft_sla_edit::edit) edit, std::int64_t limit = 50,
                      std::int64_t after = 0) {
    draft_sla_edit trial;
    trial.edit = std::move(edit);
    trial.result = std::make_shared<sla_draft>();
    const auto done = change(trial);
    EXPECT_TRUE(done) << done.error().message;
    preview_sla_edit ask;
    ask.draft = trial.result;
    ask.now = now_;
    ask.limit = limit;
    ask.after_ticket = after;
    return read(ask).value();
  }

  int made_ = 0;
};

TEST_F(Retarget, CountsTheNewTargetFromTheStart) {
  const std::string uid = create("critical"), other = create("high");
  set_target(domain::ticket_priority::critical, 7200);
  EXPECT_EQ(due(uid), "3600 t");
  EXPECT_EQ(round().moved, 1U);
  EXPECT_EQ(due(uid), "7200 t");
  EXPECT_EQ(due(other), "7200 t") << "the usual target of high";
  EXPECT_THAT(history(uid),
              ElementsAre(AllOf(HasSubstr("retarget resolution_target: 1 h, due 2026-11-18T12:"),
                                HasSubstr("→ 2 h, due 2026-11-18T13:"), HasSubstr("(targets)"))));
  EXPECT_TRUE(history(other).empty());
  EXPECT_FALSE(round().more);
}

TEST_F(Retarget, DatesABreachThatFollowsFromItAtTheChangeAndTellsItOnce) {
  const std::string uid = create("critical");
  now_ += 30min;
  set_target(domain::ticket_priority::critical, 600);
  EXPECT_EQ(round().moved, 1U);
  EXPECT_EQ(events(uid), "7500 0 superseded, 9000 0 superseded, 10000 0 send");
  EXPECT_EQ(db_.ask("SELECT date_part('epoch', min(at) - timestamptz 'epoch')::bigint FROM"
                    " sla_events WHERE level_bp = 10000"),
            std::to_string(domain::to_us(now_) / 1'000'000));
  EXPECT_EQ(db_.ask("SELECT count(*) FROM notifications WHERE kind = 'clock_breached' AND user_id"
                    " = 6"),
            "1");
  round();
  EXPECT_EQ(db_.ask("SELECT count(*) FROM notifications WHERE kind = 'clock_breached' AND user_id"
                    " = 6"),
            "1");
}

TEST_F(Retarget, GoesOnWhereItWasWhenATransactionIsLost) {
  std::vector<std::string> uids;
  for (int i = 0; i < 5; ++i)
    uids.push_back(create("critical"));
  set_target(domain::ticket_priority::critical, 7200);
  EXPECT_EQ(round(2).moved, 2U);
  write_origin origin;
  origin.by = manager();
  origin.at = now_ + 1s;
  try {
    connection_.transact([&](pqxx::work& tx) {
      change_context context{origin, [this] { return next_id_++; }, {}, {}};
      retarget_clocks request;
      request.limit = 2;
      EXPECT_TRUE(run(connection_, tx, request, context));
      throw bad_statement("as if the hub had died", "57P01");
    });
  } catch (const bad_statement&) {
  }
  EXPECT_EQ(due(uids[2]), "3600 t");
  EXPECT_EQ(round(2).moved, 2U);
  EXPECT_EQ(round(2).moved, 1U);
  EXPECT_FALSE(round(2).more);
  for (const std::string& uid : uids) {
    EXPECT_EQ(due(uid), "7200 t");
    EXPECT_EQ(history(uid).size(), 1U);
  }
}

TEST_F(Retarget, LeavesStoppedClocksAloneAndKeepsPauses) {
  const std::string done = create("critical"), paused = create("critical");
  for (const std::string& uid : {done, paused}) {
    domain::assign_ticket give;
    give.user = 1;
    command(uid, give);
    command(uid, domain::move_ticket{domain::ticket_status::in_progress, ""});
  }
  command(done, domain::move_ticket{domain::ticket_status::resolved, ""});
  command(paused, domain::move_ticket{domain::ticket_status::blocked, "rain"});
  set_target(domain::ticket_priority::critical, 7200);
  EXPECT_EQ(round().moved, 1U);
  EXPECT_EQ(of(done, "target_seconds"), "3600");
  EXPECT_EQ(of(paused, "target_seconds, state, c.due_at IS NULL, t.due_at IS NULL"),
            "7200 paused t t");
  now_ += 1h;
  command(paused, domain::move_ticket{domain::ticket_status::in_progress, ""});
  // Two hours of work from the start, and an hour and some seconds of pause.
  EXPECT_THAT(due(paused), ::testing::MatchesRegex("108.. t"));
}

TEST_F(Retarget, FollowsAContractThatGoesFromOneClientToAnother) {
  execute("INSERT INTO clients (id, code, name) VALUES (2, 'C2', 'Bolt')");
  const std::string first = create("critical", 1), second = create("critical", 2);
  save_contract promise;
  promise.number = "K-7";
  promise.client_id = 1;
  promise.starts_on = "2020-01-01";
  promise.resolution_seconds = std::optional<std::int64_t>(600);
  change_made(promise);
  EXPECT_EQ(round().moved, 1U);
  EXPECT_EQ(due(first), "600 t");
  EXPECT_EQ(due(second), "3600 t");
  save_contract moved;
  moved.id = std::stoll(db_.ask("SELECT id FROM contracts"));
  moved.client_id = 2;
  change_made(moved);
  while (round().more) {
  }
  EXPECT_EQ(due(first), "3600 t");
  EXPECT_EQ(due(second), "600 t");
  EXPECT_THAT(history(second), ElementsAre(HasSubstr("(contract K-7)"),
                                           HasSubstr("billing billing_type: billable → sla")));
}

TEST_F(Retarget, FollowsAContractThatBeginsAndEndsByItsDates) {
  // Noon is in the morning of 2026-11-18.
  execute("UPDATE sla_contract_days SET checked_to = '2026-11-18'");
  save_contract promise;
  promise.number = "K-7";
  promise.client_id = 1;
  promise.starts_on = "2026-11-19";
  promise.ends_on = std::optional<std::string>("2026-11-20");
  promise.resolution_seconds = std::optional<std::int64_t>(864'000);
  change_made(promise);
  const std::string uid = create("critical", 1);
  const auto target_after = [&](std::chrono::hours h) {
    now_ = noon + h;
    connection_.transact([&](pqxx::work& tx) { follow_contract_days(connection_, tx, now_); });
    while (round().more) {
    }
    return of(uid, "target_seconds");
  };
  EXPECT_EQ(target_after(std::chrono::hours(1)), "3600");
  EXPECT_EQ(target_after(std::chrono::hours(24)), "864000");
  EXPECT_EQ(target_after(std::chrono::hours(48)), "864000");
  EXPECT_EQ(target_after(std::chrono::hours(72)), "3600");
  EXPECT_THAT(history(uid),
              ElementsAre(HasSubstr("retarget"), HasSubstr("billing_type: billable → sla"),
                          HasSubstr("retarget"), HasSubstr("billing_type: sla → billable")));
}

TEST_F(Retarget, IsToldBeforeWithoutHappening) {
  std::vector<std::string> uids;
  for (int i = 0; i < 5; ++i)
    uids.push_back(create("critical"));
  create("low");
  now_ += 30min;
  const auto state = [&] {
    return db_.ask(
        "SELECT (SELECT revision FROM sla_state) || ' ' || (SELECT count(*) FROM audit_log) || ' '"
        " || (SELECT count(*) FROM sla_retargets) || ' ' || (SELECT count(*) FROM sla_configs)");
  };
  const std::string before = state();
  const sla_preview first = preview(targets(domain::ticket_priority::critical, 600), 3);
  EXPECT_EQ(state(), before);
  EXPECT_EQ(first.tickets, 6);
  EXPECT_EQ(first.clocks, 12);
  EXPECT_EQ(first.changed, 5);
  EXPECT_EQ(first.moved, 5);
  EXPECT_EQ(first.breached, 5);
  EXPECT_EQ(first.unbreached, 0);
  ASSERT_EQ(first.items.size(), 3U);
  EXPECT_EQ(first.items[0].ticket_uid, uids[0]);
  EXPECT_EQ(first.items[0].to_s, 600);
  const sla_preview rest =
      preview(targets(domain::ticket_priority::critical, 600), 3, first.next_after);
  ASSERT_EQ(rest.items.size(), 2U);
  EXPECT_EQ(rest.items[1].ticket_uid, uids[4]);
  EXPECT_EQ(rest.next_after, 0);
  EXPECT_EQ(rest.moved, 5) << "the totals are of all pages";
  set_target(domain::ticket_priority::critical, 600);
  while (round().more) {
  }
  EXPECT_EQ(db_.ask("SELECT count(*) FROM sla_events WHERE level_bp = 10000"), "5");
  EXPECT_EQ(preview(targets(domain::ticket_priority::critical, 7200)).unbreached, 5);
}

TEST_F(Retarget, OfACalendarIsToldForTheClocksThatRunByIt) {
  create("critical");
  save_calendar edit;
  edit.id = std::stoll(db_.ask("SELECT id FROM sla_calendars"));
  domain::sla::calendar_version closed;
  closed.zone = "UTC";
  closed.weekly[4] = {{0, 60}};
  edit.versions = {{closed}};
  const sla_preview told = preview(edit);
  EXPECT_EQ(told.moved, 2) << "response and resolution";
  EXPECT_EQ(told.breached, 0);
  EXPECT_THAT(told.items[0].to_due, HasSubstr("2026-11-20T"));
  save_calendar wrong;
  wrong.id = 99;
  draft_sla_edit trial;
  trial.edit = wrong;
  trial.result = std::make_shared<sla_draft>();
  EXPECT_EQ(change(trial).error().code, errc::not_found);
}

TEST_F(Retarget, DatesWhatARepairPutsIntoThePastAtTheRepair) {
  save_calendar office;
  office.id = std::stoll(db_.ask("SELECT id FROM sla_calendars"));
  domain::sla::calendar_version hours;
  hours.zone = "UTC";
  hours.weekly[4] = {{0, 60}};  // noon is on a Wednesday
  office.versions = {{hours}};
  change_made(office);
  const std::string uid = create("critical");
  now_ += 2h;
  hours.weekly[2] = {{0, 1440}};
  hours.effective_from = noon + 1500ms;
  office.versions = {{hours}};
  office.is_repair = true;
  change_made(office);
  const domain::instant repaired = now_;
  now_ += 10min;
  evaluate_clocks look;
  look.clocks = {{std::stoll(db_.ask("SELECT id FROM tickets WHERE uid = '" + uid + "'")), true}};
  look.now = now_;
  look.result = std::make_shared<evaluated_clocks>();
  change_made(look);
  EXPECT_EQ(db_.ask("SELECT date_part('epoch', at - timestamptz 'epoch')::bigint FROM sla_events"
                    " WHERE clock = 'resolution' AND level_bp = 10000"),
            std::to_string(domain::to_us(repaired) / 1'000'000));
  EXPECT_THAT(due(uid), HasSubstr("3600")) << "and not when it would have been due";
}

}  // namespace
}  // namespace fibrehub::store
