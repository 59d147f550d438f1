// Files out of chats: told by their content alone, whatever they are called.
#include "protocols/files/chat_file.hpp"

#include <gmock/gmock.h>

#include "protocols/files/file_name.hpp"
#include "tests/protocols/files/samples.hpp"

namespace fibrehub::protocols::files {
namespace {

using namespace std::string_view_literals;
using ::testing::HasSubstr;

std::string verdict_of(std::string_view bytes, const check_limits& limits = {}) {
  const auto kind = check_chat_file(bytes, limits);
  return kind ? kind->content_type + " " + kind->ending : std::string(name_of(kind.error().code));
}

/// A lossless picture of w × h whose data nobody decodes.
std::string webp(std::uint64_t width, std::uint64_t height) {
  const std::string data =
      "\x2f" + samples::little((width - 1) | (height - 1) << 14, 4) + std::string(11, '\0');
  const std::string chunk = "WEBPVP8L" + samples::little(data.size(), 4) + data;
  return "RIFF" + samples::little(chunk.size(), 4) + chunk;
}

std::string mp3() {
  // MPEG-1 layer III, 128 kbit/s at 44.1 kHz: frames of 417 bytes.
  std::string out;
  for (int i = 0; i < 4; ++i)
    out += std::string("\xff\xfb\x90\x00"sv) + std::string(413, '\0');
  return out;
}

TEST(ChatFile, KeepsWhatTicketsCarry) {
  EXPECT_EQ(verdict_of(samples::jpeg()), "image/jpeg jpg");
  EXPECT_EQ(verdict_of(samples::png()), "image/png png");
  EXPECT_EQ(verdict_of(samples::pdf()), "application/pdf pdf");
  EXPECT_EQ(verdict_of(samples::mp4()), "video/mp4 mp4");
  EXPECT_EQ(verdict_of(samples::ogg()), "audio/ogg ogg");
  EXPECT_THAT(verdict_of(samples::docx()), HasSubstr("wordprocessingml.document docx"));
  EXPECT_THAT(verdict_of(samples::xlsx()), HasSubstr("spreadsheetml.sheet xlsx"));
}

TEST(ChatFile, KeepsWhatPhonesMakeBesides) {
  EXPECT_EQ(verdict_of(webp(512, 512)), "image/webp webp");
  EXPECT_EQ(verdict_of(samples::mp4("M4A \0\0\0\0M4A isom"sv)), "audio/mp4 m4a");
  EXPECT_EQ(verdict_of(samples::mp4("3gp4\0\0\0\0isom3gp4"sv)), "video/3gpp 3gp");
  EXPECT_EQ(verdict_of("#!AMR\n" + std::string(320, '\x3c')), "audio/amr amr");
  EXPECT_EQ(verdict_of(mp3()), "audio/mpeg mp3");
}

TEST(ChatFile, RefusesEverythingElse) {
  const std::string program = "MZ" + std::string(58, '\0') + "\x40" + std::string(200, '\0');
  for (const std::string& bytes :
       {std::string("<!DOCTYPE html><html><script>alert(1)</script></html>"),
        std::string("<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>"), program,
        std::string("\x7f"
                    "ELF\x02\x01\x01"sv) +
            std::string(60, '\0'),
        std::string("#!/bin/sh\necho hello\n"), std::string("just some text"),
        std::string("GIF89a\x01\x00\x01\x00\x00\x00\x00;"sv), samples::zip({{"a.exe", program}}),
        samples::mp4("qt  \0\0\0\0qt  "sv)})
    EXPECT_THAT(verdict_of(bytes), ::testing::AnyOf("type_not_allowed", "wrong_content"))
        << bytes.substr(0, 20);
  EXPECT_EQ(verdict_of(""), "empty");
}

TEST(ChatFile, RefusesWhatIsBrokenOrTooMuch) {
  const std::string photo = samples::jpeg();
  EXPECT_EQ(verdict_of(photo.substr(0, photo.size() - 10)), "damaged");
  EXPECT_EQ(verdict_of(webp(512, 512).substr(0, 20)), "damaged");
  EXPECT_EQ(verdict_of(webp(16'000, 16'000)), "too_many_pixels");
  EXPECT_EQ(verdict_of(samples::mp4("M4A \0\0\0\0M4A isom"sv).substr(0, 60)), "damaged");
  EXPECT_EQ(verdict_of(photo, {.max_bytes = photo.size() - 1, .unpack = {}}), "too_large");
}

TEST(ChatFile, HasANameThatFitsItsContent) {
  EXPECT_EQ(chat_file_name("", "image-1", "jpg"), "image-1.jpg");
  EXPECT_EQ(chat_file_name("ONT.JPEG", "x", "jpg"), "ONT.JPEG");
  EXPECT_EQ(chat_file_name("report.exe", "x", "pdf"), "report.exe.pdf");
  EXPECT_EQ(chat_file_name("../../etc/passwd", "x", "png"), "passwd.png");
  EXPECT_EQ(chat_file_name("voice.oga", "x", "ogg"), "voice.oga");
  EXPECT_EQ(chat_file_name("a\u202egpj.exe", "x", "jpg"), "agpj.exe.jpg");
  const std::string longest = chat_file_name(std::string(400, 'n') + ".bin", "x", "jpg");
  EXPECT_LE(longest.size(), max_file_name_bytes);
  EXPECT_TRUE(longest.ends_with(".jpg"));
}

}  // namespace
}  // namespace fibrehub::protocols::files
