#include "protocols/files/file_checks.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <random>

#include "tests/protocols/files/samples.hpp"

namespace fibrehub::protocols::files {
namespace {

using namespace std::string_view_literals;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using enum refusal_code;

struct sample {
  std::string name;
  std::string bytes;
  file_kind kind;
};

std::vector<sample> one_of_each() {
  return {
      {"a.jpg", samples::jpeg(), file_kind::jpeg},  {"a.png", samples::png(), file_kind::png},
      {"a.pdf", samples::pdf(), file_kind::pdf},    {"a.docx", samples::docx(), file_kind::docx},
      {"a.xlsx", samples::xlsx(), file_kind::xlsx}, {"a.mp4", samples::mp4(), file_kind::mp4},
      {"a.ogg", samples::ogg(), file_kind::ogg}};
}

/// The name of the code, or "accepted".
std::string answer(std::string_view bytes, std::string_view name, const check_limits& limits = {}) {
  const auto kind = check_file(bytes, name, limits);
  return kind ? "accepted" : std::string(name_of(kind.error().code));
}

std::string replaced(std::string bytes, std::string_view from, std::string_view to) {
  const auto at = bytes.find(from);
  EXPECT_NE(at, std::string::npos);
  return bytes.replace(at, from.size(), to);
}

TEST(FileChecks, AcceptOneOfEachKind) {
  for (const sample& s : one_of_each()) {
    const auto kind = check_file(s.bytes, s.name);
    ASSERT_TRUE(kind) << s.name << ": " << kind.error().message;
    EXPECT_EQ(*kind, s.kind);
  }
}

TEST(FileChecks, KnowOtherSpellingsOfEndings) {
  EXPECT_EQ(answer(samples::jpeg(), "A.JPEG"), "accepted");
  EXPECT_EQ(answer(samples::png(), "x.exe.Png"), "accepted");
  EXPECT_EQ(answer(samples::ogg(), "voice.oga"), "accepted");
}

TEST(FileChecks, TellWhatAFileIsServedAs) {
  EXPECT_EQ(content_type_of(file_kind::jpeg), "image/jpeg");
  for (const sample& s : one_of_each()) {
    EXPECT_THAT(std::string(content_type_of(s.kind)),
                Not(AnyOf(HasSubstr("html"), HasSubstr("svg"), HasSubstr("octet"))));
    EXPECT_EQ(kind_by_ending(fmt::format("x.{}", name_of(s.kind))), s.kind);
  }
}

TEST(FileChecks, RefuseEndingsThatAreNotOnTheList) {
  for (const char* name : {"a.exe", "a.svg", "a.html", "a.gif", "a.docm", "a.zip", "a.doc", "png",
                           "", "a.", "a.jpg.exe", "a.png ", "a.png:b", "a.jpgx"})
    EXPECT_EQ(answer(samples::png(), name), "type_not_allowed") << name;
  const auto refused = check_file(samples::png(), "a.EXE");
  EXPECT_EQ(refused.error().message,
            "Files of type .exe are not accepted. Send it as one of JPG, PNG, PDF, DOCX, XLSX, "
            "MP4 and OGG.");
  EXPECT_THAT(check_file("x", "a.<script>").error().message, Not(HasSubstr("script")));
}

TEST(FileChecks, RefuseEmptyFiles) {
  for (const sample& s : one_of_each())
    EXPECT_EQ(answer("", s.name), "empty");
}

TEST(FileChecks, RefuseFilesAboveTheLimit) {
  const std::string bytes = samples::png();
  EXPECT_EQ(answer(bytes, "a.png", {.max_bytes = bytes.size(), .unpack = {}}), "accepted");
  EXPECT_EQ(answer(bytes, "a.png", {.max_bytes = bytes.size() - 1, .unpack = {}}), "too_large");
  EXPECT_EQ(check_file(std::string(10 * 1024 * 1024 + 1, 'x'), "a.png").error().message,
            "The file is larger than 10 MB. Make it smaller, or send it in parts.");
}

TEST(FileChecks, RefuseEveryKindUnderTheNameOfAnother) {
  for (const sample& content : one_of_each())
    for (const sample& name : one_of_each()) {
      if (content.kind == name.kind) continue;
      EXPECT_EQ(answer(content.bytes, name.name), "wrong_content")
          << name_of(content.kind) << " called " << name.name;
    }
}

TEST(FileChecks, RefuseWhatIsOnlyCalledLikeAnAcceptedKind) {
  const std::vector<std::string> contents{
      "<!DOCTYPE html><html><script>alert(1)</script></html>",
      "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
      "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>",
      "MZ" + std::string(58, '\0') + std::string("\x40\0\0\0PE\0\0"sv) + std::string(200, '\0'),
      "\x7f"
      "ELF\2\1\1" +
          std::string(200, '\0'),
      "#!/bin/sh\necho\n",
      "GIF89a" + std::string(20, '\0'),
      "hello",
      "\x89",
      samples::zip({{"a.txt", "hello"}}),
      std::string(1'000, '\0')};
  for (const sample& s : one_of_each())
    for (const std::string& content : contents)
      EXPECT_EQ(answer(content, s.name), "wrong_content") << s.name << ": " << content.substr(0, 9);
}

TEST(FileChecks, RefuseWhatStartsAsHtmlWhateverFollows) {
  const std::string html = "<html><script>alert(1)</script></html>\n";
  for (const sample& s : one_of_each())
    for (const std::string& front : {html, "<!--" + html + "-->", "\n" + html, " " + html})
      EXPECT_EQ(answer(front + s.bytes, s.name), "wrong_content") << s.name;
}

TEST(FileChecks, RefuseEveryKindBehindAnotherByte) {
  for (const sample& s : one_of_each())
    EXPECT_EQ(answer("\n" + s.bytes, s.name), "wrong_content") << s.name;
}

TEST(FileChecks, RefuseFilesThatAreCutOff) {
  for (const sample& s : one_of_each()) {
    // After %%EOF comes only the end of its line.
    const std::size_t whole = s.kind == file_kind::pdf ? s.bytes.size() - 1 : s.bytes.size();
    for (std::size_t size = 1; size < whole; ++size) {
      // A recording may end after any of its pages.
      const bool between_pages = s.kind == file_kind::ogg && s.bytes.compare(size, 4, "OggS") == 0;
      const std::string got = answer(std::string_view(s.bytes).substr(0, size), s.name);
      ASSERT_EQ(got == "accepted", between_pages) << s.name << " cut to " << size << ": " << got;
    }
  }
}

TEST(FileChecks, SayInASentenceWhatToDo) {
  const std::vector<tl::expected<file_kind, refusal>> refused{
      check_file("x", "a.exe"),
      check_file("x", "a"),
      check_file("", "a.png"),
      check_file("x", "a.png"),
      check_file(samples::png(), "a.png", {.max_bytes = 1, .unpack = {}}),
      check_file(samples::png(), "a.docx"),
      check_file(samples::png(10'000, 10'000), "a.png"),
      check_file(samples::pdf().substr(0, 100), "a.pdf"),
      check_file(samples::docx({{"word/vbaProject.bin", "x"}}), "a.docx")};
  for (const auto& one : refused) {
    ASSERT_FALSE(one);
    EXPECT_TRUE(one.error().message.ends_with('.')) << one.error().message;
    EXPECT_THAT(one.error().message,
                AnyOf(HasSubstr("Save it"), HasSubstr("attach"), HasSubstr("Accepted are"),
                      HasSubstr("Send it"), HasSubstr("send it")));
  }
}

// ---- images ----

TEST(FileChecks, RefuseImagesWithTooManyPixels) {
  EXPECT_EQ(answer(samples::png(10'000, 5'000), "a.png"), "accepted");
  EXPECT_EQ(answer(samples::png(10'000, 5'001), "a.png"), "too_many_pixels");
  EXPECT_EQ(answer(samples::png(0x7FFF'FFFF, 0x7FFF'FFFF), "a.png"), "too_many_pixels");
  EXPECT_EQ(answer(samples::jpeg(10'000, 5'000), "a.jpg"), "accepted");
  EXPECT_EQ(answer(samples::jpeg(10'000, 5'001), "a.jpg"), "too_many_pixels");
  EXPECT_EQ(answer(samples::jpeg(65'535, 65'535), "a.jpg"), "too_many_pixels");
  EXPECT_EQ(check_file(samples::png(9'000, 9'000), "a.png").error().message,
            "The image has 9000 × 9000 pixels, more than 50 million. Make it smaller and attach it "
            "again.");
}

TEST(FileChecks, RefuseImagesWithoutASize) {
  EXPECT_EQ(answer(samples::png(0, 1), "a.png"), "damaged");
  EXPECT_EQ(answer(samples::png(1, 0x8000'0000), "a.png"), "damaged");
  EXPECT_EQ(answer(samples::jpeg(1, 0), "a.jpg"), "damaged");
  EXPECT_EQ(answer(replaced(samples::jpeg(), samples::jpeg_frame(1, 1), ""), "a.jpg"), "damaged");
}

TEST(FileChecks, RefuseASecondSizeBehindTheFirst) {
  const std::string png_header = samples::png_header(1, 1);
  const std::string frame = samples::jpeg_frame(1, 1);
  EXPECT_EQ(
      answer(replaced(samples::png(), png_header, png_header + samples::png_header(20'000, 20'000)),
             "a.png"),
      "damaged");
  EXPECT_EQ(answer(replaced(samples::jpeg(), frame, frame + samples::jpeg_frame(60'000, 60'000)),
                   "a.jpg"),
            "damaged");
  EXPECT_EQ(answer(replaced(samples::jpeg(), "\xff\xd9",
                            samples::jpeg_frame(60'000, 60'000) + "\xff\xd9"),
                   "a.jpg"),
            "damaged");
}

TEST(FileChecks, RefusePngsWithoutDataOrWithImpossibleColours) {
  const std::string data = samples::png();
  const auto at = data.find("IDAT");
  EXPECT_EQ(answer(std::string(data).replace(at, 4, "tEXt"), "a.png"), "damaged");
  std::string depth = data;
  depth[24] = 3;
  EXPECT_EQ(answer(depth, "a.png"), "damaged");
}

TEST(FileChecks, AcceptWhatPhonesWriteBehindAnImage) {
  EXPECT_EQ(answer(samples::jpeg() + samples::jpeg(), "a.jpg"), "accepted");
  EXPECT_EQ(answer(samples::png() + "trailer", "a.png"), "accepted");
}

TEST(FileChecks, AcceptPaddingAndRestartsInsideAJpeg) {
  std::string bytes = samples::jpeg();
  bytes.insert(2, "\xff\xff");
  bytes.insert(bytes.size() - 2, "\xff\xd0\x3f\xff\0\x3f\xff"sv);
  EXPECT_EQ(answer(bytes, "a.jpg"), "accepted");
}

// ---- PDF, MP4, OGG ----

TEST(FileChecks, AcceptAPdfThatWasAddedTo) {
  EXPECT_EQ(answer(samples::pdf() + "startxref\n9\n%%EOF", "a.pdf"), "accepted");
  EXPECT_EQ(answer(samples::pdf() + std::string(1'000, ' '), "a.pdf"), "accepted");
}

TEST(FileChecks, RefusePdfsWithoutAnEnd) {
  EXPECT_EQ(answer(samples::pdf() + std::string(1'100, ' '), "a.pdf"), "damaged");
  EXPECT_EQ(answer(replaced(samples::pdf(), "startxref", "xxxxxxxxx"), "a.pdf"), "damaged");
  EXPECT_EQ(answer(replaced(samples::pdf(), "%PDF-1.4", "%PDF-9.4"), "a.pdf"), "damaged");
}

TEST(FileChecks, KnowMp4ByItsBrands) {
  for (const std::string_view brands :
       {"mp42\0\0\0\0mp42"sv, "avc1\0\0\0\0"sv, "3gp4\0\0\0\0isom3gp4"sv, "M4V \0\0\0\1"sv})
    EXPECT_EQ(answer(samples::mp4(brands), "a.mp4"), "accepted") << brands;
  for (const std::string_view brands : {"qt  \0\0\0\0qt  "sv, "heic\0\0\0\0mif1"sv,
                                        "avif\0\0\0\0"sv, "M4A \0\0\0\0"sv, "3gp4\0\0\0\0"sv, ""sv})
    EXPECT_EQ(answer(samples::mp4(brands), "a.mp4"), "wrong_content") << brands;
}

TEST(FileChecks, RefuseMp4WithoutIndexOrMediaOrWithBoxesThatDoNotFit) {
  const std::string whole = samples::mp4();
  EXPECT_EQ(answer(replaced(whole, "moov", "free"), "a.mp4"), "damaged");
  EXPECT_EQ(answer(replaced(whole, "mdat", "free"), "a.mp4"), "damaged");
  EXPECT_EQ(answer(whole + "junk", "a.mp4"), "damaged");
  EXPECT_EQ(answer(whole + samples::big(1, 4) + "free" + samples::big(~0ULL, 8), "a.mp4"),
            "damaged");
  EXPECT_EQ(answer(whole + samples::big(1, 4) + "free" + samples::big(16, 8), "a.mp4"), "accepted");
  EXPECT_EQ(answer(whole + samples::big(0, 4) + "free to the end", "a.mp4"), "accepted");
}

TEST(FileChecks, RefuseOggWithoutAStartOrWithJunk) {
  EXPECT_EQ(answer(samples::ogg_page(0, 0, "OpusHead\1\1\0\0\x80\xbb\0\0\0\0\0"sv), "a.ogg"),
            "damaged");
  EXPECT_EQ(answer(samples::ogg() + "<html></html>", "a.ogg"), "damaged");
}

// ---- open files ----

class OpenFileChecks : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/fibrehub-checks-XXXXXX";
    file_ = mkstemp(pattern.data());
    ASSERT_GE(file_, 0);
    unlink(pattern.c_str());
  }
  void TearDown() override { close(file_); }
  void fill(std::string_view bytes) const {
    ASSERT_EQ(write(file_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  int file_ = -1;
};

TEST_F(OpenFileChecks, ReadTheWholeFileAndLeaveItsPositionAlone) {
  fill(samples::docx());
  const auto position = lseek(file_, 0, SEEK_CUR);
  EXPECT_EQ(check_open_file(file_, "a.docx").value(), file_kind::docx);
  EXPECT_EQ(lseek(file_, 0, SEEK_CUR), position);
}

TEST_F(OpenFileChecks, DoNotReadFilesAboveTheLimit) {
  ASSERT_EQ(ftruncate(file_, 1LL << 40), 0);
  EXPECT_EQ(check_open_file(file_, "a.docx").error().code, too_large);
}

TEST_F(OpenFileChecks, RefuseWhatIsNoFileAsAFaultOfOurs) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  EXPECT_EQ(check_open_file(ends[0], "a.docx").error().code, unavailable);
  close(ends[0]);
  close(ends[1]);
  EXPECT_EQ(check_open_file(-1, "a.docx").error().code, unavailable);
}

// ---- anything ----

/// One to four random changes: bytes, cuts, doublings, bytes of another file.
std::string mutated(std::string bytes, const std::vector<sample>& others, std::mt19937& random) {
  for (auto changes = 1 + random() % 4; changes > 0 && !bytes.empty(); --changes) {
    const auto at = random() % bytes.size();
    const auto size = random() % std::min<std::size_t>(64, bytes.size() - at + 1);
    const std::string& other = others[random() % others.size()].bytes;
    constexpr std::array<char, 6> edges{'\0', '\1', '\x7f', '\x80', '\xfe', '\xff'};
    switch (random() % 6) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes[at] = edges[random() % edges.size()];
        break;
      case 2:
        bytes.erase(at, size);
        break;
      case 3:
        bytes.insert(at, bytes.substr(at, size));
        break;
      case 4:
        bytes.replace(at, size, other.substr(random() % other.size(), size));
        break;
      default:
        bytes.resize(at);
    }
  }
  return bytes;
}

TEST(FileChecks, SurviveFiveThousandDamagedFiles) {
  const auto originals = one_of_each();
  std::mt19937 random(7);
  int refused = 0;
  for (int i = 0; i < 5'000; ++i) {
    const sample& original = originals[static_cast<std::size_t>(i) % originals.size()];
    const std::string bytes = mutated(original.bytes, originals, random);
    const auto kind = check_file(bytes, original.name);
    refused += kind ? 0 : 1;
    ASSERT_EQ(kind.value_or(original.kind), original.kind);
  }
  EXPECT_GT(refused, 2'000);
}

}  // namespace
}  // namespace fibrehub::protocols::files
