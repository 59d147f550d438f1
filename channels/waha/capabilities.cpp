#include "channels/waha/capabilities.hpp"

#include <array>
#include <charconv>
#include <random>
#include <utility>

namespace fibrehub::channels::waha {
namespace {

using parts = std::array<int, 3>;

/// Year, month and number; anything behind them ("-rc1") is left alone.
parts parts_of(std::string_view version) {
  parts out{};
  for (int& part : out) {
    const auto [stop, error] =
        std::from_chars(version.data(), version.data() + version.size(), part);
    if (error != std::errc()) return out;
    version.remove_prefix(static_cast<std::size_t>(stop - version.data()));
    if (version.empty() || version.front() != '.') return out;
    version.remove_prefix(1);
  }
  return out;
}

}  // namespace

bool is_at_least(std::string_view a, std::string_view b) {
  const parts mine = parts_of(a);
  return mine[0] != 0 && mine >= parts_of(b);
}

bool takes_message_ids(std::string_view engine, std::string_view version) {
  return (engine == "NOWEB" || engine == "GOWS") && is_at_least(version, "2026.4.3");
}

capabilities capabilities_of(std::string_view engine, std::string_view version,
                             std::string_view tier) {
  const auto since = [version](std::string_view v) { return is_at_least(version, v); };
  const bool is_noweb = engine == "NOWEB";
  const bool is_gows = engine == "GOWS";
  const bool is_browser = engine == "WEBJS" || engine == "WPP";
  const bool is_known = is_noweb || is_gows || is_browser;
  const bool is_plus = tier == "PLUS" || since("2026.6.1");
  capabilities c;
  c.signed_webhooks = since("2024.11") || (tier == "PLUS" && since("2024.1"));
  c.event_times = since("2025.3");
  c.status_history = since("2025.9.4");
  // WEBJS tells of groups only with `webjs.tagsEventsOn`.
  c.group_acks = is_known && since("2025.12.2");
  c.several_sessions = is_plus;
  c.sends_files = is_plus;
  c.message_ids = takes_message_ids(engine, version);
  c.new_message_id = c.message_ids;
  c.narrow_keys = since("2026.1.4");
  c.lists_past = is_known;
  c.all_chats_at_once = is_noweb || is_gows;
  c.lids = is_known && since("2025.8.2");
  c.merged_chats = since("2026.3.1");
  c.passkeys = is_gows && since("2026.7.1");
  c.tells_restrictions = since("2026.7.2");
  return c;
}

std::string to_json(const capabilities& c) {
  const std::array<std::pair<const char*, bool>, 15> all{{
      {"signed_webhooks", c.signed_webhooks},
      {"event_times", c.event_times},
      {"status_history", c.status_history},
      {"group_acks", c.group_acks},
      {"several_sessions", c.several_sessions},
      {"sends_files", c.sends_files},
      {"message_ids", c.message_ids},
      {"new_message_id", c.new_message_id},
      {"narrow_keys", c.narrow_keys},
      {"lists_past", c.lists_past},
      {"all_chats_at_once", c.all_chats_at_once},
      {"lids", c.lids},
      {"merged_chats", c.merged_chats},
      {"passkeys", c.passkeys},
      {"tells_restrictions", c.tells_restrictions},
  }};
  std::string out = "{";
  for (const auto& [name, can] : all)
    out.append(out.size() > 1 ? ",\"" : "\"").append(name).append(can ? "\":true" : "\":false");
  return out + "}";
}

std::string new_message_id() {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr int count = 20;
  static thread_local std::random_device random;
  std::uniform_int_distribution<std::size_t> digit(0, digits.size() - 1);
  std::string out = "3EB0";
  for (int i = 0; i < count; ++i)
    out += digits[digit(random)];
  return out;
}

}  // namespace fibrehub::channels::waha
