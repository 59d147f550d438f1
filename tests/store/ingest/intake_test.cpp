#include "store/ingest/intake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/pq_array.hpp"
#include "store/queries/tickets.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::store {
namespace {

using fixtures::temporary_database;

constexpr domain::instant noon = domain::from_us(1'795'000'000'000'000);

domain::principal everybody() {
  domain::principal p;
  p.as = domain::role::viewer;
  return p;
}

class Intake : public testing::Test {
 protected:
  static ingest chat(const std::string& id, const std::string& text,
                     const std::string& chat_id = "27831112222@c.us") {
    domain::chat_message m;
    m.session = "default";
    m.chat = chat_id;
    m.kind = chat_id.ends_with("@g.us") ? domain::chat_kind::group : domain::chat_kind::direct;
    m.message_id = id;
    m.author = m.kind == domain::chat_kind::group ? "27839998888@c.us" : chat_id;
    m.author_name = "John";
    m.sent_at = noon;
    m.type = "text";
    m.text = text;
    return item("main/default/msg/in/" + id, "message.any",
                std::string(16, text.empty() ? 'e' : text[0]), m);
  }
  static ingest item(const std::string& ext_id, const std::string& event, std::string fingerprint,
                     domain::inbound what) {
    ingest out;
    out.source = "waha";
    out.channel = "main";
    out.ext_id = ext_id;
    out.event = event;
    out.headers_json = "{}";
    out.body = R"({"raw":"bytes \ of \" )" + ext_id + "\"}";
    out.fingerprint = std::move(fingerprint);
    out.received_at = noon + std::chrono::seconds(1);
    out.what = std::move(what);
    return out;
  }
  static ingest case_item(const std::string& id, const std::string& status, std::int64_t at_s,
                          const std::string& subject = "No signal") {
    domain::case_snapshot s;
    s.case_id = id;
    s.subject = subject;
    s.description = "As reported";
    s.status = domain::ticket_status_from(status);
    s.priority = domain::ticket_priority::high;
    s.extra_json = R"({"custom":1})";
    s.created_at = noon;
    s.updated_at = noon + std::chrono::seconds(at_s);
    ingest out =
        item(fmt::format("velocity/{}/{}/{}", id, at_s, subject), "case", std::string(16, 'c'), s);
    out.source = "qcontact";
    out.channel = "velocity";
    return out;
  }

  std::vector<ingest_result> apply(std::vector<ingest> items) {
    intake_outcome outcome = intake_->apply(session_, items);
    std::vector<ingest_result> out;
    for (auto& r : outcome.results)
      out.push_back(r.value());
    events_ = std::move(outcome.events);
    return out;
  }
  ingest_result apply_one(ingest one) { return apply({std::move(one)}).front(); }
  /// As after a restart: nothing is remembered but what the database holds.
  void restart() { intake_.emplace(intake_rules{}); }

  temporary_database db_;
  hub_session session_{db_.options(), std::nullopt};
  std::optional<intake> intake_{std::in_place, intake_rules{}};
  std::vector<committed_event> events_;
};

TEST_F(Intake, MakesATicketOfADropAndGivesFollowUpsToIt) {
  const auto first = apply_one(chat("A1", "No signal at DR1730654"));
  EXPECT_EQ(first.ticket_uid, "DR1730654-01");
  EXPECT_TRUE(first.created);
  const auto second = apply_one(chat("A2", "Red light on the ONT"));
  EXPECT_EQ(second.ticket_uid, "DR1730654-01");
  EXPECT_FALSE(second.created);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM messages WHERE ticket_id IS NOT NULL"), "2");
  EXPECT_EQ(db_.ask("SELECT message_count || ' ' || version || ' ' || history_seq FROM tickets"),
            "2 2 2");
}

TEST_F(Intake, CountsTicketsOfADropPerDropWithoutGaps) {
  apply({chat("A1", "DR77 dead", "1@c.us"), chat("A2", "DR77 dead too", "2@c.us"),
         chat("A3", "DR78 dead", "3@c.us")});
  restart();
  apply_one(chat("A4", "DR77 again", "4@c.us"));
  EXPECT_EQ(db_.ask("SELECT uid FROM tickets ORDER BY uid"), "DR77-01\nDR77-02\nDR77-03\nDR78-01");
}

TEST_F(Intake, ShowsAMessageThatNamesSeveralDropsInEachOfTheirTickets) {
  apply_one(chat("A1", "DR78 dead", "g1@g.us"));
  const auto both = apply_one(chat("A2", "Picking up DR77, DR78 and DR79", "g1@g.us"));
  EXPECT_EQ(both.ticket_uid, "DR77-01");
  EXPECT_TRUE(both.created);
  EXPECT_EQ(db_.ask("SELECT uid || ' ' || message_count FROM tickets ORDER BY uid"),
            "DR77-01 1\nDR78-01 2\nDR79-01 1");
  EXPECT_EQ(db_.ask("SELECT t.uid FROM message_links l JOIN tickets t ON t.id = l.ticket_id"
                    " JOIN messages m ON m.id = l.message_id AND m.ext_id = 'A2' ORDER BY 1"),
            "DR78-01\nDR79-01");
  EXPECT_EQ(events_.size(), 3U);
  for (const char* uid : {"DR77-01", "DR78-01", "DR79-01"}) {
    const auto ticket = run(session_.db(), get_ticket{uid, 10, 10, 10, everybody()});
    ASSERT_TRUE(ticket) << uid;
    EXPECT_EQ(ticket->messages.back().message_id, "A2") << uid;
  }
  EXPECT_EQ(apply_one(chat("A2", "Picking up DR77, DR78 and DR79", "g1@g.us")).outcome,
            disposition::duplicate);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM tickets"), "3");
}

TEST_F(Intake, TellsWhoseTicketAMessageBelongsTo) {
  apply_one(chat("A1", "No signal at DR1730654"));
  db_.ask("INSERT INTO users (id, email, name, role) VALUES (2, 't@x', 'Thabo', 'technician')");
  db_.ask("UPDATE tickets SET assigned_to = 2 RETURNING 1");
  restart();
  apply_one(chat("A2", "Red light"));
  ASSERT_EQ(events_.size(), 1U);
  EXPECT_EQ(events_[0].access.who, domain::event_access::circle::ticket);
  EXPECT_EQ(events_[0].access.owner.assigned_to, 2);
}

TEST_F(Intake, TellsOfTheStatusOfACaseByItself) {
  apply_one(case_item("17", "new", 1));
  EXPECT_EQ(events_.size(), 1U);
  apply_one(case_item("17", "resolved", 2));
  ASSERT_EQ(events_.size(), 2U);
  EXPECT_EQ(events_[0].kind, "ticket.updated");
  EXPECT_EQ(events_[1].kind, "ticket.status_changed");
  EXPECT_THAT(events_[1].data_json, testing::HasSubstr(R"("from":"new","to":"resolved")"));
}

TEST_F(Intake, OpensTenTicketsOfALongListAndAsksAPersonToLookAtTheRest) {
  std::string list = "to do:";
  for (int i = 1; i <= 13; ++i)
    list += fmt::format(" DR{}", 1000 + i);
  EXPECT_EQ(apply_one(chat("A1", list)).outcome, disposition::stored);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM tickets"), "10");
  EXPECT_EQ(db_.ask("SELECT reason FROM review_items"), "many_drops");
  EXPECT_THAT(db_.ask("SELECT detail FROM review_items"), testing::HasSubstr("13 drops"));
}

TEST_F(Intake, FollowsTheSameTicketBeforeAndAfterARestartWhenMessagesCameOutOfOrder) {
  const auto at = [](ingest i, int second) {
    std::get<domain::chat_message>(i.what).sent_at = noon - std::chrono::seconds(100 - second);
    return i;
  };
  apply_one(at(chat("A1", "DR77 dead"), 20));
  apply_one(at(chat("A2", "DR78 dead"), 10));  // sent earlier, came later
  EXPECT_EQ(apply_one(at(chat("A3", "any news?"), 30)).ticket_uid, "DR77-01");
  restart();
  EXPECT_EQ(apply_one(at(chat("A4", "and now?"), 31)).ticket_uid, "DR77-01");
}

TEST_F(Intake, KeepsOneConversationWithAPersonKnownByTwoIds) {
  const auto by = [](ingest i, const std::string& alt) {
    auto& m = std::get<domain::chat_message>(i.what);
    m.chat_alt = m.author_alt = alt;
    return i;
  };
  apply_one(by(chat("A1", "DR77 dead", "555@lid"), "27831112222@c.us"));
  EXPECT_EQ(apply_one(chat("A2", "still dead", "27831112222@c.us")).ticket_uid, "DR77-01");
  restart();
  EXPECT_EQ(apply_one(chat("A3", "and today?", "27831112222@c.us")).ticket_uid, "DR77-01");
  EXPECT_EQ(apply_one(chat("A4", "hello", "555@lid")).ticket_uid, "DR77-01");
  EXPECT_EQ(db_.ask("SELECT ext_id FROM chats"), "555@lid");
  // First the number, then the hidden id that names it.
  apply({chat("B1", "DR78 dead", "27831113333@c.us"),
         by(chat("B2", "still dead", "666@lid"), "27831113333@c.us")});
  EXPECT_EQ(db_.ask("SELECT message_count FROM tickets WHERE uid = 'DR78-01'"), "2");
  restart();
  EXPECT_EQ(apply_one(chat("B3", "hello?", "666@lid")).ticket_uid, "DR78-01");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM chats"), "2");
}

TEST_F(Intake, NumbersTicketsWithoutADropInOneSequence) {
  EXPECT_EQ(apply_one(chat("A1", "hello?", "1@c.us")).ticket_uid, "WA-0001");
  EXPECT_EQ(apply_one(chat("A2", "anyone?", "2@c.us")).ticket_uid, "WA-0002");
}

TEST_F(Intake, FindsTheOpenTicketOfAChatAgainAfterARestart) {
  apply_one(chat("A1", "DR5 down"));
  restart();
  EXPECT_EQ(apply_one(chat("A2", "still down")).ticket_uid, "DR5-01");
}

TEST_F(Intake, OpensANewTicketWhenTheOldOneIsClosed) {
  apply_one(chat("A1", "DR5 down"));
  db_.ask("UPDATE tickets SET status = 'closed'");
  restart();
  EXPECT_EQ(apply_one(chat("A2", "DR5 down again")).ticket_uid, "DR5-02");
}

TEST_F(Intake, AnswersDuplicateForTheSameMessageInTheSameBatchLaterAndAfterARestart) {
  const auto both = apply({chat("A1", "DR5 down"), chat("A1", "DR5 down")});
  EXPECT_EQ(both[0].outcome, disposition::stored);
  EXPECT_EQ(both[1].outcome, disposition::duplicate);
  EXPECT_EQ(apply_one(chat("A1", "DR5 down")).outcome, disposition::duplicate);
  restart();
  EXPECT_EQ(apply_one(chat("A1", "DR5 down")).outcome, disposition::duplicate);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM inbox"), "1");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM messages"), "1");
}

TEST_F(Intake, RecoversWhenAnUnlookedUpMessageTurnsOutToBeADuplicate) {
  apply_one(chat("A0", "warm up"));  // the careful first batch is over
  intake other{intake_rules{}};
  other.apply(session_, std::vector{chat("B1", "DR9 down", "9@c.us")});
  const auto results = apply({chat("A1", "DR8 down", "8@c.us"), chat("B1", "DR9 down", "9@c.us"),
                              chat("A2", "more", "8@c.us")});
  EXPECT_EQ(results[0].outcome, disposition::stored);
  EXPECT_EQ(results[1].outcome, disposition::duplicate);
  EXPECT_EQ(results[2].ticket_uid, "DR8-01");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM inbox"), "4");
}

TEST_F(Intake, KeepsAnotherContentUnderTheSameIdAsAConflictOnce) {
  apply_one(chat("A1", "DR5 down"));
  EXPECT_EQ(apply_one(chat("A1", "all is well")).outcome, disposition::conflict);
  EXPECT_EQ(apply_one(chat("A1", "all is well")).outcome, disposition::duplicate);
  restart();
  EXPECT_EQ(apply_one(chat("A1", "all is well")).outcome, disposition::duplicate);
  EXPECT_EQ(db_.ask("SELECT reason FROM review_items"), "conflict");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM messages"), "1");
}

TEST_F(Intake, KeepsUnreadableInputForReviewWithItsBytes) {
  ingest broken = item("main/raw/1", "", std::string(16, 'x'),
                       domain::unreadable{"invalid_json", "Not JSON at byte 0"});
  broken.body = std::string("\xff\x00\xfe not json", 12);
  EXPECT_EQ(apply_one(broken).outcome, disposition::review);
  EXPECT_EQ(db_.ask("SELECT encode(body, 'hex') FROM inbox"), "ff00fe206e6f74206a736f6e");
  EXPECT_EQ(db_.ask("SELECT reason || ': ' || detail FROM review_items"),
            "invalid_json: Not JSON at byte 0");
}

TEST_F(Intake, StoresTheRawBodyByteForByte) {
  ingest m = chat("A1", "DR5 \"quoted\" \\ back\nslash");
  apply_one(m);
  EXPECT_EQ(unhex("\\x" + db_.ask("SELECT encode(body, 'hex') FROM inbox")), m.body);
  EXPECT_EQ(db_.ask("SELECT body FROM messages"), "DR5 \"quoted\" \\ back\nslash");
}

TEST_F(Intake, ReplacesNulAndInvalidUtf8InTextAndKeepsTheRest) {
  ingest m = chat("A1", std::string("DR5 a\0b\xff\xc3 c", 12));
  EXPECT_EQ(apply_one(m).outcome, disposition::stored);
  EXPECT_EQ(db_.ask("SELECT body FROM messages"), "DR5 ab\xEF\xBF\xBD\xEF\xBF\xBD c");
}

TEST_F(Intake, RaisesAcksAndNeverLowersThem) {
  const auto ack = [&](int level) {
    return item(fmt::format("main/default/ack/M1//{}", level), "message.ack", std::string(16, 'a'),
                domain::message_ack{"default", "1@c.us", "M1", {}, level});
  };
  apply({ack(2), ack(4)});
  apply_one(ack(3));
  apply_one(ack(-1));
  EXPECT_EQ(db_.ask("SELECT level FROM message_acks"), "4");
}

TEST_F(Intake, TakesTheLatestSessionStatusWhateverTheOrder) {
  const auto status = [&](const std::string& name, int at_s) {
    return item(fmt::format("main/default/status/{}", at_s), "session.status", std::string(16, 's'),
                domain::session_status{"default",
                                       name,
                                       noon + std::chrono::seconds(at_s),
                                       "27820000001@c.us",
                                       "Desk",
                                       "NOWEB",
                                       "2026.2.1",
                                       {},
                                       std::nullopt});
  };
  apply({status("WORKING", 5), status("STARTING", 3)});
  apply_one(status("SCAN_QR_CODE", 4));
  EXPECT_EQ(db_.ask("SELECT status FROM wa_sessions"), "WORKING");
}

TEST_F(Intake, KnowsOnePersonByTwoIds) {
  ingest m = chat("A1", "DR5 down", "555@lid");
  std::get<domain::chat_message>(m.what).author_alt = "27831112222@c.us";
  apply_one(m);
  restart();
  apply_one(chat("A2", "me again", "27831112222@c.us"));
  EXPECT_EQ(db_.ask("SELECT name || ' ' || phone FROM contacts"), "John 27831112222");
  EXPECT_EQ(db_.ask("SELECT ext_id FROM contact_aliases ORDER BY ext_id"),
            "27831112222@c.us\n555@lid");
}

TEST_F(Intake, MakesATicketOfACaseAndFollowsItsChangesOnly) {
  EXPECT_EQ(apply_one(case_item("4711", "new", 0)).ticket_uid, "FT4711");
  EXPECT_FALSE(apply_one(case_item("4711", "in_progress", 10)).created);
  apply_one(case_item("4711", "in_progress", 20, "No signal, urgent"));
  EXPECT_EQ(
      db_.ask("SELECT status || '|' || title || '|' || priority || '|' || version FROM tickets"),
      "in_progress|No signal, urgent|high|3");
  EXPECT_EQ(db_.ask("SELECT field || ':' || old_value || '>' || new_value FROM ticket_history "
                    "WHERE action = 'field' ORDER BY seq"),
            "status:new>in_progress\ntitle:No signal>No signal, urgent");
}

TEST_F(Intake, KeepsTheInstantACaseWasResolvedAtWhenItIsEditedOrClosedLater) {
  apply_one(case_item("4711", "new", 0));
  apply_one(case_item("4711", "resolved", 10));
  const std::string resolved = db_.ask("SELECT resolved_at FROM tickets");
  apply_one(case_item("4711", "resolved", 20, "Edited"));
  apply_one(case_item("4711", "closed", 30, "Edited"));
  EXPECT_FALSE(resolved.empty());
  EXPECT_EQ(db_.ask("SELECT resolved_at FROM tickets"), resolved);
  EXPECT_EQ(db_.ask("SELECT closed_at > resolved_at FROM tickets"), "t");
  apply_one(case_item("4711", "in_progress", 40, "Edited"));
  EXPECT_EQ(db_.ask("SELECT count(*) FROM tickets WHERE resolved_at IS NULL AND closed_at IS NULL"),
            "1");
}

TEST_F(Intake, KeepsOneTicketForACaseThatMovesToAnotherQueue) {
  const auto through = [](const std::string& channel, ingest i) {
    i.channel = channel;
    i.ext_id = channel + "/" + i.ext_id;
    return i;
  };
  apply_one(case_item("900", "new", 10));
  const auto again = apply_one(through("hosting", case_item("900", "new", 10)));
  EXPECT_EQ(again.outcome, disposition::stored);
  EXPECT_EQ(again.ticket_uid, "FT900");
  const auto moved = apply_one(through("hosting", case_item("900", "in_progress", 20)));
  EXPECT_EQ(moved.ticket_uid, "FT900");
  EXPECT_EQ(db_.ask("SELECT uid || ' ' || status || ' ' || channel FROM tickets"),
            "FT900 in_progress hosting");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM review_items"), "0");
  EXPECT_EQ(db_.ask("SELECT field FROM ticket_history ORDER BY seq"), "case\nchannel\nstatus");
}

TEST_F(Intake, AddsNothingToTheHistoryWhenACaseIsSeenAgainUnchanged) {
  apply_one(case_item("900", "new", 10));
  ingest again = case_item("900", "new", 10);
  again.ext_id = "velocity/seen/anew";
  EXPECT_EQ(apply_one(again).ticket_uid, "FT900");
  EXPECT_EQ(db_.ask("SELECT version FROM tickets"), "1");
  EXPECT_TRUE(events_.empty());
}

TEST_F(Intake, IgnoresASnapshotOlderThanWhatItKnows) {
  apply_one(case_item("4711", "resolved", 50));
  apply_one(case_item("4711", "new", 10));
  EXPECT_EQ(db_.ask("SELECT status FROM tickets"), "resolved");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM inbox"), "2");
}

TEST_F(Intake, LeavesAStatusChangedHereAloneUntilTheDeskMovesIt) {
  apply_one(case_item("4711", "new", 0));
  db_.ask("UPDATE tickets SET status = 'assigned'");
  restart();
  apply_one(case_item("4711", "new", 10, "No signal, more text"));
  EXPECT_EQ(db_.ask("SELECT status FROM tickets"), "assigned");
  apply_one(case_item("4711", "resolved", 20, "No signal, more text"));
  EXPECT_EQ(db_.ask("SELECT status FROM tickets"), "resolved");
}

TEST_F(Intake, ChainsTheHistoryOfATicketWithoutGaps) {
  apply({chat("A1", "DR5 down"), chat("A2", "b"), chat("A3", "c")});
  restart();
  apply_one(chat("A4", "d"));
  connection db(db_.options());
  std::vector<domain::chained_entry> rows;
  db.autocommit([&](pqxx::nontransaction& tx) {
    for (const auto& r :
         tx.exec("SELECT ticket_id, seq, (extract(epoch FROM at) * 1000000)::bigint, actor_kind, "
                 "actor, address, action,"
                 " field, old_value, new_value, hash FROM ticket_history ORDER BY seq")) {
      domain::chained_entry& row = rows.emplace_back();
      row.entry = {r[0].as<std::int64_t>(),
                   r[1].as<std::int32_t>(),
                   domain::from_us(r[2].as<std::int64_t>()),
                   {r[3].c_str(), r[4].c_str(), r[5].c_str()},
                   r[6].c_str(),
                   r[7].c_str(),
                   r[8].c_str(),
                   r[9].c_str()};
      const std::string hash = unhex(r[10].c_str());
      std::copy(hash.begin(), hash.end(), row.hash.begin());
    }
  });
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(domain::first_broken(rows), 0);
  rows[2].entry.new_value = "forged";
  EXPECT_EQ(domain::first_broken(rows), 3);
}

TEST_F(Intake, KeepsAMessageTheDatabaseRefusesForReviewAndStoresTheOthers) {
  ingest bad = case_item("1", "new", 0);
  std::get<domain::case_snapshot>(bad.what).extra_json = "{broken";
  const auto results = apply({chat("A1", "DR5 down"), bad, chat("A2", "follow-up")});
  EXPECT_EQ(results[0].outcome, disposition::stored);
  EXPECT_EQ(results[1].outcome, disposition::review);
  EXPECT_EQ(results[2].outcome, disposition::stored);
  EXPECT_EQ(db_.ask("SELECT reason FROM review_items"), "not_storable");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM tickets"), "1");
}

TEST_F(Intake, SaysThatTheConnectionIsLostAndStoresNothingTwiceAfterwards) {
  apply_one(chat("A1", "DR5 down"));
  db_.cut_sessions();
  const std::vector<ingest> next{chat("A2", "b"), chat("A3", "c")};
  EXPECT_THROW(intake_->apply(session_, next), connection_lost);
  hub_session again{db_.options(), session_.identity()};
  intake_->apply(again, next);
  const auto outcome = intake_->apply(again, next);
  EXPECT_EQ(outcome.results[0]->outcome, disposition::duplicate);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM messages"), "3");
}

TEST_F(Intake, AnnouncesWhatWasCommitted) {
  apply({chat("A1", "DR5 down"), chat("A2", "more")});
  ASSERT_EQ(events_.size(), 2U);
  EXPECT_EQ(events_[0].kind, "ticket.created");
  EXPECT_EQ(events_[1].kind, "message.created");
  EXPECT_EQ(events_[1].ticket_uid, "DR5-01");
  EXPECT_THAT(events_[0].data_json, testing::HasSubstr("\"drop_number\":\"DR5\""));
}

TEST_F(Intake, LeavesBroadcastsOutOfChatsAndTickets) {
  ingest post = chat("A1", "my status", "status@broadcast");
  std::get<domain::chat_message>(post.what).kind = domain::chat_kind::broadcast;
  EXPECT_EQ(apply_one(post).outcome, disposition::kept);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM tickets"), "0");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM chats"), "0");
}

TEST_F(Intake, SecondHubMustWaitWhileTheFirstHoldsTheDatabase) {
  EXPECT_THROW(hub_session(db_.options(), std::nullopt), held_by_another);
  const hub_identity stranger{session_.identity().incarnation, "1 2026-01-01 00:00:00+00"};
  EXPECT_THROW(hub_session(db_.options(), stranger), held_by_another);
}

TEST_F(Intake, AHubTakesTheDatabaseBackFromItsOwnLostConnection) {
  // As after a cut cable: the server still believes in the old connection.
  hub_session next(db_.options(), session_.identity());
  EXPECT_EQ(next.identity().incarnation, session_.identity().incarnation);
  EXPECT_NE(next.identity().backend, session_.identity().backend);
  EXPECT_THROW(session_.reserve_ids(1), connection_lost);
}

TEST_F(Intake, ForgetsTheEchoesOfMessagesItHadAlready) {
  ingest own = chat("O1", "on our way");
  std::get<domain::chat_message>(own.what).from_me = true;
  for (int i = 0; i < 3; ++i)
    apply_one(own);
  for (int i = 0; i < 20; ++i) {
    ingest again = own;
    std::get<domain::chat_message>(again.what).message_id = fmt::format("O{}", i + 2);
    EXPECT_EQ(apply_one(again).outcome, disposition::duplicate);
  }
  apply_one(chat("A1", "hello"));
  EXPECT_EQ(intake_->echoes_looked_up(), 0U);
}

}  // namespace
}  // namespace fibrehub::store
