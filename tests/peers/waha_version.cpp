#include "peers/waha_version.hpp"

#include <array>
#include <charconv>

namespace fibrehub::peers {

namespace {

using release = std::array<int, 3>;

release parse_release(std::string_view text) {
  release out{};
  for (int& part : out) {
    const auto dot = text.find('.');
    const auto number = text.substr(0, dot);
    std::from_chars(number.data(), number.data() + number.size(), part);
    if (dot == std::string_view::npos) break;
    text.remove_prefix(dot + 1);
  }
  return out;
}

}  // namespace

waha_features features_of(std::string_view version, bool plus) {
  const release r = parse_release(version);
  waha_features f;
  f.signed_webhooks = plus || r >= release{2024, 11, 0};
  f.envelope_timestamp = r >= release{2025, 3, 0};
  f.me_lid = r >= release{2025, 8, 2};
  f.status_history = r >= release{2025, 9, 4};
  f.group_ack_event = r >= release{2025, 12, 2};
  f.keys = r >= release{2026, 1, 4};
  f.shared_event_id = r >= release{2026, 1, 4};
  f.merge = r >= release{2026, 3, 1};
  f.own_message_id = r >= release{2026, 4, 3};
  f.plus_for_all = plus || r >= release{2026, 6, 1};
  f.passkeys = r >= release{2026, 7, 1};
  f.reachout_timelock = r >= release{2026, 7, 2};
  return f;
}

}  // namespace fibrehub::peers
