// What may be done to a message once it was written: changed, taken back, reacted to. What has not
// left yet is changed where it waits; what has left is changed at WhatsApp, as long as that allows
// it. Pure.
#pragma once

#include <chrono>
#include <string>

#include "domain/send_state.hpp"
#include "domain/time.hpp"

namespace fibrehub::domain {

enum class message_act { edit, erase, react };

/// WhatsApp takes edits no longer than this after a message was sent.
inline constexpr std::chrono::minutes edit_window{15};

struct written_message {
  bool ours = false;
  bool is_text = true;
  bool is_named = true;               // WhatsApp's name for it is known
  std::optional<send_state> state{};  // nothing: typed on the phone, or received
  bool under_way = false;             // an attempt is running, or ended without an answer
  instant left_at{};                  // as far as known
};

struct act_verdict {
  enum class kind {
    change_waiting,  // it has not left
    send,            // WhatsApp has it
    refused          // `reason` and `message` say why
  } what = kind::refused;
  std::string reason = {};  // not_ours, not_text, on_its_way, not_sent, unnamed, too_late
  std::string message = {};
};
act_verdict may_act(message_act act, const written_message& m, instant now);

}  // namespace fibrehub::domain
