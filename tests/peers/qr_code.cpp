#include "peers/qr_code.hpp"

#include <cstdint>

#include "peers/support.hpp"

namespace fibrehub::peers {

namespace {

constexpr std::size_t modules = 33;  // of version 4, on a side
constexpr std::size_t scale = 4;

std::string big_endian32(std::uint32_t n) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>((n >> static_cast<unsigned>(shift)) & 0xffU);
  return out;
}

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xffffffffU;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc & 1U) != 0 ? (crc >> 1U) ^ 0xedb88320U : crc >> 1U;
  }
  return ~crc;
}

std::uint32_t adler32(std::string_view bytes) {
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  for (const char c : bytes) {
    a = (a + static_cast<unsigned char>(c)) % 65521;
    b = (b + a) % 65521;
  }
  return (b << 16U) | a;
}

std::string chunk(std::string_view name, std::string_view body) {
  const std::string named = std::string(name) + std::string(body);
  return big_endian32(static_cast<std::uint32_t>(body.size())) + named + big_endian32(crc32(named));
}

/// zlib without compression; less than 64 KiB.
std::string stored(std::string_view bytes) {
  std::string out("\x78\x01\x01", 3);
  const auto size = static_cast<std::uint32_t>(bytes.size());
  for (const std::uint32_t n : {size, ~size}) {
    out += static_cast<char>(n & 0xffU);
    out += static_cast<char>((n >> 8U) & 0xffU);
  }
  return out + std::string(bytes) + big_endian32(adler32(bytes));
}

}  // namespace

std::string qr_png(std::string_view code) {
  std::uint64_t seed = 0;
  for (const char c : code)
    seed = seed * 1'099'511'628'211ULL + static_cast<unsigned char>(c);
  random_source random(seed);
  std::string pixels;
  for (std::size_t row = 0; row < modules; ++row) {
    std::string line(1, '\0');  // no filter
    for (std::size_t column = 0; column < modules; ++column)
      line += std::string(scale, random.percent(50) ? '\0' : '\xff');
    for (std::size_t i = 0; i < scale; ++i)
      pixels += line;
  }
  const std::string side = big_endian32(modules * scale);
  return std::string("\x89PNG\r\n\x1a\n", 8) +
         chunk("IHDR", side + side + std::string("\x08\x00\x00\x00\x00", 5)) +
         chunk("IDAT", stored(pixels)) + chunk("IEND", "");
}

}  // namespace fibrehub::peers
