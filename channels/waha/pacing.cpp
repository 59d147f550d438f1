#include "channels/waha/pacing.hpp"

#include <algorithm>

namespace fibrehub::channels::waha {

std::chrono::milliseconds typing_time(std::string_view utf8, double chance) {
  using std::chrono::milliseconds;
  constexpr milliseconds shortest{1000}, longest{5000};
  constexpr double per_character_ms = 35, spread = 0.4;  // ±20 %
  const auto characters = std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  });
  const double base = 800 + per_character_ms * static_cast<double>(characters);
  const double ms = base * (1 - spread / 2 + spread * chance);
  // What is longer than the longest still varies.
  const double capped = std::min(ms, static_cast<double>(longest.count()) * (0.8 + 0.2 * chance));
  return std::clamp(milliseconds(static_cast<std::int64_t>(capped)), shortest, longest);
}

}  // namespace fibrehub::channels::waha
