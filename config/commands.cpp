#include "config/commands.hpp"

#include <fmt/format.h>

#include "config/render.hpp"

namespace fibrehub::config {

namespace {

constexpr int exit_bad_configuration = 2;

outcome refuse(const errors& lines) {
  outcome result{.exit_code = exit_bad_configuration, .out = {}, .errors = {}};
  for (const auto& line : lines)
    result.errors += line + '\n';
  result.errors += fmt::format("{} {} in the configuration\n", lines.size(),
                               lines.size() == 1 ? "mistake" : "mistakes");
  return result;
}

}  // namespace

outcome check_command(const schema& all, const config_source& source, const environment& environ) {
  auto loaded = load(all, source, environ);
  if (!loaded) return refuse(loaded.error());
  auto resolved = resolve_secrets(std::move(*loaded), environ);
  if (!resolved) return refuse(resolved.error());
  return {.exit_code = 0, .out = "ok\n" + render_summary(*resolved), .errors = {}};
}

outcome show_command(const schema& all, const config_source& source, const environment& environ) {
  const auto loaded = load(all, source, environ);
  if (!loaded) return refuse(loaded.error());
  return {.exit_code = 0, .out = render_effective(*loaded), .errors = {}};
}

}  // namespace fibrehub::config
