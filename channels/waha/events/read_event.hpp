// From the body of a delivery to what it says: every event of WAHA, one way for all engines. Pure:
// no signature, no clock, no store.
#pragma once

#include "channels/waha/events/event.hpp"

namespace fibrehub::channels::waha {

/// Largest body read, in bytes; WAHA's own limit on what it sends is far below.
inline constexpr std::size_t max_delivery_bytes = std::size_t{5} * 1024 * 1024;

/// `doc` is the parsed `body`; `doc` and `out` outlive the result. What can be done without is
/// noted in `out`; the problem names the field that cannot.
tl::expected<event, problem> read_event(const protocols::json::value& doc, std::string_view body,
                                        notes& out);

/// The name of a known event's kind, or "unknown".
std::string_view kind_of_event(std::string_view event);

}  // namespace fibrehub::channels::waha
