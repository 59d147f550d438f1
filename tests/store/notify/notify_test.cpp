// Commands, repeated and not, and what people are told because of them, on a real PostgreSQL.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/assignment/assign.hpp"
#include "store/commands/desk.hpp"
#include "store/ingest/intake.hpp"
#include "store/notify/digest.hpp"
#include "store/notify/notifications.hpp"
#include "store/notify/notify.hpp"
#include "store/notify/outbox.hpp"
#include "store/notify/preferences.hpp"
#include "tests/store/work_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using domain::field;
using domain::notice_kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* all_told =
    "SELECT u.name || ' ' || n.kind || ' ' || n.ticket_uid FROM notifications n JOIN users u ON"
    " u.id = n.user_id ORDER BY n.id";
constexpr const char* all_owed =
    "SELECT channel || ' ' || (body->>'to') || ' ' || (body->>'kind') || ' ' || state FROM outbox"
    " ORDER BY channel, user_id, id";

class Notify : public work_fixture {
 protected:
  void SetUp() override {
    work_fixture::SetUp();
    execute("UPDATE teams SET zone = 'Zone A' WHERE id = 20");
    execute("UPDATE users SET phone = '+2783' || id");
    execute(
        "INSERT INTO users (id, email, name, role) VALUES (9, 'mandla@x', 'Mandla', 'manager'),"
        " (10, 'ada@x', 'Ada', 'admin')");
  }
  static domain::principal mandla() {
    domain::principal p = manager();
    p.user_id = 9;
    return p;
  }
  std::optional<write_outcome> send(domain::ticket_command command, std::string key = "",
                                    domain::principal by = mandla()) {
    submit_commands unit;
    unit.items = {std::move(command)};
    unit.origin = {std::move(by), now_, key, key.empty() ? "" : std::string(32, 'h')};
    auto got = std::make_shared<std::optional<write_outcome>>();
    unit.done = reply<write_answer>([got](write_outcome r) { *got = std::move(r); });
    desk_.add(std::move(unit));
    events_ = desk_.make_next(session_).events;
    EXPECT_TRUE(got->has_value() && **got) << (got->has_value() ? (*got)->error().message : "");
    return *got;
  }
  void create(const std::string& zone, const std::string& key = "") {
    domain::create_ticket c;
    using kind = domain::field_input::kind;
    c.fields.items.emplace_back(field::title, domain::field_input{kind::text, "No light", {}});
    if (!zone.empty())
      c.fields.items.emplace_back(field::zone, domain::field_input{kind::text, zone, {}});
    send({{}, {}, c}, key);
  }
  template <class C>
  void on(const std::string& uid, C what, std::string key = "", domain::principal by = mandla()) {
    send({uid, {}, std::move(what)}, std::move(key), std::move(by));
  }
  void restart() { desk_ = command_desk(command_rules{}, 100, std::make_shared<store_status>()); }
  std::size_t announced() const {
    return static_cast<std::size_t>(
        std::count_if(events_.begin(), events_.end(),
                      [](const committed_event& e) { return e.kind == "notification.created"; }));
  }
  void prefer(std::int64_t user, domain::notification_preferences p) {
    EXPECT_TRUE(change(set_notification_preferences{std::move(p)}, technician(user)));
  }
  std::string told() const { return db_.ask(all_told); }
  std::string owed() const { return db_.ask(all_owed); }

  hub_session session_{db_.options(), std::nullopt};
  command_desk desk_{command_rules{}, 100, std::make_shared<store_status>()};
};

TEST_F(Notify, ANewTicketIsToldToItsTeamInTheApplicationAndByMail) {
  create("Zone A");
  EXPECT_EQ(told(), "Thabo created FF-0001\nLerato created FF-0001\nVera created FF-0001");
  EXPECT_EQ(
      owed(),
      "email thabo@x created ready\nemail lerato@x created ready\nemail vera@x created ready");
  EXPECT_EQ(announced(), 3U);
  EXPECT_THAT(events_.back().data_json, HasSubstr(R"("user_id":4,"kind":"created")"));
}

TEST_F(Notify, ARepeatedCommandTellsNobodyAgain) {
  create("Zone A", "key-1");
  restart();
  create("Zone A", "key-1");
  EXPECT_EQ(announced(), 0U);
  on("FF-0001", domain::assign_ticket{1, {}, {}}, "key-2");
  on("FF-0001", domain::assign_ticket{1, {}, {}}, "key-2");
  on("FF-0001", domain::assign_ticket{1, {}, {}}, "key-3");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM notifications WHERE kind = 'created'"), "3");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM notifications WHERE kind = 'assigned'"), "1");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM outbox"), "4");
  EXPECT_EQ(db_.ask("SELECT count(DISTINCT key) FROM outbox"), "4");
}

TEST_F(Notify, TheSameNewsWrittenTwiceIsThereOnce) {
  domain::ticket_news news;
  news.ticket.id = 5;
  news.ticket.uid = "FF-0005";
  news.ticket.source = "wa_inbound";
  news.ticket.zone = "Zone A";
  news.by_name = "waha/main";
  news.at = noon;
  const domain::change_entry made{"created", "message", {}, "A"};
  domain::read_entries(news, 1, {&made, 1});
  prefer(1, [] {
    domain::notification_preferences p;
    p.digest = domain::digest_mode::hourly;
    return p;
  }());
  std::vector<committed_event> events;
  for (int i = 0; i < 3; ++i)
    connection_.transact([&](auto& tx) { notify(connection_, tx, {news, news}, events); });
  EXPECT_THAT(events, SizeIs(3));
  EXPECT_EQ(db_.ask("SELECT count(*) FROM notifications"), "3");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM outbox"), "2");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM digest_items"), "1");
}

TEST_F(Notify, WhoDoesItIsNotTold) {
  create("Zone A");
  execute("DELETE FROM notifications");
  on("FF-0001", domain::assign_ticket{{}, 20, {}});
  execute("DELETE FROM notifications");
  on("FF-0001", domain::claim_ticket{}, "", technician(1, {20}));
  on("FF-0001", domain::note_ticket{"@thabo remember", true}, "", technician(1, {20}));
  EXPECT_EQ(told(), "");
}

TEST_F(Notify, AnUrgentAssignmentAlsoGoesToThePhone) {
  create("");
  execute("UPDATE tickets SET priority = 'high'");
  on("FF-0001", domain::assign_ticket{1, {}, {}});
  on("FF-0001", domain::assign_ticket{2, {}, "Thabo is ill"});
  EXPECT_EQ(told(), "Thabo assigned FF-0001\nLerato reassigned FF-0001");
  EXPECT_EQ(owed(),
            "email thabo@x assigned ready\nemail lerato@x reassigned ready\n"
            "whatsapp +27831 assigned ready\nwhatsapp +27832 reassigned ready");
}

TEST_F(Notify, TwoMentionsOfOnePersonAreOne) {
  create("");
  on("FF-0001", domain::note_ticket{"@thabo and @\"Thabo\" and @thabo@x: look, @lerato", true});
  EXPECT_EQ(told(), "Thabo mention FF-0001\nLerato mention FF-0001");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM outbox"), "2");
}

TEST_F(Notify, FollowersHearOfMovesInTheApplicationOnly) {
  create("");
  execute("INSERT INTO ticket_followers SELECT id, 4 FROM tickets");
  execute("INSERT INTO ticket_followers SELECT id, 3 FROM tickets");  // who cannot see it
  on("FF-0001", domain::move_ticket{domain::ticket_status::triaged, {}});
  EXPECT_EQ(told(), "Vera status_changed FF-0001");
  EXPECT_EQ(owed(), "");
}

TEST_F(Notify, AnApprovalIsAskedOfManagersAndItsDecisionToldToWhoAsked) {
  create("", "");
  domain::principal lead = technician(3, {21});
  lead.as = domain::role::admin;
  on("FF-0001", domain::move_ticket{domain::ticket_status::pending_approval, "costly"}, "", lead);
  EXPECT_EQ(told(), "Mandla approval_wanted FF-0001");
  on("FF-0001", domain::move_ticket{domain::ticket_status::new_, "not needed"});
  EXPECT_EQ(told(), "Mandla approval_wanted FF-0001\nSipho approval_decided FF-0001");
}

TEST_F(Notify, ManagersAreToldOfTicketsNoTeamIsResponsibleFor) {
  create("Nowhere", "");
  EXPECT_EQ(told(), "") << "Mandla made it";
  domain::principal other = mandla();
  other.user_id = 10;
  domain::create_ticket c;
  c.fields.items.emplace_back(field::title,
                              domain::field_input{domain::field_input::kind::text, "Dark", {}});
  send({{}, {}, c}, "", other);
  EXPECT_EQ(told(), "Mandla created FF-0002");
}

TEST_F(Notify, TheRulesThatAssignTellWhoGetsIt) {
  execute(
      "INSERT INTO assignment_rules (position, name, team_id, method) VALUES (1, 'All', 21,"
      " 'round_robin')");
  const std::string uid = make_ticket();
  assign_new_tickets request;
  ASSERT_TRUE(change(request, assignment_principal()));
  EXPECT_EQ(told(), "Sipho assigned " + uid);
  EXPECT_EQ(events_.back().kind, "notification.created");
}

TEST_F(Notify, DisabledPeopleAreNotTold) {
  execute("UPDATE users SET disabled_at = now() WHERE id IN (1, 2)");
  create("Zone A");
  EXPECT_EQ(told(), "Vera created FF-0001");
}

TEST_F(Notify, WhatBreaksThroughQuietHoursPassesWhatWaitsForTheirEnd) {
  domain::notification_preferences p;
  p.quiet = domain::quiet_hours{0, 23 * 60 + 59};
  prefer(1, p);
  create("");
  create("");
  execute("UPDATE tickets SET priority = 'high'");
  on("FF-0001", domain::assign_ticket{1, {}, {}});
  execute("UPDATE tickets SET priority = 'critical' WHERE uid = 'FF-0002'");
  on("FF-0002", domain::assign_ticket{1, {}, {}});
  create("");
  execute("UPDATE tickets SET priority = 'high' WHERE uid = 'FF-0003'");
  on("FF-0003", domain::assign_ticket{1, {}, {}});
  EXPECT_EQ(
      db_.ask("SELECT (body->>'ticket') || ' ' || (next_at > created_at) || ' ' || behind FROM"
              " outbox WHERE channel = 'whatsapp' ORDER BY id"),
      "FF-0001 true false\nFF-0002 false false\nFF-0003 true true");
}

TEST_F(Notify, PreferencesAreKeptAsTheyWereSetAndTheRestIsAsByDefault) {
  domain::notification_preferences p;
  p.time_zone = "Africa/Johannesburg";
  p.quiet = domain::quiet_hours{22 * 60, 6 * 60};
  p.urgent_breaks_through = false;
  p.digest = domain::digest_mode::daily;
  p.digest_minute = 450;
  p.chosen[notice_kind::mention] = {true, false, domain::whatsapp_choice::always};
  p.chosen[notice_kind::created] = domain::default_channels(notice_kind::created);
  prefer(1, p);
  auto kept = read(get_notification_preferences{1}).value();
  p.chosen.erase(notice_kind::created);
  EXPECT_EQ(kept, p);
  domain::notification_preferences nothing_chosen;
  nothing_chosen.time_zone = "UTC";  // the hub's
  EXPECT_EQ(read(get_notification_preferences{2}).value(), nothing_chosen);
  prefer(1, {});
  EXPECT_EQ(read(get_notification_preferences{1}).value(), nothing_chosen);
  EXPECT_FALSE(read(get_notification_preferences{999}));
}

TEST_F(Notify, ChoicesAndQuietHoursDecideWhatIsWrittenAndWhenItLeaves) {
  domain::notification_preferences silent, asleep;
  silent.chosen[notice_kind::mention] = {false, false, domain::whatsapp_choice::off};
  // Whatever the time of the test's noon is: an hour around it.
  const auto minute = static_cast<int>(
      std::chrono::duration_cast<std::chrono::minutes>(noon.time_since_epoch()).count() %
      domain::minutes_a_day);
  asleep.quiet = domain::quiet_hours{(minute + domain::minutes_a_day - 30) % domain::minutes_a_day,
                                     (minute + 30) % domain::minutes_a_day};
  asleep.chosen[notice_kind::mention] = {true, true, domain::whatsapp_choice::always};
  prefer(1, silent);
  prefer(2, asleep);
  now_ = noon;
  create("");
  on("FF-0001", domain::note_ticket{"@thabo @lerato", true});
  EXPECT_EQ(told(), "Lerato mention FF-0001");
  EXPECT_EQ(owed(), "email lerato@x mention ready\nwhatsapp +27832 mention ready");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM outbox WHERE next_at > created_at + interval '29 min'"
                    " AND next_at <= created_at + interval '30 min'"),
            "2");
}

TEST_F(Notify, ADigestCollectsMailsOnceAndWhoIsGoneGetsNone) {
  domain::notification_preferences hourly;
  hourly.digest = domain::digest_mode::hourly;
  for (const std::int64_t who : {1, 2, 4})
    prefer(who, hourly);
  now_ = noon;
  create("Zone A");
  create("Zone A");
  on("FF-0001", domain::note_ticket{"@thabo look", true});
  EXPECT_EQ(owed(), "");
  release_digests request;
  ASSERT_TRUE(change(request, digest_principal()));
  EXPECT_EQ(owed(), "") << "not yet";

  execute("UPDATE users SET disabled_at = now() WHERE id = 4");
  now_ = noon + std::chrono::hours(1);
  request.people_limit = 1;
  request.result = std::make_shared<digest_run>();
  ASSERT_TRUE(change(request, digest_principal()));
  EXPECT_TRUE(request.result->more);
  EXPECT_EQ(owed(), "email thabo@x digest ready");
  ASSERT_TRUE(change(request, digest_principal()));
  ASSERT_TRUE(change(request, digest_principal()));
  EXPECT_FALSE(request.result->more);
  ASSERT_TRUE(change(request, digest_principal()));
  EXPECT_EQ(owed(), "email thabo@x digest ready\nemail lerato@x digest ready");
  EXPECT_EQ(db_.ask("SELECT body->>'subject' FROM outbox ORDER BY id"),
            "3 notifications\n2 notifications");
  EXPECT_THAT(db_.ask("SELECT body->>'text' FROM outbox WHERE user_id = 1"),
              HasSubstr("New ticket FF-0002: No light\nMandla named you in FF-0001"));
  EXPECT_EQ(db_.ask("SELECT count(*) FROM digest_items WHERE sent_in IS NULL"), "0");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM digest_items WHERE sent_in = 0"), "2");
}

TEST_F(Notify, NotificationsAreReadByTheirOwnerOnly) {
  for (int i = 0; i < 5; ++i)
    create("Zone A");
  list_notifications ask;
  ask.user_id = 1;
  ask.limit = 2;
  auto page = read(ask).value();
  ASSERT_THAT(page.items, SizeIs(2));
  EXPECT_EQ(page.unread, 5);
  EXPECT_EQ(page.items[0].ticket_uid, "FF-0005");
  ask.before_id = page.next_before;
  auto second = read(ask).value();
  EXPECT_EQ(second.items[0].ticket_uid, "FF-0003");

  const read_notification one{page.items[0].id};
  EXPECT_FALSE(change(one, technician(2)));
  const auto first_time = change(one, technician(1));
  ASSERT_TRUE(first_time);
  EXPECT_EQ(change(one, technician(1))->data_json, first_time->data_json);
  EXPECT_THAT(change(read_notifications{second.items[0].id}, technician(1))->data_json,
              R"({"marked":3})");
  ask.before_id.reset();
  ask.unread = true;
  page = read(ask).value();
  EXPECT_EQ(page.unread, 1);
  ASSERT_THAT(page.items, SizeIs(1));
  EXPECT_EQ(page.items[0].ticket_uid, "FF-0004");
  ask.unread = false;
  ask.limit = 10;
  EXPECT_THAT(read(ask).value().items, SizeIs(4));
  ask.user_id = 2;
  ask.unread.reset();
  EXPECT_EQ(read(ask).value().unread, 5);
}

TEST_F(Notify, RowsOfTheOutboxAreSentAgainOrGivenUp) {
  create("Zone A");
  const std::string id = db_.ask("SELECT min(id) FROM outbox");
  const std::int64_t row = std::stoll(id);
  EXPECT_THAT(change(cancel_outbox{row})->data_json, HasSubstr(R"("state":"dead")"));
  EXPECT_EQ(change(cancel_outbox{row}).error().reason, "dead");
  auto figures = read(get_outbox_figures{now_}).value();
  EXPECT_EQ(figures.ready, 2);
  EXPECT_EQ(figures.dead, 1);
  EXPECT_EQ(figures.oldest, noon);
  execute("UPDATE outbox SET attempts = 7 WHERE id = " + id);
  EXPECT_EQ(db_.ask("SELECT last_status FROM outbox WHERE id = " + id), "cancelled");
  EXPECT_THAT(change(retry_outbox{row})->data_json, HasSubstr(R"("state":"ready","attempts":0)"));
  execute("UPDATE outbox SET state = 'inflight' WHERE id = " + id);
  EXPECT_EQ(change(retry_outbox{row}).error().reason, "in_flight");
  EXPECT_EQ(change(cancel_outbox{row}).error().reason, "in_flight");
  execute("UPDATE outbox SET state = 'done' WHERE id = " + id);
  EXPECT_EQ(change(retry_outbox{row}).error().reason, "done");
  EXPECT_EQ(change(retry_outbox{999'999}).error().code, errc::not_found);
  EXPECT_EQ(db_.ask("SELECT string_agg(action, ' ' ORDER BY seq) FROM audit_log"),
            "outbox.cancelled outbox.retried");
  list_outbox ask;
  ask.state = "ready";
  ask.channel = "email";
  EXPECT_THAT(read(ask).value().items, SizeIs(2));
  ask.channel = "whatsapp";
  EXPECT_THAT(read(ask).value().items, IsEmpty());
}

TEST_F(Notify, WhoHasChosenNoTimeZoneHasTheHubs) {
  connection_options options = db_.options();
  options.time_zone = "Africa/Johannesburg";
  connection hubs(options);
  const auto zone = [&] { return run(hubs, get_notification_preferences{1})->time_zone; };
  EXPECT_EQ(zone(), "Africa/Johannesburg");
  domain::notification_preferences p;
  p.digest = domain::digest_mode::daily;
  prefer(1, p);
  EXPECT_EQ(zone(), "Africa/Johannesburg") << "other things were chosen";
  p.time_zone = "Europe/Berlin";
  prefer(1, p);
  EXPECT_EQ(zone(), "Europe/Berlin");
}

// ---- what channels bring

ingest message(const std::string& id, const std::string& text, const std::string& chat,
               domain::chat_kind kind = domain::chat_kind::direct) {
  domain::chat_message m;
  m.session = "default";
  m.message_id = id;
  m.chat = chat;
  m.kind = kind;
  m.author = "27831112222@c.us";
  m.text = text;
  m.type = "text";
  m.sent_at = noon;
  ingest out;
  out.source = "waha";
  out.channel = "main";
  out.ext_id = id;
  out.event = "message";
  out.headers_json = "{}";
  out.body = "{}";
  out.fingerprint = std::string(16, 'f');
  out.received_at = noon;
  out.what = m;
  return out;
}

TEST_F(Notify, AMessageThatOpensATicketIsToldOnceAndItsWriterIsAnswered) {
  execute("INSERT INTO drops (code, zone) VALUES ('77', 'Zone A')");
  intake in{intake_rules{}};
  const std::vector<ingest> first{message("A1", "DR77 dead", "27831112222@c.us")},
      again{message("A1", "DR77 dead", "27831112222@c.us"),
            message("A2", "still dead", "27831112222@c.us")};
  in.apply(session_, first);
  in.apply(session_, again);
  in.forget();
  in.apply(session_, first);
  EXPECT_EQ(told(), "Thabo created DR77-01\nLerato created DR77-01\nVera created DR77-01");
  EXPECT_EQ(
      db_.ask(
          "SELECT channel || ' ' || peer || ' ' || (body->>'chat') || ' ' ||"
          " (body->>'session') || ' ' || (lane = 'main/default/27831112222@c.us') FROM outbox WHERE"
          " channel = 'whatsapp'"),
      "whatsapp main 27831112222@c.us default true");
  EXPECT_EQ(db_.ask("SELECT body->>'text' FROM outbox WHERE channel = 'whatsapp'"),
            "Thank you, we have your message. Your reference is DR77-01.");
  on("DR77-01", domain::assign_ticket{1, {}, {}});
  on("DR77-01", domain::move_ticket{domain::ticket_status::in_progress, {}});
  on("DR77-01", domain::move_ticket{domain::ticket_status::resolved, {}});
  EXPECT_EQ(db_.ask("SELECT string_agg(body->>'kind', ' ' ORDER BY id) FROM outbox WHERE channel ="
                    " 'whatsapp'"),
            "client_received client_started client_resolved");
}

TEST_F(Notify, AGroupIsNotAnswered) {
  intake in{intake_rules{}};
  const std::vector<ingest> one{message("G1", "DR78 dead", "1203@g.us", domain::chat_kind::group)};
  in.apply(session_, one);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM tickets"), "1");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM outbox WHERE channel = 'whatsapp'"), "0");
}

TEST_F(Notify, FollowersHearOfMovesAnotherDeskMade) {
  domain::case_snapshot s;
  s.case_id = "55";
  s.subject = "No signal";
  s.status = domain::ticket_status::new_;
  s.created_at = s.updated_at = noon;
  const auto item = [&](const std::string& id) {
    ingest out = message(id, "", "");
    out.source = "qcontact";
    out.channel = "velocity";
    out.what = s;
    return std::vector<ingest>{out};
  };
  intake in{intake_rules{}};
  in.apply(session_, item("1"));
  EXPECT_EQ(told(), "Mandla created FT55");
  execute("INSERT INTO ticket_followers SELECT id, 4 FROM tickets");
  s.status = domain::ticket_status::resolved;
  s.updated_at += std::chrono::seconds(5);
  in.apply(session_, item("2"));
  in.apply(session_, item("2"));
  s.subject = "another title";
  s.updated_at += std::chrono::seconds(5);
  in.apply(session_, item("3"));
  EXPECT_EQ(told(), "Mandla created FT55\nVera status_changed FT55");
  s.case_id = "56";
  in.apply(session_, item("4"));
  EXPECT_EQ(db_.ask("SELECT count(*) FROM tickets"), "2");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM notifications WHERE ticket_uid = 'FT56'"), "0")
      << "finished before it came";
}

}  // namespace
}  // namespace fibrehub::store::tests
