// Small files of every accepted kind, made here so that each byte of them is explained.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fibrehub::protocols::files::samples {

using namespace std::string_view_literals;

inline std::string big(std::uint64_t number, int width) {
  std::string out;
  for (int i = width - 1; i >= 0; --i)
    out += static_cast<char>(number >> (8 * i) & 0xFF);
  return out;
}

inline std::string little(std::uint64_t number, int width) {
  const std::string reversed = big(number, width);
  return {reversed.rbegin(), reversed.rend()};
}

// ---- images ----

/// CRC-32 as PNG has it (W3C PNG, annex D).
inline std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xFFFF'FFFF;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc & 1) != 0 ? 0xEDB8'8320U ^ (crc >> 1) : crc >> 1;
  }
  return ~crc;
}

inline std::string png_chunk(std::string_view type, std::string_view data) {
  const std::string body = std::string(type) + std::string(data);
  return big(data.size(), 4) + body + big(crc32(body), 4);
}

inline std::string png_header(std::uint64_t width, std::uint64_t height) {
  return png_chunk("IHDR", big(width, 4) + big(height, 4) + std::string("\x08\x00\x00\x00\x00"sv));
}

/// An 8-bit grey image; only 1 × 1 has the data its header promises.
inline std::string png(std::uint64_t width = 1, std::uint64_t height = 1) {
  // zlib: header, one stored block of two bytes (filter 0, black), Adler-32.
  const auto data = "\x78\x01\x01\x02\x00\xfd\xff\x00\x00\x00\x02\x00\x01"sv;
  return std::string("\x89PNG\r\n\x1a\n"sv) + png_header(width, height) + png_chunk("IDAT", data) +
         png_chunk("IEND", "");
}

inline std::string jpeg_segment(int marker, std::string_view data) {
  return std::string("\xff") + static_cast<char>(marker) + big(data.size() + 2, 2) +
         std::string(data);
}

inline std::string jpeg_frame(std::uint64_t width, std::uint64_t height) {
  return jpeg_segment(0xC0, "\x08" + big(height, 2) + big(width, 2) + std::string("\1\1\x11\0"sv));
}

/// A baseline grey image; only up to 8 × 8 has the data its header promises.
inline std::string jpeg(std::uint64_t width = 1, std::uint64_t height = 1) {
  // One code of one bit, for the symbol 0: no difference, end of block.
  const std::string code = "\1" + std::string(15, '\0') + std::string(1, '\0');
  return std::string("\xff\xd8"sv) +
         jpeg_segment(0xE0, "JFIF\0\x01\x01\x00\x00\x01\x00\x01\x00\x00"sv) +
         jpeg_segment(0xDB, std::string(1, '\0') + std::string(64, '\1')) +
         jpeg_frame(width, height) + jpeg_segment(0xC4, std::string(1, '\0') + code) +
         jpeg_segment(0xC4, "\x10" + code) + jpeg_segment(0xDA, "\1\1\0\0\x3f\0"sv) + "\x3f" +
         std::string("\xff\xd9"sv);
}

// ---- PDF ----

inline std::string pdf() {
  const std::vector<std::string> objects{"<< /Type /Catalog /Pages 2 0 R >>",
                                         "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                                         "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 72 72] >>"};
  std::string out = "%PDF-1.4\n";
  std::string table = "xref\n0 4\n0000000000 65535 f \n";
  for (std::size_t i = 0; i < objects.size(); ++i) {
    table += fmt::format("{:010} 00000 n \n", out.size());
    out += fmt::format("{} 0 obj\n{}\nendobj\n", i + 1, objects[i]);
  }
  const std::size_t start = out.size();
  return out + table + "trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n" + std::to_string(start) +
         "\n%%EOF\n";
}

// ---- ZIP and the documents in it ----

struct part {
  std::string name;
  std::string content;
  unsigned type = AE_IFREG;
};

/// `password`: with it the parts are encrypted in the old way.
inline std::string zip(const std::vector<part>& parts, const char* password = nullptr) {
  std::size_t room = 100'000;
  for (const part& p : parts)
    room += 2 * p.content.size() + 1'000;
  std::string out(room, '\0');
  std::size_t used = 0;
  archive* const a = archive_write_new();
  archive_write_set_format_zip(a);
  archive_write_set_bytes_in_last_block(a, 1);
  if (password != nullptr) {
    EXPECT_EQ(archive_write_set_options(a, "zip:encryption=zipcrypt"), ARCHIVE_OK)
        << archive_error_string(a);
    archive_write_set_passphrase(a, password);
  }
  EXPECT_EQ(archive_write_open_memory(a, out.data(), out.size(), &used), ARCHIVE_OK);
  for (const part& p : parts) {
    archive_entry* const entry = archive_entry_new();
    archive_entry_set_pathname(entry, p.name.c_str());
    archive_entry_set_filetype(entry, p.type);
    archive_entry_set_perm(entry, 0644);
    if (p.type == AE_IFLNK) archive_entry_set_symlink(entry, p.content.c_str());
    if (p.type == AE_IFREG)
      archive_entry_set_size(entry, static_cast<la_int64_t>(p.content.size()));
    EXPECT_EQ(archive_write_header(a, entry), ARCHIVE_OK) << archive_error_string(a);
    if (p.type == AE_IFREG) archive_write_data(a, p.content.data(), p.content.size());
    archive_entry_free(entry);
  }
  EXPECT_EQ(archive_write_close(a), ARCHIVE_OK) << archive_error_string(a);
  archive_write_free(a);
  out.resize(used);
  return out;
}

inline part content_types(std::string_view main_part, std::string_view main_type) {
  return {"[Content_Types].xml",
          fmt::format(R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="{}" ContentType="{}"/></Types>)",
                      main_part, main_type)};
}

inline part relations(std::string_view main_part) {
  return {"_rels/.rels",
          fmt::format(R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Target="{}" Type=")"
                      R"(http://schemas.openxmlformats.org/officeDocument/2006/relationships/)"
                      R"(officeDocument"/></Relationships>)",
                      main_part)};
}

inline std::vector<part> docx_parts() {
  return {content_types("/word/document.xml",
                        "application/vnd.openxmlformats-officedocument.wordprocessingml.document."
                        "main+xml"),
          relations("word/document.xml"),
          {"word/document.xml",
           R"(<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">)"
           "<w:body><w:p><w:r><w:t>No light at the ONT</w:t></w:r></w:p></w:body></w:document>"}};
}

inline std::vector<part> xlsx_parts() {
  return {
      content_types("/xl/workbook.xml",
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"),
      relations("xl/workbook.xml"),
      {"xl/workbook.xml",
       R"(<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">)"
       "<sheets/></workbook>"}};
}

inline std::string docx(const std::vector<part>& more = {}) {
  std::vector<part> parts = docx_parts();
  parts.insert(parts.end(), more.begin(), more.end());
  return zip(parts);
}

inline std::string xlsx(const std::vector<part>& more = {}) {
  std::vector<part> parts = xlsx_parts();
  parts.insert(parts.end(), more.begin(), more.end());
  return zip(parts);
}

// ---- MP4 and OGG ----

inline std::string mp4_box(std::string_view type, std::string_view data) {
  return big(data.size() + 8, 4) + std::string(type) + std::string(data);
}

inline std::string mp4(std::string_view brands = "isom\0\0\2\0isomiso2mp41"sv) {
  return mp4_box("ftyp", brands) + mp4_box("moov", mp4_box("mvhd", std::string(100, '\0'))) +
         mp4_box("mdat", std::string(64, '\x55'));
}

/// The checksum of RFC 3533: polynomial 0x04C11DB7, nothing reflected.
inline std::uint32_t ogg_crc(std::string_view bytes) {
  std::uint32_t crc = 0;
  for (const char c : bytes) {
    crc ^= static_cast<std::uint32_t>(static_cast<unsigned char>(c)) << 24;
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc & 0x8000'0000U) != 0 ? (crc << 1) ^ 0x04C1'1DB7U : crc << 1;
  }
  return crc;
}

/// `flags`: 2 the first page of a stream, 4 the last one. The packet has at most 254 bytes.
inline std::string ogg_page(int flags, std::uint64_t number, std::string_view packet) {
  std::string page = std::string("OggS\0"sv) + static_cast<char>(flags) + little(0, 8) +
                     little(7, 4) + little(number, 4) + little(0, 4) + "\1" +
                     static_cast<char>(packet.size()) + std::string(packet);
  return page.replace(22, 4, little(ogg_crc(page), 4));
}

/// A voice message: Opus head and tags (RFC 7845), one packet.
inline std::string ogg() {
  return ogg_page(2, 0, "OpusHead\1\1\0\0\x80\xbb\0\0\0\0\0"sv) +
         ogg_page(0, 1, "OpusTags\4\0\0\0test\0\0\0\0"sv) + ogg_page(4, 2, "\xf8\xff\xfe"sv);
}

}  // namespace fibrehub::protocols::files::samples
