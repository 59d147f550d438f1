// What is given up and what is deleted when its time has come, on a real PostgreSQL.
#include "store/notify/upkeep.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/notify/channel_alarm.hpp"
#include "store/notify/outbox.hpp"
#include "tests/store/work_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr const char* all_rows =
    "SELECT key || ' ' || state || CASE last_status WHEN '' THEN '' ELSE ' ' || last_status END"
    " FROM outbox ORDER BY key";

class Upkeep : public work_fixture {
 protected:
  void SetUp() override {
    work_fixture::SetUp();
    execute(
        "INSERT INTO users (id, email, name, role) VALUES (10, 'ada@x', 'Ada', 'admin'), (11,"
        " 'zola@x', 'Zola', 'admin')");
    execute("UPDATE users SET disabled_at = now() WHERE id = 11");
  }
  static std::string at(std::chrono::seconds before) {
    return fmt::format("timestamptz 'epoch' + {} * interval '1 microsecond'",
                       domain::to_us(noon - before));
  }
  /// A row made `age` ago; one that is over came to its end then.
  void owe(const std::string& key, const std::string& state, std::chrono::seconds age,
           const std::string& kind = "assigned") const {
    const bool over = state == "done" || state == "dead";
    execute(fmt::format(
        "INSERT INTO outbox (key, channel, lane, body, state, next_at, created_at, finished_at)"
        " VALUES ('{}', 'email', 'user:1', '{{\"kind\":\"{}\"}}', '{}', {}, {}, {})",
        key, kind, state, at(age), at(age), over ? at(age) : "NULL"));
  }
  upkeep_run tidy(std::size_t limit = 500) {
    tidy_up request;
    request.limit = limit;
    request.result = std::make_shared<upkeep_run>();
    const auto result = request.result;
    EXPECT_TRUE(change(request, upkeep_principal()));
    return *result;
  }
  std::string count(const std::string& table) const {
    return db_.ask("SELECT count(*) FROM " + table);
  }
};

TEST_F(Upkeep, WhatWaitsForMoreThanSeventyTwoHoursIsGivenUpAndAdminsAreTold) {
  owe("a", "ready", 73h);
  owe("b", "ready", 71h);
  owe("c", "inflight", 73h);
  execute("UPDATE outbox SET last_status = '451 busy' WHERE key = 'a'");
  const upkeep_run done = tidy();
  EXPECT_EQ(done.given_up, 1U);
  EXPECT_FALSE(done.more);
  EXPECT_EQ(db_.ask("SELECT key || ' ' || state || ' ' || last_status FROM outbox WHERE key IN"
                    " ('a', 'b', 'c') ORDER BY key"),
            "a dead not delivered within 72 h: 451 busy\nb ready \nc inflight ");
  EXPECT_EQ(db_.ask("SELECT user_id || ' ' || kind || ' ' || (ticket_id IS NULL) || ' ' || subject"
                    " FROM notifications"),
            "10 delivery_dead true A delivery was given up");
  EXPECT_EQ(db_.ask("SELECT user_id || ' ' || (body->>'to') || ' ' || coalesce(body->>'ticket',"
                    " 'none') FROM outbox WHERE body->>'kind' = 'delivery_dead'"),
            "10 ada@x none");
  ASSERT_EQ(events_.size(), 1U);
  EXPECT_EQ(events_[0].kind, "notification.created");
  EXPECT_EQ(events_[0].access.user_id, 10);
  EXPECT_EQ(tidy().given_up, 0U);
  EXPECT_EQ(count("notifications"), "1");
}

TEST_F(Upkeep, AdminsAreToldOfTheReviewQueueOnceAndEachDayUntilItIsEmpty) {
  const auto told = [&] {
    return db_.ask(
        "SELECT user_id || ' ' || subject FROM notifications WHERE kind ="
        " 'review_waiting' ORDER BY id");
  };
  const auto a_day_passes = [&] {
    execute("UPDATE alarms SET raised_at = raised_at - interval '24 hours'");
  };
  tidy();
  EXPECT_EQ(told(), "");
  execute(
      "INSERT INTO inbox (id, source, channel, ext_id, event, state, fingerprint, received_at,"
      " headers, body) VALUES (1, 'waha', 'main', 'e', 'message', 'review', '', now(), '', '')");
  execute(
      "INSERT INTO review_items (id, inbox_id, reason, detail, created_at) VALUES (1, 1, 'broken',"
      " '', now()), (2, 1, 'broken', '', now())");
  tidy();
  tidy();
  EXPECT_EQ(told(), "10 2 items wait in the review queue") << "once";
  execute("UPDATE review_items SET state = 'resolved' WHERE id = 1");
  tidy();
  EXPECT_EQ(told(), "10 2 items wait in the review queue") << "the rest of what was told";
  a_day_passes();
  tidy();
  const std::string twice =
      "10 2 items wait in the review queue\n10 One item waits in the review queue";
  EXPECT_EQ(told(), twice);
  ASSERT_EQ(events_.size(), 1U);
  EXPECT_EQ(events_[0].access.user_id, 10);
  execute("UPDATE review_items SET state = 'discarded'");
  tidy();
  EXPECT_EQ(told(), twice);
  execute("UPDATE review_items SET state = 'open' WHERE id = 2");
  tidy();
  EXPECT_EQ(told(), twice + "\n10 One item waits in the review queue") << "it had been empty";
}

TEST_F(Upkeep, OneAlarmNamesAllThatAreGivenUpTogether) {
  for (int i = 0; i < 25; ++i)
    owe(fmt::format("k{}", i), "ready", 80h);
  EXPECT_EQ(tidy().given_up, 25U);
  EXPECT_EQ(db_.ask("SELECT subject FROM notifications"), "25 deliveries were given up");
  EXPECT_THAT(db_.ask("SELECT body FROM notifications"), HasSubstr("… and 5 more"));
}

TEST_F(Upkeep, AnAlarmThatCannotBeDeliveredRaisesNoOther) {
  owe("a", "ready", 73h, "delivery_dead");
  EXPECT_EQ(tidy().given_up, 1U);
  EXPECT_EQ(count("notifications"), "0");
  EXPECT_EQ(count("outbox"), "1");
}

TEST_F(Upkeep, ADeadRowThatIsRetriedHasItsTimeAnew) {
  owe("a", "ready", 73h);
  tidy();
  const std::int64_t row = std::stoll(db_.ask("SELECT id FROM outbox WHERE key = 'a'"));
  EXPECT_THAT(change(retry_outbox{row})->data_json, HasSubstr(R"("last_status":null)"));
  EXPECT_EQ(tidy().given_up, 0U);
  now_ += 73h;
  EXPECT_EQ(tidy().given_up, 2U) << "the row and the first alarm's mail";
  EXPECT_EQ(count("notifications"), "2") << "died twice, told twice";
}

TEST_F(Upkeep, OnlyWhatIsOverForLongIsDeleted) {
  owe("done old", "done", 91 * 24h);
  owe("done new", "done", 89 * 24h);
  owe("dead old", "dead", 91 * 24h);
  owe("client:5:started", "done", 91 * 24h);
  owe("client:5:9:resolved", "done", 91 * 24h);
  const auto notice = [&](const char* key, const std::string& read) {
    execute(
        fmt::format("INSERT INTO notifications (key, user_id, kind, actor, subject, body,"
                    " created_at, read_at) VALUES ('{}', 1, 'mention', '', '', '', {}, {})",
                    key, at(200 * 24h), read));
  };
  notice("read long ago", at(91 * 24h));
  notice("read lately", at(1h));
  notice("unread", "NULL");
  const auto item = [&](const char* key, const char* sent) {
    execute(
        fmt::format("INSERT INTO digest_items (key, user_id, subject, created_at, due_at, sent_in)"
                    " VALUES ('{}', 1, '', {}, {}, {})",
                    key, at(91 * 24h), at(91 * 24h), sent));
  };
  item("sent", "7");
  item("waits", "NULL");
  for (const auto& [key, age] : {std::pair{"old", 25h}, std::pair{"new", 23h}})
    execute(
        fmt::format("INSERT INTO idempotency_keys VALUES ('user:1', '{}', '\\x00', 200, '', {})",
                    key, at(age)));
  const upkeep_run done = tidy();
  EXPECT_EQ(done.outbox, 3U);
  EXPECT_EQ(done.notifications, 1U);
  EXPECT_EQ(done.digest_items, 1U);
  EXPECT_EQ(done.keys, 1U);
  EXPECT_EQ(db_.ask(all_rows), "client:5:started done\ndone new done");
  EXPECT_EQ(db_.ask("SELECT string_agg(key, ',' ORDER BY key) FROM notifications"),
            "read lately,unread");
  EXPECT_EQ(db_.ask("SELECT key FROM digest_items"), "waits");
  EXPECT_EQ(db_.ask("SELECT key FROM idempotency_keys"), "new");
}

TEST_F(Upkeep, AFewRowsAtATime) {
  for (int i = 0; i < 5; ++i)
    owe(fmt::format("k{}", i), "done", 91 * 24h);
  EXPECT_TRUE(tidy(2).more);
  EXPECT_EQ(count("outbox"), "3");
  EXPECT_TRUE(tidy(2).more);
  EXPECT_FALSE(tidy(2).more);
  EXPECT_EQ(count("outbox"), "0");
}

TEST_F(Upkeep, EachSearchGoesThroughAnIndex) {
  const std::pair<const char*, const char*> searches[] = {
      {"SELECT id FROM outbox WHERE state = 'ready' AND coalesce(retried_at, created_at) < now()"
       " ORDER BY coalesce(retried_at, created_at) LIMIT 5",
       "outbox_age"},
      {"SELECT id FROM outbox WHERE state IN ('done', 'dead') AND key NOT LIKE 'client:%:received'"
       " AND key NOT LIKE 'client:%:started' AND finished_at < now() ORDER BY finished_at LIMIT 5",
       "outbox_finished"},
      {"SELECT id FROM notifications WHERE read_at IS NOT NULL AND read_at < now() ORDER BY read_at"
       " LIMIT 5",
       "notifications_read"},
      {"SELECT id FROM digest_items WHERE sent_in IS NOT NULL AND due_at < now() ORDER BY due_at"
       " LIMIT 5",
       "digest_items_sent"}};
  for (const auto& [query, index] : searches)
    EXPECT_THAT(db_.ask(std::string("EXPLAIN ") + query), HasSubstr(index)) << query;
}

TEST_F(Upkeep, AdminsAreToldOfEachTroubleOfAChannelOnceAndOfItsEnd) {
  const auto tell = [&](bool in_trouble) {
    tell_channel_trouble request;
    request.channels = {{"qcontact/a", in_trouble, "no connection", noon - 5min},
                        {"waha/main", false, "", {}}};
    request.result = std::make_shared<channel_alarms>();
    const auto result = request.result;
    EXPECT_TRUE(change(request, channel_alarm_principal()));
    return result->raised * 10 + result->over;
  };
  EXPECT_EQ(tell(false), 0U) << "well from the start";
  EXPECT_EQ(tell(true), 10U);
  EXPECT_EQ(tell(true), 0U) << "once";
  EXPECT_EQ(tell(false), 1U);
  EXPECT_EQ(tell(false), 0U);
  EXPECT_EQ(db_.ask("SELECT user_id || ' ' || kind || ' ' || subject FROM notifications ORDER BY"
                    " id"),
            "10 channel_trouble Channel qcontact/a is in trouble\n"
            "10 channel_trouble Channel qcontact/a is well again");
  EXPECT_THAT(db_.ask("SELECT body FROM notifications ORDER BY id LIMIT 1"),
              HasSubstr("no connection"));
}

}  // namespace
}  // namespace fibrehub::store::tests
