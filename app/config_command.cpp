#include "app/config_command.hpp"

#include <cstdio>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "config/commands.hpp"
#include "config/render.hpp"

namespace fibrehub::app {

namespace {

int print(const config::outcome& result) {
  std::fputs(result.out.c_str(), stdout);
  std::fflush(stdout);
  std::fputs(result.errors.c_str(), stderr);
  return result.exit_code;
}

config::config_source with_found_file(config::config_source source) {
  source.file = config::find_file(source.file);
  return source;
}

}  // namespace

void add_config_options(CLI::App& program, config::config_source& source) {
  program
      .add_option("--config", source.file,
                  "Configuration file (default: ./fibrehub.toml, else "
                  "/etc/fibrehub/fibrehub.toml, else none)")
      ->type_name("FILE");
  program
      .add_option("--set", source.overrides,
                  "Override one setting, like web.port=8081; may be repeated")
      ->type_name("SECTION.KEY=VALUE")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
}

void add_config_command(CLI::App& program, const config::schema& schema,
                        const config::config_source& source, int& exit_code) {
  auto* config = program.add_subcommand("config", "Check, show or explain the configuration");
  config->require_subcommand(1)->fallthrough();
  const auto add = [&](const char* name, const char* text, auto command) {
    config->add_subcommand(name, text)
        ->fallthrough()
        ->callback([&exit_code, command = std::move(command)] { exit_code = print(command()); });
  };
  add("check", "Say \"ok\", or name every mistake and exit with 2", [&schema, &source] {
    return config::check_command(schema, with_found_file(source), config::current_environment());
  });
  add("show", "Print the configuration in effect, with origins and secrets masked",
      [&schema, &source] {
        return config::show_command(schema, with_found_file(source), config::current_environment());
      });
  add("reference", "Print all settings as Markdown", [&schema] {
    return config::outcome{.exit_code = 0, .out = config::render_reference(schema), .errors = {}};
  });
  add("sample", "Print a configuration file with every setting commented out", [&schema] {
    return config::outcome{.exit_code = 0, .out = config::render_sample(schema), .errors = {}};
  });
}

}  // namespace fibrehub::app
