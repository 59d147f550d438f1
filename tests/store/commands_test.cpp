#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "domain/history.hpp"
#include "store/commands/desk.hpp"
#include "store/ingest/intake.hpp"
#include "store/queries/tickets.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::store {
namespace {

using domain::field;
using kind = domain::field_input::kind;
using ::testing::HasSubstr;

constexpr domain::instant noon = domain::from_us(1'795'300'000'000'000);

domain::principal person(domain::role as, std::int64_t id = 1, const std::string& name = "Sarah") {
  domain::principal p;
  p.what = domain::principal::kind::user;
  p.as = as;
  p.user_id = id;
  p.id = "user:" + std::to_string(id);
  p.name = name;
  p.address = "192.0.2.1";
  return p;
}

class Commands : public testing::Test {
 protected:
  Commands() {
    db_.ask(
        "INSERT INTO users (id, email, name, role) VALUES (1, 'sarah@x.example', 'Sarah', 'admin'),"
        " (2, 'thabo@x.example', 'Thabo', 'technician'), (3, 'ann@x.example', 'Ann', 'viewer')");
    db_.ask("INSERT INTO teams (id, name) VALUES (10, 'North')");
    db_.ask("INSERT INTO team_members VALUES (10, 2)");
    db_.ask("INSERT INTO projects (id, code, name) VALUES (4, 'LAW', 'Lawley')");
    db_.ask("INSERT INTO drops (code, project_id, zone, address) VALUES ('77', 4, 'Z1', '1 Main')");
  }
  struct sent {
    std::shared_ptr<std::optional<write_outcome>> got =
        std::make_shared<std::optional<write_outcome>>();
    const write_outcome& outcome() const { return got->value(); }
  };
  sent queue(std::vector<domain::ticket_command> items, write_origin origin, bool bulk = false) {
    sent out;
    submit_commands unit;
    unit.items = std::move(items);
    unit.bulk = bulk;
    unit.origin = std::move(origin);
    unit.done = reply<write_answer>([got = out.got](write_outcome r) { *got = std::move(r); });
    desk_.add(std::move(unit));
    return out;
  }
  write_outcome run(domain::ticket_command command,
                    const domain::principal& by = person(domain::role::admin)) {
    const sent s = queue({std::move(command)}, {by, noon, {}, {}});
    change_desk::aftermath after = desk_.make_next(session_);
    events_ = std::move(after.events);
    forget(after);
    return s.outcome();
  }
  /// What the writer does with what it remembers.
  virtual void forget(const change_desk::aftermath&) {}
  static domain::ticket_command create(const std::string& title, const std::string& drop = {}) {
    domain::create_ticket c;
    c.fields.items.emplace_back(field::title, domain::field_input{kind::text, title, {}});
    if (!drop.empty()) {
      c.fields.items.emplace_back(field::drop_number, domain::field_input{kind::text, drop, {}});
      c.fields.items.emplace_back(field::source,
                                  domain::field_input{kind::text, "construction", {}});
    }
    return {{}, {}, c};
  }
  template <class C>
  static domain::ticket_command on(const std::string& uid, C what,
                                   std::optional<std::int32_t> version = {}) {
    return {uid, version, std::move(what)};
  }
  void expect_sound() {
    EXPECT_EQ(db_.ask("SELECT count(*) FROM tickets t WHERE version <> (SELECT count(*) FROM"
                      " ticket_history h WHERE h.ticket_id = t.id) OR history_hash <> (SELECT hash"
                      " FROM ticket_history h WHERE h.ticket_id = t.id AND h.seq = t.history_seq)"),
              "0");
    connection c(db_.options());
    for (const std::string& uid : {std::string("FF-0001")}) {
      const auto t = store::run(c, get_ticket{uid, 10, 200, 10, person(domain::role::admin)});
      if (!t) continue;
      std::vector<domain::chained_entry> rows;
      for (const history_view& h : t->history) {
        domain::chained_entry e{h.entry, {}};
        const std::string hash = unhex("\\x" + h.hash_hex);
        std::copy_n(hash.begin(), hash.size(), e.hash.begin());
        rows.push_back(e);
      }
      EXPECT_EQ(domain::first_broken(rows), 0);
    }
  }

  fixtures::temporary_database db_;
  hub_session session_{db_.options(), std::nullopt};
  command_desk desk_{command_rules{}, 100, std::make_shared<store_status>()};
  std::vector<committed_event> events_;
};

TEST_F(Commands, MakeATicketWithItsNumberItsDropAndItsHistory) {
  const auto made = run(create("No light", "DR77"));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->status, 201U);
  EXPECT_THAT(made->data_json, HasSubstr(R"("ticket_uid":"DR77-01")"));
  EXPECT_THAT(made->data_json, HasSubstr(R"("zone":"Z1")"));
  EXPECT_THAT(made->data_json, HasSubstr(R"("project_id":4)"));
  EXPECT_EQ(db_.ask("SELECT address || ' ' || drop_known || ' ' || created_by FROM tickets"),
            "1 Main true Sarah");
  EXPECT_EQ(db_.ask("SELECT actor_kind || ' ' || actor || ' ' || address || ' ' || action FROM"
                    " ticket_history"),
            "user Sarah 192.0.2.1 created");
  ASSERT_EQ(events_.size(), 1U);
  EXPECT_EQ(events_[0].kind, "ticket.created");
}

TEST_F(Commands, NumberWithoutGapsAlthoughSomeAreRefused) {
  run(create("one"));
  EXPECT_FALSE(run(create("")));
  run(create("two"));
  std::vector<sent> all;
  for (int i = 0; i < 20; ++i)
    all.push_back(
        queue({create(i % 3 == 0 ? "" : "more")}, {person(domain::role::admin), noon, {}, {}}));
  desk_.make_next(session_);
  EXPECT_EQ(db_.ask("SELECT max(uid) || ' ' || count(*) FROM tickets"), "FF-0015 15");
}

TEST_F(Commands, TakeTheNextNumberWhenAnotherProgramTookTheFirstAtTheSameMoment) {
  run(create("one"));
  const std::string scope = db_.ask("SELECT scope FROM uid_counters");
  db_.ask("DELETE FROM ticket_history");
  db_.ask("DELETE FROM uid_counters");
  sent ours;
  std::future<void> made;
  connection other(db_.options());
  other.transact([&](auto& tx) {
    // An import raises the first ticket of the sequence, which is here already, and commits later.
    tx.exec("INSERT INTO uid_counters (scope, value) VALUES ('" + scope + "', 1)");
    ours = queue({create("two")}, {person(domain::role::admin), noon, {}, {}});
    made = std::async(std::launch::async, [&] { desk_.make_next(session_); });
    while (db_.ask("SELECT count(*) FROM pg_locks WHERE NOT granted") == "0") {
    }
  });
  made.get();
  ASSERT_TRUE(ours.outcome()) << ours.outcome().error().message;
  EXPECT_EQ(db_.ask("SELECT uid FROM tickets ORDER BY uid"), "FF-0001\nFF-0002");
}

TEST_F(Commands, SeeEachOthersWorkWithinOneBatch) {
  run(create("one"));
  const write_origin who{person(domain::role::admin), noon, {}, {}};
  const sent a = queue({on("FF-0001", domain::assign_ticket{2, 10, {}})}, who);
  const sent b =
      queue({on("FF-0001", domain::move_ticket{domain::ticket_status::in_progress, {}})}, who);
  const sent c = queue({on("FF-0001", domain::move_ticket{domain::ticket_status::qa, {}})}, who);
  const sent stale = queue({on("FF-0001", domain::edit_ticket{}, 1)}, who);
  desk_.make_next(session_);
  ASSERT_TRUE(a.outcome());
  ASSERT_TRUE(b.outcome()) << b.outcome().error().message;
  ASSERT_TRUE(c.outcome());
  ASSERT_FALSE(stale.outcome());
  EXPECT_EQ(stale.outcome().error().reason, "stale_version");
  EXPECT_EQ(db_.ask("SELECT status || ' ' || assigned_to || ' ' || version FROM tickets"),
            "qa 2 6");
  expect_sound();
}

TEST_F(Commands, TellAStaleWriterWhichFieldsClash) {
  run(create("one"));
  const auto edit = [](const std::string& title, const std::string& zone) {
    domain::edit_ticket e;
    if (!title.empty())
      e.fields.items.emplace_back(field::title, domain::field_input{kind::text, title, {}});
    if (!zone.empty())
      e.fields.items.emplace_back(field::zone, domain::field_input{kind::text, zone, {}});
    return e;
  };
  ASSERT_TRUE(run(on("FF-0001", edit("two", ""), 1)));
  const auto stale = run(on("FF-0001", edit("three", "Z9"), 1));
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code, errc::conflict);
  EXPECT_THAT(stale.error().data_json, HasSubstr(R"("clashes":["title"])"));
  EXPECT_THAT(stale.error().data_json, HasSubstr(R"("title":"two")"));
  EXPECT_EQ(db_.ask("SELECT title || version FROM tickets"), "two2");
}

TEST_F(Commands, AnswerARepeatedKeyAsBeforeAndDoNothing) {
  const write_origin once{person(domain::role::admin), noon, "key-1", std::string(32, 'h')};
  const sent first = queue({create("one")}, once);
  desk_.make_next(session_);
  const sent again = queue({create("one")}, once);
  const sent other =
      queue({create("two")}, {person(domain::role::admin), noon, "key-1", std::string(32, 'x')});
  const sent stranger = queue(
      {create("three")}, {person(domain::role::admin, 2), noon, "key-1", std::string(32, 'h')});
  desk_.make_next(session_);
  ASSERT_TRUE(again.outcome());
  EXPECT_TRUE(again.outcome()->replayed);
  EXPECT_EQ(again.outcome()->data_json, first.outcome()->data_json);
  EXPECT_EQ(again.outcome()->status, 201U);
  EXPECT_EQ(other.outcome().error().reason, "key_reused");
  EXPECT_TRUE(stranger.outcome()) << "keys belong to whoever sent them";
  EXPECT_EQ(db_.ask("SELECT count(*) FROM tickets"), "2");
}

TEST_F(Commands, AnswerEachItemOfAListAndKeepThoseThatWork) {
  run(create("one"));
  run(create("two"));
  const domain::move_ticket close{domain::ticket_status::closed, "duplicate"};
  const sent all =
      queue({on("FF-0001", close), on("NO-1", close), on("FF-0002", close), on("FF-0001", close)},
            {person(domain::role::admin), noon, {}, {}}, true);
  desk_.make_next(session_);
  ASSERT_TRUE(all.outcome());
  EXPECT_THAT(all.outcome()->data_json, HasSubstr(R"("succeeded":2,"failed":2)"));
  EXPECT_THAT(all.outcome()->data_json, HasSubstr("not_found"));
  EXPECT_EQ(db_.ask("SELECT count(*) FROM tickets WHERE status = 'closed'"), "2");
  expect_sound();
}

TEST_F(Commands, RefuseOneThatNamesAnUnknownReferenceWithoutHarmToTheOthers) {
  domain::create_ticket c;
  c.fields.items.emplace_back(field::title, domain::field_input{kind::text, "x", {}});
  c.fields.items.emplace_back(field::project_id, domain::field_input{kind::number, "999", {}});
  const write_origin who{person(domain::role::admin), noon, {}, {}};
  const sent good = queue({create("one")}, who);
  const sent bad = queue({{{}, {}, c}}, who);
  const sent also = queue({create("two")}, who);
  desk_.make_next(session_);
  EXPECT_TRUE(good.outcome());
  EXPECT_EQ(bad.outcome().error().reason, "unknown_reference");
  EXPECT_TRUE(also.outcome());
  EXPECT_EQ(db_.ask("SELECT string_agg(uid, ' ' ORDER BY uid) FROM tickets"), "FF-0001 FF-0002");
}

TEST_F(Commands, KeepNotesWithWhomTheyMention) {
  run(create("one"));
  const auto noted =
      run(on("FF-0001", domain::note_ticket{"@thabo look, @Sarah too, @nobody", true}));
  ASSERT_TRUE(noted);
  EXPECT_THAT(noted->data_json, HasSubstr(R"("mentions":[2,1])"));
  EXPECT_EQ(db_.ask("SELECT mentions::text || internal || author FROM ticket_notes"),
            "{2,1}trueSarah");
  EXPECT_FALSE(run(on("FF-0001", domain::note_ticket{" ", true})));
}

TEST_F(Commands, MentionWhoIsMeantBestAndAllWhoAreMeantEqually) {
  db_.ask(
      "INSERT INTO users (id, email, name, role) VALUES (21, 'lerato@a.example', 'Lerato N',"
      " 'technician'), (22, 'lerato@b.example', 'Lerato D', 'technician'), (23, 'l@c.example',"
      " 'Sipho', 'technician'), (24, 'sipho@c.example', 'Sipho Z', 'technician')");
  run(create("one"));
  const auto noted = run(on("FF-0001", domain::note_ticket{"@lerato, @sipho", true}));
  ASSERT_TRUE(noted);
  EXPECT_THAT(noted->data_json, HasSubstr(R"("mentions":[21,22,23])"))
      << "both of an equal name, and a name before the beginning of an address";
}

TEST_F(Commands, TellOfEachKindOfChangeOnceAndWhoMayHear) {
  run(create("No light"));
  EXPECT_EQ(events_.size(), 1U);
  EXPECT_EQ(events_[0].access.who, domain::event_access::circle::ticket);
  ASSERT_TRUE(run(on("FF-0001", domain::assign_ticket{2, 10, ""})));
  ASSERT_EQ(events_.size(), 4U);
  EXPECT_EQ(events_[3].kind, "notification.created");
  EXPECT_EQ(events_[3].access.who, domain::event_access::circle::person);
  EXPECT_EQ(events_[3].access.user_id, 2);
  EXPECT_EQ(events_[0].kind, "ticket.updated");
  EXPECT_EQ(events_[1].kind, "ticket.status_changed");
  EXPECT_THAT(events_[1].data_json, HasSubstr(R"("from":"new","to":"assigned")"));
  EXPECT_EQ(events_[2].kind, "ticket.assigned");
  EXPECT_THAT(events_[2].data_json,
              HasSubstr(R"("assigned_to":2,"assigned_team":10,"previous":{"assigned_to":null)"));
  EXPECT_THAT(events_[0].data_json, HasSubstr(R"("by":"Sarah")"));
  EXPECT_THAT(events_[0].outside_json, testing::Not(HasSubstr("Sarah")));
  EXPECT_THAT(events_[0].outside_json, testing::Not(HasSubstr("changed")));
  const auto thabo = person(domain::role::technician, 2, "Thabo");
  for (const committed_event& e : events_)
    EXPECT_EQ(domain::hears(thabo, e.access), domain::hearing::all) << e.kind;
  ASSERT_TRUE(run(on("FF-0001", domain::move_ticket{domain::ticket_status::in_progress, ""})));
  ASSERT_EQ(events_.size(), 2U);
  EXPECT_EQ(events_[1].kind, "ticket.status_changed");
}

TEST_F(Commands, TellWhomATicketIsTakenFromThatItIsGone) {
  run(create("No light"));
  run(on("FF-0001", domain::assign_ticket{2, std::nullopt, ""}));
  ASSERT_TRUE(run(on("FF-0001", domain::assign_ticket{1, std::nullopt, "on leave"})));
  const auto thabo = person(domain::role::technician, 2, "Thabo");
  ASSERT_EQ(events_.size(), 2U);
  for (const committed_event& e : events_)
    EXPECT_EQ(domain::hears(thabo, e.access), domain::hearing::farewell) << e.kind;
  run(on("FF-0001", domain::note_ticket{"Spliced again", true}));
  ASSERT_EQ(events_.size(), 1U);
  EXPECT_EQ(domain::hears(thabo, events_[0].access), domain::hearing::nothing);
}

TEST_F(Commands, TellOfInternalNotesToStaffAndOfPublicOnesToTheClientToo) {
  db_.ask("INSERT INTO clients (id, code, name) VALUES (5, 'C5', 'Acme')");
  run(create("No light"));
  db_.ask("UPDATE tickets SET client_id = 5 RETURNING 1");
  domain::principal client = person(domain::role::client, 0, "Acme");
  client.client_id = 5;
  run(on("FF-0001", domain::note_ticket{"They never pay", true}));
  EXPECT_EQ(domain::hears(client, events_.at(0).access), domain::hearing::nothing);
  run(on("FF-0001", domain::note_ticket{"We are on our way", false}));
  EXPECT_EQ(domain::hears(client, events_.at(0).access), domain::hearing::outside);
  EXPECT_THAT(events_[0].outside_json, HasSubstr(R"("internal":false)"));
}

TEST_F(Commands, LinkTwoTicketsInBothHistoriesAndTakeTheLinkAway) {
  run(create("one"));
  run(create("two"));
  ASSERT_TRUE(run(on("FF-0001", domain::link_ticket{"FF-0002", "child_of", false})));
  connection c(db_.options());
  const auto other = store::run(c, get_ticket{"FF-0002", 1, 10, 1, person(domain::role::admin)});
  ASSERT_EQ(other->links.size(), 1U);
  EXPECT_EQ(other->links[0].kind, "parent_of");
  EXPECT_EQ(other->history.back().entry.new_value, "FF-0001");
  EXPECT_FALSE(run(on("FF-0001", domain::link_ticket{"FF-0001", "related", false})));
  EXPECT_FALSE(run(on("FF-0001", domain::link_ticket{"FF-9999", "related", false})));
  ASSERT_TRUE(run(on("FF-0001", domain::link_ticket{"FF-0002", "child_of", true})));
  EXPECT_EQ(db_.ask("SELECT count(*) FROM ticket_links"), "0");
}

class CommandsAndMessages : public Commands {
 protected:
  void receive(const std::string& id, const std::string& text, const std::string& chat = "1@c.us") {
    domain::chat_message m;
    m.session = "default";
    m.chat = m.author = chat;
    m.message_id = id;
    m.type = "text";
    m.text = text;
    m.sent_at = noon;
    ingest i;
    i.source = "waha";
    i.channel = "main";
    i.ext_id = "main/default/msg/in/" + id;
    i.event = "message";
    i.headers_json = "{}";
    i.body = "{}";
    i.fingerprint = std::string(16, id.back());
    i.received_at = noon;
    i.what = m;
    const std::vector<ingest> one{i};
    intake_.apply(session_, one);
  }
  void forget(const change_desk::aftermath& after) override {
    intake_.forget_tickets(after.tickets);
    if (after.moves_chats) intake_.forget_chats();
  }
  intake intake_{intake_rules{}};
};

TEST_F(CommandsAndMessages, MergeTwoConversationsIntoTheTicketThatGoesOn) {
  receive("A1", "DR77 dead", "1@c.us");
  receive("A2", "DR77 dead as well", "2@c.us");
  const auto merged = run(on("DR77-02", domain::merge_ticket{"DR77-01", "same fault"}));
  ASSERT_TRUE(merged) << merged.error().message;
  EXPECT_EQ(db_.ask("SELECT status || ' ' || merged_into FROM tickets WHERE uid = 'DR77-02'"),
            "closed DR77-01");
  EXPECT_EQ(db_.ask("SELECT message_count FROM tickets WHERE uid = 'DR77-01'"), "2");
  connection c(db_.options());
  const auto kept = store::run(c, get_ticket{"DR77-01", 10, 10, 10, person(domain::role::admin)});
  EXPECT_EQ(kept->messages.size(), 2U);
  EXPECT_EQ(run(on("DR77-02", domain::merge_ticket{"DR77-01", "again"})).error().reason, "merged");
  EXPECT_FALSE(run(on("DR77-01", domain::merge_ticket{"DR77-02", "back"})));
  expect_sound();
}

TEST_F(CommandsAndMessages, AMergedConversationGoesOnInTheTicketThatStays) {
  receive("A1", "DR77 dead", "1@c.us");
  receive("A2", "DR77 dead as well", "2@c.us");
  ASSERT_TRUE(run(on("DR77-02", domain::merge_ticket{"DR77-01", "same fault"})));
  receive("A3", "any news?", "2@c.us");
  receive("A4", "and mine?", "1@c.us");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM tickets"), "2");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM messages WHERE ticket_id = (SELECT id FROM tickets WHERE"
                    " uid = 'DR77-01')"),
            "3");
  expect_sound();
  // Merged once more, it is followed once more; closed, the chat begins anew.
  receive("A5", "DR77 here too", "3@c.us");
  ASSERT_TRUE(run(on("DR77-01", domain::merge_ticket{"DR77-03", "the same as well"})));
  const auto goes_to = [&](const std::string& id, const std::string& text) {
    receive(id, text, "2@c.us");
    return db_.ask(
        "SELECT t.uid FROM messages m JOIN tickets t ON t.id = m.ticket_id WHERE m.body = '" +
        text + "'");
  };
  EXPECT_EQ(goes_to("A6", "hello?"), "DR77-03");
  // Reopened, it has its conversation back at once.
  const auto duplicates = [&] {
    return db_.ask(
        "SELECT string_agg(t.uid, ' ' ORDER BY t.uid) FROM ticket_links l JOIN tickets t"
        " ON t.id = l.ticket_id WHERE l.kind = 'duplicate_of'");
  };
  EXPECT_EQ(duplicates(), "DR77-01 DR77-02");
  ASSERT_TRUE(run(on("DR77-02", domain::move_ticket{domain::ticket_status::new_, "another"})));
  EXPECT_EQ(duplicates(), "DR77-01") << "the other one is none any more";
  EXPECT_EQ(goes_to("A7", "me again"), "DR77-02");
  expect_sound();
}

TEST_F(CommandsAndMessages, SplitAMessageOnceHoweverManyAskTogether) {
  receive("A1", "DR77 dead");
  receive("A2", "and the pole in front of the school leans");
  const write_origin by{person(domain::role::admin), noon, {}, {}};
  const sent first = queue({on("DR77-01", domain::split_ticket{"A2", {}})}, by);
  const sent second = queue({on("DR77-01", domain::split_ticket{"A2", {}})}, by);
  desk_.make_next(session_);
  EXPECT_TRUE(first.outcome());
  EXPECT_FALSE(second.outcome());
  EXPECT_EQ(db_.ask("SELECT uid || ' ' || message_count FROM tickets ORDER BY uid"),
            "DR77-01 1\nDR77-02 1");
  expect_sound();
}

TEST_F(CommandsAndMessages, SplitAMessageIntoATicketOfItsOwn) {
  receive("A1", "DR77 dead");
  receive("A2", "and the pole in front of the school leans");
  const auto made = run(on("DR77-01", domain::split_ticket{"A2", {}}));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_THAT(made->data_json, HasSubstr(R"("ticket_uid":"DR77-02")"));
  EXPECT_EQ(db_.ask("SELECT uid || ' ' || message_count || ' ' || title FROM tickets ORDER BY uid"),
            "DR77-01 1 DR77 dead\nDR77-02 1 and the pole in front of the school leans");
  EXPECT_FALSE(run(on("DR77-01", domain::split_ticket{"A2", {}}))) << "it has left";
  expect_sound();
}

TEST_F(CommandsAndMessages, ATicketClosedByACommandGetsNoFurtherMessages) {
  receive("A1", "DR77 dead");
  ASSERT_TRUE(run(on("DR77-01", domain::move_ticket{domain::ticket_status::closed, "done"})));
  intake_.forget_tickets({std::stoll(db_.ask("SELECT id FROM tickets"))});
  receive("A2", "dead again");
  EXPECT_EQ(db_.ask("SELECT uid FROM tickets ORDER BY uid"), "DR77-01\nWA-0001");
  expect_sound();
}

}  // namespace
}  // namespace fibrehub::store
