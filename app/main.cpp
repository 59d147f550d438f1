#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/commands.hpp"
#include "app/config_command.hpp"
#include "app/import_command.hpp"
#include "app/openapi_command.hpp"
#include "app/schema.hpp"
#include "app/sla_command.hpp"
#include "app/waha_command.hpp"
#include "app/watch_command.hpp"

namespace fibrehub::app {

std::optional<config::values> load_or_complain(const config::schema& schema,
                                               const config::config_source& source) {
  config::config_source found = source;
  found.file = config::find_file(source.file);
  auto values = config::load_and_resolve(schema, found, config::current_environment());
  if (values) return std::move(*values);
  for (const std::string& line : values.error())
    std::fprintf(stderr, "fibrehub: %s\n", line.c_str());
  return std::nullopt;
}

namespace {

int run(int argc, char** argv) {
  CLI::App program("FibreHub: integration hub and ticketing backend for a fibre-network operator",
                   "fibrehub");
  program.require_subcommand(1);
  program.set_version_flag("--version", FIBREHUB_VERSION);
  program.fallthrough();  // --config may stand before or after the subcommand

  const config::schema schema = program_schema();
  config::config_source source;
  int exit_code = 0;
  add_config_options(program, source);
  add_serve_command(program, schema, source, exit_code);
  add_migrate_command(program, schema, source, exit_code);
  add_token_command(program, schema, source, exit_code);
  add_user_command(program, schema, source, exit_code);
  add_config_command(program, schema, source, exit_code);
  add_import_command(program, schema, source, exit_code);
  add_watch_command(program, exit_code);
  add_openapi_command(program, schema, source, exit_code);
  add_sla_command(program, exit_code);
  add_waha_command(program, exit_code);
  program.add_subcommand("version", "Print the version")->callback([] {
    std::puts("fibrehub " FIBREHUB_VERSION);
  });
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int code = program.exit(e);
    return code == 0 ? 0 : exit_usage;
  }
  return exit_code;
}

}  // namespace
}  // namespace fibrehub::app

int main(int argc, char** argv) {
  return fibrehub::app::run(argc, argv);
}
