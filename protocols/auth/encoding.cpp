#include "protocols/auth/encoding.hpp"

#include <array>
#include <cstdint>

namespace fibrehub::protocols::auth {
namespace {

constexpr std::string_view base64url_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view base32_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view readable_digits = "0123456789abcdefghjkmnpqrstvwxyz";

using digit_values = std::array<std::int8_t, 256>;

constexpr digit_values values_of(std::string_view digits, bool either_case) {
  digit_values out{};
  out.fill(-1);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const auto c = static_cast<unsigned char>(digits[i]);
    out[c] = static_cast<std::int8_t>(i);
    if (either_case && c >= 'A' && c <= 'Z') out[c + 32U] = static_cast<std::int8_t>(i);
  }
  return out;
}

constexpr digit_values base64url_values = values_of(base64url_digits, false);
constexpr digit_values base32_values = values_of(base32_digits, true);

/// `width`: bits of a digit.
std::string encode(std::string_view bytes, std::string_view digits, unsigned width) {
  std::string out;
  out.reserve((bytes.size() * 8 + width - 1) / width);
  const unsigned mask = (1U << width) - 1;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : bytes) {
    bits = bits << 8U | static_cast<unsigned char>(c);
    held += 8;
    while (held >= width) {
      held -= width;
      out += digits[bits >> held & mask];
    }
  }
  if (held > 0) out += digits[bits << (width - held) & mask];
  return out;
}

std::optional<std::string> decode(std::string_view text, const digit_values& values,
                                  unsigned width) {
  std::string out;
  out.reserve(text.size() * width / 8);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const std::int8_t value = values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    bits = bits << width | static_cast<std::uint32_t>(value);
    held += width;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>(bits >> held & 0xffU);
    }
  }
  // A whole digit left over is one too many; bits left over are part of no byte.
  if (held >= width || (bits & ((1U << held) - 1)) != 0) return std::nullopt;
  return out;
}

}  // namespace

std::string to_base64url(std::string_view bytes) {
  return encode(bytes, base64url_digits, 6);
}

std::optional<std::string> from_base64url(std::string_view text) {
  return decode(text, base64url_values, 6);
}

std::string to_base32(std::string_view bytes) {
  return encode(bytes, base32_digits, 5);
}

std::optional<std::string> from_base32(std::string_view text) {
  const std::size_t end = text.find('=');
  if (end != std::string_view::npos) {
    const std::string_view padding = text.substr(end);
    if (text.size() % 8 != 0 || padding.size() >= 8 ||
        padding.find_first_not_of('=') != std::string_view::npos)
      return std::nullopt;
    text = text.substr(0, end);
  }
  return decode(text, base32_values, 5);
}

std::string to_base32_readable(std::string_view bytes) {
  return encode(bytes, readable_digits, 5);
}

}  // namespace fibrehub::protocols::auth
