// How a person would write: how long the other side sees "typing" before a message. Pure.
#pragma once

#include <chrono>
#include <string_view>

namespace fibrehub::channels::waha {

/// Between 1 and 5 s: longer for longer texts, never twice the same. `chance` in [0, 1).
std::chrono::milliseconds typing_time(std::string_view utf8, double chance);

}  // namespace fibrehub::channels::waha
