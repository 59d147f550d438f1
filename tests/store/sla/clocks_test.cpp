// Clocks of tickets on a real database: they start, pause, stop and are told of with the changes of
// their tickets, whoever makes them.
#include <gmock/gmock.h>

#include "store/assignment/assign.hpp"
#include "store/commands/desk.hpp"
#include "store/ingest/intake.hpp"
#include "store/queries/clocks.hpp"
#include "store/sla/config.hpp"
#include "store/sla/evaluate_clocks.hpp"
#include "store/sla/older_tickets.hpp"
#include "tests/store/work_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

namespace sla = domain::sla;
using domain::field;
using domain::ticket_status;
using kind = domain::field_input::kind;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class Clocks : public work_fixture {
 protected:
  void SetUp() override {
    work_fixture::SetUp();
    execute(
        "INSERT INTO users (id, email, name, role) VALUES (9, 'mandla@x', 'Mandla', 'manager')");
    execute("UPDATE teams SET lead_id = 2 WHERE id = 20");
    execute("UPDATE users SET role = 'team_lead' WHERE id = 2");
  }
  struct made {
    write_outcome outcome;
    std::vector<clock_wake> wakes;
  };
  write_outcome command(domain::ticket_command c, domain::instant at,
                        domain::principal by = manager()) {
    auto got = std::make_shared<std::optional<write_outcome>>();
    submit_commands unit;
    unit.items = {std::move(c)};
    unit.origin = {std::move(by), at, {}, {}};
    unit.done = reply<write_answer>([got](write_outcome r) { *got = std::move(r); });
    desk_.add(std::move(unit));
    wakes_ = desk_.make_next(session_).clocks;
    return got->value();
  }
  /// A fault, made at noon; answers its UID.
  std::string create(const std::string& priority = "critical", std::int64_t client = 0) {
    domain::create_ticket c;
    const auto give = [&](field f, const std::string& text, kind k = kind::text) {
      c.fields.items.emplace_back(f, domain::field_input{k, text, {}});
    };
    give(field::title, "No light");
    give(field::type, "fault");
    give(field::priority, priority);
    if (client != 0) give(field::client_id, std::to_string(client), kind::number);
    const auto done = command({{}, {}, c}, noon);
    EXPECT_TRUE(done) << done.error().message;
    return fmt::format("FF-{:04}", ++tickets_);
  }
  template <class C>
  void on(const std::string& uid, C what, domain::instant at, domain::principal by = manager()) {
    const auto done = command({uid, {}, std::move(what)}, at, std::move(by));
    EXPECT_TRUE(done) << done.error().message;
  }
  void move(const std::string& uid, ticket_status to, domain::instant at) {
    on(uid, domain::move_ticket{to, "because"}, at);
  }
  clock_detail clock(const std::string& uid, sla::clock_kind which = sla::clock_kind::resolution) {
    get_clocks ask;
    ask.uid = uid;
    ask.by = manager();
    const auto found = read(ask).value();
    for (const clock_detail& c : found.items)
      if (c.clock.kind == which) return c;
    ADD_FAILURE() << "no such clock";
    return {};
  }
  std::string row(const std::string& uid, const std::string& columns,
                  const std::string& which = "resolution") {
    return db_.ask("SELECT concat_ws(' ', " + columns +
                   ") FROM sla_clocks c JOIN tickets t ON t.id = c.ticket_id WHERE t.uid = '" +
                   uid + "' AND clock = '" + which + "' ORDER BY cycle");
  }
  /// Minutes after noon; "-" for none.
  std::string due(const std::string& uid) {
    return db_.ask(
        "SELECT coalesce(round(extract(epoch FROM due_at - timestamptz 'epoch' - 1795000000 *"
        " interval '1 second') / 60)::text, '-') FROM tickets WHERE uid = '" +
        uid + "'");
  }
  /// What the clock service does when its time has come.
  evaluated_clocks look(const std::string& uid, domain::instant now) {
    const std::int64_t id = std::stoll(db_.ask("SELECT id FROM tickets WHERE uid = '" + uid + "'"));
    evaluate_clocks request;
    request.clocks = {{id, false}, {id, true}};
    request.now = now;
    request.max_drift = hours(1'000'000);
    request.result = std::make_shared<evaluated_clocks>();
    EXPECT_TRUE(change(request, clock_principal()));
    return *request.result;
  }
  std::string events(const std::string& uid) {
    return db_.ask(
        "SELECT concat_ws(' ', clock, cycle, level_bp, epoch, disposition) FROM sla_events e JOIN"
        " tickets t ON t.id = e.ticket_id WHERE t.uid = '" +
        uid + "' ORDER BY clock DESC, cycle, level_bp, epoch");
  }
  std::string told() {
    return db_.ask(
        "SELECT concat_ws(' ', u.name, n.kind) FROM notifications n JOIN users u ON u.id ="
        " n.user_id WHERE n.kind LIKE 'clock%' ORDER BY n.kind, u.name");
  }

  hub_session session_{db_.options(), std::nullopt};
  command_desk desk_{command_rules{}, 100, std::make_shared<store_status>()};
  std::vector<clock_wake> wakes_;
  int tickets_ = 0;
};

TEST_F(Clocks, OfANewTicketStartWithItAndSayWhenItIsDue) {
  const std::string uid = create();
  EXPECT_EQ(row(uid, "cycle, target_seconds, target_reason, state, level_bp"),
            "1 3600 fault, critical: 4 h x 0.25 running 0");
  EXPECT_EQ(row(uid, "target_seconds, state", "response"), "3600 running");
  EXPECT_EQ(due(uid), "60");
  ASSERT_EQ(wakes_.size(), 2U);
  EXPECT_EQ(wakes_[1].at, noon + minutes(45)) << "75 % comes first";
  EXPECT_THAT(history(uid), ::testing::IsEmpty()) << "a due instant is no change by anybody";
}

TEST_F(Clocks, PauseWhileTheTicketIsBlockedAndStopWhenItIsResolved) {
  const std::string uid = create();
  on(uid, domain::assign_ticket{1, {}, {}}, noon + minutes(1));
  move(uid, ticket_status::in_progress, noon + minutes(2));
  move(uid, ticket_status::blocked, noon + minutes(10));
  EXPECT_EQ(row(uid, "state, wake_at IS NULL, c.due_at IS NULL"), "paused t t");
  EXPECT_EQ(due(uid), "-");
  EXPECT_FALSE(wakes_.at(0).at);
  move(uid, ticket_status::in_progress, noon + minutes(40));
  EXPECT_EQ(due(uid), "90");
  move(uid, ticket_status::resolved, noon + minutes(70));
  EXPECT_EQ(row(uid, "state, verdict, wake_at IS NULL"), "stopped met t");
  EXPECT_EQ(due(uid), "90");
  EXPECT_EQ(db_.ask("SELECT count(*) || ' ' || sum(extract(epoch FROM end_at - begin_at))::int FROM"
                    " sla_pauses"),
            "1 1800");
  move(uid, ticket_status::in_progress, noon + minutes(80));
  EXPECT_EQ(row(uid, "state, coalesce(verdict, '-')"), "running -");
  EXPECT_EQ(due(uid), "100") << "the ten minutes it was resolved do not count";
  EXPECT_EQ(db_.ask("SELECT count(*) FROM sla_pauses"), "2");
}

TEST_F(Clocks, OfAClosedTicketThatIsReopenedBeginANewCycle) {
  const std::string uid = create();
  move(uid, ticket_status::closed, noon + minutes(30));
  move(uid, ticket_status::new_, noon + minutes(50));
  EXPECT_EQ(row(uid, "cycle, state, verdict"), "1 stopped met\n2 running");
  EXPECT_EQ(row(uid, "cycle, state", "response"), "1 stopped\n2 running");
  EXPECT_EQ(due(uid), "110");
  EXPECT_EQ(clock(uid).clock.state.cycle, 2);
}

TEST_F(Clocks, OfTheResponseStopAtTheFirstPublicAnswerOfStaff) {
  const std::string uid = create("high", 1);
  on(uid, domain::note_ticket{"internal", true}, noon + minutes(1));
  domain::principal client = manager();
  client.as = domain::role::client;
  client.client_id = 1;
  on(uid, domain::note_ticket{"hurry", false}, noon + minutes(2), client);
  EXPECT_EQ(row(uid, "state", "response"), "running");
  on(uid, domain::note_ticket{"We are on it", false}, noon + minutes(3));
  EXPECT_EQ(row(uid, "state, verdict", "response"), "stopped met");
  EXPECT_EQ(row(uid, "state"), "running");
  on(uid, domain::note_ticket{"Still on it", false}, noon + minutes(9));
  EXPECT_EQ(clock(uid, sla::clock_kind::response).clock.state.stop, noon + minutes(3));
}

TEST_F(Clocks, OfTheResponseStopWhenStaffGoOnWithWhatARuleAssigned) {
  execute(
      "INSERT INTO assignment_rules (position, name, team_id, method) VALUES (1, 'All', 20,"
      " 'round_robin')");
  const std::string uid = create();
  ASSERT_TRUE(change(assign_new_tickets{}, assignment_principal()));
  EXPECT_EQ(row(uid, "t.status, state", "response"), "assigned running");
  move(uid, ticket_status::in_progress, noon + minutes(5));
  EXPECT_EQ(row(uid, "state, verdict", "response"), "stopped met");
}

TEST_F(Clocks, TellOncePerLevelWhomeverItConcerns) {
  const std::string uid = create();
  on(uid, domain::note_ticket{"We are on it", false}, noon);
  on(uid, domain::assign_ticket{1, 20, {}}, noon + minutes(1));
  EXPECT_EQ(look(uid, noon + minutes(44)).recorded, 0U);
  const auto first = look(uid, noon + minutes(45));
  EXPECT_EQ(first.sent, 1U);
  EXPECT_EQ(first.wakes.at(1).at, noon + minutes(54));
  EXPECT_EQ(told(), "Thabo clock_75");
  EXPECT_EQ(look(uid, noon + minutes(46)).recorded, 0U);
  look(uid, noon + minutes(54));
  EXPECT_EQ(told(), "Thabo clock_75\nLerato clock_90\nThabo clock_90");
  EXPECT_EQ(look(uid, noon + minutes(60)).recorded, 0U) << "the due instant is still in time";
  look(uid, noon + minutes(61));
  look(uid, noon + minutes(62));
  EXPECT_EQ(told(),
            "Thabo clock_75\nLerato clock_90\nThabo clock_90\nLerato clock_breached\nMandla"
            " clock_breached\nThabo clock_breached");
  EXPECT_EQ(events(uid),
            "resolution 1 7500 0 send\nresolution 1 9000 0 send\n"
            "resolution 1 10000 0 send");
  EXPECT_FALSE(clock(uid).clock.wake);
  EXPECT_EQ(row(uid, "level_bp"), "10000");
  EXPECT_EQ(db_.ask("SELECT count(DISTINCT key) FROM outbox WHERE key LIKE 'notify:%:resolution:%'"
                    " AND channel = 'email'"),
            "6");
}

TEST_F(Clocks, ThatCrossALevelTogetherAreOnePieceOfNewsToEach) {
  for (int i = 0; i < 8; ++i)
    on(create(), domain::assign_ticket{i < 6 ? 1 : 2, 0, {}}, noon);
  const auto look_at_all = [&](domain::instant now) {
    evaluate_clocks request;
    const auto open = read(list_clocks{}).value();
    for (const clock_wake& w : open)
      if (w.is_resolution) request.clocks.push_back({w.ticket_id, true});
    request.now = now;
    request.max_drift = hours(1'000'000);
    request.result = std::make_shared<evaluated_clocks>();
    EXPECT_TRUE(change(request, clock_principal()));
    return *request.result;
  };
  EXPECT_EQ(look_at_all(noon + minutes(45)).sent, 8U);
  EXPECT_EQ(told(), "Lerato clock_75\nLerato clock_75\nThabo clock_75");
  EXPECT_EQ(db_.ask("SELECT concat_ws('|', subject, ticket_uid, ticket_id) FROM notifications WHERE"
                    " user_id = 1 AND kind = 'clock_75'"),
            "6 tickets run out of time|");
  EXPECT_EQ(db_.ask("SELECT array_length(string_to_array(body, E'\\n'), 1) FROM notifications WHERE"
                    " user_id = 1 AND kind = 'clock_75'"),
            "7")
      << "a line each, and the end of the last";
  EXPECT_EQ(db_.ask("SELECT count(*) FROM outbox WHERE channel = 'email' AND user_id = 1 AND key"
                    " LIKE 'notify:%:clock_75:1+5:email'"),
            "1");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM sla_events WHERE disposition = 'send'"), "8");
  EXPECT_EQ(look_at_all(noon + minutes(46)).sent, 0U);
  EXPECT_EQ(told(), "Lerato clock_75\nLerato clock_75\nThabo clock_75");
}

TEST_F(Clocks, ALateLookTellsOfTheHighestLevelOnly) {
  const std::string uid = create();
  on(uid, domain::note_ticket{"We are on it", false}, noon);
  on(uid, domain::assign_ticket{1, {}, {}}, noon + minutes(1));
  const auto done = look(uid, noon + hours(5));
  EXPECT_EQ(done.recorded, 3U);
  EXPECT_EQ(done.sent, 1U);
  EXPECT_EQ(events(uid),
            "resolution 1 7500 0 superseded\nresolution 1 9000 0 superseded\n"
            "resolution 1 10000 0 send");
  EXPECT_EQ(clock(uid).crossed.back().event.late_by, hours(4));
  EXPECT_THAT(db_.ask("SELECT body FROM notifications WHERE kind = 'clock_breached' LIMIT 1"),
              ::testing::HasSubstr("noticed 4 h late"));
  EXPECT_EQ(db_.ask("SELECT count(*) FROM outbox WHERE body->>'kind' LIKE 'clock%'"), "0");
  EXPECT_EQ(db_.ask("SELECT string_agg(user_id || ' ' || subject, ';' ORDER BY user_id) FROM"
                    " digest_items"),
            "1 FF-0001 has taken too long (noticed 4 h late): No light;"
            "2 FF-0001 has taken too long (noticed 4 h late): No light;"
            "9 FF-0001 has taken too long (noticed 4 h late): No light")
      << "one e-mail each for all that was missed";
}

TEST_F(Clocks, OfATicketNobodyHasAreToldToTheTeamThatShouldTakeIt) {
  execute("UPDATE teams SET name = 'Triage' WHERE id = 21");
  const std::string uid = create();
  look(uid, noon + minutes(46));
  EXPECT_EQ(told(), "Sipho clock_75\nSipho clock_75") << "of the response, and of the resolution";
}

TEST_F(Clocks, FollowAnotherPriorityFromTheirStart) {
  const std::string uid = create("low");  // 8 h
  on(uid, domain::note_ticket{"We are on it", false}, noon);
  on(uid, domain::assign_ticket{1, {}, {}}, noon + minutes(1));
  domain::edit_ticket urgent;
  urgent.fields.items.emplace_back(field::priority,
                                   domain::field_input{kind::text, "critical", {}});
  on(uid, urgent, noon + hours(2));
  EXPECT_EQ(due(uid), "60");
  EXPECT_EQ(events(uid),
            "resolution 1 7500 0 superseded\nresolution 1 9000 0 superseded\n"
            "resolution 1 10000 0 send");
  EXPECT_EQ(clock(uid).crossed.back().event.at, noon + hours(2)) << "dated at the change";
  domain::edit_ticket calm;
  calm.fields.items.emplace_back(field::priority, domain::field_input{kind::text, "low", {}});
  on(uid, calm, noon + hours(3));
  EXPECT_EQ(due(uid), "480");
  EXPECT_EQ(row(uid, "marks"), "7500:1:0 9000:1:0 10000:1:0");
  look(uid, noon + hours(6) + seconds(1));
  EXPECT_THAT(events(uid), ::testing::HasSubstr("resolution 1 7500 1 send"));
}

TEST_F(Clocks, FollowTheContractOfTheClient) {
  save_contract promise;
  promise.number = "K-7";
  promise.client_id = 1;
  promise.starts_on = "2020-01-01";
  promise.resolution_seconds = std::optional<std::int64_t>(600);
  ASSERT_TRUE(change(promise));
  const std::string uid = create("low", 1);
  EXPECT_EQ(row(uid, "target_seconds, target_source, target_reason"),
            "600 contract contract K-7: 10 min");
  EXPECT_EQ(due(uid), "10");
}

TEST_F(Clocks, OfTicketsThatAreMergedOrDeletedEndWithoutAVerdict) {
  const std::string a = create(), b = create(), c = create();
  on(a, domain::merge_ticket{b, "same"}, noon + minutes(5));
  on(c, domain::delete_ticket{"spam"}, noon + minutes(5));
  EXPECT_EQ(row(a, "state, coalesce(verdict, '-'), wake_at IS NULL"), "withdrawn - t");
  EXPECT_EQ(row(b, "state"), "running");
  EXPECT_EQ(row(c, "state, coalesce(verdict, '-')"), "withdrawn -");
  EXPECT_EQ(look(a, noon + hours(9)).sent, 0U);
  EXPECT_EQ(told(), "");
}

TEST_F(Clocks, AreWorkedOutAnewWhenTheirCalendarChanges) {
  const std::string uid = create();
  EXPECT_EQ(read(list_due_clocks{noon, 10}).value().size(), 0U);
  save_calendar edit;
  edit.id = std::stoll(db_.ask("SELECT id FROM sla_calendars"));
  sla::calendar_version closed;
  closed.zone = "UTC";
  closed.weekly[4] = {{0, 60}};
  closed.effective_from = noon + minutes(30);
  edit.versions = {{closed}};
  ASSERT_TRUE(change(edit));
  const auto found = read(list_due_clocks{noon, 10}).value();
  ASSERT_EQ(found.size(), 2U) << "both clocks were worked out by an earlier version";
  EXPECT_EQ(due(uid), "60");
  look(uid, now_);
  // Noon is 2026-11-18T11:06:40Z, a Wednesday: the other half hour is on Friday after midnight.
  EXPECT_EQ(db_.ask("SELECT due_at AT TIME ZONE 'UTC' FROM tickets WHERE uid = '" + uid + "'"),
            "2026-11-20 00:30:00");
  EXPECT_THAT(history(uid), ::testing::ElementsAre(
                                "calendar due_at: 2026-11-18T12:06:40Z → 2026-11-20T00:30:00Z"));
  EXPECT_EQ(read(list_due_clocks{noon, 10}).value().size(), 0U);
  EXPECT_EQ(read(list_clocks{}).value().size(), 2U);
}

TEST_F(Clocks, AreLeftAloneWhileTheDatabaseAndTheHubDisagreeAboutTheTime) {
  const std::string uid = create();
  evaluate_clocks request;
  request.clocks = {{std::stoll(db_.ask("SELECT id FROM tickets")), true}};
  request.result = std::make_shared<evaluated_clocks>();
  ASSERT_TRUE(change(request, clock_principal())) << "the test's time is not the database's";
  EXPECT_TRUE(request.result->drifted);
  EXPECT_EQ(events(uid), "");
}

TEST_F(Clocks, AreListedInPagesByTheirKey) {
  for (int i = 0; i < 5; ++i)
    create();
  list_clocks ask;
  ask.limit = 3;
  std::size_t seen = 0;
  for (;;) {
    const auto page = read(ask).value();
    if (page.empty()) break;
    seen += page.size();
    ask.after = {page.back().ticket_id, page.back().is_resolution};
  }
  EXPECT_EQ(seen, 10U);
}

TEST_F(Clocks, OfReceivedCasesBeginWhenTheCaseDidAndTellNothingOfThePast) {
  intake in{intake_rules{}};
  domain::case_snapshot s;
  s.case_id = "1";
  s.subject = "No signal";
  s.priority = domain::ticket_priority::critical;
  s.status = ticket_status::new_;
  s.created_at = noon;
  s.updated_at = noon;
  ingest item;
  item.source = "qcontact";
  item.channel = "velocity";
  item.ext_id = "velocity/1/0";
  item.event = "case";
  item.headers_json = "{}";
  item.fingerprint = std::string(16, 'c');
  item.received_at = noon + hours(7);
  item.what = s;
  const auto first = in.apply(session_, {&item, 1});
  ASSERT_TRUE(first.results.at(0));
  EXPECT_EQ(first.clocks.size(), 2U);
  EXPECT_EQ(due("FT1"), "60");
  EXPECT_EQ(told(), "");
  EXPECT_EQ(events("FT1"),
            "response 1 7500 0 silent\nresponse 1 9000 0 silent\nresponse 1 10000 0 silent\n"
            "resolution 1 7500 0 silent\nresolution 1 9000 0 silent\nresolution 1 10000 0 silent");
  s.status = ticket_status::resolved;
  s.updated_at = noon + hours(8);
  item.ext_id = "velocity/1/8";
  item.received_at = noon + hours(8);
  item.what = s;
  ASSERT_TRUE(in.apply(session_, {&item, 1}).results.at(0));
  EXPECT_EQ(row("FT1", "state, verdict"), "stopped breached");
}

TEST_F(Clocks, OfTicketsFromBeforeThereWereAnyAreAsTheirHistorySays) {
  const std::string blocked = create("low"), answered = create("low"), over = create("low");
  on(blocked, domain::assign_ticket{1, {}, {}}, noon + minutes(5));
  move(blocked, ticket_status::in_progress, noon + minutes(10));
  move(blocked, ticket_status::blocked, noon + minutes(20));
  move(blocked, ticket_status::in_progress, noon + minutes(50));
  on(answered, domain::note_ticket{"We are on it", false}, noon + minutes(3));
  move(over, ticket_status::closed, noon + minutes(4));
  const auto all = [&] {
    return db_.ask(
               "SELECT concat_ws(' ', ticket_id, clock, cycle, start_at, state, stopped_at, "
               "verdict,"
               " due_at, marks) FROM sla_clocks WHERE ticket_id IN (SELECT id FROM tickets WHERE "
               "status <>"
               " 'closed') ORDER BY ticket_id, clock") +
           db_.ask(
               "SELECT concat_ws(' ', ticket_id, clock, n, begin_at, end_at) FROM sla_pauses"
               " ORDER BY 1") +
           db_.ask(
               "SELECT concat_ws(' ', uid, due_at) FROM tickets WHERE status <> 'closed' ORDER"
               " BY uid");
  };
  now_ = noon + minutes(51);
  const std::string before = all();
  execute("DELETE FROM sla_clocks");
  execute("DELETE FROM sla_pauses");
  execute("DELETE FROM sla_events");
  execute("UPDATE tickets SET due_at = NULL WHERE status <> 'closed'");
  execute("UPDATE sla_older_tickets SET up_to_id = (SELECT max(id) FROM tickets)");
  std::size_t started = 0;
  for (int rounds = 1; rounds <= 4; ++rounds) {
    start_older_clocks request;
    request.limit = 1;
    request.result = std::make_shared<older_tickets_run>();
    ASSERT_TRUE(change(request, clock_principal()));
    started += request.result->started;
    EXPECT_EQ(request.result->more, rounds < 4);
  }
  EXPECT_EQ(started, 2U);
  EXPECT_EQ(all(), before);
  EXPECT_EQ(told(), "");
  EXPECT_EQ(db_.ask("SELECT up_to_id FROM sla_older_tickets"), "0");
}

TEST_F(Clocks, OfChatsStopWhenStaffAnswerOnThePhone) {
  intake in{intake_rules{}};
  domain::chat_message m;
  m.session = "default";
  m.chat = "27831112222@c.us";
  m.kind = domain::chat_kind::direct;
  m.message_id = "A";
  m.author = m.chat;
  m.author_name = "John";
  m.sent_at = noon;
  m.type = "text";
  m.text = "no signal at DR1730654";
  ingest item;
  item.source = "waha";
  item.channel = "main";
  item.event = "message.any";
  item.headers_json = "{}";
  item.received_at = noon;
  const auto receive = [&](const std::string& id, bool from_me, bool by_api, int minute) {
    m.message_id = id;
    m.from_me = from_me;
    m.by_api = by_api;
    m.sent_at = noon + minutes(minute);
    item.ext_id = "main/default/msg/" + id;
    item.fingerprint = std::string(16, id[0]);
    item.received_at = m.sent_at;
    item.what = m;
    ASSERT_TRUE(in.apply(session_, {&item, 1}).results.at(0));
  };
  receive("A", false, false, 0);
  EXPECT_EQ(due("DR1730654-01"), "240");
  receive("B", true, true, 1);
  EXPECT_EQ(row("DR1730654-01", "state", "response"), "running") << "a program is no answer";
  receive("C", true, false, 2);
  EXPECT_EQ(row("DR1730654-01", "state, verdict", "response"), "stopped met");
  receive("D", true, false, 3);
  EXPECT_EQ(clock("DR1730654-01", sla::clock_kind::response).clock.state.stop, noon + minutes(2));
}

}  // namespace
}  // namespace fibrehub::store::tests
