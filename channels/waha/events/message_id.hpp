// Finding the id of a message among the ways the engines write it.
#pragma once

#include "channels/waha/events/event.hpp"

namespace fibrehub::channels::waha {

/// In this order: `id` as text, `id._serialized`, the parts of `id`, the parts of `key` (Baileys'
/// {remoteJid, fromMe, id, participant}). The problem names `id`.
tl::expected<message_ref, problem> read_message_id(const node& holder, const node& key);

/// An id that may be bare: then only the stanza is known. The problem names `field`.
tl::expected<message_ref, problem> read_target_id(const node& holder, std::string_view field);

/// An id of a person or chat as text, or as whatsapp-web.js' {server, user, _serialized};
/// canonical. Empty, and noted, when it is neither, or longer than an id can be.
std::string jid_of(const node& value);
std::string read_jid(const node& holder, std::string_view field);

}  // namespace fibrehub::channels::waha
