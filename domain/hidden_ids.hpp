// When the bridge is asked again whose phone number is behind a hidden id. It may come to know it
// late, or never. Pure.
#pragma once

#include <chrono>

namespace fibrehub::domain {

/// How long nobody asks, the bridge not having known it `asked` times (1 at least).
constexpr std::chrono::hours hidden_id_rests(int asked) {
  using std::chrono::hours;
  return asked <= 1 ? hours(1) : asked == 2 ? hours(6) : asked == 3 ? hours(24) : hours(24 * 7);
}

}  // namespace fibrehub::domain
