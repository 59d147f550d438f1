// Reads the TOML file. The only place that knows the TOML library.
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fmt/format.h>
#include <toml++/toml.h>
#include <tl/expected.hpp>

#include "config/layers.hpp"
#include "config/names.hpp"

namespace fibrehub::config {

namespace {

constexpr std::uintmax_t largest_file = 1'048'576;

std::string_view what_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list of something else than text";
    case toml::node_type::floating_point:
      return "a decimal number";
    case toml::node_type::date:
      return "a date";
    case toml::node_type::time:
      return "a time";
    case toml::node_type::date_time:
      return "a date and time";
    default:
      return "a value of another kind";
  }
}

raw to_raw(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return number->get();
  if (const auto* flag = node.as_boolean()) return flag->get();
  if (const auto* array = node.as_array()) {
    std::vector<std::string> texts;
    for (const auto& element : *array) {
      const auto* text = element.as_string();
      if (text == nullptr) return foreign{std::string{what_of(node)}};
      texts.push_back(text->get());
    }
    return texts;
  }
  return foreign{std::string{what_of(node)}};
}

class reader {
 public:
  reader(const schema& all, std::string file) : all_{all}, file_{std::move(file)} {}

  void read(const toml::table& root) {
    for (const auto& [key, node] : root)
      top_level(std::string{key.str()}, node, key.source());
  }
  layer_result take() { return std::move(result_); }

 private:
  origin at(const toml::source_region& source) const {
    return {layer::file, fmt::format("{}:{}", file_, source.begin.line), source.begin.line};
  }
  void add_problem(const toml::source_region& source, std::string message) {
    result_.problems.push_back({at(source), std::move(message)});
  }

  void top_level(const std::string& name, const toml::node& node,
                 const toml::source_region& source) {
    const auto* declared = find_section(all_, name);
    if (declared == nullptr) {
      return add_problem(source, node.is_table() ? unknown_section(all_, name)
                                                 : unknown_setting(all_, "", "", name));
    }
    const auto* table = node.as_table();
    if (table == nullptr) {
      return add_problem(source, fmt::format("{0} is a section, write it as [{0}{1}]", name,
                                             declared->is_repeatable ? ".name" : ""));
    }
    if (!declared->is_repeatable) return settings(*declared, "", *table);
    for (const auto& [key, child] : *table)
      named(*declared, std::string{key.str()}, child, key.source());
  }

  void named(const section& declared, const std::string& instance, const toml::node& node,
             const toml::source_region& source) {
    const auto* table = node.as_table();
    if (table == nullptr) {
      return add_problem(source, needs_name(declared, full_name(declared.name, instance, ""),
                                            fmt::format("it below [{}.name]", declared.name)));
    }
    if (!is_name(instance)) {
      return add_problem(
          source, fmt::format("[{}.{}]: a name must be {}", declared.name, instance, name_form));
    }
    result_.mentions.push_back({declared.name, instance, at(source)});
    settings(declared, instance, *table);
  }

  void settings(const section& declared, const std::string& instance, const toml::table& table) {
    for (const auto& [key, node] : table) {
      result_.assignments.push_back(
          {declared.name, instance, std::string{key.str()}, to_raw(node), at(key.source())});
    }
  }

  const schema& all_;
  std::string file_;
  layer_result result_;
};

tl::expected<std::string, std::string> read_text(const std::string& file) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) {
    return tl::make_unexpected(
        "cannot be read: " + std::make_error_code(std::errc::no_such_file_or_directory).message());
  }
  if (std::filesystem::is_directory(status)) {
    return tl::make_unexpected(std::string{"is a folder, a TOML file is needed"});
  }
  std::ifstream stream{file, std::ios::binary};
  if (!stream) {
    return tl::make_unexpected("cannot be read: " + std::generic_category().message(errno));
  }
  std::string text(largest_file + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > largest_file) {
    return tl::make_unexpected(std::string{"is larger than 1MB, this cannot be a configuration"});
  }
  return text;
}

layer_result failed(origin from, std::string message) {
  layer_result result;
  auto& only = result.problems.emplace_back();
  only.from = std::move(from);
  only.message = std::move(message);
  return result;
}

}  // namespace

layer_result read_file_layer(const schema& all, const std::string& file) {
  const auto text = read_text(file);
  if (!text) return failed(origin{layer::file, file}, text.error());
  try {
    reader r{all, file};
    r.read(toml::parse(*text));
    return r.take();
  } catch (const toml::parse_error& e) {
    const auto& begin = e.source().begin;
    return failed(
        origin{layer::file, fmt::format("{}:{}:{}", file, begin.line, begin.column), begin.line},
        std::string{"not valid TOML: "} + e.what());
  }
}

}  // namespace fibrehub::config
