// Sessions as rows: what a look writes, what a webhook told stays, every state is remembered once,
// and what is owed is found again.
#include "store/wa/sessions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/wa/catch_up.hpp"
#include "tests/store/sends/sends_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class WaSessions : public sends_fixture {
 protected:
  template <class Request>
  tl::expected<write_answer, error> write(Request request, domain::instant at = noon) {
    write_origin origin;
    origin.by = person(domain::role::admin);
    origin.at = at;
    connection db(db_.options());
    return db.transact([&](auto& tx) {
      std::int64_t id = 1000;
      change_context context{origin, [&id] { return ++id; }, {}, {}};
      auto done = run(db, tx, request, context);
      events_ = std::move(context.events);
      return done;
    });
  }
  void look(std::vector<seen_session> seen, domain::instant at,
            std::vector<std::string> gone = {}) {
    note_sessions note;
    note.channel = "main";
    note.asked_at = at;
    note.engine = "NOWEB";
    note.version = "2026.7.1";
    note.tier = "CORE";
    note.seen = std::move(seen);
    note.gone = std::move(gone);
    ASSERT_TRUE(write(note, at));
  }
  /// A session.status as it arrives.
  void tell(const std::string& status, domain::instant at,
            std::vector<domain::session_status::step> before = {}) {
    domain::session_status s;
    s.session = "line";
    s.status = status;
    s.at = at;
    s.engine = "NOWEB";
    s.version = "2026.7.1";
    s.before = std::move(before);
    ingest item;
    item.source = "waha";
    item.channel = "main";
    item.ext_id = fmt::format("main/line/status/{}/{}", domain::to_us(at), status);
    item.event = "session.status";
    item.headers_json = "{}";
    item.body = "{}";
    item.fingerprint = std::string(16, 'f');
    item.received_at = at;
    s.restriction = said_;
    item.what = std::move(s);
    apply({item});
  }
  /// WORKING once more, with WhatsApp's word of `at`.
  void tell_lock(bool is_active, std::optional<domain::instant> until, domain::instant at) {
    said_ = {is_active, until, at};
    tell("WORKING", at);
    said_.reset();
  }
  std::string restriction() const {
    return db_.ask(
        fmt::format("SELECT extract(epoch FROM since)::bigint - {0} || ' to ' || extract(epoch FROM"
                    " until)::bigint - {0} || ' ' || by_step FROM wa_restrictions",
                    domain::to_us(noon) / 1'000'000));
  }
  std::string steps() const {
    return db_.ask(
        "SELECT kind || ' ' || value FROM wa_session_history WHERE session = 'line' ORDER BY at, "
        "id");
  }
  std::string state() const {
    return db_.ask("SELECT status FROM wa_sessions WHERE name = 'line'");
  }
  std::optional<domain::session_status::restriction_word> said_;
};

TEST_F(WaSessions, ALookWritesWhatItSeesAndRemembersWhatDiffers) {
  look({{"line", "STARTING", "", "", ""}, {"other", "STOPPED", "", "", ""}}, noon);
  look({{"line", "WORKING", "27@c.us", "Desk", "1@lid"}}, noon + 1min);
  look({{"line", "WORKING", "27@c.us", "Desk", "1@lid"}}, noon + 2min);
  EXPECT_EQ(steps(), "seen STARTING\nseen WORKING");
  EXPECT_EQ(db_.ask("SELECT status || ' ' || me || ' ' || lid || ' ' || engine || ' ' || tier FROM "
                    "wa_sessions WHERE name = 'line'"),
            "WORKING 27@c.us 1@lid NOWEB CORE");
}

TEST_F(WaSessions, WhatWasToldForLaterThanTheLookStays) {
  tell("WORKING", noon + 10s);
  look({{"line", "STARTING", "", "", ""}}, noon + 5s);
  EXPECT_EQ(state(), "WORKING");
  EXPECT_EQ(steps(), "told WORKING");
}

TEST_F(WaSessions, AToldStateThatSeemedOldIsMendedByTheNextLook) {
  look({{"line", "STARTING", "", "", ""}}, noon);
  tell("WORKING", noon - 90s);  // the bridge's clock is behind
  EXPECT_EQ(state(), "STARTING");
  look({{"line", "WORKING", "", "", ""}}, noon + 1min);
  EXPECT_EQ(state(), "WORKING");
}

TEST_F(WaSessions, WhatsAppsWordRestrictsForAsLongAsItSaysAndLifts) {
  tell("WORKING", noon);
  EXPECT_EQ(restriction(), "");
  tell_lock(true, noon + 24h, noon + 1min);
  EXPECT_EQ(restriction(), "60 to 86400 false");
  // Told again with a later end: it began when it began.
  tell_lock(true, noon + 48h, noon + 2min);
  EXPECT_EQ(restriction(), "60 to 172800 false");
  tell_lock(false, std::nullopt, noon + 1h);
  EXPECT_EQ(restriction(), "60 to 3600 false");
  connection db(db_.options());
  list_wa_sessions ask;
  ask.now = noon + 2h;
  EXPECT_FALSE(run(db, ask)->items.at(0).restriction);
  // An older word that comes late begins nothing.
  tell_lock(true, noon + 48h, noon + 30min);
  EXPECT_EQ(restriction(), "60 to 3600 false");
  tell_lock(true, noon + 96h, noon + 4h);
  EXPECT_EQ(restriction(), "14400 to 345600 false");
}

TEST_F(WaSessions, ALiftThatArrivesBeforeTheRestrictionHolds) {
  tell_lock(false, std::nullopt, noon + 1h);
  tell_lock(true, noon + 24h, noon);
  EXPECT_EQ(restriction(), "3600 to 3600 false");
}

TEST_F(WaSessions, WhatsAppsWordWithoutAnEndLastsAsLongAsTheBridgeIsSetTo) {
  tell_lock(true, std::nullopt, noon);
  EXPECT_EQ(restriction(), "0 to 21600 true");
  tell_lock(true, noon + 1h, noon + 1min);
  EXPECT_EQ(restriction(), "0 to 3600 false");
}

TEST_F(WaSessions, WhatWasLearntAfterTheWordWasSaidStays) {
  db_.ask(fmt::format(
      "INSERT INTO wa_restrictions VALUES ('main', 'line', to_timestamp({0}), to_timestamp({0}) +"
      " interval '6 hours', '463')",
      domain::to_us(noon) / 1'000'000));
  tell_lock(false, std::nullopt, noon - 1min);
  EXPECT_EQ(restriction(), "0 to 21600 false");
  tell_lock(true, noon + 1h, noon - 30s);
  EXPECT_EQ(restriction(), "0 to 21600 false");
  tell_lock(true, noon + 24h, noon - 10s);
  EXPECT_EQ(restriction(), "0 to 86400 false");
  tell_lock(false, std::nullopt, noon + 1min);
  EXPECT_EQ(restriction(), "0 to 60 false");
}

TEST_F(WaSessions, EveryStateADeliveryTellsOfIsRememberedOnce) {
  tell("STARTING", noon);
  // The delivery of SCAN_QR_CODE was lost; the next one tells of it.
  tell("WORKING", noon + 9s, {{"STARTING", noon}, {"SCAN_QR_CODE", noon + 3s}});
  tell("WORKING", noon + 9s, {{"STARTING", noon}, {"SCAN_QR_CODE", noon + 3s}});
  EXPECT_EQ(steps(), "told STARTING\ntold SCAN_QR_CODE\ntold WORKING");
  // A retry that comes late: the past is completed, the state stays.
  tell("FAILED", noon - 1min);
  EXPECT_EQ(steps(), "told FAILED\ntold STARTING\ntold SCAN_QR_CODE\ntold WORKING");
  EXPECT_EQ(state(), "WORKING");
}

TEST_F(WaSessions, WhatWasOnlySeenGivesWayToWhatIsTold) {
  look({{"line", "STARTING", "", "", ""}}, noon);
  tell("STARTING", noon - 1s);
  EXPECT_EQ(steps(), "told STARTING");
}

TEST_F(WaSessions, TellsListenersOfEveryNewStateWhoeverNoticedIt) {
  const auto told = [&] {
    std::string out;
    for (const committed_event& e : events_)
      out += e.kind + ' ' + e.data_json + '\n';
    return out;
  };
  const auto event = [](const char* session, const char* status, const char* at) {
    return fmt::format(
        R"(wa_session.state {{"channel":"main","session":"{}","status":"{}","at":"{}"}})"
        "\n",
        session, status, at);
  };
  const domain::instant day = domain::parse_rfc3339("2026-11-21T10:00:00Z").value();
  look({{"line", "STARTING", "", "", ""}, {"other", "STOPPED", "", "", ""}}, day);
  EXPECT_EQ(told(), event("line", "STARTING", "2026-11-21T10:00:00Z") +
                        event("other", "STOPPED", "2026-11-21T10:00:00Z"));
  tell("WORKING", day + 1s);
  EXPECT_EQ(told(), event("line", "WORKING", "2026-11-21T10:00:01Z"));
  EXPECT_EQ(events_.at(0).access.who, domain::event_access::circle::channels);
  look({{"line", "WORKING", "", "", ""}, {"other", "STOPPED", "", "", ""}}, day + 2s);
  EXPECT_EQ(told(), "") << "nothing new";
  tell("FAILED", day - 1s);
  EXPECT_EQ(told(), "") << "a retry that comes late";
}

TEST_F(WaSessions, WhatIsGoneIsListedApartAndComesBackWhenItIsSeen) {
  look({{"line", "WORKING", "", "", ""}, {"other", "WORKING", "", "", ""}}, noon);
  look({}, noon + 1min, {"line"});
  connection db(db_.options());
  const auto names = [&](bool gone) {
    list_wa_sessions ask;
    ask.now = noon;
    ask.gone = gone;
    std::vector<std::string> out;
    const auto page = run(db, ask);
    for (const auto& s : page->items)
      out.push_back(s.name);
    return out;
  };
  EXPECT_THAT(names(false), ElementsAre("other"));
  EXPECT_THAT(names(true), ElementsAre("line"));
  tell("WORKING", noon + 2min);
  EXPECT_THAT(names(false), ElementsAre("other", "line"));
}

TEST_F(WaSessions, PagesAndFiltersAndTellsOfRestrictions) {
  look({{"a", "WORKING", "", "", ""}, {"b", "STOPPED", "", "", ""}, {"c", "WORKING", "", "", ""}},
       noon);
  db_.ask("INSERT INTO wa_restrictions VALUES ('main', 'c', '2026-11-21', '2036-11-21', '463')");
  connection db(db_.options());
  list_wa_sessions ask;
  ask.now = noon;
  ask.status = "WORKING";
  ask.limit = 1;
  const auto first = run(db, ask);
  ASSERT_EQ(first->items.size(), 1U);
  ASSERT_TRUE(first->next_before);
  ask.before_id = first->next_before;
  const auto second = run(db, ask);
  ASSERT_EQ(second->items.size(), 1U);
  EXPECT_FALSE(second->next_before);
  std::vector<wa_session_view> both{first->items[0], second->items[0]};
  for (const auto& s : both)
    EXPECT_EQ(s.restriction.has_value(), s.name == "c") << s.name;
}

TEST_F(WaSessions, WhatSomebodyHadDoneIsInTheHistoryAndTheAuditLog) {
  look({{"line", "WORKING", "", "", ""}}, noon);
  note_session_call call;
  call.channel = "main";
  call.session = "line";
  call.action = "restart";
  call.outcome = "done";
  call.status = "STARTING";
  call.answer_json = R"({"x":1})";
  EXPECT_EQ(write(call, noon + 1s)->data_json, R"({"x":1})");
  EXPECT_EQ(db_.ask("SELECT action || ' ' || subject || ' ' || actor FROM audit_log"),
            "wa_session.restart wa_session:main/line user:1");
  connection db(db_.options());
  list_session_steps ask;
  ask.channel = "main";
  ask.session = "line";
  ask.limit = 1;
  const auto newest = run(db, ask);
  ASSERT_EQ(newest->items.size(), 1U);
  EXPECT_EQ(newest->items[0].kind + " " + newest->items[0].value + " " +
                newest->items[0].asked_by_name + " " + newest->items[0].outcome,
            "asked restart Sarah done");
  ask.before_id = newest->next_before;
  EXPECT_EQ(run(db, ask)->items.at(0).value, "WORKING");
}

TEST_F(WaSessions, OldStatesAreForgotten) {
  tell("STARTING", noon - 24h);
  tell("WORKING", noon);
  connection db(db_.options());
  EXPECT_EQ(db.transact([&](auto& tx) { return forget_session_history(db, tx, noon - 1h, 10); }),
            1U);
  EXPECT_EQ(steps(), "told WORKING");
}

TEST_F(WaSessions, AdminsHearOfASilenceOnceAndOfItsEnd) {
  look({{"line", "WORKING", "", "", ""}}, noon);
  note_silence silent{"main", "line", noon, "Nothing came."};
  ASSERT_TRUE(write(silent, noon + 31min));
  ASSERT_TRUE(write(silent, noon + 32min));
  EXPECT_EQ(db_.ask("SELECT count(*) FROM notifications WHERE user_id = 1"), "1");
  EXPECT_THAT(db_.ask("SELECT subject FROM notifications"), HasSubstr("waha/main session line"));
  EXPECT_EQ(db_.ask("SELECT silent_since IS NOT NULL FROM wa_sessions"), "t");
  silent.since.reset();
  ASSERT_TRUE(write(silent, noon + 33min));
  EXPECT_EQ(db_.ask("SELECT count(*) FROM notifications WHERE user_id = 1"), "2");
  EXPECT_EQ(db_.ask("SELECT silent_since IS NULL FROM wa_sessions"), "t");
}

TEST_F(WaSessions, ASilentOneThatIsRemovedEndsItsAlarm) {
  look({{"line", "WORKING", "", "", ""}}, noon);
  const note_silence silent{"main", "line", noon, "Nothing came."};
  ASSERT_TRUE(write(silent, noon + 31min));
  look({}, noon + 40min, {"line"});
  EXPECT_EQ(db_.ask("SELECT count(*) FROM alarms"), "0");
  // One of the same name that is made later is told of again.
  look({{"line", "WORKING", "", "", ""}}, noon + 50min);
  ASSERT_TRUE(write(note_silence{"main", "line", noon + 1h, "Nothing came."}, noon + 90min));
  EXPECT_EQ(db_.ask("SELECT count(*) FROM notifications WHERE user_id = 1"), "3");
}

// --- pulls ---------------------------------------------------------------------------------------

class CatchUps : public WaSessions {
 protected:
  catch_up_round begin(domain::instant at) {
    begin_catch_up request;
    request.channel = "main";
    request.session = "line";
    request.overlap = 10min;
    request.at_most = 72h;
    request.result = std::make_shared<catch_up_round>();
    EXPECT_TRUE(write(request, at));
    return *request.result;
  }
  void want(const std::string& reason, domain::instant at) {
    ASSERT_TRUE(write(want_catch_up{"main", {"line"}, reason}, at));
  }
  std::string row() const {
    return db_.ask(
        "SELECT state || ' ' || reason || ' ' || found || '/' || looked_at FROM wa_catch_ups");
  }
};

TEST_F(CatchUps, BeginWhereTheHubCameToKnowTheSessionAndGoOnFromThere) {
  look({{"line", "WORKING", "", "", ""}}, noon - 1h);
  want("start", noon);
  const catch_up_round first = begin(noon + 1s);
  EXPECT_EQ(first.from, noon - 70min);
  EXPECT_EQ(first.round_at, noon + 1s);
  ASSERT_TRUE(write(chat_caught_up{"main", "line", "1@c.us", first.round_at, 5, 2}, noon + 2s));
  EXPECT_EQ(row(), "owed start 2/5");
  // Cut off here, by whatever: the next one goes on.
  const catch_up_round again = begin(noon + 1min);
  EXPECT_EQ(again.round_at, first.round_at);
  EXPECT_EQ(again.from, first.from);
  EXPECT_THAT(again.finished, ElementsAre("1@c.us"));
  ASSERT_TRUE(write(end_catch_up{"main", "line", again.round_at}, noon + 2min));
  EXPECT_EQ(row(), "idle start 2/5");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM wa_catch_up_chats"), "0");
  want("activity", noon + 15min);
  EXPECT_EQ(begin(noon + 15min).from, noon + 1s - 10min);
}

TEST_F(CatchUps, SayWhatCouldNotBeReadUntilItCan) {
  look({{"line", "WORKING", "", "", ""}}, noon);
  want("start", noon);
  const domain::instant round_at = begin(noon).round_at;
  ASSERT_TRUE(write(chat_caught_up{"main", "line", "1@c.us", round_at, 0, 0, true}));
  ASSERT_TRUE(write(chat_caught_up{"main", "line", "2@c.us", round_at, 5, 2}));
  // Another pull ends the round.
  EXPECT_EQ(begin(noon + 1min).finished.size(), 2U);
  ASSERT_TRUE(write(end_catch_up{"main", "line", round_at}));
  EXPECT_THAT(db_.ask("SELECT trouble FROM wa_sessions"),
              HasSubstr("could not be read again and again and were left out: 1@c.us."));
  want("activity", noon + 15min);
  ASSERT_TRUE(write(end_catch_up{"main", "line", begin(noon + 15min).round_at}));
  EXPECT_EQ(db_.ask("SELECT trouble FROM wa_sessions"), "");
}

TEST_F(CatchUps, LookAgainAtWhatCameSinceTheSessionWasHeard) {
  look({{"line", "WORKING", "", "", ""}}, noon - 5h);
  want("start", noon);
  ASSERT_TRUE(write(end_catch_up{"main", "line", begin(noon).round_at}, noon));
  note_sessions note;
  note.channel = "main";
  note.heard = {{"line", noon - 2h, std::nullopt}};
  ASSERT_TRUE(write(note));
  want("activity", noon + 15min);
  EXPECT_EQ(begin(noon + 15min).from, noon - 10min);
  ASSERT_TRUE(write(end_catch_up{"main", "line", noon + 15min}, noon + 15min));
  want("working", noon + 20min);
  EXPECT_EQ(begin(noon + 20min).from, noon - 2h - 10min);
}

TEST_F(CatchUps, OneWantedWhileAnotherRunsFollows) {
  want("start", noon);
  const catch_up_round first = begin(noon + 1s);
  want("working", noon + 2s);
  ASSERT_TRUE(write(end_catch_up{"main", "line", first.round_at}, noon + 3s));
  EXPECT_EQ(row(), "owed working 0/0");
  EXPECT_EQ(begin(noon + 4s).round_at, noon + 4s);
}

TEST_F(CatchUps, LookNoFurtherBackThanTheyMay) {
  look({{"line", "WORKING", "", "", ""}}, noon - 24h * 30);
  want("start", noon);
  EXPECT_EQ(begin(noon).from, noon - 72h);
}

TEST_F(CatchUps, NothingBeginsWhereNothingIsOwed) {
  begin_catch_up request{"main", "line", 10min, 72h, {}};
  const auto refused = write(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::not_found);
}

TEST_F(CatchUps, AFailureStaysOwedUnlessNothingCanBeRead) {
  look({{"line", "WORKING", "", "", ""}}, noon);
  want("start", noon);
  begin(noon);
  ASSERT_TRUE(write(catch_up_failed{"main", "line", "away", false}));
  EXPECT_EQ(row(), "owed start 0/0");
  ASSERT_TRUE(write(catch_up_failed{"main", "line", "Enable NOWEB store", true}));
  EXPECT_EQ(row(), "idle start 0/0");
  EXPECT_EQ(db_.ask("SELECT trouble FROM wa_sessions"), "Enable NOWEB store");
  want("working", noon + 1h);
  const auto round = begin(noon + 1h);
  ASSERT_TRUE(write(end_catch_up{"main", "line", round.round_at}, noon + 1h));
  EXPECT_EQ(db_.ask("SELECT trouble FROM wa_sessions"), "");
}

TEST_F(CatchUps, KnowWhatTheInboxHas) {
  receive("3EB0A", "hello");
  connection db(db_.options());
  const std::string name = fmt::format("main/{}/msg/in/3EB0A", session_);
  EXPECT_THAT(*run(db, find_known_messages{{name, "main/x/msg/in/other"}}), ElementsAre(name));
}

}  // namespace
}  // namespace fibrehub::store::tests
