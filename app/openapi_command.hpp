// `fibrehub openapi`: the description of the API without a running hub, for generators of clients
// and for checks.
#pragma once

#include "app/commands.hpp"

namespace fibrehub::app {

/// Adds `openapi`. It prints what GET /api/openapi.json would answer under this configuration and
/// touches neither database nor network. The references must outlive parsing.
void add_openapi_command(CLI::App& program, const config::schema& schema,
                         const config::config_source& source, int& exit_code);

}  // namespace fibrehub::app
