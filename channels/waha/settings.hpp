// What an operator says about one WAHA server: `[waha.<name>]`.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "config/values.hpp"
#include "domain/chat_routing.hpp"

namespace fibrehub::channels::waha {

/// How messages are sent.
struct send_settings {
  std::string base_url;  // empty: nothing is sent
  std::string api_key;   // empty: WAHA asks for none
  std::chrono::milliseconds timeout{30'000};
  std::chrono::milliseconds session_gap{1'500}, chat_gap{3'000};
  std::string notices_session = "default";
  std::string country_code = "27";
  std::string ca_file;
};

/// How the bridge's sessions are looked after.
struct session_settings {
  std::string base_url;  // empty: they are not
  std::string api_key;
  std::string ca_file;
  std::chrono::milliseconds check{60'000};             // between two looks at all of them
  std::chrono::milliseconds silence_alarm{1'800'000};  // 0: silence is no alarm
  bool restart_silent = false;
  std::chrono::milliseconds catch_up_every{900'000};
  std::chrono::milliseconds catch_up_at_most{259'200'000};
  std::string webhook_url;  // where WAHA reaches the hub; empty: not told
  std::string webhook_key;
};

struct settings {
  std::string name;
  std::vector<std::string> hmac_keys;
  domain::chat_routing_rules routing;
  send_settings sending;
  session_settings sessions;
};

/// The declaration of `[waha.<name>]`.
config::section declared_settings();
settings read_settings(const config::section_values& values);

}  // namespace fibrehub::channels::waha
