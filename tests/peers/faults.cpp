#include "peers/faults.hpp"

#include "peers/json_writer.hpp"

namespace fibrehub::peers {

namespace {

using f = fault_set;

constexpr double percent = 100;
constexpr double flag = 1;

constexpr std::array switches{
    fault_switch{"waha_duplicate_percent", "webhooks that arrive more than once",
                 &f::waha_duplicate_percent, percent},
    fault_switch{"waha_duplicate_copies", "extra copies of a duplicated webhook",
                 &f::waha_duplicate_copies, 100},
    fault_switch{"waha_out_of_order_percent", "webhooks held back until later ones passed them",
                 &f::waha_out_of_order_percent, percent},
    fault_switch{"waha_delay_ms", "longest random delay before a webhook leaves", &f::waha_delay_ms,
                 600'000},
    fault_switch{"waha_wrong_signature_percent", "messages followed by a forgery badly signed",
                 &f::waha_wrong_signature_percent, percent},
    fault_switch{"waha_garbage_percent", "messages followed by a signed body that is no JSON",
                 &f::waha_garbage_percent, percent},
    fault_switch{"waha_unknown_event_percent", "messages followed by an event nobody knows",
                 &f::waha_unknown_event_percent, percent},
    fault_switch{"waha_poison_percent", "messages followed by another text under the same id",
                 &f::waha_poison_percent, percent},
    fault_switch{"waha_flood_factor", "the traffic rate is multiplied by this",
                 &f::waha_flood_factor, 1000},
    fault_switch{"waha_both_message_events", "send message and message.any for every message",
                 &f::waha_both_message_events, flag},
    fault_switch{"waha_lid_percent", "messages that name people by their hidden id",
                 &f::waha_lid_percent, percent},
    fault_switch{"waha_silent", "sessions stay WORKING but emit nothing until a restart",
                 &f::waha_silent, flag},
    fault_switch{"waha_no_network",
                 "sessions that start find no network: STARTING again and again, then FAILED",
                 &f::waha_no_network, flag},
    fault_switch{"waha_passkey", "pairing wants a passkey (GOWS since 2026.7.1)", &f::waha_passkey,
                 flag},
    fault_switch{"waha_lock_percent", "lifecycle calls that never get the session's lock",
                 &f::waha_lock_percent, percent},
    fault_switch{"waha_backlog_repeat", "known messages told again when a session reconnects",
                 &f::waha_backlog_repeat, 100'000},
    fault_switch{"waha_ack_skip_percent", "steps missing from the ack ladder",
                 &f::waha_ack_skip_percent, percent},
    fault_switch{"waha_ack_never_percent", "own messages that arrive but never get an ack",
                 &f::waha_ack_never_percent, percent},
    fault_switch{"waha_ack_duplicate_percent", "acks told twice", &f::waha_ack_duplicate_percent,
                 percent},
    fault_switch{"waha_ack_reorder_percent", "ladders whose steps arrive in reverse",
                 &f::waha_ack_reorder_percent, percent},
    fault_switch{"waha_ack_error_percent", "own messages that get ERROR and are not delivered",
                 &f::waha_ack_error_percent, percent},
    fault_switch{"waha_ack_inbound_percent",
                 "inbound messages acked too: another device of ours read them (GOWS)",
                 &f::waha_ack_inbound_percent, percent},
    fault_switch{"waha_key_refused", "no API key is right: the server made up another one",
                 &f::waha_key_refused, flag},
    fault_switch{"waha_lid_unknown", "nobody can tell the phone number behind a hidden id",
                 &f::waha_lid_unknown, flag},
    fault_switch{"waha_lid_no_hints", "events by hidden id carry no phone number in _data",
                 &f::waha_lid_no_hints, flag},
    fault_switch{"waha_lid_ack_by_phone_percent",
                 "acks that name by phone a chat that was named by hidden id",
                 &f::waha_lid_ack_by_phone_percent, percent},
    fault_switch{"waha_double_address_percent", "messages told twice: by hidden id and by phone",
                 &f::waha_double_address_percent, percent},
    fault_switch{"waha_echo_early_percent",
                 "sends whose message.any is acknowledged before they are answered",
                 &f::waha_echo_early_percent, percent},
    fault_switch{"waha_echo_late_percent", "sends whose message.any leaves after the answer",
                 &f::waha_echo_late_percent, percent},
    fault_switch{"waha_echo_never_percent", "sends without message.any",
                 &f::waha_echo_never_percent, percent},
    fault_switch{"waha_send_empty_percent", "sends answered 201 with an empty body",
                 &f::waha_send_empty_percent, percent},
    fault_switch{"waha_send_null_percent", "sends answered 201 with null",
                 &f::waha_send_null_percent, percent},
    fault_switch{"waha_send_error_before_percent", "sends that answer 500 and do not happen",
                 &f::waha_send_error_before_percent, percent},
    fault_switch{"waha_send_error_after_percent", "sends that happen but answer 500",
                 &f::waha_send_error_after_percent, percent},
    fault_switch{"waha_send_reset_before_percent", "sends that do not happen and lose the answer",
                 &f::waha_send_reset_before_percent, percent},
    fault_switch{"waha_send_reset_percent", "sends that happen but lose the answer",
                 &f::waha_send_reset_percent, percent},
    fault_switch{"waha_send_pending_percent", "sends accepted that stay PENDING and never leave",
                 &f::waha_send_pending_percent, percent},
    fault_switch{"waha_send_slow_ms", "delay before a send is answered", &f::waha_send_slow_ms,
                 600'000},
    fault_switch{"waha_send_no_serialized", "WEBJS answers without id._serialized",
                 &f::waha_send_no_serialized, flag},
    fault_switch{"waha_restricted", "error 463: chats that never wrote to us cannot be reached",
                 &f::waha_restricted, flag},
    fault_switch{"waha_read_error_percent", "reading calls answered 500 rate-overlimit",
                 &f::waha_read_error_percent, percent},
    fault_switch{"waha_short_pages",
                 "message lists are filtered after paging: pages come back short",
                 &f::waha_short_pages, flag},
    fault_switch{"waha_media_wrong_host", "media URLs say http://localhost:3000",
                 &f::waha_media_wrong_host, flag},
    fault_switch{"waha_media_missing_percent", "media requests answered 404",
                 &f::waha_media_missing_percent, percent},
    fault_switch{"waha_media_error_percent", "media whose download failed: url null and an error",
                 &f::waha_media_error_percent, percent},
    fault_switch{"waha_media_skipped_percent",
                 "media not downloaded: media is null, without an error",
                 &f::waha_media_skipped_percent, percent},
    fault_switch{"waha_media_gone", "media downloads asked for again stall and fail",
                 &f::waha_media_gone, flag},
    fault_switch{"waha_media_s3",
                 "media URLs are signed ones of another server, which wants no key",
                 &f::waha_media_s3, flag},
    fault_switch{"waha_media_delay_ms", "delay of a message while its media are downloaded",
                 &f::waha_media_delay_ms, 600'000},
    fault_switch{"qcontact_expire_percent", "requests that find their session expired",
                 &f::qcontact_expire_percent, percent},
    fault_switch{"qcontact_login_page", "an expired session gets a login page with 200, not 401",
                 &f::qcontact_login_page, flag},
    fault_switch{"qcontact_login_redirect", "an expired session is redirected to the login page",
                 &f::qcontact_login_redirect, flag},
    fault_switch{"qcontact_error_percent", "requests answered 500", &f::qcontact_error_percent,
                 percent},
    fault_switch{"qcontact_error_burst", "the next n requests are answered 500",
                 &f::qcontact_error_burst, 1'000'000},
    fault_switch{"qcontact_html_percent", "answers that are HTML instead of JSON",
                 &f::qcontact_html_percent, percent},
    fault_switch{"qcontact_truncated_percent", "answers whose JSON stops in the middle",
                 &f::qcontact_truncated_percent, percent},
    fault_switch{"qcontact_slow_ms", "delay before every answer", &f::qcontact_slow_ms, 600'000},
    fault_switch{"qcontact_rate_limit_percent", "requests answered 429",
                 &f::qcontact_rate_limit_percent, percent},
    fault_switch{"qcontact_retry_after_s", "Retry-After of a 429", &f::qcontact_retry_after_s,
                 86'400},
    fault_switch{"qcontact_edits_per_page", "cases changed after every page handed out",
                 &f::qcontact_edits_per_page, 1000},
    fault_switch{"qcontact_reset_percent", "answers cut off by a connection reset",
                 &f::qcontact_reset_percent, percent},
    fault_switch{"qcontact_reset_after_bytes", "bytes sent before the reset",
                 &f::qcontact_reset_after_bytes, 100'000'000},
};

bool is_percentage(const fault_switch& s) {
  return s.name.ends_with("_percent");
}

}  // namespace

std::span<const fault_switch> fault_switches() {
  return switches;
}

tl::expected<void, std::string> set_fault(fault_set& faults, std::string_view name, double value) {
  for (const auto& s : switches) {
    if (s.name != name) continue;
    if (!(value >= 0 && value <= s.max)) {
      return tl::unexpected(fmt::format("{} must be between 0 and {}", name, s.max));
    }
    faults.*s.member = value;
    return {};
  }
  return tl::unexpected(
      fmt::format("unknown fault \"{}\"; --list-faults and GET /faults name them", name));
}

tl::expected<void, std::string> arm_fault(fault_set& faults, std::string_view name, double count) {
  for (std::size_t i = 0; i < switches.size(); ++i) {
    if (switches[i].name != name) continue;
    if (!is_percentage(switches[i])) {
      return tl::unexpected(fmt::format("{} is no percentage and cannot be armed", name));
    }
    if (!(count >= 0 && count <= 1'000'000)) {
      return tl::unexpected(fmt::format("next.{} must be between 0 and 1000000", name));
    }
    faults.armed.resize(switches.size());
    faults.armed[i] = static_cast<unsigned>(count);
    return {};
  }
  return tl::unexpected(
      fmt::format("unknown fault \"{}\"; --list-faults and GET /faults name them", name));
}

namespace {

tl::expected<void, std::string> arm_faults(fault_set& faults, const protocols::json::value& given) {
  if (!given.IsObject()) return tl::unexpected(std::string("next must be a JSON object"));
  for (const auto& member : given.GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    if (!member.value.IsNumber()) {
      return tl::unexpected(fmt::format("next.{} must be a number", name));
    }
    if (auto set = arm_fault(faults, name, member.value.GetDouble()); !set) return set;
  }
  return {};
}

}  // namespace

tl::expected<void, std::string> apply_faults(fault_set& faults,
                                             const protocols::json::value& given) {
  if (!given.IsObject()) return tl::unexpected(std::string("faults must be a JSON object"));
  fault_set changed = faults;
  for (const auto& member : given.GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    if (name == "next") {
      if (auto set = arm_faults(changed, member.value); !set) return set;
      continue;
    }
    if (!member.value.IsNumber() && !member.value.IsBool()) {
      return tl::unexpected(fmt::format("{} must be a number, true or false", name));
    }
    const double value = member.value.IsBool() ? static_cast<double>(member.value.GetBool())
                                               : member.value.GetDouble();
    if (auto set = set_fault(changed, name, value); !set) return set;
  }
  faults = changed;
  return {};
}

std::string faults_json(const fault_set& faults) {
  json_writer w;
  w.object();
  for (const auto& s : switches)
    w.field(s.name, faults.*s.member);
  w.key("next").object();
  for (std::size_t i = 0; i < faults.armed.size(); ++i) {
    if (faults.armed[i] > 0) w.field(switches[i].name, faults.armed[i]);
  }
  return w.end_object().end_object().text();
}

fault_dice::fault_dice(fault_set& faults, std::uint64_t seed) : faults_(faults) {
  for (const auto& s : switches) {
    std::uint64_t mixed = seed;
    for (const char c : s.name)
      mixed = mixed * 1'099'511'628'211ULL + static_cast<unsigned char>(c);
    random_.emplace_back(mixed);
  }
}

bool fault_dice::operator()(double fault_set::*which) {
  for (std::size_t i = 0; i < switches.size(); ++i) {
    if (switches[i].member != which) continue;
    if (i < faults_.armed.size() && faults_.armed[i] > 0) {
      --faults_.armed[i];
      return true;
    }
    const double value = faults_.*which;
    return is_percentage(switches[i]) ? random_[i].percent(value) : value > 0;
  }
  return false;
}

}  // namespace fibrehub::peers
