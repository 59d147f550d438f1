#include "peers/media.hpp"

#include <cstdint>

namespace fibrehub::peers {

namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int v : values)
    out += static_cast<char>(v);
  return out;
}

std::string big_endian16(std::size_t n) {
  return bytes({static_cast<int>(n >> 8U) & 0xff, static_cast<int>(n) & 0xff});
}

/// A grey baseline JPEG of 64 × 48 pixels: 48 blocks, each "no difference" and "end of block" (one
/// bit each). The comment makes every photo another file.
std::string jpeg(std::string_view mark) {
  std::string out = bytes({0xff, 0xd8, 0xff, 0xe0, 0, 16});
  out += std::string("JFIF\0", 5) + bytes({1, 1, 0, 0, 1, 0, 1, 0, 0});
  out += bytes({0xff, 0xfe}) + big_endian16(mark.size() + 2) + std::string(mark);
  out += bytes({0xff, 0xdb, 0, 67, 0}) + std::string(64, '\x10');
  out += bytes({0xff, 0xc0, 0, 11, 8, 0, 48, 0, 64, 1, 1, 0x11, 0});
  for (const int table : {0x00, 0x10}) {
    out += bytes({0xff, 0xc4, 0, 20, table, 1}) + std::string(15, '\0') + std::string(1, '\0');
  }
  out += bytes({0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0}) + std::string(12, '\0');
  return out + bytes({0xff, 0xd9});
}

std::uint32_t ogg_crc(std::string_view page) {
  std::uint32_t crc = 0;
  for (const char c : page) {
    crc ^= static_cast<std::uint32_t>(static_cast<unsigned char>(c)) << 24U;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 0x80000000U) != 0 ? (crc << 1U) ^ 0x04c11db7U : crc << 1U;
    }
  }
  return crc;
}

std::string little_endian32(std::uint32_t n) {
  std::string out;
  for (unsigned shift = 0; shift < 32; shift += 8)
    out += static_cast<char>((n >> shift) & 0xffU);
  return out;
}

std::string ogg_page(int flags, std::uint32_t number, std::string_view packet) {
  std::string page = "OggS" + bytes({0, flags}) + std::string(8, '\0') + little_endian32(0x5eed) +
                     little_endian32(number) + std::string(4, '\0') +
                     bytes({1, static_cast<int>(packet.size())}) + std::string(packet);
  page.replace(22, 4, little_endian32(ogg_crc(page)));
  return page;
}

/// Opus head, tags (which carry the mark) and one packet of silence.
std::string voice_note(std::string_view mark) {
  mark = mark.substr(0, 128);
  const std::string head =
      "OpusHead" + bytes({1, 1, 0x38, 1}) + little_endian32(48000) + std::string(3, '\0');
  const std::string tags = "OpusTags" + little_endian32(static_cast<std::uint32_t>(mark.size())) +
                           std::string(mark) + little_endian32(0);
  return ogg_page(2, 0, head) + ogg_page(0, 1, tags) + ogg_page(4, 2, bytes({0xf8, 0xff, 0xfe}));
}

std::string box(std::string_view name, std::string_view body) {
  const std::size_t size = body.size() + 8;
  return big_endian16(size >> 16U) + big_endian16(size & 0xffffU) + std::string(name) +
         std::string(body);
}

/// A file type, a film without tracks and its media, which nobody looks at: "MP4, empty".
std::string mp4(std::string_view mark) {
  // Version and flags, times, a time scale of 1000; then rate, volume, matrix and the next track.
  const std::string header = std::string(12, '\0') + bytes({0, 0, 3, 0xe8}) + std::string(84, '\0');
  return box("ftyp", "isom" + std::string(4, '\0') + "isommp41") +
         box("moov", box("mvhd", header)) + box("mdat", mark);
}

std::string pdf(std::string_view mark) {
  const std::string body = fmt::format(
      "%PDF-1.4\n% {}\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
      "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
      "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n",
      mark);
  return body + fmt::format(
                    "xref\n0 1\n0000000000 65535 f \ntrailer<</Size 4/Root 1 0 R>>\nstartxref\n{}\n"
                    "%%EOF\n",
                    body.size());
}

}  // namespace

std::string media_bytes(content kind, std::string_view mark) {
  if (kind == content::voice) return voice_note(mark);
  if (kind == content::document) return pdf(mark);
  if (kind == content::video) return mp4(mark);
  return jpeg(mark);
}

std::string_view media_mimetype(content kind) {
  if (kind == content::voice) return "audio/ogg; codecs=opus";
  if (kind == content::document) return "application/pdf";
  if (kind == content::video) return "video/mp4";
  return "image/jpeg";
}

std::string_view media_extension(content kind) {
  if (kind == content::voice) return "oga";
  if (kind == content::document) return "pdf";
  if (kind == content::video) return "mp4";
  return "jpeg";
}

}  // namespace fibrehub::peers
