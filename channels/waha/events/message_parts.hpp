// What a message carries besides its text.
#pragma once

#include "channels/waha/events/raw_content.hpp"

namespace fibrehub::channels::waha {

/// Nothing when the bridge says that there is no file.
std::optional<media_info> read_media(const node& payload, const raw_content& raw);
std::optional<location_info> read_location(const node& payload);
std::vector<contact_card> read_contacts(const node& payload);
std::optional<reply_info> read_reply(const node& payload);
/// `ack`, `ackName` and `error`.
ack_info read_ack_level(const node& payload);
/// ERROR for -1 … PLAYED for 4; empty for any other.
std::string_view ack_name_of(std::int64_t level);

}  // namespace fibrehub::channels::waha
