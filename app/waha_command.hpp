// `fibrehub waha parse`: what a delivery or an answer of WAHA says, without hub or database.
#pragma once

#include <CLI/CLI.hpp>

namespace fibrehub::app {

void add_waha_command(CLI::App& program, int& exit_code);

}  // namespace fibrehub::app
