// The command-line side of the configuration: the global options and `fibrehub config …`.
#pragma once

#include "config/load.hpp"

namespace CLI {
class App;
}

namespace fibrehub::app {

/// Adds `--config FILE` and `--set section.key=value`; they land in `source` when parsed. Call
/// `config::find_file(source.file)` before loading, as the usual places are not filled in here.
void add_config_options(CLI::App& program, config::config_source& source);

/// Adds `config check|show|reference|sample`. They run while parsing, print, and put 0 or 2 into
/// `exit_code`. The references must outlive parsing.
void add_config_command(CLI::App& program, const config::schema& schema,
                        const config::config_source& source, int& exit_code);

}  // namespace fibrehub::app
