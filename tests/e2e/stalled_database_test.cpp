// A database that is there and does nothing: a machine that hangs, a disk that does not answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/e2e/deliveries.hpp"
#include "tests/e2e/hub_process.hpp"

namespace fibrehub::e2e {
namespace {

namespace fs = std::filesystem;

/// The hub's own PostgreSQL: its main process and that one's children.
std::vector<pid_t> postgres_processes(const hub_process& hub) {
  const pid_t main = std::stoi(read_file(hub.data_dir() / "postgres/data/postmaster.pid"));
  std::vector<pid_t> out{main};
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string status = read_file(entry.path() / "status");
    if (status.find("\nPPid:\t" + std::to_string(main) + "\n") != std::string::npos)
      out.push_back(std::stoi(entry.path().filename()));
  }
  return out;
}

void send_all(const std::vector<pid_t>& pids, int signal) {
  // One that had little to do may have ended meanwhile.
  for (const pid_t pid : pids)
    EXPECT_TRUE(kill(pid, signal) == 0 || errno == ESRCH) << pid;
}

TEST(StalledDatabase, IsNotWaitedForForEverAndNothingIsLostOrDoubled) {
  hub_process hub({.overrides = {"store.statement_timeout=1s", "store.wait_limit=3s"}});
  hub.start_ready();
  ASSERT_EQ(deliver(hub.port(), message_delivery("P1", "27830000001", "DR1730001 dead")).status,
            200U);
  const auto processes = postgres_processes(hub);
  ASSERT_GT(processes.size(), 2U);

  send_all(processes, SIGSTOP);
  const auto asked_at = std::chrono::steady_clock::now();
  const http_answer refused =
      deliver(hub.port(), message_delivery("P2", "27830000001", "still dead"));
  EXPECT_EQ(refused.status, 503U) << refused.body;
  EXPECT_TRUE(refused.headers.contains("retry-after"));
  EXPECT_LT(std::chrono::steady_clock::now() - asked_at, 9s);
  EXPECT_EQ(fetch(hub.port(), "GET", "/health/live").status, 200U);
  EXPECT_EQ(fetch(hub.port(), "GET", "/health/ready").status, 503U);

  send_all(processes, SIGCONT);
  EXPECT_TRUE(eventually([&] {
    return deliver(hub.port(), message_delivery("P2", "27830000001", "still dead")).status == 200;
  }));
  const http_answer ticket = get(hub.port(), "/api/v1/tickets/DR1730001-01", hub.make_token());
  EXPECT_EQ(ticket.status, 200U);
  EXPECT_THAT(ticket.body, testing::HasSubstr("\"message_count\":2"));
  EXPECT_EQ(hub.terminate(), 0) << hub.log();
}

TEST(StalledDatabase, DoesNotKeepTheHubFromStoppingInTime) {
  hub_process hub({.overrides = {"hub.shutdown_timeout=6s"}});
  hub.start_ready();
  ASSERT_EQ(deliver(hub.port(), message_delivery("P1", "27830000001", "DR1730001 dead")).status,
            200U);
  const auto processes = postgres_processes(hub);
  send_all(processes, SIGSTOP);
  const auto asked_at = std::chrono::steady_clock::now();
  hub.terminate(10s);
  EXPECT_LT(std::chrono::steady_clock::now() - asked_at, 9s) << hub.log();
  EXPECT_FALSE(hub.running());
  // What a fast end of the hub leaves to PostgreSQL: it stops when it can move again.
  for (const pid_t pid : processes)
    kill(pid, SIGCONT);
}

}  // namespace
}  // namespace fibrehub::e2e
