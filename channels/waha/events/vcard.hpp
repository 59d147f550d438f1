// The few lines of a vCard that tell whom to call.
#pragma once

#include <string_view>

#include "channels/waha/events/event.hpp"

namespace fibrehub::channels::waha {

/// Name (FN), organization (ORG), up to 20 telephone numbers (TEL) and WhatsApp's `waid`; the card
/// itself is kept whole.
contact_card read_vcard(std::string_view text);

}  // namespace fibrehub::channels::waha
