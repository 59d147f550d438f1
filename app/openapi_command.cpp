#include "app/openapi_command.hpp"

#include <cstdio>

#include "app/hub.hpp"

namespace fibrehub::app {
namespace {

int print_description(const config::schema& schema, const config::config_source& source) {
  auto values = load_or_complain(schema, source);
  if (!values) return exit_usage;
  const auto text = hub::description(std::move(*values));
  if (!text) {
    std::fprintf(stderr, "fibrehub: %s\n", text.error().c_str());
    return exit_usage;
  }
  return std::puts(text->c_str()) >= 0 && std::fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace

void add_openapi_command(CLI::App& program, const config::schema& schema,
                         const config::config_source& source, int& exit_code) {
  program.add_subcommand("openapi", "Print the description of the API (OpenAPI 3.1)")
      ->fallthrough()
      ->callback([&] { exit_code = print_description(schema, source); });
}

}  // namespace fibrehub::app
