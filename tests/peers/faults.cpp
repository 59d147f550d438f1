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
    fault_switch{"waha_ack_skip_percent", "steps missing from the ack ladder",
                 &f::waha_ack_skip_percent, percent},
    fault_switch{"waha_ack_never_percent", "own messages that never get an ack",
                 &f::waha_ack_never_percent, percent},
    fault_switch{"waha_send_empty_percent", "sends answered 201 with an empty body",
                 &f::waha_send_empty_percent, percent},
    fault_switch{"waha_send_error_after_percent", "sends that happen but answer 500",
                 &f::waha_send_error_after_percent, percent},
    fault_switch{"waha_send_reset_percent", "sends that happen but lose the answer",
                 &f::waha_send_reset_percent, percent},
    fault_switch{"waha_restricted", "error 463: chats that never wrote to us cannot be reached",
                 &f::waha_restricted, flag},
    fault_switch{"waha_media_wrong_host", "media URLs say http://localhost:3000",
                 &f::waha_media_wrong_host, flag},
    fault_switch{"waha_media_missing_percent", "media requests answered 404",
                 &f::waha_media_missing_percent, percent},
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

tl::expected<void, std::string> apply_faults(fault_set& faults,
                                             const protocols::json::value& given) {
  if (!given.IsObject()) return tl::unexpected(std::string("faults must be a JSON object"));
  fault_set changed = faults;
  for (const auto& member : given.GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
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
  return w.end_object().text();
}

}  // namespace fibrehub::peers
