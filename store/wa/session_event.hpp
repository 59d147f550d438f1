// The live feed's event of a WhatsApp session, whether WAHA told of it or it was seen by looking.
// Messages that waited for the session leave because of it: a commit with events has the outbox
// looked at.
#pragma once

#include <string>

#include "store/events.hpp"

namespace fibrehub::store {

/// `at`: since when it is in that state, by WAHA's clock, or when it was seen.
committed_event session_state_event(const std::string& channel, const std::string& session,
                                    const std::string& status, domain::instant at);

}  // namespace fibrehub::store
