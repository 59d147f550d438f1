// The loaded configuration: every setting has a checked value and knows where it came from. Asking
// for a setting that is not declared, or by the wrong kind, is a mistake in the program and ends
// it.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/setting.hpp"

namespace fibrehub::config {

enum class layer { fallback, file, environment, command_line };

struct origin {
  layer from = layer::fallback;
  std::string where = "default";  // "fibrehub.toml:12", "FIBREHUB__WEB__PORT", "command line"
  std::int64_t line = 0;          // in the file, for sorting
};

struct entry {
  value current{};
  origin from{};
  std::vector<std::string> secrets{};  // what the references stand for, once resolved
  bool is_resolved = false;
};

/// The settings of one section, or of one name of a repeatable section. Cheap enough to copy, and a
/// copy may outlive the `values` it came from.
class section_values {
 public:
  section_values(std::shared_ptr<const section> declared, std::string instance, origin from);

  const section& declaration() const { return *declared_; }
  /// `main` of `[waha.main]`; empty for sections that exist once.
  const std::string& instance() const { return instance_; }
  /// `web`, `waha.main`.
  std::string name() const;
  /// Where the section was first mentioned.
  const origin& from() const { return from_; }

  const std::string& text(std::string_view name) const;
  const std::string& choice(std::string_view name) const;
  const std::string& url(std::string_view name) const;
  const std::string& path(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  std::int64_t bytes(std::string_view name) const;
  std::chrono::milliseconds duration(std::string_view name) const;
  bool boolean(std::string_view name) const;
  const std::vector<std::string>& list(std::string_view name) const;
  /// The secret itself, or the literal of a text_or_secret; empty when not set. Resolve first.
  const std::string& secret(std::string_view name) const;
  const std::vector<std::string>& secrets(std::string_view name) const;

  /// True when the value was given rather than left at its default.
  bool is_given(std::string_view name) const;
  const entry& at(std::string_view name) const;
  entry& at(std::string_view name);
  const std::vector<entry>& entries() const { return entries_; }

 private:
  std::size_t index_of(std::string_view name) const;
  const entry& of_kind(std::string_view name, std::initializer_list<kind> kinds) const;

  std::shared_ptr<const section> declared_;
  std::string instance_;
  origin from_;
  std::vector<entry> entries_;  // in the order of the declarations
};

class values {
 public:
  /// Everything at its default, no names in repeatable sections.
  explicit values(schema declared);

  const schema& declaration() const { return *schema_; }
  /// The file that was read; empty when there was none.
  const std::string& file() const { return file_; }
  void set_file(std::string file) { file_ = std::move(file); }

  const section_values& section(std::string_view name, std::string_view instance = {}) const;
  const section_values* find(std::string_view name, std::string_view instance = {}) const;
  section_values* find(std::string_view name, std::string_view instance = {});
  /// All names of a repeatable section, alphabetically.
  std::vector<const section_values*> instances(std::string_view name) const;
  /// All sections in the order of the schema.
  const std::vector<section_values>& sections() const { return sections_; }
  std::vector<section_values>& sections() { return sections_; }
  /// Finds or begins `[name.instance]`.
  section_values& instance(const config::section& declared, const std::string& instance,
                           const origin& from);

  // Shorthands for sections that exist once.
  const std::string& text(std::string_view section_name, std::string_view name) const {
    return section(section_name).text(name);
  }
  const std::string& choice(std::string_view section_name, std::string_view name) const {
    return section(section_name).choice(name);
  }
  const std::string& url(std::string_view section_name, std::string_view name) const {
    return section(section_name).url(name);
  }
  const std::string& path(std::string_view section_name, std::string_view name) const {
    return section(section_name).path(name);
  }
  std::int64_t integer(std::string_view section_name, std::string_view name) const {
    return section(section_name).integer(name);
  }
  std::int64_t bytes(std::string_view section_name, std::string_view name) const {
    return section(section_name).bytes(name);
  }
  std::chrono::milliseconds duration(std::string_view section_name, std::string_view name) const {
    return section(section_name).duration(name);
  }
  bool boolean(std::string_view section_name, std::string_view name) const {
    return section(section_name).boolean(name);
  }
  const std::vector<std::string>& list(std::string_view section_name, std::string_view name) const {
    return section(section_name).list(name);
  }
  const std::string& secret(std::string_view section_name, std::string_view name) const {
    return section(section_name).secret(name);
  }

 private:
  std::size_t position_of(const config::section& declared) const;

  std::shared_ptr<const schema> schema_;
  std::vector<section_values> sections_;
  std::string file_;
};

}  // namespace fibrehub::config
