#include "tests/e2e/hub_process.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "store/child_process.hpp"
#include "tests/e2e/deliveries.hpp"
#include "tests/e2e/http.hpp"

namespace fibrehub::e2e {
namespace {

/// Its standard output and error go to two files.
pid_t launch(const std::vector<std::string>& arguments, const std::filesystem::path& out,
             const std::filesystem::path& err, const std::vector<std::string>& environment = {}) {
  setenv("E2E_WAHA_KEY", waha_key, 1);
  setenv("E2E_QCONTACT_PASSWORD", "simulated-password", 1);
  store::child_spec spec;
  spec.argv = {"/bin/sh", "-c",
               fmt::format("exec \"$0\" \"$@\" >'{}' 2>'{}'", out.string(), err.string()),
               "/usr/bin/env"};
  spec.argv.insert(spec.argv.end(), environment.begin(), environment.end());
  const std::string program = FIBREHUB_PROGRAM;
  spec.argv.push_back(program);
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  spec.death_signal = SIGKILL;
  auto pid = store::launch_child(spec);
  if (!pid) throw std::runtime_error(pid.error());
  return *pid;
}

/// The exit code (128 + n for signal n) when it has ended.
std::optional<int> ended(pid_t pid) {
  int status = 0;
  if (waitpid(pid, &status, WNOHANG) != pid) return std::nullopt;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int kill_and_reap(pid_t pid) {
  kill(pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return -1;
}

}  // namespace

bool eventually(const std::function<bool()>& is_true, std::chrono::milliseconds within,
                std::chrono::milliseconds every) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (!is_true()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(every);
  }
  return true;
}

temporary_folder::temporary_folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "fibrehub-e2e-XXXXXX").string();
  if (!mkdtemp(pattern.data())) throw std::runtime_error("cannot make a temporary folder");
  path_ = pattern;
  std::filesystem::permissions(path_, std::filesystem::perms(0755));
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

run_result run_fibrehub(std::vector<std::string> arguments, std::chrono::milliseconds within) {
  const temporary_folder folder;
  const pid_t pid = launch(arguments, folder / "out", folder / "err");
  std::optional<int> code;
  if (!eventually([&] { return (code = ended(pid)).has_value(); }, within)) kill_and_reap(pid);
  return {code.value_or(-1), read_file(folder / "out"), read_file(folder / "err")};
}

hub_process::hub_process(hub_settings settings) : settings_(std::move(settings)) {
  std::string text = fmt::format(
      "[hub]\ndata_dir = '{}'\ntime_zone = \"UTC\"\n\n[web]\nport = {}\n\n[log]\nformat = "
      "\"text\"\n\n"
      "[store]\nreaders = 2\n",
      data_dir().string(), settings_.port);
  if (!settings_.store_url.empty()) text += fmt::format("url = \"{}\"\n", settings_.store_url);
  text += "\n[waha.main]\nhmac_keys = [\"env:E2E_WAHA_KEY\"]\n" + settings_.more_toml;
  write_file(config_file(), text);
}

hub_process::~hub_process() {
  if (pid_ > 0) terminate();
}

std::vector<std::string> hub_process::with_config(std::vector<std::string> arguments) const {
  arguments.insert(arguments.end(), {"--config", config_file()});
  for (const std::string& o : settings_.overrides)
    arguments.insert(arguments.end(), {"--set", o});
  return arguments;
}

std::string hub_process::log() const {
  return read_file(folder_ / fmt::format("err{}", starts_));
}

void hub_process::start() {
  ++starts_;
  pid_ = launch(with_config({"serve"}), folder_ / fmt::format("out{}", starts_),
                folder_ / fmt::format("err{}", starts_), settings_.environment);
  constexpr std::string_view mark = "listening on http://127.0.0.1:";
  const bool listens = eventually(
      [&] {
        const std::string text = log();
        const auto at = text.find(mark);
        if (at == std::string::npos || text.find(',', at) == std::string::npos) return !running();
        std::from_chars(text.data() + at + mark.size(), text.data() + text.size(), port_);
        return true;
      },
      30s);
  if (!listens || pid_ < 0) throw std::runtime_error("the hub did not start:\n" + log());
}

void hub_process::start_ready() {
  start();
  if (!wait_until_ready()) throw std::runtime_error("the hub did not become ready:\n" + log());
}

bool hub_process::wait_until_ready(std::chrono::milliseconds within) const {
  return eventually([&] { return fetch(port_, "GET", "/health/ready").status == 200; }, within);
}

void hub_process::kill_now() {
  kill_and_reap(pid_);
  pid_ = -1;
}

int hub_process::wait_for_end(std::chrono::milliseconds within) {
  std::optional<int> code;
  if (!eventually([&] { return (code = ended(pid_)).has_value(); }, within)) kill_and_reap(pid_);
  pid_ = -1;
  return code.value_or(-1);
}

int hub_process::terminate(std::chrono::milliseconds within) {
  kill(pid_, SIGTERM);
  return wait_for_end(within);
}

bool hub_process::running() {
  if (pid_ > 0 && ended(pid_)) pid_ = -1;
  return pid_ > 0;
}

run_result hub_process::run(std::vector<std::string> arguments) const {
  return run_fibrehub(with_config(std::move(arguments)));
}

std::string hub_process::make_token(const std::string& scope) const {
  const run_result made = run({"token", "create", "--name", "test", "--scope", scope});
  if (made.exit_code != 0) throw std::runtime_error("no token: " + made.err);
  return made.out.substr(0, made.out.find('\n'));
}

}  // namespace fibrehub::e2e
