// From what a failed call says to what it means.
#pragma once

#include "channels/waha/answers/failure.hpp"

namespace fibrehub::channels::waha {

/// Sets kind and verdict. `request` is the echo of the call's body, or absent.
void classify(failure& f, const call_context& context, const node& request);

/// Whether making the call twice does the same as making it once: whatever only reads, replaces,
/// deletes, or moves a session between its states.
bool is_repeatable(const call_context& context);

}  // namespace fibrehub::channels::waha
