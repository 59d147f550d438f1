#include "store/child_process.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <thread>

namespace fibrehub::store {
namespace {

TEST(ChildProcess, OutlivesTheThreadThatAskedForIt) {
  tl::expected<pid_t, std::string> pid;
  std::thread([&] { pid = launch_child({{"/bin/sleep", "60"}, {}, {}, SIGKILL}); }).join();
  ASSERT_TRUE(pid);
  // The signal would come as soon as the thread is gone.
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
  int status = 0;
  while (std::chrono::steady_clock::now() < until)
    ASSERT_EQ(waitpid(*pid, &status, WNOHANG), 0);
  kill(*pid, SIGKILL);
  EXPECT_EQ(waitpid(*pid, &status, 0), *pid);
}

TEST(ChildProcess, SaysHowItEnded) {
  EXPECT_EQ(run_child({{"/bin/sh", "-c", "exit 7"}, {}, {}, 0}).value(), 7);
  EXPECT_EQ(run_child({{"/bin/sh", "-c", "kill -TERM $$"}, {}, {}, 0}).value(), 128 + SIGTERM);
  EXPECT_EQ(run_child({{"/no/such/program"}, {}, {}, 0}).value(), 127);
}

}  // namespace
}  // namespace fibrehub::store
