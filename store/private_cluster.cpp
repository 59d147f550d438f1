#include "store/private_cluster.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "store/child_process.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {
namespace {

namespace fs = std::filesystem;

// A unix socket's path may have 107 bytes; ".s.PGSQL.5432" takes 14 of them.
constexpr std::size_t max_socket_folder = 90;

constexpr const char* installed_servers = "/usr/lib/postgresql";

/// The major version a cluster was made with, or empty when there is none yet.
std::string version_of(const fs::path& data) {
  std::ifstream in(data / "PG_VERSION");
  std::string version;
  in >> version;
  return version;
}

/// The newest installed PostgreSQL, or the folder on PATH that has one.
fs::path find_newest_binaries() {
  std::vector<std::pair<int, fs::path>> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(installed_servers, ignored))
    if (fs::exists(entry.path() / "bin/postgres", ignored))
      found.emplace_back(std::atoi(entry.path().filename().c_str()), entry.path() / "bin");
  if (!found.empty()) return std::max_element(found.begin(), found.end())->second;
  const char* path = std::getenv("PATH");
  std::string_view rest = path ? path : "";
  while (!rest.empty()) {
    const fs::path folder = rest.substr(0, rest.find(':'));
    if (fs::exists(folder / "postgres", ignored) && fs::exists(folder / "initdb", ignored))
      return folder;
    rest.remove_prefix(std::min(rest.size(), folder.native().size() + 1));
  }
  return {};
}

/// The server that can run the cluster in `data`, or any when there is none yet.
fs::path find_binaries(const fs::path& data) {
  std::error_code ignored;
  if (const std::string version = version_of(data); !version.empty()) {
    const fs::path same = fs::path(installed_servers) / version / "bin";
    if (fs::exists(same / "postgres", ignored)) return same;
  }
  return find_newest_binaries();
}

/// What `postgres --version` says last, cut to the major version; empty when it cannot be asked.
std::string version_of_server(const fs::path& bin_dir, const fs::path& folder) {
  const fs::path answer = folder / "server.version";
  std::error_code ignored;
  fs::remove(answer, ignored);
  if (!run_child({{(bin_dir / "postgres").string(), "--version"}, {}, answer.string(), 0}))
    return {};
  std::string line;
  std::ifstream in(answer);
  std::getline(in, line);
  fs::remove(answer, ignored);
  const std::size_t at = line.find_first_of("0123456789");
  return at == std::string::npos ? std::string()
                                 : line.substr(at, line.find_first_not_of("0123456789", at) - at);
}

std::string url_for(const fs::path& sockets, const std::string& database) {
  return fmt::format("host='{}' user=fibrehub dbname={}", sockets.string(), database);
}

std::string tail_of(const fs::path& file) {
  std::ifstream in(file);
  std::string line, last;
  while (std::getline(in, line))
    if (!line.empty()) last = line;
  return last;
}

/// Some server, perhaps one that is shutting down, still runs on this data folder.
bool is_held(const fs::path& data) {
  std::ifstream in(data / "postmaster.pid");
  pid_t holder = 0;
  return in >> holder && holder > 0 && (kill(holder, 0) == 0 || errno == EPERM);
}

const char* const server_settings[] = {"listen_addresses=",
                                       "unix_socket_permissions=0700",
                                       "max_connections=32",
                                       "shared_buffers=128MB",
                                       "max_wal_size=2GB",
                                       "checkpoint_timeout=15min",
                                       "wal_compression=lz4",
                                       "logging_collector=off",
                                       "log_line_prefix=%m [%p] ",
                                       "log_checkpoints=off",
                                       "timezone=UTC"};

}  // namespace

private_cluster::private_cluster(private_cluster&& other) noexcept
    : options_(std::move(other.options_)),
      sockets_(std::move(other.sockets_)),
      sockets_are_temporary_(std::exchange(other.sockets_are_temporary_, false)),
      pid_(std::exchange(other.pid_, -1)) {}

private_cluster::~private_cluster() {
  stop(default_stop_limit);
}

tl::expected<private_cluster, std::string> private_cluster::start(private_cluster_options options) {
  std::error_code ec;
  fs::create_directories(options.folder, ec);
  if (ec)
    return tl::unexpected(
        fmt::format("cannot make the folder {}: {}", options.folder.string(), ec.message()));
  options.folder = fs::canonical(options.folder);
  const fs::path data = options.folder / "data";
  if (options.bin_dir.empty()) options.bin_dir = find_binaries(data);
  if (options.bin_dir.empty() || !fs::exists(options.bin_dir / "postgres"))
    return tl::unexpected(
        std::string("no PostgreSQL server is installed: install the package postgresql, or set "
                    "store.url to a database"));
  const std::string made_with = version_of(data),
                    found = version_of_server(options.bin_dir, options.folder);
  if (!made_with.empty() && !found.empty() && made_with != found)
    return tl::unexpected(fmt::format(
        "the database in {} was made by PostgreSQL {}, and {} is version {}: install the "
        "package postgresql-{}, or bring the database over with pg_upgrade",
        data.string(), made_with, (options.bin_dir / "postgres").string(), found, made_with));
  private_cluster cluster(std::move(options));
  if (auto done = cluster.initialise(); !done) return tl::unexpected(done.error());
  if (auto done = cluster.launch(); !done) return tl::unexpected(done.error());
  if (auto done = cluster.create_database(); !done) return tl::unexpected(done.error());
  return cluster;
}

tl::expected<void, std::string> private_cluster::initialise() {
  const fs::path data = options_.folder / "data";
  sockets_ = options_.folder / "socket";
  std::error_code ec;
  if (sockets_.native().size() > max_socket_folder) {
    std::string pattern = "/tmp/fibrehub-XXXXXX";
    if (!mkdtemp(pattern.data()))
      return tl::unexpected(std::string("cannot make a folder for the database's socket in /tmp"));
    sockets_ = pattern;
    sockets_are_temporary_ = true;
  }
  fs::create_directories(sockets_, ec);
  for (const fs::path& path : {options_.folder, sockets_}) {
    fs::permissions(path, fs::perms::owner_all, ec);
    if (auto given = give_to_user(path.string(), options_.run_as); !given)
      return tl::unexpected("PostgreSQL does not run as root: " + given.error() +
                            "; set store.private_user, or store.url");
  }
  if (fs::exists(data / "PG_VERSION")) return {};
  return make_database(data);
}

/// Beside its place first: an attempt that is cut short must not be taken for a database.
tl::expected<void, std::string> private_cluster::make_database(const fs::path& data) {
  const fs::path draft = options_.folder / "data.new";
  std::error_code ec;
  fs::remove_all(draft, ec);
  const std::string log = (options_.folder / "initdb.log").string();
  const auto status =
      run_child({{(options_.bin_dir / "initdb").string(), "-D", draft.string(), "-U", "fibrehub",
                  "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"},
                 options_.run_as,
                 log,
                 0});
  if (!status) return tl::unexpected(status.error());
  if (*status != 0)
    return tl::unexpected(
        fmt::format("cannot make a database in {} (user \"{}\" needs to reach that folder): {}",
                    options_.folder.string(), options_.run_as, tail_of(log)));
  fs::remove(data, ec);  // nothing but an empty folder can be in the way
  fs::rename(draft, data, ec);
  if (ec)
    return tl::unexpected(
        fmt::format("cannot move the new database to {}: {}", data.string(), ec.message()));
  return {};
}

tl::expected<void, std::string> private_cluster::launch() {
  child_spec spec;
  spec.argv = {(options_.bin_dir / "postgres").string(), "-D", (options_.folder / "data").string(),
               "-c", "unix_socket_directories=" + sockets_.string()};
  for (const char* setting : server_settings)
    spec.argv.insert(spec.argv.end(), {"-c", setting});
  for (const std::string& setting : options_.settings)
    spec.argv.insert(spec.argv.end(), {"-c", setting});
  spec.run_as = options_.run_as;
  spec.output_file = (options_.folder / "postgres.log").string();
  spec.death_signal = SIGINT;  // a fast shutdown, should the hub be killed

  // A server left by a hub that was killed is still shutting down: it holds the folder's lock for a
  // moment.
  const auto deadline = std::chrono::steady_clock::now() + options_.start_limit;
  while (true) {
    const bool held = is_held(options_.folder / "data");
    auto pid = launch_child(spec);
    if (!pid) return tl::unexpected(pid.error());
    pid_ = *pid;
    auto ready = wait_until_ready();
    if (ready) return {};
    if (pid_ >= 0 || std::chrono::steady_clock::now() > deadline) return ready;
    const std::string last = tail_of(options_.folder / "postgres.log");
    // Its last words may stand below our own server's complaint.
    if (!held && last.find("postmaster.pid") == std::string::npos &&
        last.find("another postmaster") == std::string::npos &&
        last.find("pre-existing shared memory") == std::string::npos &&
        last.find("running in data directory") == std::string::npos)
      return ready;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

tl::expected<void, std::string> private_cluster::wait_until_ready() {
  const auto deadline = std::chrono::steady_clock::now() + options_.start_limit;
  std::string why;
  while (std::chrono::steady_clock::now() < deadline) {
    if (ended())
      return tl::unexpected(fmt::format("the private PostgreSQL ended at once: {}",
                                        tail_of(options_.folder / "postgres.log")));
    try {
      connection_options options;
      options.url = url("postgres");
      connection probe(options);
      return {};
    } catch (const connection_lost& e) {
      why = e.what();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return tl::unexpected(fmt::format("the private PostgreSQL did not come up in {} s: {}",
                                    options_.start_limit.count(), why));
}

tl::expected<void, std::string> private_cluster::create_database() {
  try {
    connection_options options;
    options.url = url("postgres");
    connection db(options);
    db.autocommit([&](pqxx::nontransaction& tx) {
      if (tx.exec("SELECT 1 FROM pg_database WHERE datname = 'fibrehub'").empty())
        tx.exec("CREATE DATABASE fibrehub");
    });
    return {};
  } catch (const std::exception& e) {
    return tl::unexpected(
        fmt::format("cannot make the database in the private PostgreSQL: {}", e.what()));
  }
}

std::string private_cluster::url(const std::string& database) const {
  return url_for(sockets_, database);
}

std::optional<std::string> running_private_url(const fs::path& folder,
                                               const std::string& database) {
  // The server notes in this file where its socket is: the fifth line.
  std::ifstream in(folder / "data/postmaster.pid");
  std::string line;
  for (int i = 0; i < 5; ++i)
    if (!std::getline(in, line)) return std::nullopt;
  const std::string url = url_for(line, database);
  try {
    connection_options options;
    options.url = url;
    connection probe(options);
    return url;
  } catch (const connection_lost&) {
    return std::nullopt;
  }
}

bool private_cluster::ended() {
  if (pid_ < 0) return true;
  int status = 0;
  // An error means that there is no such child any more.
  if (waitpid(pid_, &status, WNOHANG) == 0) return false;
  pid_ = -1;
  return true;
}

tl::expected<void, std::string> private_cluster::ensure_running() {
  if (!ended()) return {};
  spdlog::warn("store: the private PostgreSQL has ended; starting it again");
  return launch();
}

void private_cluster::stop(std::chrono::milliseconds within) {
  if (!ended()) {
    kill(pid_, SIGINT);
    // A server that cannot write its checkpoint in time is cut short; it recovers from its log.
    const auto last_moment = std::chrono::steady_clock::now() + within;
    const auto deadline = last_moment - within / 4;
    bool cut = false;
    while (!ended()) {
      const auto now = std::chrono::steady_clock::now();
      if (!cut && now > deadline) {
        spdlog::warn("store: the private PostgreSQL takes long to stop; it is cut short");
        kill(pid_, SIGQUIT);
        cut = true;
      }
      if (now > last_moment) kill(pid_, SIGKILL);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  std::error_code ignored;
  if (sockets_are_temporary_) fs::remove_all(sockets_, ignored);
}

}  // namespace fibrehub::store
