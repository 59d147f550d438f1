// How a session (a phone line) is doing.
#pragma once

#include "channels/waha/events/event.hpp"

namespace fibrehub::channels::waha {

/// The problem names the status. Values this version does not know are passed on.
tl::expected<status_event, problem> read_status(const envelope& e);

}  // namespace fibrehub::channels::waha
