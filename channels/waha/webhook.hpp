// The address WAHA posts to: signature over the raw bytes first, then the mapping.
#pragma once

#include "actors/webhook_endpoint.hpp"
#include "channels/waha/settings.hpp"

namespace fibrehub::channels::waha {

/// `is_default` also answers at the address without a name.
actors::webhook_endpoint make_endpoint(const settings& s, bool is_default);

}  // namespace fibrehub::channels::waha
