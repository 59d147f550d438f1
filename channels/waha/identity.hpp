// WhatsApp's ids: one person or chat has several spellings; the hub keeps one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/inbound.hpp"

namespace fibrehub::channels::waha {

/// The spelling the hub keeps: `@s.whatsapp.net` becomes `@c.us`, a device suffix (`:12`) goes, an
/// id without `@` is a phone number.
std::string canonical_id(std::string_view id);

/// Group, person, or something that is no conversation (status posts, newsletters, broadcasts).
domain::chat_kind kind_of(std::string_view canonical_chat);

/// direct, group, broadcast, newsletter or status: more than tickets need to know.
std::string_view kind_name(std::string_view canonical_chat);

/// A serialised message id `{true|false}_{chat}_{stanza}[_{participant}]`, taken apart. Only the
/// stanza and the direction name the message; the rest may differ between events about it.
struct message_id {
  bool from_me = false;
  std::string chat;
  std::string stanza;
  std::string participant;
};
std::optional<message_id> parse_message_id(std::string_view serialised);
/// The opposite, for ids that came in parts.
std::string serialise(const message_id& id);

/// The stanza of an id that may be bare or serialised.
std::string stanza_of(std::string_view id);

}  // namespace fibrehub::channels::waha
