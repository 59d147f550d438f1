// `fibrehub watch`: the hub's live feed in a terminal, as a person reads it.
#pragma once

namespace CLI {
class App;
}

namespace fibrehub::app {

/// Adds `watch`. It runs while parsing, until SIGINT or SIGTERM; `exit_code` becomes 0 then, or 2
/// when the hub cannot be watched this way (address, token). The reference must outlive parsing.
void add_watch_command(CLI::App& program, int& exit_code);

}  // namespace fibrehub::app
