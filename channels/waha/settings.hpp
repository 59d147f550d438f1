// What an operator says about one WAHA server: `[waha.<name>]`.
#pragma once

#include <string>
#include <vector>

#include "config/values.hpp"
#include "domain/chat_routing.hpp"

namespace fibrehub::channels::waha {

struct settings {
  std::string name;
  std::vector<std::string> hmac_keys;
  domain::chat_routing_rules routing;
};

/// The declaration of `[waha.<name>]`.
config::section declared_settings();
settings read_settings(const config::section_values& values);

}  // namespace fibrehub::channels::waha
