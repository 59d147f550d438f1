#include "config/load.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>

#include "config/names.hpp"
#include "config/parse_value.hpp"

namespace fibrehub::config {

namespace {

/// Puts the layers on top of each other and collects what is wrong with any of them.
class builder {
 public:
  explicit builder(const schema& all) : result_{all} {}

  void apply(layer_result layer) {
    std::stable_sort(layer.assignments.begin(), layer.assignments.end(),
                     [](const auto& a, const auto& b) { return a.from.line < b.from.line; });
    for (const auto& m : layer.mentions) {
      result_.instance(*find_section(result_.declaration(), m.section), m.instance, m.from);
    }
    for (auto& p : layer.problems)
      problems_.push_back(std::move(p));
    for (const auto& a : layer.assignments)
      assign(a);
  }

  /// Rules over a whole section would only repeat what is already said about a broken one.
  void apply_rules() {
    std::map<const section*, const section_values*> firsts;
    for (const auto& group : result_.sections()) {
      check_required(group);
      if (broken_.contains(group.name())) continue;
      const section& declared = group.declaration();
      if (declared.rule) add_faults(group, declared.rule(group));
      if (!declared.among) continue;
      const auto [first, is_first] = firsts.try_emplace(&declared, &group);
      if (!is_first) add_faults(group, declared.among(*first->second, group));
    }
  }

  tl::expected<values, errors> finish(const std::string& file) {
    if (problems_.empty()) {
      result_.set_file(file);
      return std::move(result_);
    }
    std::stable_sort(problems_.begin(), problems_.end(), [](const auto& a, const auto& b) {
      return std::pair{a.from.from, a.from.line} < std::pair{b.from.from, b.from.line};
    });
    errors lines;
    for (const auto& p : problems_)
      lines.push_back(p.from.where + ": " + p.message);
    return tl::make_unexpected(std::move(lines));
  }

 private:
  void add_faults(const section_values& group, const std::vector<fault>& faults) {
    for (const auto& f : faults)
      problems_.push_back(
          {group.at(f.setting).from, full_name(group.name(), "", f.setting) + ": " + f.message});
  }

  void assign(const assignment& a) {
    auto& group = *result_.find(a.section, a.instance);
    const auto* declared = group.declaration().find(a.key);
    const auto name = full_name(a.section, a.instance, a.key);
    if (declared == nullptr) {
      broken_.insert(group.name());
      problems_.push_back(
          {a.from, unknown_setting(result_.declaration(), a.section, a.instance, a.key)});
      return;
    }
    given_.insert(name);
    auto parsed = parse_value(*declared, a.given);
    if (!parsed) {
      broken_.insert(group.name());
      problems_.push_back({a.from, name + ": " + parsed.error()});
      return;
    }
    auto& target = group.at(a.key);
    target.current = std::move(*parsed);
    target.from = a.from;
  }

  void check_required(const section_values& group) {
    for (const auto& s : group.declaration().settings) {
      const auto name = full_name(group.name(), "", s.name);
      if (!s.is_required || given_.contains(name)) continue;
      broken_.insert(group.name());
      problems_.push_back(
          {group.from(),
           fmt::format("{} is required and not set: {} Set it below [{}] or as {}", name, s.text,
                       group.name(),
                       environment_name(group.declaration().name, group.instance(), s.name))});
    }
  }

  values result_;
  std::vector<problem> problems_;
  std::set<std::string> broken_;
  std::set<std::string> given_;
};

}  // namespace

environment current_environment() {
  environment result;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view text{*each};
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    result.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return result;
}

std::string find_file(const std::string& asked_for) {
  if (!asked_for.empty()) return asked_for;
  for (const auto* usual : {"fibrehub.toml", "/etc/fibrehub/fibrehub.toml"}) {
    std::error_code error;
    if (std::filesystem::exists(usual, error)) return usual;
  }
  return {};
}

tl::expected<values, errors> load(const schema& all, const config_source& source,
                                  const environment& environ) {
  builder b{all};
  if (!source.file.empty()) b.apply(read_file_layer(all, source.file));
  b.apply(read_environment_layer(all, environ));
  b.apply(read_command_line_layer(all, source.overrides));
  b.apply_rules();
  return b.finish(source.file);
}

tl::expected<values, errors> load_and_resolve(const schema& all, const config_source& source,
                                              const environment& environ) {
  return load(all, source, environ).and_then([&](values loaded) {
    return resolve_secrets(std::move(loaded), environ);
  });
}

}  // namespace fibrehub::config
