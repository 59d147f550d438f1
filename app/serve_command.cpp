#include <signal.h>
#include <spdlog/spdlog.h>

#include <cstdio>

#include "app/commands.hpp"
#include "app/hub.hpp"
#include "app/logging.hpp"
#include "config/diff.hpp"

namespace fibrehub::app {
namespace {

/// Signals are waited for by the main thread alone; every thread made later inherits the mask.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int s : {SIGINT, SIGTERM, SIGHUP, SIGUSR1})
    sigaddset(&set, s);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return set;
}

/// Reads configuration and certificates again; what cannot be applied to a running hub is named.
void reload(hub& h, config::values& current, const config::schema& schema,
            const config::config_source& source) {
  h.reload();
  auto fresh = load_or_complain(schema, source);
  if (!fresh) {
    spdlog::error(
        "reload: the configuration has mistakes (fibrehub config check names them); the old one "
        "stays in force");
    return;
  }
  for (const config::change& c : config::diff(current, *fresh))
    spdlog::info("reload: {}", config::describe(c));
  spdlog::set_level(spdlog::level::from_str(fresh->choice("log", "level")));
  current = std::move(*fresh);
}

int serve(config::values values, const config::schema& schema,
          const config::config_source& source) {
  const sigset_t signals = block_signals();
  if (auto logging = set_up_logging({values.choice("log", "level"), values.choice("log", "format"),
                                     values.path("log", "file")});
      !logging) {
    std::fprintf(stderr, "fibrehub: %s\n", logging.error().c_str());
    return exit_usage;
  }
  // SIGUSR1 stands for "the supervisor gave up".
  hub h(values, [] { kill(getpid(), SIGUSR1); });
  if (auto started = h.start(); !started) {
    std::fprintf(stderr, "fibrehub: %s\n", started.error().c_str());
    return exit_usage;
  }
  while (true) {
    int which = 0;
    if (sigwait(&signals, &which) != 0) continue;
    if (which == SIGHUP) {
      reload(h, values, schema, source);
      continue;
    }
    spdlog::info("stopping: {}", which == SIGUSR1 ? "internal failure" : strsignal(which));
    const bool clean = h.stop();
    spdlog::info("stopped{}", clean ? "" : ", not everything in time");
    return which == SIGUSR1 ? 1 : 0;
  }
}

}  // namespace

void add_serve_command(CLI::App& program, const config::schema& schema,
                       const config::config_source& source, int& exit_code) {
  CLI::App* command = program.add_subcommand("serve",
                                             "Run the hub until it is told to stop (SIGTERM); "
                                             "SIGHUP reads certificates and the log level again");
  command->callback([&] {
    auto values = load_or_complain(schema, source);
    exit_code = values ? serve(std::move(*values), schema, source) : exit_usage;
  });
}

}  // namespace fibrehub::app
