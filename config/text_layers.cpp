// The environment and the command line: both give text under a dotted or underscored name.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/layers.hpp"
#include "config/names.hpp"

namespace fibrehub::config {

namespace {

std::vector<std::string> names_of(const schema& all) {
  std::vector<std::string> names;
  for (const auto& group : all)
    names.push_back(group.name);
  return names;
}

/// Everything that can be written; names of repeatable sections are taken from what was written.
std::vector<std::string> candidates(const schema& all, const std::string& instance,
                                    std::string (*spell)(std::string_view, std::string_view,
                                                         std::string_view)) {
  std::vector<std::string> names;
  for (const auto& group : all) {
    for (const auto& s : group.settings) {
      const auto& name = instance.empty() ? std::string{"name"} : instance;
      names.push_back(spell(group.name, group.is_repeatable ? name : "", s.name));
    }
  }
  return names;
}

std::string hint(const std::optional<std::string>& guess) {
  return guess ? fmt::format(", did you mean {}?", *guess)
               : std::string{" (`fibrehub config reference` lists them all)"};
}

/// The declared section and the parts of a name, when there are as many as the section wants.
const section* match(const schema& all, const std::vector<std::string>& parts) {
  if (parts.empty()) return nullptr;
  const auto* declared = find_section(all, parts.front());
  if (declared == nullptr || parts.size() != (declared->is_repeatable ? 3U : 2U)) return nullptr;
  if (declared->is_repeatable && !is_name(parts[1])) return nullptr;
  return declared;
}

/// Why a variable with the hub's prefix means nothing.
std::string refusal_of_variable(const schema& all, const std::vector<std::string>& parts,
                                const std::string& name) {
  const auto* declared = find_section(all, parts.front());
  const bool is_repeatable = declared != nullptr && declared->is_repeatable;
  if (is_repeatable && parts.size() == 2) {
    return fmt::format("the section {} exists once per name, write {}", declared->name,
                       environment_name(declared->name, "name", parts[1]));
  }
  if (is_repeatable && parts.size() == 3 && !is_name(parts[1])) {
    return fmt::format("a name must be {}", name_form);
  }
  const auto instance = parts.size() == 3 ? parts[1] : std::string{};
  return "no setting has this name" +
         hint(nearest(name, candidates(all, instance, environment_name)));
}

/// Why a dotted name on the command line means nothing.
std::string refusal(const schema& all, const std::vector<std::string>& parts) {
  const auto written = fmt::format("{}", fmt::join(parts, "."));
  const auto* declared = find_section(all, parts.front());
  if (declared != nullptr && declared->is_repeatable) {
    if (parts.size() == 2)
      return needs_name(*declared, written, declared->name + ".name." + parts[1]);
    if (parts.size() == 3 && !is_name(parts[1])) {
      return fmt::format("{}: a name must be {}", written, name_form);
    }
  }
  switch (parts.size()) {
    case 1:
      return unknown_setting(all, "", "", parts[0]);
    case 2:
      return unknown_setting(all, parts[0], "", parts[1]);
    case 3:
      return unknown_setting(all, parts[0], parts[1], parts[2]);
    default:
      return written + " is not a setting, write section.key or section.name.key";
  }
}

}  // namespace

std::string needs_name(const section& declared, const std::string& written,
                       const std::string& right) {
  return fmt::format("{}: the section {} exists once per name, write {}", written, declared.name,
                     right);
}

std::string unknown_setting(const schema& all, const std::string& section_name,
                            const std::string& instance, const std::string& key) {
  const auto written = full_name(section_name, instance, key);
  std::optional<std::string> guess;
  if (const auto* declared = find_section(all, section_name)) {
    std::vector<std::string> keys;
    for (const auto& s : declared->settings)
      keys.push_back(s.name);
    if (const auto close = nearest(key, keys)) guess = full_name(section_name, instance, *close);
  }
  for (const auto& group : all) {  // the right key in the wrong section
    if (guess || group.find(key) == nullptr) continue;
    guess = full_name(group.name, group.is_repeatable ? "name" : "", key);
  }
  if (!guess) guess = nearest(written, candidates(all, instance, full_name));
  return fmt::format("{} is not a setting{}", written, hint(guess));
}

std::string unknown_section(const schema& all, const std::string& name) {
  const auto guess = nearest(name, names_of(all));
  return fmt::format("[{}] is not a section, {}", name,
                     guess ? fmt::format("did you mean [{}]?", *guess)
                           : fmt::format("there are {}", fmt::join(names_of(all), ", ")));
}

layer_result read_environment_layer(const schema& all, const environment& environ) {
  layer_result result;
  for (const auto& [name, text] : environ) {
    if (!name.starts_with(environment_prefix)) continue;
    const origin from{layer::environment, name};
    const auto parts =
        split(to_lower(std::string_view{name}.substr(environment_prefix.size())), "__");
    const auto* declared = match(all, parts);
    const auto instance = parts.size() == 3 ? parts[1] : std::string{};
    const auto known = declared != nullptr && declared->find(parts.back()) != nullptr &&
                       environment_name(declared->name, instance, parts.back()) == name;
    if (!known) {
      result.problems.push_back({from, refusal_of_variable(all, parts, name)});
      continue;
    }
    if (declared->is_repeatable) result.mentions.push_back({declared->name, instance, from});
    result.assignments.push_back({declared->name, instance, parts.back(), loose{text}, from});
  }
  return result;
}

layer_result read_command_line_layer(const schema& all, const std::vector<std::string>& overrides) {
  layer_result result;
  const origin from{layer::command_line, "command line"};
  for (const auto& text : overrides) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) {
      result.problems.push_back(
          {from, fmt::format("--set {}: write --set section.key=value", text)});
      continue;
    }
    const auto parts = split(std::string_view{text}.substr(0, equals), ".");
    const auto* declared = match(all, parts);
    if (declared == nullptr || declared->find(parts.back()) == nullptr) {
      result.problems.push_back({from, refusal(all, parts)});
      continue;
    }
    const auto instance = declared->is_repeatable ? parts[1] : std::string{};
    if (declared->is_repeatable) result.mentions.push_back({declared->name, instance, from});
    result.assignments.push_back(
        {declared->name, instance, parts.back(), loose{text.substr(equals + 1)}, from});
  }
  return result;
}

}  // namespace fibrehub::config
