#include "protocols/files/containers.hpp"

#include <algorithm>
#include <array>

#include "protocols/files/numbers.hpp"

namespace fibrehub::protocols::files {
namespace {

using namespace std::string_view_literals;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view tail(std::string_view bytes, std::size_t size) {
  return bytes.substr(bytes.size() - std::min(bytes.size(), size));
}

// Brands whose files every MP4 player opens; a camera's own brand comes with one of these.
constexpr std::array brands{"isom"sv, "iso2"sv, "iso3"sv, "iso4"sv, "iso5"sv,
                            "iso6"sv, "iso7"sv, "iso8"sv, "iso9"sv, "mp41"sv,
                            "mp42"sv, "avc1"sv, "M4V "sv, "MSNV"sv, "dash"sv};
constexpr std::size_t max_ftyp_bytes = 1024;

/// Major brand, four bytes of version, then the compatible brands.
bool is_mp4_family(std::string_view ftyp) {
  for (std::size_t at = 0; at + 4 <= ftyp.size(); at += at == 0 ? 8 : 4)
    if (std::ranges::find(brands, ftyp.substr(at, 4)) != brands.end()) return true;
  return false;
}

struct box {
  std::string_view type;
  std::uint64_t head_bytes = 8;
  std::uint64_t bytes = 0;  // 0: not a box, or larger than what is left
};

box box_at(std::string_view bytes, std::size_t at) {
  const std::uint64_t left = bytes.size() - at;
  if (left < 8) return {};
  box out{bytes.substr(at + 4, 4), 8, big_endian(bytes, at, 4)};
  if (out.bytes == 0) out.bytes = left;  // to the end of the file
  if (out.bytes == 1) {
    out.head_bytes = 16;
    out.bytes = big_endian(bytes, at + 8, 8);
  }
  if (out.bytes < out.head_bytes || out.bytes > left) out.bytes = 0;
  return out;
}

/// The page's size with its header, 0 when it is no page or is cut off.
std::size_t ogg_page_bytes(std::string_view bytes) {
  constexpr std::size_t header_bytes = 27;
  if (bytes.size() < header_bytes || !bytes.starts_with("OggS\0"sv)) return 0;
  const auto segments = byte_at(bytes, 26);
  std::size_t size = header_bytes + segments;
  for (std::size_t i = 0; i < segments; ++i)
    size += byte_at(bytes, header_bytes + i);
  return size <= bytes.size() ? size : 0;
}

}  // namespace

verdict check_pdf(std::string_view bytes) {
  const auto damaged = [] { return refuse_damaged("The PDF document"); };
  if (bytes.size() < 8) return damaged();
  if (!bytes.starts_with("%PDF-1.") && !bytes.starts_with("%PDF-2.")) return damaged();
  if (!is_digit(bytes[7])) return damaged();
  // Readers look for the marker in the last 1 024 bytes (Adobe's note 18 to ISO 32000-1, H.3).
  const auto end = tail(bytes, 1024).rfind("%%EOF");
  if (end == std::string_view::npos) return damaged();
  const auto before_end =
      bytes.substr(0, bytes.size() - std::min<std::size_t>(bytes.size(), 1024) + end);
  if (tail(before_end, 64).find("startxref") == std::string_view::npos) return damaged();
  return {};
}

verdict check_boxes(std::string_view bytes, std::string_view what) {
  bool has_index = false;
  bool has_media = false;
  std::size_t at = 0;
  while (at < bytes.size()) {
    const box found = box_at(bytes, at);
    if (found.bytes == 0) return refuse_damaged(what);
    if (at == 0 && (found.type != "ftyp" || found.head_bytes != 8 || found.bytes > max_ftyp_bytes))
      return refuse_damaged(what);
    has_index |= found.type == "moov";
    has_media |= found.type == "mdat" || found.type == "moof";
    at += found.bytes;
  }
  return has_index && has_media ? verdict{} : refuse_damaged(what);
}

verdict check_mp4(std::string_view bytes) {
  const box first = bytes.empty() ? box{} : box_at(bytes, 0);
  const bool has_brands = first.type == "ftyp" && first.head_bytes == 8 && first.bytes > 8 &&
                          first.bytes <= max_ftyp_bytes;
  if (has_brands && !is_mp4_family(bytes.substr(8, first.bytes - 8)))
    return refuse(refusal_code::wrong_content,
                  "The video is of a kind that only some programs play. Save it as MP4 "
                  "(H.264) and attach it again.");
  return check_boxes(bytes, "The MP4 video");
}

verdict check_ogg(std::string_view bytes) {
  const auto damaged = [] { return refuse_damaged("The OGG recording"); };
  constexpr std::uint64_t starts_stream = 2;
  if ((byte_at(bytes, 5) & starts_stream) == 0) return damaged();
  while (!bytes.empty()) {
    const std::size_t size = ogg_page_bytes(bytes);
    if (size == 0) return damaged();
    bytes.remove_prefix(size);
  }
  return {};
}

}  // namespace fibrehub::protocols::files
