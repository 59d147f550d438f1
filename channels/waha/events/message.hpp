// Reading one message as WEBJS, WPP, NOWEB and GOWS each spell it.
#pragma once

#include "channels/waha/events/event.hpp"

namespace fibrehub::channels::waha {

/// `me` is the account of the session, or null. The problem names the id: nothing else is needed.
tl::expected<message_info, problem> read_message(const node& payload, const account* me);

/// Without the content: for events that only point at a message, or act on one.
tl::expected<message_info, problem> read_message_head(const node& payload, const account* me);

}  // namespace fibrehub::channels::waha
