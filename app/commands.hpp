// The subcommands of the program besides `config` and `watch`.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>

#include "config/load.hpp"
#include "store/pq_fwd.hpp"

namespace fibrehub::app {

/// Exit code for what the operator has to mend: configuration, database, port.
inline constexpr int exit_usage = 2;

/// The loaded configuration with its secrets, or nothing after the mistakes were printed.
std::optional<config::values> load_or_complain(const config::schema& schema,
                                               const config::config_source& source);

/// Runs `work` on the configured database, on the private cluster of a running hub, or on one
/// started for the moment; answers its exit code. `work` brings the schema up to date if it needs
/// it.
int with_database(const config::values& values, const std::function<int(store::connection&)>& work);

/// `fibrehub serve`.
void add_serve_command(CLI::App& program, const config::schema& schema,
                       const config::config_source& source, int& exit_code);
/// `fibrehub migrate`.
void add_migrate_command(CLI::App& program, const config::schema& schema,
                         const config::config_source& source, int& exit_code);
/// `fibrehub token create|list|revoke`.
void add_token_command(CLI::App& program, const config::schema& schema,
                       const config::config_source& source, int& exit_code);
/// `fibrehub user add|passwd|disable|enable|list`.
void add_user_command(CLI::App& program, const config::schema& schema,
                      const config::config_source& source, int& exit_code);

}  // namespace fibrehub::app
