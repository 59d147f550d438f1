// An event as one line of JSON: docs/waha-events.md describes the fields.
#pragma once

#include <string>

#include "channels/waha/events/event.hpp"

namespace fibrehub::channels::waha {

/// Deterministic: the same event and notes give the same bytes.
std::string to_json(const event& e, const notes& left_out);

}  // namespace fibrehub::channels::waha
