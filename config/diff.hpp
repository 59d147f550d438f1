// What a reload would change, and which of it needs a restart.
#pragma once

#include <string>
#include <vector>

#include "config/values.hpp"

namespace fibrehub::config {

enum class change_kind {
  changed,         // another value
  secret_rotated,  // the same reference, but another secret behind it
  added,           // a whole [section.name] has come
  removed          // a whole [section.name] has gone
};

struct change {
  change_kind what = change_kind::changed;
  std::string section;
  std::string instance;
  std::string setting;  // empty when a whole section came or went
  std::string before;   // as TOML, literals of secrets masked
  std::string after;
  bool is_reloadable = false;
};

/// Both must come from the same schema. Contents of secrets are compared when both are resolved.
std::vector<change> diff(const values& before, const values& after);

/// One line for a log: `web.port: 8080 becomes 8081, needs a restart`.
std::string describe(const change& c);

}  // namespace fibrehub::config
