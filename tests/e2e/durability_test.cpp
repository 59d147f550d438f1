// A 2xx means committed: whatever dies under load, what was acknowledged is there, once.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/e2e/deliveries.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/e2e/stored.hpp"

namespace fibrehub::e2e {
namespace {

using fixtures::temporary_database;

constexpr int senders = 8;

/// Messages until the next blow; the seed is shown when the test fails.
class moments {
 public:
  moments() : seed_(std::random_device{}()), random_(seed_) {}
  std::size_t next() { return std::uniform_int_distribution<std::size_t>(100, 700)(random_); }
  std::string text() const { return fmt::format("seed {}", seed_); }

 private:
  unsigned seed_;
  std::mt19937 random_;
};

void expect_no_refusals(const sender_crowd& crowd) {
  for (const auto& [status, count] : crowd.answers())
    EXPECT_TRUE(status == 0 || status == 200 || status == 503)
        << count << " deliveries were answered " << status;
}

TEST(Durability, NothingAcknowledgedIsLostWhenTheHubIsKilledUnderLoad) {
  moments random;
  SCOPED_TRACE(random.text());
  const temporary_database db;
  hub_process hub({.store_url = db.url(), .port = free_port()});
  hub.start_ready();
  sender_crowd crowd(hub.port(), senders);
  for (int kills = 0; kills < 3; ++kills) {
    ASSERT_TRUE(crowd.wait_for_more(random.next()));
    hub.kill_now();
    hub.start();
  }
  ASSERT_TRUE(crowd.wait_for_more(100));
  ASSERT_TRUE(eventually([&] { return crowd.acknowledged_count() >= 2000; }, 30s));
  crowd.stop();
  EXPECT_EQ(crowd.acknowledged(), crowd.sent());
  expect_no_refusals(crowd);
  EXPECT_GT(crowd.answers().at(0), 0U) << "the kills hit nobody";
  expect_stored_once(db, crowd.acknowledged());
  expect_sound_tickets(db);
  EXPECT_EQ(db.ask("SELECT count(*) FROM messages"), std::to_string(crowd.sent().size()));
  EXPECT_EQ(db.ask("SELECT incarnation FROM hub_state"), "4");
}

TEST(Durability, NothingIsLostOrRefusedWhenTheDatabaseEndsItsSessionsUnderLoad) {
  moments random;
  SCOPED_TRACE(random.text());
  const temporary_database db;
  hub_process hub({.store_url = db.url()});
  hub.start_ready();
  sender_crowd crowd(hub.port(), senders);
  for (int cuts = 0; cuts < 6; ++cuts) {
    ASSERT_TRUE(crowd.wait_for_more(random.next()));
    db.cut_sessions();
  }
  ASSERT_TRUE(crowd.wait_for_more(100));
  ASSERT_TRUE(eventually([&] { return crowd.acknowledged_count() >= 2000; }, 30s));
  crowd.stop();
  // The requests waited meanwhile.
  EXPECT_EQ(crowd.answers(), (std::map<unsigned, std::size_t>{{200, crowd.sent().size()}}));
  EXPECT_EQ(crowd.acknowledged(), crowd.sent());
  expect_stored_once(db, crowd.acknowledged());
  expect_sound_tickets(db);
  EXPECT_TRUE(hub.running());
}

TEST(Durability, DeliveriesWaitForADatabaseThatIsAwayAndAreThenToldWhenToComeBack) {
  const temporary_database db;
  hub_process hub({.store_url = db.url(), .overrides = {"store.wait_limit=1s"}});
  hub.start_ready();
  ASSERT_EQ(deliver(hub.port(), message_delivery("A1", "27830000001", "DR1730001 dead")).status,
            200U);
  db.refuse();
  db.cut_sessions();
  ASSERT_TRUE(eventually([&] { return fetch(hub.port(), "GET", "/health/ready").status == 503; }));

  const auto before = std::chrono::steady_clock::now();
  const std::string second = message_delivery("A2", "27830000001", "still dead");
  const http_answer away = deliver(hub.port(), second);
  const auto took = std::chrono::steady_clock::now() - before;
  EXPECT_EQ(away.status, 503U) << away.body;
  EXPECT_EQ(away.headers.at("retry-after"), "60");
  EXPECT_GE(took, 500ms) << "it did not wait";
  EXPECT_LE(took, 4s);
  EXPECT_EQ(fetch(hub.port(), "GET", "/health/live").status, 200U);

  db.allow();
  EXPECT_TRUE(hub.wait_until_ready(5s));
  EXPECT_EQ(deliver(hub.port(), second).status, 200U);
  expect_stored_once(db, {"A1", "A2"});
  expect_sound_tickets(db);
}

TEST(Durability, ADeliveryThatCameWhileTheDatabaseWasAwayIsStoredWhenItIsBackInTime) {
  const temporary_database db;
  hub_process hub({.store_url = db.url()});
  hub.start_ready();
  db.refuse();
  db.cut_sessions();
  ASSERT_TRUE(eventually([&] { return fetch(hub.port(), "GET", "/health/ready").status == 503; }));
  http_answer answer;
  std::thread sender(
      [&] { answer = deliver(hub.port(), message_delivery("B1", "27830000001", "DR1730001")); });
  EXPECT_TRUE(eventually([&] {
    return fetch(hub.port(), "GET", "/metrics").body.find("\nfibrehub_store_waiting 1\n") !=
           std::string::npos;
  }));
  db.allow();
  sender.join();
  EXPECT_EQ(answer.status, 200U) << answer.body;
  expect_stored_once(db, {"B1"});
}

TEST(Durability, AStopUnderLoadEndsInTimeAndLosesNothingAcknowledged) {
  const temporary_database db;
  hub_process hub({.store_url = db.url(), .port = free_port()});
  hub.start_ready();
  sender_crowd crowd(hub.port(), senders);
  ASSERT_TRUE(crowd.wait_for_more(500));
  EXPECT_EQ(hub.terminate(10s), 0) << hub.log();
  crowd.stop(false);
  EXPECT_GE(crowd.acknowledged().size(), 500U);
  expect_no_refusals(crowd);
  expect_stored_once(db, crowd.acknowledged());
  expect_sound_tickets(db);
}

}  // namespace
}  // namespace fibrehub::e2e
