// A PostgreSQL of the hub's own: when no database is configured, the hub makes a cluster under its
// data folder, starts it on a unix socket only the hub can reach, and stops it after itself.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace fibrehub::store {

struct private_cluster_options {
  std::filesystem::path folder;          // the cluster lives in here; made when missing
  std::string run_as = "postgres";       // the user PostgreSQL runs as when the hub is root
  std::filesystem::path bin_dir;         // where initdb and postgres are; empty: searched
  std::vector<std::string> settings;     // further `name=value` server settings
  std::chrono::seconds start_limit{60};  // crash recovery included
};

class private_cluster {
 public:
  /// Makes the cluster when it is not there yet and starts it. The error is one sentence for the
  /// operator.
  static tl::expected<private_cluster, std::string> start(private_cluster_options options);

  private_cluster(private_cluster&& other) noexcept;
  private_cluster& operator=(private_cluster&&) = delete;
  ~private_cluster();

  /// Connection string of database `fibrehub`, or of another one.
  std::string url(const std::string& database = "fibrehub") const;
  /// Starts it again if it has ended; the error is a sentence.
  tl::expected<void, std::string> ensure_running();
  /// Ends it and waits: in good order if it takes no longer than three quarters of the time given,
  /// at once then; nothing committed is lost either way.
  void stop(std::chrono::milliseconds within);
  pid_t pid() const { return pid_; }

 private:
  explicit private_cluster(private_cluster_options options) : options_(std::move(options)) {}
  static constexpr std::chrono::milliseconds default_stop_limit{6000};
  tl::expected<void, std::string> initialise();
  tl::expected<void, std::string> make_database(const std::filesystem::path& data);
  tl::expected<void, std::string> launch();
  tl::expected<void, std::string> wait_until_ready();
  tl::expected<void, std::string> create_database();
  bool ended();

  private_cluster_options options_;
  std::filesystem::path sockets_;
  bool sockets_are_temporary_ = false;
  pid_t pid_ = -1;
};

/// Connection string of the cluster in `folder` when another process runs it, or nothing.
std::optional<std::string> running_private_url(const std::filesystem::path& folder,
                                               const std::string& database = "fibrehub");

}  // namespace fibrehub::store
