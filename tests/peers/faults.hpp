// Every fault a peer can show, one number each; a percentage can also be armed for the next n
// occasions. The table in faults.cpp is the only list: the command line, GET/POST /faults and the
// help text are made from it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "peers/support.hpp"
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
  double waha_no_network = 0;
  double waha_passkey = 0;
  double waha_lock_percent = 0;
  double waha_backlog_repeat = 0;
  double waha_ack_skip_percent = 0;
  double waha_ack_never_percent = 0;
  double waha_ack_duplicate_percent = 0;
  double waha_ack_reorder_percent = 0;
  double waha_ack_error_percent = 0;
  double waha_ack_inbound_percent = 0;
  double waha_key_refused = 0;
  double waha_lid_unknown = 0;
  double waha_lid_no_hints = 0;
  double waha_lid_ack_by_phone_percent = 0;
  double waha_double_address_percent = 0;
  double waha_echo_early_percent = 0;
  double waha_echo_late_percent = 0;
  double waha_echo_never_percent = 0;
  double waha_send_empty_percent = 0;
  double waha_send_null_percent = 0;
  double waha_send_error_before_percent = 0;
  double waha_send_error_after_percent = 0;
  double waha_send_reset_before_percent = 0;
  double waha_send_reset_percent = 0;
  double waha_send_pending_percent = 0;
  double waha_send_slow_ms = 0;
  double waha_send_no_serialized = 0;
  double waha_restricted = 0;
  double waha_read_error_percent = 0;
  double waha_short_pages = 0;
  double waha_media_wrong_host = 0;
  double waha_media_missing_percent = 0;
  double waha_media_error_percent = 0;
  double waha_media_skipped_percent = 0;
  double waha_media_gone = 0;
  double waha_media_s3 = 0;
  double waha_media_delay_ms = 0;

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

  /// How many of the next occasions certainly fail, one number per switch; empty: none.
  std::vector<unsigned> armed;
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
/// The next `count` occasions fail, whatever the percentage; only for switches that are
/// percentages.
tl::expected<void, std::string> arm_fault(fault_set& faults, std::string_view name, double count);
/// Applies an object of switches; nothing is applied when one is wrong. `true` is 1, `false` 0. The
/// member "next" is an object of its own: how many occasions of each switch are armed.
tl::expected<void, std::string> apply_faults(fault_set& faults,
                                             const protocols::json::value& switches);
std::string faults_json(const fault_set& faults);

/// Decides whether a fault happens. Every switch has a sequence of its own made from the seed: its
/// n-th occasion always goes the same way, whatever else happens.
class fault_dice {
 public:
  fault_dice(fault_set& faults, std::uint64_t seed);
  bool operator()(double fault_set::*which);

 private:
  fault_set& faults_;
  std::vector<random_source> random_;
};

}  // namespace fibrehub::peers
