#include "store/writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <future>

#include "store/caf/caf.hpp"
#include "store/caf/config.hpp"
#include "store/hub_session.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::store {
namespace {

using namespace std::chrono_literals;
using result = tl::expected<ingest_result, error>;

class Writer : public testing::Test {
 protected:
  ~Writer() override {
    if (writer_) ask_to_stop(writer_);
    writer_ = nullptr;
  }
  void start(const std::function<void(writer_options&)>& adapt = {}) {
    writer_options options;
    options.url = db_.url();
    options.status = status_;
    options.on_commit = [this](committed_events events) {
      committed_ += events.items.size();
      for (const committed_event& e : events.items)
        resets_ += e.kind == "reset" ? 1 : 0;
    };
    if (adapt) adapt(options);
    writer_ = spawn_writer(system_, options);
  }
  static ingest message(const std::string& id, const std::string& text = "DR5 down",
                        const std::string& chat = "1@c.us") {
    domain::chat_message m;
    m.session = "default";
    m.chat = chat;
    m.message_id = id;
    m.author = chat;
    m.type = "text";
    m.text = text;
    ingest out;
    out.source = "waha";
    out.channel = "main";
    out.ext_id = "main/default/msg/in/" + id;
    out.event = "message.any";
    out.headers_json = "{}";
    out.body = "{}";
    out.fingerprint = std::string(16, 'f');
    out.received_at = domain::from_us(1'795'000'000'000'000);
    out.what = m;
    return out;
  }
  std::future<result> submit(ingest item) {
    auto promise = std::make_shared<std::promise<result>>();
    auto future = promise->get_future();
    send(writer_, submit_message{std::move(item), reply<ingest_result>([promise](result r) {
                                   promise->set_value(std::move(r));
                                 })});
    return future;
  }

  fixtures::temporary_database db_;
  std::shared_ptr<store_status> status_ = std::make_shared<store_status>();
  std::atomic<std::size_t> committed_{0};
  std::atomic<std::size_t> resets_{0};
  actor_config config_{2};
  caf::actor_system system_{config_};
  writer_actor writer_;
};

TEST_F(Writer, AnswersAfterTheCommit) {
  start();
  const result r = submit(message("A1")).get();
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ(r->ticket_uid, "DR5-01");
  EXPECT_EQ(db_.ask("SELECT count(*) FROM inbox"), "1");
}

TEST_F(Writer, CommitsWhatIsQueuedTogether) {
  start();
  submit(message("A0")).get();
  const auto before = status_->batches.load();
  std::vector<std::future<result>> all;
  for (int i = 0; i < 200; ++i)
    all.push_back(submit(message("B" + std::to_string(i))));
  for (auto& f : all)
    EXPECT_TRUE(f.get());
  EXPECT_LT(status_->batches.load() - before, 100U);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM messages"), "201");
}

TEST_F(Writer, AnswersAFetchWithOneResultPerItem) {
  start();
  std::promise<tl::expected<ingest_batch_result, error>> done;
  send(writer_,
       submit_messages{{{message("A1"), message("A1"), message("A2")}},
                       reply<ingest_batch_result>([&](auto r) { done.set_value(std::move(r)); })});
  const auto r = done.get_future().get();
  ASSERT_TRUE(r);
  ASSERT_EQ(r->items.size(), 3U);
  EXPECT_EQ(r->items[1].outcome, disposition::duplicate);
  EXPECT_EQ(r->items[2].ticket_uid, "DR5-01");
}

TEST_F(Writer, KeepsMessagesWaitingWhileTheDatabaseIsAwayAndStoresThemAfterwards) {
  start();
  submit(message("A1")).get();
  db_.refuse();
  db_.cut_sessions();
  auto waiting = submit(message("A2"));
  EXPECT_EQ(waiting.wait_for(500ms), std::future_status::timeout);
  db_.allow();
  ASSERT_TRUE(waiting.get());
  EXPECT_EQ(db_.ask("SELECT count(*) FROM messages"), "2");
  EXPECT_EQ(status_->reconnects.load(), 1U);
}

TEST_F(Writer, SendsAwayWhoHasWaitedTooLong) {
  start([](writer_options& o) { o.wait_limit = 300ms; });
  submit(message("A1")).get();
  db_.refuse();
  db_.cut_sessions();
  const result r = submit(message("A2")).get();
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, errc::unavailable);
  db_.allow();
  // The next try to connect may be further away than anybody waits here; what is sent away is not
  // stored.
  bool is_stored = false;
  for (int tries = 0; tries < 50 && !is_stored; ++tries)
    is_stored = submit(message("A3")).get().has_value();
  EXPECT_TRUE(is_stored);
  EXPECT_EQ(db_.ask("SELECT ext_id FROM messages ORDER BY 1"), "A1\nA3");
}

TEST_F(Writer, RefusesMoreThanTheWaitingRoomHolds) {
  db_.refuse();
  start([](writer_options& o) {
    o.waiting_room_requests = 2;
    o.wait_limit = 5s;
  });
  auto first = submit(message("A1"));
  auto second = submit(message("A2"));
  const result third = submit(message("A3")).get();
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, errc::overloaded);
  db_.allow();
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(second.get());
}

TEST_F(Writer, CountsTheBytesInTheWaitingRoom) {
  db_.refuse();
  start([](writer_options& o) { o.waiting_room_bytes = 4096; });
  ingest big = message("A1");
  big.body.assign(8192, 'x');
  const result r = submit(std::move(big)).get();
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, errc::overloaded);
  db_.allow();
}

TEST_F(Writer, DoesNothingForACallerWhoHasLeft) {
  db_.refuse();
  start();
  reply<ingest_result> gone([](result) {});
  send(writer_, submit_message{message("A1"), gone});
  ASSERT_TRUE(gone.give_up({errc::unavailable, "left"}));
  gone = {};
  db_.allow();
  ASSERT_TRUE(submit(message("A2")).get());
  EXPECT_EQ(db_.ask("SELECT ext_id FROM messages"), "A2");
}

TEST_F(Writer, StandsByWhileAnotherHubHoldsTheDatabase) {
  auto other = std::make_unique<hub_session>(db_.options(), std::nullopt);
  start([](writer_options& o) { o.wait_limit = 200ms; });
  const result r = submit(message("A1")).get();
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, errc::standby);
  EXPECT_EQ(status_->state(), writer_state::standby);
  other.reset();
  result again = submit(message("A1")).get();
  for (int tries = 0; tries < 50 && !again; ++tries)
    again = submit(message("A1")).get();
  EXPECT_TRUE(again);
}

TEST_F(Writer, TakesANewIncarnationPerProcessNotPerConnection) {
  start();
  submit(message("A1")).get();
  const auto incarnation = status_->incarnation.load();
  db_.cut_sessions();
  submit(message("A2")).get();
  EXPECT_EQ(status_->incarnation.load(), incarnation);
}

/// Rows that break a promise: a message twice, a ticket's history with a gap, counts that disagree.
constexpr const char* broken_promises =
    "SELECT (SELECT count(*) FROM (SELECT ext_id FROM messages GROUP BY ext_id HAVING count(*) > "
    "1) d)"
    " + (SELECT count(*) FROM (SELECT ticket_id FROM ticket_history GROUP BY 1 HAVING max(seq) <> "
    "count(*) OR min(seq) <> 1) g)"
    " + (SELECT count(*) FROM tickets t WHERE version <> (SELECT count(*) FROM ticket_history h "
    "WHERE h.ticket_id = t.id)"
    "    OR message_count <> (SELECT count(*) FROM messages m WHERE m.ticket_id = t.id)"
    "    + (SELECT count(*) FROM message_links l WHERE l.ticket_id = t.id))";

TEST_F(Writer, PlansAheadWhileABatchIsCommittedWithoutMixingAnythingUp) {
  start([](writer_options& o) {
    o.batch_max = 16;
    o.waiting_room_requests = 5000;
  });
  std::vector<std::future<result>> all;
  for (int i = 0; i < 3000; ++i) {
    const int chat = (i * 7919) % 60 + (i / 1000) * 20;  // new chats turn up all along
    const std::string text = i % 97 == 0 ? fmt::format("now DR{}", 100 + i % 5) : "follow-up";
    all.push_back(submit(message(fmt::format("M{}", i), text, fmt::format("{}@c.us", chat))));
  }
  for (auto& f : all)
    ASSERT_TRUE(f.get());
  EXPECT_EQ(db_.ask("SELECT count(*) FROM messages"), "3000");
  EXPECT_EQ(db_.ask(broken_promises), "0");
}

TEST_F(Writer, RecoversWhenAnotherHadStoredAMessageOfTheBatchInFlight) {
  start([](writer_options& o) { o.batch_max = 8; });
  for (const char* id : {"W1", "W2"})
    ASSERT_TRUE(submit(message(id)).get());
  // As a restored backup or a second writer would leave it: a row the cache knows nothing of.
  db_.ask(
      "INSERT INTO inbox SELECT id + 1000000, source, channel, 'main/default/msg/in/X', event, "
      "state, fingerprint, received_at,"
      " headers, body, ticket_id FROM inbox LIMIT 1");
  std::vector<std::future<result>> all;
  for (int i = 0; i < 100; ++i)
    all.push_back(submit(message(i == 40 ? "X" : fmt::format("Y{}", i), "follow-up")));
  for (int i = 0; i < 100; ++i) {
    const result r = all[static_cast<std::size_t>(i)].get();
    ASSERT_TRUE(r) << r.error().message;
    EXPECT_EQ(r->outcome, i == 40 ? disposition::duplicate : disposition::stored);
  }
  EXPECT_EQ(db_.ask("SELECT count(*) FROM messages"), "101");
  EXPECT_EQ(resets_, 0U) << "nothing was in doubt";
  EXPECT_EQ(db_.ask(broken_promises), "0");
}

TEST_F(Writer, TellsListenersToReadAnewWhenTheAnswerToACommitIsLost) {
  start();
  ASSERT_TRUE(submit(message("A1")).get());
  {
    // The writer's statement waits for this lock when its connection is cut.
    connection blocker(db_.options());
    blocker.transact([&](auto& tx) {
      tx.exec("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE");
      auto in_doubt = submit(message("A2"));
      while (db_.ask("SELECT count(*) FROM pg_locks WHERE NOT granted") == "0") {
      }
      EXPECT_EQ(resets_, 0U);
      db_.ask(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname ="
          " current_database() AND application_name = 'fibrehub writer'");
      while (resets_ == 0U && in_doubt.wait_for(10ms) == std::future_status::timeout) {
      }
      EXPECT_EQ(resets_, 1U);
    });
  }
  EXPECT_TRUE(submit(message("A3")).get());
  EXPECT_EQ(db_.ask("SELECT ext_id FROM messages ORDER BY 1"), "A1\nA2\nA3");
}

TEST_F(Writer, GivesUpOnAServerThatDoesNotAnswerAndGoesOnWhenItDoes) {
  start([](writer_options& o) {
    o.statement_timeout = 300ms;
    o.wait_limit = 2s;
  });
  ASSERT_TRUE(submit(message("A1")).get());
  const pid_t backend =
      std::stoi(db_.ask("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND"
                        " application_name = 'fibrehub writer'"));
  ASSERT_EQ(::kill(backend, SIGSTOP), 0);
  const auto asked_at = std::chrono::steady_clock::now();
  const result refused = submit(message("A2")).get();
  const auto waited = std::chrono::steady_clock::now() - asked_at;
  ::kill(backend, SIGCONT);
  ASSERT_FALSE(refused);
  EXPECT_LT(waited, 10s);
  result again = submit(message("A2")).get();
  for (int tries = 0; tries < 5 && !again; ++tries)
    again = submit(message("A2")).get();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(db_.ask("SELECT ext_id FROM messages ORDER BY 1"), "A1\nA2");
  EXPECT_EQ(db_.ask(broken_promises), "0");
}

TEST_F(Writer, StoresEverythingOnceWhileConnectionsAreCutUnderLoad) {
  start([](writer_options& o) { o.batch_max = 32; });
  std::vector<std::future<result>> all;
  for (int round = 0; round < 6; ++round) {
    for (int i = 0; i < 300; ++i)
      all.push_back(submit(
          message(fmt::format("R{}-{}", round, i), "follow-up", fmt::format("{}@c.us", i % 40))));
    db_.cut_sessions();
  }
  for (auto& f : all) {
    const result r = f.get();
    ASSERT_TRUE(r) << r.error().message;
  }
  EXPECT_EQ(db_.ask("SELECT count(*) FROM messages"), "1800");
  EXPECT_EQ(db_.ask(broken_promises), "0");
}

TEST_F(Writer, StoresOthersWhenOneMessageOfTheQueueCannotEvenBeLookedUp) {
  start();
  ASSERT_TRUE(submit(message("A1")).get());
  auto good = submit(message("A2", "hello", "2@c.us"));
  auto bad = submit(message("A3", "hello", std::string("3\0@c.us", 7)));
  auto also_good = submit(message("A4", "hello", "4@c.us"));
  EXPECT_EQ(good.get()->outcome, disposition::stored);
  EXPECT_EQ(bad.get()->outcome, disposition::review);
  EXPECT_EQ(also_good.get()->outcome, disposition::stored);
}

TEST_F(Writer, CommitsWhatItHoldsBeforeItEnds) {
  start();
  submit(message("A0")).get();
  std::vector<std::future<result>> all;
  for (int i = 0; i < 50; ++i)
    all.push_back(submit(message("B" + std::to_string(i))));
  ask_to_stop(writer_);
  writer_ = nullptr;
  int stored = 0;
  for (auto& f : all)
    stored += f.get().has_value() ? 1 : 0;
  EXPECT_EQ(db_.ask("SELECT count(*) FROM messages"), std::to_string(stored + 1));
}

}  // namespace
}  // namespace fibrehub::store
