// What a WAHA server of a given version can do. The contract's table of version switches, so that
// one simulator can be any of the servers seen in the wild.
#pragma once

#include <string_view>

namespace fibrehub::peers {

inline constexpr std::string_view waha_version = "2026.2.1";  // the one that was measured

struct waha_features {
  bool signed_webhooks = false;     // retries, HMAC, custom and X-Webhook headers; evt ids
  bool envelope_timestamp = false;  // since 2025.3
  bool me_lid = false;              // since 2025.8.2
  bool status_history = false;      // `statuses` of session.status, since 2025.9.4
  bool group_ack_event = false;     // message.ack.group, since 2025.12.2
  bool keys = false;                // the keys API and worker ids, since 2026.1.4
  bool shared_event_id = false;     // of message and message.any, since 2026.1.4
  bool merge = false;               // ?merge= and GET /api/{s}/contacts/{id}, since 2026.3.1
  bool own_message_id = false;      // `id` on sends, new-message-id, ?x-api-key=, since 2026.4.3
  bool plus_for_all = false;        // several sessions, media and health for everybody, 2026.6.1
  bool passkeys = false;            // and narrow keys and `data` of session.status, since 2026.7.1
  bool reachout_timelock = false;   // told by session.status, since 2026.7.2
};

/// `version` is "year.month.patch"; what cannot be read counts as 0. `plus` is the paid build,
/// which had some of it earlier.
waha_features features_of(std::string_view version, bool plus);

}  // namespace fibrehub::peers
