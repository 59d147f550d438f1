// Who wrote in groups alone is a stranger to a chat of two: the first message to them is a new
// chat.
#include <gmock/gmock.h>

#include "tests/store/sends/sends_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

const std::string group = "120363000000000001@g.us";
const std::string member = "27839998888@c.us";  // who writes in the fixture's groups

class GroupStrangers : public sends_fixture {
 protected:
  void SetUp() override {
    session("WORKING");
    receive("G1", "DR77 no light", group);
    ASSERT_EQ(db_.ask("SELECT ext_id FROM contact_aliases"), member);
  }
  void owe(const std::string& to, const std::string& key) const {
    db_.ask(fmt::format(
        "INSERT INTO outbox (key, channel, lane, body, next_at, created_at) VALUES ('{0}',"
        " 'whatsapp', 'user:{0}', '{{\"kind\":\"assigned\",\"to\":\"{1}\",\"text\":\"{0}\"}}',"
        " {2}, {2}) RETURNING 1",
        key, to, at()));
  }
  std::string at() const {
    return fmt::format("(timestamptz 'epoch' + {} * interval '1 microsecond')",
                       domain::to_us(now_));
  }
  /// How often each of these was read from end to end.
  std::string scans() {
    connection& db = writer_.db();
    db.autocommit([&](auto& tx) { db.run_text(tx, "SELECT pg_stat_force_next_flush()", {}); });
    return db_.ask(
        "SELECT relname || ' ' || seq_scan FROM pg_stat_user_tables WHERE relname IN"
        " ('contact_aliases', 'chats', 'messages', 'contacts') ORDER BY 1");
  }
};

TEST_F(GroupStrangers, AreWrittenToSlowlyAndTheirNumberIsChecked) {
  strangers_.gap = 30s;
  strangers_.check_numbers = true;
  owe("27839998888", "one");
  owe("27840000001", "two");
  const taken_send s = take_one();
  EXPECT_EQ(s.chat, member);
  EXPECT_TRUE(s.check_number);
  finish(s, send_outcome::accepted, s.stanza);
  EXPECT_THAT(take().items, IsEmpty()) << "the pause after a new chat";
}

TEST_F(GroupStrangers, WaitWhileWhatsAppForbidsNewChatsUntilTheyWrite) {
  owe("27840000001", "one");
  finish(take_one(), send_outcome::restricted, {}, "463");
  owe("27839998888", "two");
  EXPECT_THAT(take().items, IsEmpty());
  receive("D1", "hello", member);
  pass(61s);
  EXPECT_EQ(take_one().text, "two") << "they wrote: no new chat any more";
}

TEST_F(GroupStrangers, WhomWhatsAppRefusesStopTheOthers) {
  owe("27839998888", "one");
  const taken_send s = take_one();
  finish(s, send_outcome::accepted, s.stanza);
  ack(s.stanza, -1);
  EXPECT_EQ(db_.ask("SELECT session FROM wa_restrictions"), "default");
  owe("27840000001", "two");
  EXPECT_THAT(take().items, IsEmpty());
}

TEST_F(GroupStrangers, AreNoneUnderAnyNameOfWhoWroteDirectly) {
  ingest hello = chat_item("D1", "it is me", "555@lid", false, false);
  std::get<domain::chat_message>(hello.what).author_alt = member;
  std::get<domain::chat_message>(hello.what).chat_alt = member;
  apply({hello});
  db_.ask("DELETE FROM outbox RETURNING 1");
  owe("27840000001", "one");
  finish(take_one(), send_outcome::restricted, {}, "463");
  owe("27839998888", "two");
  EXPECT_EQ(take_one().text, "two");
}

TEST_F(GroupStrangers, AreStillStrangersWhenOnlyWeWrote) {
  strangers_.gap = 30s;
  echo("32HEX", "typed on the phone", false, member);
  ASSERT_EQ(db_.ask("SELECT count(*) FROM chats WHERE kind = 'direct'"), "1");
  owe("27839998888", "one");
  finish(take_one(), send_outcome::accepted, "3EB0");
  owe("27840000001", "two");
  EXPECT_THAT(take().items, IsEmpty());
}

TEST_F(GroupStrangers, AreFoundByIndexesHoweverManyPeopleAreKnown) {
  db_.ask(
      "INSERT INTO contacts (id, channel, session, name, phone, created_at, updated_at) SELECT"
      " 1000000 + i, 'main', 'default', '', '', now(), now() FROM generate_series(1, 20000) i "
      "RETURNING 1");
  db_.ask(
      "INSERT INTO contact_aliases (channel, session, ext_id, contact_id) SELECT 'main', 'default',"
      " (27600000000 + i) || '@c.us', 1000000 + i FROM generate_series(1, 20000) i RETURNING 1");
  db_.ask(
      "INSERT INTO chats (id, channel, session, ext_id, kind, name, created_at) SELECT 1000000 + i,"
      " 'main', 'default', (27600000000 + i) || '@c.us', 'direct', '', now() FROM"
      " generate_series(1, 20000, 2) i RETURNING 1");
  db_.ask(
      "INSERT INTO messages (id, chat_id, inbox_id, outbound, by_api, ext_id, author_name, type,"
      " body, sent_at, received_at) SELECT 2000000 + 4 * i + j, 1000000 + i, 0, j = 0, false, 'M' "
      "||"
      " i || '/' || j, '', 'text', 'x', now(), now() FROM generate_series(1, 20000, 2) i,"
      " generate_series(0, 3) j RETURNING 1");
  db_.ask("ANALYZE");
  for (int i = 1; i <= 40; ++i)
    owe(std::to_string(27600000000 + i), fmt::format("k{}", i));
  take();  // prepares its statements
  const std::string before = scans();
  strangers_.gap = 30s;
  owe("27840000001", "one");
  db_.ask(
      fmt::format("INSERT INTO wa_restrictions (channel, session, since, until, reason) VALUES"
                  " ('main', 'default', {0}, {0} + interval '1 hour', '') RETURNING 1",
                  at()));
  for (int i = 0; i < 10; ++i) {
    const taken_send s = take_one();
    EXPECT_EQ(std::stoll(s.text.substr(1)) % 2, 1) << s.text << " wrote";
    finish(s, send_outcome::accepted, s.stanza);
    ack(s.stanza, -1);
  }
  EXPECT_EQ(scans(), before);
}

}  // namespace
}  // namespace fibrehub::store::tests
