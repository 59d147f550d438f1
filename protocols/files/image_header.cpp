#include "protocols/files/image_header.hpp"

#include <fmt/format.h>

#include "protocols/files/numbers.hpp"

namespace fibrehub::protocols::files {
namespace {

using namespace std::string_view_literals;

verdict check_size(std::uint64_t width, std::uint64_t height, std::uint64_t max_pixels) {
  if (width * height <= max_pixels) return {};
  return refuse(refusal_code::too_many_pixels,
                fmt::format("The image has {} × {} pixels, more than {} million. Make it smaller "
                            "and attach it again.",
                            width, height, max_pixels / 1'000'000));
}

// ---- PNG ----

constexpr auto png_signature = "\x89PNG\r\n\x1a\n"sv;
constexpr std::uint64_t max_png_side = 0x7FFF'FFFF;

/// Table 12 of the specification: which depths go with which colour type.
bool is_png_colour(std::uint64_t depth, std::uint64_t colour) {
  switch (colour) {
    case 0:
      return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case 3:
      return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case 2:
    case 4:
    case 6:
      return depth == 8 || depth == 16;
    default:
      return false;
  }
}

bool is_sound_ihdr(std::string_view data) {
  if (data.size() != 13) return false;
  const auto width = big_endian(data, 0, 4);
  const auto height = big_endian(data, 4, 4);
  return width > 0 && width <= max_png_side && height > 0 && height <= max_png_side &&
         is_png_colour(byte_at(data, 8), byte_at(data, 9)) && byte_at(data, 10) == 0 &&
         byte_at(data, 11) == 0 && byte_at(data, 12) <= 1;
}

// ---- JPEG ----

bool is_frame(std::uint64_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

bool stands_alone(std::uint64_t marker) {
  return marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7);
}

/// The next marker after compressed data; FF 00 and the restart markers belong to the data.
std::size_t end_of_scan(std::string_view bytes, std::size_t at) {
  while ((at = bytes.find('\xff', at)) != std::string_view::npos) {
    const auto next = byte_at(bytes, at + 1);
    if (next != 0 && next != 0xFF && !(next >= 0xD0 && next <= 0xD7)) return at;
    at += next == 0xFF ? 1 : 2;
  }
  return bytes.size();
}

}  // namespace

verdict check_png(std::string_view bytes, std::uint64_t max_pixels) {
  const auto damaged = [] { return refuse_damaged("The PNG image"); };
  if (!bytes.starts_with(png_signature)) return damaged();
  bool has_header = false;
  bool has_data = false;
  for (std::size_t at = png_signature.size(); bytes.size() - at >= 12;) {
    const auto length = big_endian(bytes, at, 4);
    if (length > bytes.size() - at - 12) return damaged();
    const auto type = bytes.substr(at + 4, 4);
    const auto data = bytes.substr(at + 8, length);
    if (has_header == (type == "IHDR")) return damaged();  // first, and only once
    if (type == "IHDR") {
      if (!is_sound_ihdr(data)) return damaged();
      if (auto fits = check_size(big_endian(data, 0, 4), big_endian(data, 4, 4), max_pixels); !fits)
        return fits;
      has_header = true;
    }
    has_data |= type == "IDAT";
    if (type == "IEND") return has_data ? verdict{} : damaged();
    at += 12 + length;
  }
  return damaged();
}

verdict check_jpeg(std::string_view bytes, std::uint64_t max_pixels) {
  const auto damaged = [] { return refuse_damaged("The JPG image"); };
  if (!bytes.starts_with("\xff\xd8\xff"sv)) return damaged();
  bool has_frame = false;
  bool has_scan = false;
  for (std::size_t at = 2; at + 1 < bytes.size();) {
    if (byte_at(bytes, at) != 0xFF) return damaged();
    const auto marker = byte_at(bytes, at + 1);
    if (marker == 0xFF) {  // padding
      ++at;
      continue;
    }
    at += 2;
    if (marker == 0xD9) return has_scan ? verdict{} : damaged();
    if (stands_alone(marker)) continue;
    if (marker == 0xD8 || marker == 0) return damaged();
    const auto length = big_endian(bytes, at, 2);
    if (length < 2 || length > bytes.size() - at) return damaged();
    if (is_frame(marker)) {
      const auto height = big_endian(bytes, at + 3, 2);
      const auto width = big_endian(bytes, at + 5, 2);
      const auto components = byte_at(bytes, at + 7);
      if (has_frame || width == 0 || height == 0 || components == 0 || length != 8 + 3 * components)
        return damaged();
      if (auto fits = check_size(width, height, max_pixels); !fits) return fits;
      has_frame = true;
    }
    at += length;
    if (marker == 0xDA) {
      if (!has_frame) return damaged();
      has_scan = true;
      at = end_of_scan(bytes, at);
    }
  }
  return damaged();
}

verdict check_webp(std::string_view bytes, std::uint64_t max_pixels) {
  const auto damaged = [] { return refuse_damaged("The WEBP image"); };
  constexpr std::size_t riff_bytes = 12, chunk_head_bytes = 8;
  if (!bytes.starts_with("RIFF") || bytes.substr(8, 4) != "WEBP") return damaged();
  const auto size = little_endian(bytes, 4, 4) + 8;
  if (size > bytes.size() || size < riff_bytes + chunk_head_bytes + 10) return damaged();
  const auto type = bytes.substr(riff_bytes, 4);
  const auto data = bytes.substr(riff_bytes + chunk_head_bytes);
  if (little_endian(bytes, riff_bytes + 4, 4) > data.size()) return damaged();
  if (type == "VP8X")
    return check_size(little_endian(data, 4, 3) + 1, little_endian(data, 7, 3) + 1, max_pixels);
  if (type == "VP8L" && data.front() == '\x2f') {
    const auto packed = little_endian(data, 1, 4);
    return check_size((packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1, max_pixels);
  }
  if (type == "VP8 " && data.substr(3, 3) == "\x9d\x01\x2a")
    return check_size(little_endian(data, 6, 2) & 0x3FFF, little_endian(data, 8, 2) & 0x3FFF,
                      max_pixels);
  return damaged();
}

}  // namespace fibrehub::protocols::files
