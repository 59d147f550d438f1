#include "domain/text.hpp"

#include <algorithm>
#include <cstdint>

namespace fibrehub::domain {
namespace {

/// Length of the well-formed UTF-8 sequence at the start of `s` (RFC 3629), or 0.
std::size_t sequence_length(std::string_view s) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(s[i]); };
  const std::uint8_t lead = at(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || s.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((at(i) & 0xC0) != 0x80) return 0;
  const std::uint8_t next = at(1);
  const bool overlong = (lead == 0xE0 && next < 0xA0) || (lead == 0xF0 && next < 0x90);
  const bool surrogate = lead == 0xED && next > 0x9F;
  const bool beyond = lead == 0xF4 && next > 0x8F;
  return overlong || surrogate || beyond ? 0 : length;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string_view trim(std::string_view s) {
  while (!s.empty() && is_blank(s.front()))
    s.remove_prefix(1);
  while (!s.empty() && is_blank(s.back()))
    s.remove_suffix(1);
  return s;
}

}  // namespace

bool is_storable(std::string_view bytes) {
  while (!bytes.empty()) {
    // Plain ASCII is by far the most.
    std::size_t plain = 0;
    while (plain < bytes.size() && bytes[plain] != '\0' &&
           static_cast<std::uint8_t>(bytes[plain]) < 0x80)
      ++plain;
    bytes.remove_prefix(plain);
    if (bytes.empty()) return true;
    const std::size_t length = sequence_length(bytes);
    if (length == 0 || bytes.front() == '\0') return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string storable(std::string_view bytes, std::size_t max_bytes) {
  if (bytes.size() <= max_bytes && is_storable(bytes)) return std::string(bytes);
  std::string out;
  out.reserve(std::min(bytes.size(), max_bytes));
  while (!bytes.empty()) {
    const std::size_t length = sequence_length(bytes);
    const std::string_view piece =
        length == 0 ? std::string_view("\xEF\xBF\xBD") : bytes.substr(0, length);
    if (out.size() + piece.size() > max_bytes) break;
    if (piece.front() != '\0') out += piece;
    bytes.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

std::string first_line(std::string_view utf8, std::size_t max_characters) {
  const std::string_view text = trim(utf8);
  const std::string_view line = trim(text.substr(0, text.find_first_of("\r\n")));
  std::size_t characters = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool starts = (static_cast<std::uint8_t>(line[i]) & 0xC0) != 0x80;
    if (starts && ++characters > max_characters) {
      // Room for the ellipsis: step back one character.
      do {
        --i;
      } while ((static_cast<std::uint8_t>(line[i]) & 0xC0) == 0x80);
      return std::string(trim(line.substr(0, i))) + "\xE2\x80\xA6";
    }
  }
  return std::string(line);
}

}  // namespace fibrehub::domain
