// From a delivery's bytes to what it means, for every engine. Pure: no signature, no clock, no
// store. What cannot be understood becomes `unreadable`, what changes nothing becomes `kept`.
#pragma once

#include <string>
#include <string_view>

#include "store/inbox.hpp"

namespace fibrehub::channels::waha {

/// `channel` is the configured name of the WAHA server; `body` is moved into the result.
/// The result has everything but its headers.
store::ingest map_delivery(const std::string& channel, std::string body,
                           domain::instant received_at);

}  // namespace fibrehub::channels::waha
