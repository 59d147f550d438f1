// The engine's own record of a message (`_data`): what it calls the content, and where that is.
#pragma once

#include "channels/waha/events/event.hpp"

namespace fibrehub::channels::waha {

struct raw_content {
  std::string name;  // "imageMessage", "chat"; empty when the record does not tell
  node body;         // what stands under that name; WEBJS: the whole record
};

/// Wrappers (ephemeral, view once, edited …) are taken off.
raw_content find_raw_content(const node& payload);
/// The same of WhatsApp's own message (Baileys' `message`).
raw_content content_of(const node& message);

/// What it is in one word for every engine: text, image, video, audio, voice, sticker, document,
/// location, contact, poll, event, reaction, call, revoked, protocol, notification, other. Empty
/// when the name says nothing.
std::string_view type_of(const raw_content& raw);

/// Canonical ids of the people named with @.
std::vector<std::string> read_mentions(const node& payload, const raw_content& raw);

/// The question and the answers of a message that opens a poll.
std::optional<poll_info> read_poll(const raw_content& raw);

}  // namespace fibrehub::channels::waha
