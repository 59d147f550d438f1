// However much waits, a look at it costs what it takes; lanes stay in order; every session has its
// turn; who never wrote is written to slowly.
#include <gmock/gmock.h>

#include <chrono>
#include <set>

#include "store/notify/upkeep.hpp"
#include "tests/store/sends/sends_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

class Backlog : public sends_fixture {
 protected:
  /// `n` rows in `lanes` chats of `sessions` sessions, all due, oldest first.
  void owe(int n, int sessions, int lanes) const {
    db_.ask(fmt::format(
        "INSERT INTO outbox (key, channel, peer, lane, seq, body, next_at, created_at) SELECT 'b' "
        "|| i,"
        " 'whatsapp', 'main', 'main/s' || (i % {1}) || '/c' || (i % {2}), i, jsonb_build_object("
        "'kind', 'message', 'session', 's' || (i % {1}), 'chat', 'c' || (i % {2}) || '@g.us', "
        "'text',"
        " i::text), {3}, {3} FROM generate_series(1, {0}) AS i RETURNING 1",
        n, sessions, lanes, at()));
    db_.ask(
        "INSERT INTO wa_sends (id, outbox_id, kind, channel, session, chat, author, text_digest,"
        " queued_at) SELECT id + 10000000, id, 'message', 'main', body->>'session', body->>'chat', "
        "'',"
        " '', created_at FROM outbox RETURNING 1");
  }
  std::string at() const {
    return fmt::format("(timestamptz 'epoch' + {} * interval '1 microsecond')",
                       domain::to_us(now_));
  }
  /// Rows of the outbox that were read so far, by whatever way.
  std::int64_t rows_read() {
    connection& db = writer_.db();
    db.autocommit([&](auto& tx) { db.run_text(tx, "SELECT pg_stat_force_next_flush()", {}); });
    return std::stoll(
        db_.ask("SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables WHERE relname ="
                " 'outbox'"));
  }
  taken_sends take_many(std::size_t limit, std::vector<std::string> busy = {},
                        std::string after = {}) {
    take_sends request;
    request.limit = limit;
    request.busy_sessions = std::move(busy);
    request.after_session = std::move(after);
    return take(request);
  }
  void settle_all(const taken_sends& got) {
    finish_sends all;
    for (const taken_send& s : got.items) {
      finish_send f;
      f.channel = "main";
      f.what = s;
      f.outcome = send_outcome::accepted;
      all.items.push_back(f);
    }
    ASSERT_TRUE(change(all));
  }
};

TEST_F(Backlog, EverythingLeavesOnceAndEachLaneInItsOrder) {
  owe(600, 7, 35);
  std::map<std::string, int> last;
  std::set<std::string> seen;
  for (int round = 0; round < 1000 && seen.size() < 600; ++round) {
    const taken_sends got = take_many(5);
    ASSERT_FALSE(got.items.empty()) << "stuck after " << seen.size();
    for (const taken_send& s : got.items) {
      EXPECT_TRUE(seen.insert(s.text).second) << "twice";
      EXPECT_GT(std::stoi(s.text), last[s.lane]) << "out of order";
      last[s.lane] = std::stoi(s.text);
    }
    settle_all(got);
  }
  EXPECT_EQ(seen.size(), 600U);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM outbox WHERE state <> 'done'"), "0");
}

TEST_F(Backlog, SessionsBehindOneThatHasItAllAreFoundToo) {
  owe(1000, 1, 1000);
  db_.ask("UPDATE outbox SET next_at = next_at - interval '1 hour' RETURNING 1");
  for (int i = 0; i < 20; ++i)
    db_.ask(
        fmt::format("INSERT INTO outbox (key, channel, peer, lane, seq, body, next_at, created_at) "
                    "VALUES ('z{0}',"
                    " 'whatsapp', 'main', 'main/z{0}/c', 1, "
                    "'{{\"kind\":\"message\",\"session\":\"z{0}\",\"chat\":"
                    "\"c@g.us\",\"text\":\"z\"}}', {1}, {1}) RETURNING 1",
                    i, at()));
  const taken_sends got = take_many(8, {"s0"});
  EXPECT_EQ(got.items.size(), 8U);
  std::set<std::string> sessions;
  for (const taken_send& s : got.items)
    sessions.insert(s.session);
  EXPECT_EQ(sessions.size(), 8U);
  // The next look goes on behind them, then from the beginning.
  const taken_sends more = take_many(20, {"s0"}, got.last_session);
  EXPECT_EQ(more.items.size(), 12U);
}

TEST_F(Backlog, ALaneThatLostItsFirstRowIsRepairedAtTheStart) {
  owe(3, 1, 1);
  db_.ask("UPDATE outbox SET behind = true RETURNING 1");
  EXPECT_THAT(take().items, IsEmpty());
  EXPECT_EQ(take_anew().items.size(), 1U);
}

TEST_F(Backlog, ARowMadeReadyAgainWaitsForWhatIsUnderWay) {
  owe(2, 1, 1);
  const taken_send first = take_one();
  finish(first, send_outcome::refused);
  const taken_send second = take_one();
  ASSERT_TRUE(change(retry_outbox{first.outbox_id}));
  EXPECT_THAT(take().items, IsEmpty());
  finish(second, send_outcome::accepted);
  EXPECT_EQ(take_one().outbox_id, first.outbox_id);
}

TEST_F(Backlog, OfAHundredThousandRowsALookReadsAFew) {
  owe(100'000, 10, 1000);
  take();  // plans are made
  const std::int64_t before = rows_read();
  constexpr int looks = 50;
  std::size_t taken = 0;
  for (int i = 0; i < looks; ++i) {
    const taken_sends got = take_many(10);
    taken += got.items.size();
    settle_all(got);
  }
  EXPECT_GE(taken, 400U);
  const std::int64_t each = (rows_read() - before) / looks;
  EXPECT_GT(each, 0) << "nothing was counted";
  EXPECT_LT(each, 5000) << "of 100 000";
}

TEST_F(Backlog, OfManySessionsALookReadsLittleMoreThanItTakes) {
  owe(20'000, 250, 2500);
  take_many(1);
  const std::int64_t before = rows_read();
  std::size_t taken = 0;
  std::string after;
  for (int i = 0; i < 40; ++i) {
    const taken_sends got = take_many(256, {}, after);
    after = got.last_session;
    taken += got.items.size();
    settle_all(got);
  }
  EXPECT_GT(taken, 9000U);
  const double each = static_cast<double>(rows_read() - before) / static_cast<double>(taken);
  EXPECT_GT(each, 0.5) << "nothing was counted";
  EXPECT_LT(each, 60);
}

// --- strangers ----------------------------------------------------------------------------------

class Strangers : public Backlog {
 protected:
  void owe_stranger(int n) const {
    db_.ask(fmt::format(
        "INSERT INTO outbox (key, channel, lane, body, next_at, created_at) VALUES ('n{0}', "
        "'whatsapp',"
        " 'user:{0}', '{{\"kind\":\"assigned\",\"to\":\"2784000{0:04}\",\"text\":\"{0}\"}}', {1}, "
        "{1})"
        " RETURNING 1",
        n, at()));
  }
};

TEST_F(Strangers, AreWrittenToOneByOneWithAPauseBetween) {
  strangers_.gap = 30s;
  for (int i = 1; i <= 3; ++i)
    owe_stranger(i);
  finish(take_one(), send_outcome::accepted, "3EB01");
  EXPECT_THAT(take().items, IsEmpty());
  pass(29s);
  EXPECT_THAT(take().items, IsEmpty());
  pass(61s);
  finish(take_one(), send_outcome::accepted, "3EB02");
  EXPECT_THAT(take().items, IsEmpty());
}

TEST_F(Strangers, KeepNobodyWaitingWhoWrote) {
  strangers_.gap = 30s;
  const std::string uid = receive("A1", "DR77 no light");
  owe_stranger(1);
  owe_stranger(2);
  finish(take_one(), send_outcome::accepted, "3EB01");
  say(uid, "to somebody known");
  EXPECT_EQ(take_one().text, "to somebody known");
}

TEST_F(Strangers, AreStrangersOnce) {
  strangers_.gap = 30s;
  owe_stranger(1);
  finish(take_one(), send_outcome::accepted, "3EB01");
  db_.ask("UPDATE outbox SET key = 'old' WHERE key = 'n1' RETURNING 1");
  owe_stranger(1);
  EXPECT_EQ(take_one().text, "1") << "they were written to before";
}

TEST_F(Strangers, AreSoManyAnHourAtMost) {
  strangers_.gap = 1s;
  strangers_.per_hour = 3;
  for (int i = 1; i <= 4; ++i)
    owe_stranger(i);
  for (int i = 0; i < 3; ++i) {
    finish(take_one(), send_outcome::accepted, fmt::format("3EB0{}", i));
    pass(60s);
  }
  for (int minute = 0; minute < 50; ++minute) {
    EXPECT_THAT(take().items, IsEmpty()) << minute;
    pass(60s);
  }
  pass(10min);
  EXPECT_EQ(take().items.size(), 1U);
}

TEST_F(Strangers, AreCheckedOnceAndWhatIsKnownCountsForAMonth) {
  strangers_.gap = 1s;
  strangers_.check_numbers = true;
  owe_stranger(1);
  const taken_send s = take_one();
  EXPECT_TRUE(s.check_number);
  finish_send f;
  f.channel = "main";
  f.what = s;
  f.outcome = send_outcome::refused;
  f.status = "not on WhatsApp";
  f.number = checked_number{s.chat, false, {}};
  ASSERT_TRUE(change(f));
  EXPECT_EQ(db_.ask("SELECT state || ' ' || reason FROM wa_sends"), "failed not on WhatsApp");
  // Written to or not: the number is known.
  db_.ask("UPDATE outbox SET key = 'old' WHERE key = 'n1' RETURNING 1");
  pass(60s);
  owe_stranger(1);
  const taken_sends got = take();
  EXPECT_THAT(got.items, IsEmpty());
  EXPECT_EQ(got.refused, 1U);
  db_.ask("UPDATE outbox SET key = 'older' WHERE key = 'n1' RETURNING 1");
  pass(std::chrono::hours(31 * 24));
  owe_stranger(1);
  EXPECT_TRUE(take_one().check_number) << "asked again after a month";
}

TEST_F(Strangers, AreWrittenToAsWhatsAppSpellsThem) {
  strangers_.gap = 1s;
  strangers_.check_numbers = true;
  owe_stranger(1);
  const taken_send s = take_one();
  finish_send f;
  f.channel = "main";
  f.what = s;
  f.outcome = send_outcome::accepted;
  f.number = checked_number{s.chat, true, "2784001@c.us"};
  ASSERT_TRUE(change(f));
  EXPECT_EQ(db_.ask("SELECT chat FROM wa_sends"), "2784001@c.us");
}

TEST_F(Strangers, AreNotWrittenToUnchecked) {
  strangers_.gap = 1s;
  strangers_.check_numbers = true;
  owe_stranger(1);
  const taken_send s = take_one();
  EXPECT_TRUE(s.check_number);
  finish(s, send_outcome::again, {}, "the number could not be checked");
  pass(60s);
  EXPECT_TRUE(take_one().check_number) << "nobody could say";
  take_anew();
  pass(61s);
  EXPECT_THAT(take().items, IsEmpty()) << "it may have left, and has no name";
  session("WORKING");
  owe_stranger(2);
  EXPECT_TRUE(take_one().check_number);
  const taken_sends again = take_anew();
  ASSERT_EQ(again.items.size(), 1U);
  EXPECT_TRUE(again.items[0].check_number) << "whoever asked died before it was known";
}

TEST_F(Strangers, AreAskedAboutAndWrittenToAsWhatsAppSpellsThemEveryTime) {
  strangers_.gap = 1s;
  strangers_.check_numbers = true;
  session("WORKING");
  owe_stranger(1);
  finish_send f;
  f.channel = "main";
  f.what = take_one();
  f.outcome = send_outcome::in_doubt;
  f.next_at = now_ + 10s;
  f.number = checked_number{f.what.chat, true, "2784001@c.us"};
  ASSERT_TRUE(change(f));
  pass(60s);
  const taken_send doubtful = take_one();
  EXPECT_TRUE(doubtful.in_doubt);
  EXPECT_FALSE(doubtful.check_number);
  EXPECT_EQ(doubtful.chat, "2784001@c.us");
  finish(doubtful, send_outcome::accepted, doubtful.stanza);
  db_.ask("UPDATE outbox SET key = 'old' WHERE key = 'n1' RETURNING 1");
  owe_stranger(1);
  const taken_send second = take_one();
  EXPECT_EQ(second.chat, "2784001@c.us");
  EXPECT_FALSE(second.check_number);
  EXPECT_EQ(db_.ask("SELECT string_agg(DISTINCT chat, ' ') FROM wa_sends"), "2784001@c.us")
      << "it is asked about there";
}

TEST_F(Strangers, AreForgottenWhenNobodyNeedsThemAnyMore) {
  const auto add = [&](const char* chat, const char* age) {
    db_.ask(
        fmt::format("INSERT INTO wa_first_contacts VALUES ('main', 'default', '{0}', {1} -"
                    " interval '{2}') RETURNING 1",
                    chat, at(), age));
    db_.ask(
        fmt::format("INSERT INTO wa_numbers VALUES ('main', '{0}', true, '', {1} - interval"
                    " '{2}') RETURNING 1",
                    chat, at(), age));
  };
  add("1@c.us", "1 day");
  add("2@c.us", "31 days");
  add("3@c.us", "367 days");
  ASSERT_TRUE(change(tidy_up{}));
  EXPECT_EQ(db_.ask("SELECT chat FROM wa_numbers ORDER BY chat"), "1@c.us");
  EXPECT_EQ(db_.ask("SELECT chat FROM wa_first_contacts ORDER BY chat"), "1@c.us\n2@c.us");
}

TEST_F(Strangers, AStepThatForbidsThemSaysForHowLongOrTheSettingDoes) {
  session("WORKING");
  strangers_.restricted_for = 2h;
  strangers_.gap = 1ms;
  owe_stranger(1);
  const taken_send first = take_one();
  finish(first, send_outcome::accepted, first.stanza);
  ack(first.stanza, -1);
  owe_stranger(2);
  pass(1min);
  EXPECT_THAT(take().items, IsEmpty());
  EXPECT_EQ(db_.ask("SELECT extract(epoch FROM until - since)::int FROM wa_restrictions"), "7200");
  pass(2h);
  const taken_send second = take_one();
  finish(second, send_outcome::accepted, second.stanza);
  ingest told = ack_item(second.stanza, -1);
  std::get<domain::message_ack>(told.what).restricted_until = now_ + 24h;
  apply({told});
  owe_stranger(3);
  pass(23h);
  EXPECT_THAT(take().items, IsEmpty());
  pass(2h);
  EXPECT_EQ(take().items.size(), 1U);
}

TEST_F(Strangers, AChatIsShownAsReadOnceForWhatCameIn) {
  const std::string uid = receive("A1", "DR77 no light");
  say(uid, "one");
  take_sends request;
  request.mark_seen = true;
  taken_sends got = take(request);
  ASSERT_EQ(got.items.size(), 1U);
  EXPECT_TRUE(got.items[0].mark_seen);
  finish(got.items[0], send_outcome::accepted, "3EB01");
  say(uid, "two");
  got = take(request);
  ASSERT_EQ(got.items.size(), 1U);
  EXPECT_FALSE(got.items[0].mark_seen);
  finish(got.items[0], send_outcome::accepted, "3EB02");
  receive("A2", "thank you");
  say(uid, "three");
  got = take(request);
  ASSERT_EQ(got.items.size(), 1U);
  EXPECT_TRUE(got.items[0].mark_seen);
}

}  // namespace
}  // namespace fibrehub::store::tests
