// What each source of configuration gives, before any of it is judged by the declarations.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/parse_value.hpp"
#include "config/values.hpp"

namespace fibrehub::config {

using environment = std::map<std::string, std::string>;

struct assignment {
  std::string section;
  std::string instance;
  std::string key;
  raw given;
  origin from;
};

/// `[waha.main]`, even when nothing stands below it.
struct mention {
  std::string section;
  std::string instance;
  origin from;
};

struct problem {
  origin from;
  std::string message;
};

struct layer_result {
  std::vector<mention> mentions;
  std::vector<assignment> assignments;
  std::vector<problem> problems;
};

layer_result read_file_layer(const schema& all, const std::string& file);
layer_result read_environment_layer(const schema& all, const environment& environ);
layer_result read_command_line_layer(const schema& all, const std::vector<std::string>& overrides);

/// `web.prot is not a setting, did you mean web.port?` The guess is taken from all settings.
std::string unknown_setting(const schema& all, const std::string& section,
                            const std::string& instance, const std::string& key);
/// A setting right below a repeatable section, and how it would be written.
std::string needs_name(const section& declared, const std::string& written,
                       const std::string& right);
std::string unknown_section(const schema& all, const std::string& name);

}  // namespace fibrehub::config
