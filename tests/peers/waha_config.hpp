// Webhook configuration as WAHA takes it: from a session's `config`, or from the environment (here
// the command line) for the global hook.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "peers/options.hpp"

namespace fibrehub::peers {

struct session_config {
  std::string metadata_json;  // empty when there is none
  std::vector<webhook_config> webhooks;
  bool store = false;        // noweb.store.enabled
  bool tags_events = false;  // webjs.tagsEventsOn
  bool ignore_status = false;
  bool ignore_groups = false;
  bool ignore_channels = false;
  bool ignore_broadcast = false;

  /// Messages of this chat are not told.
  bool ignores(std::string_view chat) const;
};

/// A name of the contract's event list, or "*".
bool is_waha_event(std::string_view name);

/// The error is the text WAHA puts in its 400 answer.
tl::expected<session_config, std::string> parse_session_config(std::string_view json);
/// What the version makes of a webhook: old ones neither sign nor try again.
void adapt_webhook(webhook_config& hook, const peers_options& options);
tl::expected<webhook_config, std::string> global_webhook(const peers_options& options);

}  // namespace fibrehub::peers
