// Every fault a peer can show, one number each. The table below is the only list: the command line,
// GET/POST /faults and the help text are made from it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "protocols/json/parse.hpp"

namespace fibrehub::peers {

struct fault_set {
  double waha_duplicate_percent = 0;
  double waha_duplicate_copies = 1;
  double waha_out_of_order_percent = 0;
  double waha_delay_ms = 0;
  double waha_wrong_signature_percent = 0;
  double waha_garbage_percent = 0;
  double waha_unknown_event_percent = 0;
  double waha_poison_percent = 0;
  double waha_flood_factor = 1;
  double waha_both_message_events = 0;
  double waha_lid_percent = 0;
  double waha_silent = 0;
  double waha_ack_skip_percent = 0;
  double waha_ack_never_percent = 0;
  double waha_send_empty_percent = 0;
  double waha_send_error_after_percent = 0;
  double waha_send_reset_percent = 0;
  double waha_restricted = 0;
  double waha_media_wrong_host = 0;
  double waha_media_missing_percent = 0;

  double qcontact_expire_percent = 0;
  double qcontact_login_page = 0;
  double qcontact_login_redirect = 0;
  double qcontact_error_percent = 0;
  double qcontact_error_burst = 0;
  double qcontact_html_percent = 0;
  double qcontact_truncated_percent = 0;
  double qcontact_slow_ms = 0;
  double qcontact_rate_limit_percent = 0;
  double qcontact_retry_after_s = 5;
  double qcontact_edits_per_page = 0;
  double qcontact_reset_percent = 0;
  double qcontact_reset_after_bytes = 0;
};

struct fault_switch {
  std::string_view name;
  std::string_view text;
  double fault_set::*member;
  double max;  // the smallest value is always 0
};

std::span<const fault_switch> fault_switches();

/// Sets one switch by name; the error says what is wrong.
tl::expected<void, std::string> set_fault(fault_set& faults, std::string_view name, double value);
/// Applies an object of switches; nothing is applied when one is wrong. `true` is 1, `false` 0.
tl::expected<void, std::string> apply_faults(fault_set& faults,
                                             const protocols::json::value& switches);
std::string faults_json(const fault_set& faults);

}  // namespace fibrehub::peers
