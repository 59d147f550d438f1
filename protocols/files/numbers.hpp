// Numbers inside untrusted bytes. Bytes past the end count as zero, so that a forgotten check gives
// a wrong number and never a read outside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fibrehub::protocols::files {

inline std::uint64_t byte_at(std::string_view bytes, std::size_t at) {
  return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
}

/// Most significant byte first; at most 8 bytes.
inline std::uint64_t big_endian(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < width; ++i)
    out = out << 8 | byte_at(bytes, at + i);
  return out;
}

/// Least significant byte first; at most 8 bytes.
inline std::uint64_t little_endian(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint64_t out = 0;
  for (std::size_t i = width; i > 0; --i)
    out = out << 8 | byte_at(bytes, at + i - 1);
  return out;
}

}  // namespace fibrehub::protocols::files
