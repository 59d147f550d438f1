#include "channels/waha/capabilities.hpp"

#include <array>
#include <charconv>
#include <random>

namespace fibrehub::channels::waha {
namespace {

using parts = std::array<int, 3>;

/// Year, month and number; anything behind them ("-rc1") is left alone.
parts parts_of(std::string_view version) {
  parts out{};
  for (int& part : out) {
    const auto [stop, error] =
        std::from_chars(version.data(), version.data() + version.size(), part);
    if (error != std::errc()) return out;
    version.remove_prefix(static_cast<std::size_t>(stop - version.data()));
    if (version.empty() || version.front() != '.') return out;
    version.remove_prefix(1);
  }
  return out;
}

}  // namespace

bool is_at_least(std::string_view a, std::string_view b) {
  const parts mine = parts_of(a);
  return mine[0] != 0 && mine >= parts_of(b);
}

bool takes_message_ids(std::string_view engine, std::string_view version) {
  return (engine == "NOWEB" || engine == "GOWS") && is_at_least(version, "2026.4.3");
}

std::string new_message_id() {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr int count = 20;
  static thread_local std::random_device random;
  std::uniform_int_distribution<std::size_t> digit(0, digits.size() - 1);
  std::string out = "3EB0";
  for (int i = 0; i < count; ++i)
    out += digits[digit(random)];
  return out;
}

}  // namespace fibrehub::channels::waha
