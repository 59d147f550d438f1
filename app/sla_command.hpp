// `fibrehub sla calc|holidays`: the rules of SLA clocks by hand, without hub or database.
#pragma once

#include <CLI/CLI.hpp>

namespace fibrehub::app {

void add_sla_command(CLI::App& program, int& exit_code);

}  // namespace fibrehub::app
