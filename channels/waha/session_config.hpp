// The configuration of a session that is made here: what the caller wants, and besides that what
// the hub needs of it: a webhook to us, signed with our key, and a store of the past to catch up
// from.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace fibrehub::channels::waha {

/// Where WAHA reaches the hub.
struct webhook_target {
  std::string url;  // empty: WAHA has a webhook for all sessions
  std::string key;  // signs the deliveries
};

/// `config_json`: a JSON object, or empty. What it says of its own stays; a webhook to our address
/// is replaced by ours. The error is one sentence.
tl::expected<std::string, std::string> session_config(const std::string& config_json,
                                                      const webhook_target& target,
                                                      std::string_view engine,
                                                      std::string_view version);

}  // namespace fibrehub::channels::waha
