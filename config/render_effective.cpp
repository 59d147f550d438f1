#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/format_value.hpp"
#include "config/names.hpp"
#include "config/render.hpp"

namespace fibrehub::config {

namespace {

constexpr std::size_t origin_column = 44;

std::string list_sections(const values& loaded) {
  std::vector<std::string> parts;
  for (const auto& group : loaded.declaration()) {
    if (!group.is_repeatable) continue;
    std::vector<std::string> names;
    for (const auto* one : loaded.instances(group.name))
      names.push_back(one->instance());
    if (!names.empty()) parts.push_back(fmt::format("{} ({})", group.name, fmt::join(names, ", ")));
  }
  return parts.empty() ? "none" : fmt::format("{}", fmt::join(parts, ", "));
}

std::size_t secrets_in(const entry& e) {
  if (const auto* text = std::get_if<std::string>(&e.current)) return text->empty() ? 0 : 1;
  return std::get<std::vector<std::string>>(e.current).size();
}

}  // namespace

std::string render_effective(const values& loaded) {
  std::string out;
  for (const auto& group : loaded.sections()) {
    if (!out.empty()) out += '\n';
    out += fmt::format("[{}]\n", group.name());
    for (const auto& s : group.declaration().settings) {
      const auto& e = group.at(s.name);
      const auto line = fmt::format("{} = {}", s.name, to_toml(s, e.current));
      out += fmt::format("{:<{}}  # {}\n", line, origin_column, e.from.where);
    }
  }
  return out;
}

std::string render_summary(const values& loaded) {
  std::map<layer, int> counts;
  std::size_t secrets = 0;
  for (const auto& group : loaded.sections()) {
    for (const auto& s : group.declaration().settings) {
      const auto& e = group.at(s.name);
      ++counts[e.from.from];
      if (is_secret(s.type)) secrets += secrets_in(e);
    }
  }
  return fmt::format(
      "file: {}\nnamed sections: {}\n"
      "settings: {} from the file, {} from the environment, {} from the command line, {} by "
      "default\nsecrets: {}\n",
      loaded.file().empty() ? "none" : loaded.file(), list_sections(loaded), counts[layer::file],
      counts[layer::environment], counts[layer::command_line], counts[layer::fallback], secrets);
}

}  // namespace fibrehub::config
