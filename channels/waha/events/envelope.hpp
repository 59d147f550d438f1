// The part of a delivery that is the same for every event: who sends it, of which session, when.
#pragma once

#include "channels/waha/events/event.hpp"

namespace fibrehub::channels::waha {

/// The problem names event, session or payload: nothing else is needed. `doc` and `out` outlive the
/// result.
tl::expected<envelope, problem> read_envelope(const protocols::json::value& doc, notes& out);

/// {isActive, enforcementType, timeEnforcementEnds}.
std::optional<reachout_timelock> read_timelock(const node& holder);

}  // namespace fibrehub::channels::waha
