// `fibrehub import`: reference data from CSV files into the database.
#pragma once

#include <CLI/CLI.hpp>

#include "config/load.hpp"

namespace fibrehub::app {

void add_import_command(CLI::App& program, const config::schema& schema,
                        const config::config_source& source, int& exit_code);

}  // namespace fibrehub::app
