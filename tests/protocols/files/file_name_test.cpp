#include "protocols/files/file_name.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unicode/ustring.h>

#include <random>

namespace fibrehub::protocols::files {
namespace {

using namespace std::string_view_literals;
using ::testing::EndsWith;
using ::testing::StartsWith;

bool is_utf8(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  int32_t length = 0;
  u_strFromUTF8(nullptr, 0, &length, text.data(), static_cast<int32_t>(text.size()), &status);
  return status == U_BUFFER_OVERFLOW_ERROR || status == U_ZERO_ERROR ||
         status == U_STRING_NOT_TERMINATED_WARNING;
}

TEST(FileName, KeepsOrdinaryNames) {
  for (const char* name : {"photo.jpg", "ONT light (2).PNG", "Kostenvoranschlag März.pdf",
                           "報告書.docx", "фото.jpg", "a.b.c.xlsx", "no ending", "🙂.mp4", "-rf"})
    EXPECT_EQ(clean_file_name(name), name);
}

TEST(FileName, KeepsOnlyTheLastPartOfAPath) {
  EXPECT_EQ(clean_file_name("../../etc/passwd"), "passwd");
  EXPECT_EQ(clean_file_name("..\\..\\boot.ini"), "boot.ini");
  EXPECT_EQ(clean_file_name("/absolute/photo.jpg"), "photo.jpg");
  EXPECT_EQ(clean_file_name("C:\\Users\\me\\photo.jpg"), "photo.jpg");
  EXPECT_EQ(clean_file_name("C:photo.jpg"), "photo.jpg");
  EXPECT_EQ(clean_file_name("C:D: ..photo.jpg"), "photo.jpg");
  EXPECT_EQ(clean_file_name("\\\\server\\share\\photo.jpg"), "photo.jpg");
  EXPECT_EQ(clean_file_name("folder/"), "folder");
  EXPECT_EQ(clean_file_name("photo.jpg/../.."), "photo.jpg");
  EXPECT_EQ(clean_file_name("a/b\\c.jpg"), "c.jpg");
}

TEST(FileName, LosesDotsAndSpacesAtItsEnds) {
  EXPECT_EQ(clean_file_name(".htaccess"), "htaccess");
  EXPECT_EQ(clean_file_name(" . .. photo.jpg"), "photo.jpg");
  EXPECT_EQ(clean_file_name("photo.jpg. . "), "photo.jpg");
}

TEST(FileName, HasAStandInWhenNothingIsLeft) {
  for (const std::string_view given : {""sv, "."sv, ".."sv, "../"sv, "/"sv, "\\\\"sv, "C:\\"sv,
                                       " \t "sv, "\0\0"sv, "\xe2\x80\x8b"sv, "C:"sv}) {
    EXPECT_EQ(clean_file_name(given), "file");
    EXPECT_EQ(clean_file_name(given, "voice.ogg"), "voice.ogg");
  }
}

TEST(FileName, IsInNormalForm) {
  EXPECT_EQ(clean_file_name("Ma\xcc\x88rz.pdf"), "M\xc3\xa4rz.pdf");
  EXPECT_EQ(clean_file_name("\xe2\x84\xab.pdf"), "\xc3\x85.pdf");  // ångström sign
  // What is only brought together by taking a joiner away, too.
  EXPECT_EQ(clean_file_name("Ma\xe2\x80\x8d\xcc\x88rz.pdf"), "M\xc3\xa4rz.pdf");
}

TEST(FileName, HidesNoCharacters) {
  EXPECT_EQ(clean_file_name("a\0b\x01"
                            "c\x7f"
                            "d.jpg"sv),
            "abcd.jpg");
  EXPECT_EQ(clean_file_name("a\xc2\x85"
                            "b\xc2\x9f.jpg"),
            "a b.jpg");                                                          // C1 controls
  EXPECT_EQ(clean_file_name("photo\xe2\x80\xaegpj.exe"), "photogpj.exe");        // U+202E
  EXPECT_EQ(clean_file_name("\xe2\x81\xa6photo\xe2\x81\xa9.jpg"), "photo.jpg");  // U+2066, U+2069
  EXPECT_EQ(clean_file_name("pho\xe2\x80\x8bto\xef\xbb\xbf.jpg"), "photo.jpg");  // U+200B, U+FEFF
  EXPECT_EQ(clean_file_name("ph\xc2\xadoto.j\xe2\x80\x8dpg"), "photo.jpg");      // U+00AD, U+200D
  EXPECT_EQ(clean_file_name("photo\xf3\xa0\x81\x81.jpg"), "photo.jpg");          // a tag, U+E0041
  EXPECT_EQ(clean_file_name("photo\xe3\x85\xa4.jpg"), "photo.jpg");              // U+3164
}

TEST(FileName, CannotHideADotDotBehindInvisibleCharacters) {
  EXPECT_EQ(clean_file_name(".\xe2\x80\x8b./secret"), "secret");
  EXPECT_EQ(clean_file_name("\xe2\x80\x8b..\xe2\x80\x8b"), "file");
}

TEST(FileName, HasNoLongGapsAndOneLine) {
  EXPECT_EQ(clean_file_name("photo.jpg                    .exe"), "photo.jpg .exe");
  EXPECT_EQ(clean_file_name("two\r\nlines.jpg"), "two lines.jpg");
  EXPECT_EQ(clean_file_name("two\xe2\x80\xa8lines\xc2\xa0wide.jpg"), "two lines wide.jpg");
}

TEST(FileName, ShowsInvalidBytesAsReplacementCharacters) {
  const std::string name = clean_file_name("a\xff\xc3.jpg");
  EXPECT_TRUE(is_utf8(name));
  EXPECT_EQ(name, "a\xef\xbf\xbd\xef\xbf\xbd.jpg");
}

std::string repeated(std::size_t times, std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i)
    out += text;
  return out;
}

TEST(FileName, KeepsItsEndingWhenItIsTooLong) {
  EXPECT_EQ(clean_file_name(repeated(500, "a").append(".docx")),
            repeated(195, "a").append(".docx"));
  EXPECT_EQ(clean_file_name(repeated(200, "a")).size(), 200U);
  EXPECT_EQ(clean_file_name(repeated(201, "a")).size(), 200U);
  EXPECT_EQ(clean_file_name("a." + repeated(300, "b")).size(), 200U);
  EXPECT_EQ(clean_file_name(repeated(100'000, "a").append(".pdf")).size(), 200U);
}

TEST(FileName, IsCutBetweenCharacters) {
  const std::string given = "x" + repeated(2'000, "é");
  const std::string name = clean_file_name(given + ".pdf");
  EXPECT_TRUE(is_utf8(name));
  EXPECT_EQ(name.size(), 199U);
  EXPECT_THAT(name, EndsWith("é.pdf"));
  EXPECT_THAT(clean_file_name(given), StartsWith("xé"));
  EXPECT_THAT(clean_file_name(given + given + "é.pdf"), StartsWith("é"));  // the far beginning
}

TEST(FileName, IsAlwaysCleanWhateverIsGiven) {
  std::mt19937 random(11);
  const std::vector<std::string> pieces{"..",
                                        "/",
                                        "\\",
                                        "C:",
                                        ".",
                                        " ",
                                        "\xcc\x88",
                                        "a",
                                        "é",
                                        "\xe2\x80\xae",
                                        "\xe2\x80\x8b",
                                        "\xff",
                                        "\xed\xa0\x80",
                                        std::string(1, '\0'),
                                        "\n",
                                        ".jpg",
                                        "\xf0\x9f\x99\x82",
                                        "\xc2\x85",
                                        std::string(150, 'x'),
                                        "\xe2\x80\x80",
                                        "\xef\xb7\x90"};
  for (int i = 0; i < 5'000; ++i) {
    std::string given;
    for (auto n = random() % 12; n > 0; --n)
      given += random() % 4 == 0 ? std::string(1, static_cast<char>(random()))
                                 : pieces[random() % pieces.size()];
    const std::string name = clean_file_name(given);
    ASSERT_TRUE(is_utf8(name));
    ASSERT_FALSE(name.empty());
    ASSERT_LE(name.size(), max_file_name_bytes);
    ASSERT_EQ(name.find_first_of("/\\\n\r\t\0"sv), std::string::npos);
    ASSERT_FALSE(name.front() == '.' || name.front() == ' ' || name.back() == '.' ||
                 name.back() == ' ');
    ASSERT_EQ(clean_file_name(name), name);
  }
}

}  // namespace
}  // namespace fibrehub::protocols::files
