#include "store/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace fibrehub::store {
namespace {

struct user_ids {
  uid_t uid;
  gid_t gid;
};

tl::expected<user_ids, std::string> find_user(const std::string& name) {
  const passwd* entry = getpwnam(name.c_str());
  if (!entry) return tl::unexpected(fmt::format("there is no user \"{}\" on this machine", name));
  return user_ids{entry->pw_uid, entry->pw_gid};
}

/// Between fork and exec: only calls that are safe there.
[[noreturn]] void become(const child_spec& spec, const std::optional<user_ids>& user,
                         char* const* argv, int out, pid_t parent) {
  setpgid(0, 0);  // a Ctrl-C in the terminal is ours to handle, not the child's
  if (user && (setgroups(0, nullptr) != 0 || setgid(user->gid) != 0 || setuid(user->uid) != 0))
    _exit(126);
  if (spec.death_signal != 0) {
    prctl(PR_SET_PDEATHSIG, spec.death_signal);
    if (getppid() != parent) _exit(125);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (out >= 0) {
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
  }
  const int in = open("/dev/null", O_RDONLY);
  if (in >= 0) dup2(in, STDIN_FILENO);
  if (chdir("/") != 0) _exit(127);
  execv(argv[0], argv);
  _exit(127);
}

}  // namespace

static tl::expected<pid_t, std::string> fork_child(const child_spec& spec) {
  std::optional<user_ids> user;
  if (spec.run_as && geteuid() == 0) {
    auto found = find_user(*spec.run_as);
    if (!found) return tl::unexpected(found.error());
    user = *found;
  }
  std::vector<char*> argv;
  for (const std::string& arg : spec.argv)
    argv.push_back(const_cast<char*>(arg.c_str()));
  argv.push_back(nullptr);
  const int out = spec.output_file.empty() ? -1
                                           : open(spec.output_file.c_str(),
                                                  O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become(spec, user, argv.data(), out, parent);
  const int why = errno;
  if (out >= 0) close(out);
  if (pid < 0)
    return tl::unexpected(fmt::format("cannot start {}: {}", spec.argv[0], std::strerror(why)));
  return pid;
}

namespace {

/// A child's death signal comes when the thread that made it ends, not only with the process: so
/// children are made by a thread that never ends.
class launcher {
 public:
  static launcher& instance() {
    static auto* const only = new launcher;
    return *only;
  }
  tl::expected<pid_t, std::string> launch(const child_spec& spec) {
    const std::lock_guard one_at_a_time(entry_);
    std::unique_lock lock(mutex_);
    spec_ = &spec;
    result_.reset();
    changed_.notify_all();
    changed_.wait(lock, [this] { return result_.has_value(); });
    return *result_;
  }

 private:
  launcher() {
    std::thread([this] { loop(); }).detach();
  }
  void loop() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return spec_ != nullptr; });
      result_ = fork_child(*std::exchange(spec_, nullptr));
      changed_.notify_all();
    }
  }
  std::mutex entry_, mutex_;
  std::condition_variable changed_;
  const child_spec* spec_ = nullptr;
  std::optional<tl::expected<pid_t, std::string>> result_;
};

}  // namespace

tl::expected<pid_t, std::string> launch_child(const child_spec& spec) {
  return launcher::instance().launch(spec);
}

tl::expected<int, std::string> run_child(const child_spec& spec) {
  auto pid = launch_child(spec);
  if (!pid) return tl::unexpected(pid.error());
  int status = 0;
  while (waitpid(*pid, &status, 0) < 0)
    if (errno != EINTR)
      return tl::unexpected(
          fmt::format("cannot wait for {}: {}", spec.argv[0], std::strerror(errno)));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

tl::expected<void, std::string> give_to_user(const std::string& path, const std::string& user) {
  if (geteuid() != 0) return {};
  auto ids = find_user(user);
  if (!ids) return tl::unexpected(ids.error());
  if (chown(path.c_str(), ids->uid, ids->gid) != 0)
    return tl::unexpected(
        fmt::format("cannot give {} to user \"{}\": {}", path, user, std::strerror(errno)));
  return {};
}

}  // namespace fibrehub::store
