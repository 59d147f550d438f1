// Whose database it is: a hub's own cluster, and two hubs on one database.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/deliveries.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/e2e/stored.hpp"

namespace fibrehub::e2e {
namespace {

using ::testing::HasSubstr;

bool postgres_file_left(const hub_process& hub) {
  return std::filesystem::exists(hub.data_dir() / "postgres/data/postmaster.pid");
}

/// The process that holds the cluster, from the first line of its file.
std::string postgres_pid(const hub_process& hub) {
  const std::string text = read_file(hub.data_dir() / "postgres/data/postmaster.pid");
  return text.substr(0, text.find('\n'));
}

/// One that has ended and was not yet asked for by its parent is gone too.
bool process_exists(const std::string& pid) {
  const std::string status = read_file("/proc/" + pid + "/status");
  return !status.empty() && status.find("State:\tZ") == std::string::npos;
}

TEST(PrivateCluster, IsMadeKeptAndStoppedByTheHub) {
  hub_process hub({});
  hub.start_ready();
  const std::string first = postgres_pid(hub);
  ASSERT_FALSE(first.empty());
  ASSERT_TRUE(process_exists(first));
  ASSERT_EQ(deliver(hub.port(), message_delivery("P1", "27830000001", "DR1730001 dead")).status,
            200U);
  const std::string token = hub.make_token();
  EXPECT_EQ(hub.terminate(), 0) << hub.log();
  EXPECT_FALSE(postgres_file_left(hub));
  EXPECT_FALSE(process_exists(first));

  hub.start_ready();
  const http_answer kept = get(hub.port(), "/api/v1/tickets/DR1730001-01", token);
  EXPECT_EQ(kept.status, 200U) << kept.body;
  EXPECT_THAT(kept.body, HasSubstr("DR1730001 dead"));
  EXPECT_EQ(hub.terminate(), 0);
  EXPECT_FALSE(postgres_file_left(hub));
}

TEST(PrivateCluster, IsThereAgainAfterItsHubWasKilled) {
  hub_process hub({});
  hub.start_ready();
  ASSERT_EQ(deliver(hub.port(), message_delivery("P1", "27830000001", "DR1730001 dead")).status,
            200U);
  const std::string orphan = postgres_pid(hub);
  hub.kill_now();
  hub.start_ready();
  EXPECT_NE(postgres_pid(hub), orphan);
  EXPECT_EQ(get(hub.port(), "/api/v1/tickets/DR1730001-01", hub.make_token()).status, 200U);
  EXPECT_EQ(hub.terminate(), 0);
  EXPECT_FALSE(postgres_file_left(hub));
  EXPECT_FALSE(process_exists(orphan));
}

TEST(Standby, TheSecondHubWaitsAndTakesOverWhenTheFirstIsKilled) {
  const fixtures::temporary_database db;
  hub_process first({.store_url = db.url()});
  first.start_ready();
  hub_process second({.store_url = db.url(), .overrides = {"store.wait_limit=500ms"}});
  second.start();
  EXPECT_TRUE(eventually([&] {
    const http_answer ready = fetch(second.port(), "GET", "/health/ready");
    return ready.status == 503 && ready.body.find("another fibrehub") != std::string::npos;
  }));
  EXPECT_EQ(deliver(first.port(), message_delivery("S1", "27830000001", "DR1730001")).status, 200U);
  const http_answer refused = deliver(second.port(), message_delivery("S2", "27830000001", "more"));
  EXPECT_EQ(refused.status, 503U) << refused.body;
  EXPECT_EQ(get(second.port(), "/api/v1/tickets/DR1730001-01", second.make_token()).status, 200U)
      << "reading is no reason to wait";

  first.kill_now();
  EXPECT_TRUE(second.wait_until_ready(10s)) << second.log();
  EXPECT_EQ(deliver(second.port(), message_delivery("S2", "27830000001", "more")).status, 200U);
  expect_stored_once(db, {"S1", "S2"});
  expect_sound_tickets(db);
}

}  // namespace
}  // namespace fibrehub::e2e
