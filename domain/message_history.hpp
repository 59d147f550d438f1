// What a message says after it was edited and taken back, whatever the order in which that was
// told: the same changes always end in the same text. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/inbound.hpp"
#include "domain/time.hpp"

namespace fibrehub::domain {

struct text_edit {
  instant at{};
  std::string key;  // its own, for ever: decides between edits of one instant
  std::string text;
};

/// All that is known of a message's text.
struct message_text {
  std::string original;
  std::vector<text_edit> edits;  // in order
  std::optional<instant> revoked_at;

  /// The newest edit's text that was made before the message was taken back; without one the
  /// original.
  const std::string& current() const;
  /// When that edit was made; nothing when it says what it said.
  std::optional<instant> edited_at() const;
};

/// Puts the edit in its place; false when it is known.
bool add_edit(message_text& text, text_edit edit);
/// The first one counts.
void revoke(message_text& text, instant at);

/// "Voice call: rejected".
std::string call_text(call_note::step step, bool video, bool group);
std::string_view name_of(call_note::step step);
std::optional<call_note::step> call_step_from(std::string_view name);
std::string_view name_of(message_change::kind kind);

}  // namespace fibrehub::domain
