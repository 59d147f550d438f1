// The real program as a child process: started with a configuration file, found by its log, ended
// by its pid. It cannot outlive the test program.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace fibrehub::e2e {

using namespace std::chrono_literals;

/// Asks again and again until it is true; false when it has not become true in time. Less than the
/// half minute after which the hub looks at its outbox whatever it was told: a call that was
/// forgotten shows.
bool eventually(const std::function<bool()>& is_true, std::chrono::milliseconds within = 25s,
                std::chrono::milliseconds every = 10ms);

/// A folder others may look into: as root, the hub's PostgreSQL runs as another user below it.
class temporary_folder {
 public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& text);

struct run_result {
  int exit_code = -1;
  std::string out;
  std::string err;
};

/// Runs the program to its end.
run_result run_fibrehub(std::vector<std::string> arguments, std::chrono::milliseconds within = 15s);

struct hub_settings {
  std::string store_url = {};  // empty: a private cluster
  std::uint16_t port = 0;
  std::vector<std::string> overrides = {};    // "store.wait_limit=1s"
  std::string more_toml = {};                 // further sections
  std::vector<std::string> environment = {};  // "NAME=value", of the hub alone
};

class hub_process {
 public:
  /// Writes the configuration; starts nothing yet.
  explicit hub_process(hub_settings settings);
  ~hub_process();
  hub_process(const hub_process&) = delete;
  hub_process& operator=(const hub_process&) = delete;

  /// Starts it and waits until it listens; throws std::runtime_error with its log when it does not.
  void start();
  /// Also waits until it says it is ready.
  void start_ready();
  bool wait_until_ready(std::chrono::milliseconds within = 15s) const;
  /// SIGKILL, and it is gone when this returns.
  void kill_now();
  /// SIGTERM; its exit code, or -1 when it had to be killed after `within`.
  int terminate(std::chrono::milliseconds within = 12s);
  bool running();

  std::uint16_t port() const { return port_; }
  pid_t pid() const { return pid_; }
  std::filesystem::path data_dir() const { return folder_ / "data"; }
  std::string config_file() const { return (folder_ / "fibrehub.toml").string(); }
  /// What the present process has written.
  std::string log() const;
  /// `arguments` with --config and the overrides.
  run_result run(std::vector<std::string> arguments) const;
  /// A new API token.
  std::string make_token(const std::string& scope = "read") const;

 private:
  std::vector<std::string> with_config(std::vector<std::string> arguments) const;
  int wait_for_end(std::chrono::milliseconds within);

  hub_settings settings_;
  temporary_folder folder_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
  int starts_ = 0;
};

}  // namespace fibrehub::e2e
