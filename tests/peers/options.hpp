// Everything the simulated peers can be told at the start; the command line fills it in.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "peers/faults.hpp"
#include "peers/waha_model.hpp"
#include "peers/waha_version.hpp"
#include "peers/webhook_sender.hpp"

namespace fibrehub::peers {

struct peers_options {
  std::string bind = "127.0.0.1";  // of the WAHA and QContact servers; control is always loopback
  std::uint16_t waha_port = 0;
  std::uint16_t qcontact_port = 0;
  std::uint16_t control_port = 0;
  std::uint64_t seed = 1;

  waha_engine engine = waha_engine::noweb;
  std::string version{waha_version};  // what it can do follows from this
  bool plus = true;                   // the paid build; before 2026.6.1 CORE can do less
  bool paired = true;                 // the sessions below; else they show QR codes
  bool noweb_store = true;            // of the sessions below: NOWEB can list chats and messages
  std::string api_key = "simulated-waha-key";
  std::vector<std::string> sessions{"default"};
  std::string metadata_json;      // of the sessions; empty: none
  std::string media_base_url;     // empty: this simulator's own address
  double files_lifetime_s = 180;  // 0: for ever
  double time_scale = 1;  // multiplies WAHA's own waits (status changes, acks, "wait for WORKING")

  std::string hub_webhook;  // empty: no global webhook
  std::vector<std::string> webhook_events{
      "session.status",    "message.any",     "message.ack",
      "message.ack.group", "message.waiting", "message.reaction",
      "message.edited",    "message.revoked", "presence.update",
      "poll.vote",         "call.received",   "call.accepted",
      "call.rejected",     "group.v2.join",   "group.v2.leave",
      "group.v2.update",   "chat.archive",    "group.v2.participants"};
  std::string hmac_key;
  retry_policy policy = retry_policy::constant;
  double retry_delay_s = 2;
  int retry_attempts = 15;
  std::vector<std::string> webhook_headers;  // "Name:Value"
  std::size_t max_concurrent_webhooks = 0;   // 0: no limit, as WAHA has none

  double rate_per_s = 3;  // messages; 0: none
  double case_rate_per_s = 0.2;
  int burst_size = 12;
  double burst_every_s = 30;  // 0: no bursts

  std::string qcontact_user = "velocity@fibertimemaintenance.com";
  std::string qcontact_password = "simulated-password";
  std::string qcontact_queue = "Maintenance - Velocity";
  double qcontact_session_s = 8 * 3600;
  int qcontact_cases = 60;  // at the start

  fault_set faults;
};

}  // namespace fibrehub::peers
