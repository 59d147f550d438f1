// The settings of `[qcontact.<name>]`, declared once, and what the channel makes of them.
#pragma once

#include <string>
#include <vector>

#include "channels/qcontact/poll_plan.hpp"
#include "config/values.hpp"
#include "protocols/transport/http_client.hpp"

namespace fibrehub::channels::qcontact {

struct settings {
  std::string name;  // of the channel
  std::string base_url;
  std::string username;
  std::string password;
  std::string queue;
  std::vector<std::string> statuses;
  milliseconds request_timeout{20'000};
  plan_settings plan;
  std::string ca_file;
  bool allow_private_addresses = false;
};

/// The declaration; give it to the schema of the program.
config::section section();

/// From one `[qcontact.<name>]` whose secrets are resolved.
settings settings_from(const config::section_values& values);

/// The client this channel needs; channels with the same options may share one.
protocols::transport::http_client_options client_options(const settings& s);

}  // namespace fibrehub::channels::qcontact
