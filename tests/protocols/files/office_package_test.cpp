#include "protocols/files/office_package.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "protocols/files/file_checks.hpp"
#include "protocols/files/zip_directory.hpp"
#include "tests/protocols/files/samples.hpp"

namespace fibrehub::protocols::files {
namespace {

using namespace std::string_view_literals;
using samples::part;
using ::testing::HasSubstr;

std::string answer(std::string_view bytes, file_kind kind = file_kind::docx,
                   const unpack_limits& limits = {}) {
  const auto checked = check_office_package(bytes, kind, limits);
  return checked ? "accepted" : std::string(name_of(checked.error().code));
}

std::string replaced(std::string bytes, std::string_view from, std::string_view to, bool last) {
  const auto at = last ? bytes.rfind(from) : bytes.find(from);
  EXPECT_NE(at, std::string::npos);
  return bytes.replace(at, from.size(), to);
}

std::string noise(std::size_t bytes) {
  std::mt19937 random(3);
  std::string out(bytes, '\0');
  for (char& c : out)
    c = static_cast<char>(random());
  return out;
}

std::string docx_with_types(std::string_view from, std::string_view to) {
  auto parts = samples::docx_parts();
  parts[0].content = replaced(parts[0].content, from, to, false);
  return samples::zip(parts);
}

TEST(OfficePackage, MayCarryPicturesAndOtherDocuments) {
  EXPECT_EQ(answer(samples::docx({{"word/media/image1.png", samples::png()},
                                  {"word/embeddings/table.xlsx", samples::xlsx()},
                                  {"docProps/app.xml", "<Properties/>"},
                                  {"word/media/", "", AE_IFDIR},
                                  {"word/media/b\xc3\xbcro.png", samples::png()}})),
            "accepted");
}

TEST(OfficePackage, MayHaveItsPartsInAnyOrder) {
  auto parts = samples::docx_parts();
  std::ranges::sort(parts, {}, &part::name);
  do {
    EXPECT_TRUE(check_file(samples::zip(parts), "a.docx"));
  } while (std::ranges::next_permutation(parts, {}, &part::name).found);
}

TEST(OfficePackage, NeedsContentTypesAndPartsOfItsKind) {
  const auto parts = samples::docx_parts();
  EXPECT_EQ(answer(samples::zip({parts[1], parts[2]})), "wrong_content");
  EXPECT_EQ(answer(samples::zip({parts[0], parts[1]})), "wrong_content");
  EXPECT_EQ(answer(samples::zip({parts[0], parts[1], {"word/media/image1.png", "x"}})),
            "wrong_content");
  EXPECT_EQ(answer(samples::docx(), file_kind::xlsx), "wrong_content");
  EXPECT_EQ(answer(samples::xlsx(), file_kind::docx), "wrong_content");
  // Both folders: then the content type decides.
  EXPECT_EQ(answer(samples::xlsx({{"word/document.xml", "<x/>"}}), file_kind::docx),
            "wrong_content");
  EXPECT_EQ(answer(docx_with_types("document.main+xml", "nothing")), "wrong_content");
  EXPECT_EQ(answer(samples::zip({})), "damaged");
}

TEST(OfficePackage, IsNoArchiveWithADocumentInside) {
  EXPECT_EQ(answer(samples::zip({{"a.docx", samples::docx()}})), "wrong_content");
  EXPECT_EQ(answer(samples::zip({{"a/[Content_Types].xml", samples::docx_parts()[0].content},
                                 {"a/word/document.xml", "<x/>"}})),
            "wrong_content");
}

TEST(OfficePackage, CarriesNoMacros) {
  for (const char* name : {"word/vbaProject.bin", "word/VBAPROJECT.BIN", "vbaProject.bin",
                           "word/deep/vbaProjectSignature.bin", "xl/macrosheets/sheet1.xml"})
    EXPECT_EQ(answer(samples::docx({{name, "x"}})), "macros") << name;
  EXPECT_EQ(answer(samples::xlsx({{"xl/vbaProject.bin", "x"}}), file_kind::xlsx), "macros");
}

TEST(OfficePackage, CarriesNoMacrosUnderAnotherName) {
  const std::string part = "</Types>";
  EXPECT_EQ(answer(docx_with_types(part, R"(<Default Extension="dat" )"
                                         R"(ContentType="application/vnd.ms-office.vbaProject"/>)" +
                                             part)),
            "macros");
  EXPECT_EQ(answer(docx_with_types("vnd.openxmlformats-officedocument.wordprocessingml.document",
                                   "vnd.ms-word.document.macroEnabled")),
            "macros");
  EXPECT_EQ(answer(docx_with_types(part, "<!-- &#118;baProject -->" + part)), "damaged");
  EXPECT_EQ(answer(docx_with_types("<Types", "<!DOCTYPE a [<!ENTITY b \"vba\">]><Types")),
            "damaged");
}

TEST(OfficePackage, IsNotProtectedByAPassword) {
  EXPECT_EQ(answer(samples::zip(samples::docx_parts(), "secret")), "encrypted");
  const std::string ole = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + std::string(1'016, '\0');
  const auto with_password =
      check_file(ole + std::string("E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0"sv), "a.docx");
  EXPECT_EQ(with_password.error().code, refusal_code::encrypted);
  const auto old = check_file(ole, "a.xlsx");
  EXPECT_EQ(old.error().code, refusal_code::wrong_content);
  EXPECT_THAT(old.error().message, HasSubstr("before 2007"));
}

TEST(OfficePackage, HasNoPartsThatLeadOutOfIt) {
  for (const char* name :
       {"../evil.xml", "word/../../evil.xml", "word/..", "/etc/passwd", "C:evil.xml", "c:/evil.xml",
        "word\\evil.xml", "..\\evil.xml", "word/e\x01vil.xml"})
    EXPECT_EQ(answer(samples::docx({{name, "x"}})), "unsafe_entries") << name;
  EXPECT_EQ(answer(samples::docx({{"word/link.xml", "/etc/passwd", AE_IFLNK}})), "unsafe_entries");
  EXPECT_EQ(answer(samples::docx({{"word/..a.xml", "x"}, {"word/b...xml", "x"}})), "accepted");
}

TEST(OfficePackage, HasEveryNameOnce) {
  EXPECT_EQ(answer(samples::docx({{"word/document.xml", "<y/>"}})), "damaged");
  EXPECT_EQ(answer(samples::docx({{"WORD/Document.xml", "<y/>"}})), "damaged");
}

TEST(OfficePackage, DoesNotUnpackToManyTimesItsSize) {
  const auto start = std::chrono::steady_clock::now();
  const std::string bomb = samples::docx({{"word/media/zeros.bin", std::string(8'000'000, '\0')}});
  EXPECT_LT(bomb.size(), 20'000U);
  EXPECT_EQ(answer(bomb), "unpacks_too_large");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  // Up to a megabyte nobody asks.
  EXPECT_EQ(answer(samples::docx({{"word/media/zeros.bin", std::string(900'000, '\0')}})),
            "accepted");
  EXPECT_EQ(answer(samples::docx({{"word/media/zeros.bin", std::string(1'100'000, '\0')}})),
            "unpacks_too_large");
}

TEST(OfficePackage, DoesNotUnpackToManyTimesItsSizeInManyParts) {
  std::vector<part> parts;
  parts.reserve(50);
  for (int i = 0; i < 50; ++i)
    parts.push_back({fmt::format("word/media/{}.bin", i), std::string(100'000, '\0')});
  EXPECT_EQ(answer(samples::docx(parts)), "unpacks_too_large");
}

TEST(OfficePackage, DoesNotUnpackToMoreThanTheLimit) {
  const std::string document = samples::docx({{"word/media/noise.bin", noise(300'000)}});
  EXPECT_EQ(answer(document), "accepted");
  EXPECT_EQ(answer(document, file_kind::docx, {.max_bytes = 200'000}), "unpacks_too_large");
}

TEST(OfficePackage, DoesNotHaveThousandsOfParts) {
  std::vector<part> parts;
  parts.reserve(1'998);
  for (int i = 0; i < 1'997; ++i)
    parts.push_back({fmt::format("word/{}.xml", i), "x"});
  EXPECT_EQ(answer(samples::docx(parts)), "accepted");
  parts.push_back({"word/one_more.xml", "x"});
  EXPECT_EQ(answer(samples::docx(parts)), "unpacks_too_large");
}

TEST(OfficePackage, DoesNotBelieveTheSizesThatStandInIt) {
  // The directory's own number for the unpacked size of the last part, made small.
  std::string bomb = samples::docx({{"word/media/zeros.bin", std::string(4'000'000, '\0')}});
  const auto record = bomb.rfind("PK\1\2");
  bomb.replace(record + 24, 4, samples::little(10, 4));
  EXPECT_NE(answer(bomb), "accepted");
}

TEST(OfficePackage, SaysTheSameInItsDirectoryAndInFrontOfItsParts) {
  const std::string document = samples::docx({{"word/harmless.bin", "x"}});
  EXPECT_EQ(answer(document), "accepted");
  EXPECT_EQ(
      answer(replaced(document, "word/harmless.bin", "word/vbaProjec.bin"sv.substr(0, 17), false)),
      "damaged");
  EXPECT_EQ(answer(replaced(document, "word/harmless.bin", "word/harmful!.bin", true)), "damaged");
}

/// A document with Info-ZIP's field for the "real" name in UTF-8 behind the name of its last part.
std::string docx_with_second_name(std::string_view second_name) {
  const std::string name = "word/harmless.bin";
  std::string document = samples::docx({{name, "x"}});
  const std::string data =
      "\1" + samples::little(samples::crc32(name), 4) + std::string(second_name);
  const std::string field = samples::little(0x7075, 2) + samples::little(data.size(), 2) + data;
  const auto local = document.rfind("PK\3\4");
  const auto extra_bytes = static_cast<unsigned char>(document[local + 28]) + field.size();
  document.replace(local + 28, 2, samples::little(extra_bytes, 2));
  document.insert(local + 30 + name.size(), field);
  const auto directory = document.find("PK\1\2");
  return document.replace(document.rfind("PK\5\6") + 16, 4, samples::little(directory, 4));
}

TEST(OfficePackage, HasNoSecondNamesForItsParts) {
  EXPECT_EQ(answer(docx_with_second_name("word/harmless.bin")), "accepted");
  EXPECT_EQ(answer(docx_with_second_name("word/vbaProject.bin")), "damaged");
}

TEST(OfficePackage, HasNothingInFrontOfItAndNothingBehind) {
  EXPECT_EQ(answer("x" + samples::docx()), "damaged");
  EXPECT_EQ(answer(samples::docx() + "x"), "damaged");
  // A comment is part of the file when its length says so.
  std::string commented = samples::docx() + "made by hand";
  commented.replace(commented.size() - 12 - 2, 2, samples::little(12, 2));
  EXPECT_EQ(answer(commented), "accepted");
}

TEST(OfficePackage, HasNoPartsInsideOthers) {
  std::string document = samples::docx({{"word/a.bin", "x"}, {"word/b.bin", "x"}});
  // The last part starts where the one before does.
  const auto last = document.rfind("PK\1\2");
  const auto before = document.rfind("PK\1\2", last - 1);
  document.replace(last + 42, 4, document.substr(before + 42, 4));
  EXPECT_EQ(answer(document), "damaged");
}

TEST(OfficePackage, IsPackedWithNothingButDeflate) {
  std::string document = samples::docx();
  const auto record = document.rfind("PK\1\2");
  document.replace(record + 10, 2, samples::little(12, 2));  // bzip2
  EXPECT_EQ(answer(document), "damaged");
}

TEST(OfficePackage, HasPartsWithTheRightChecksum) {
  std::string document = samples::docx({{"word/media/noise.bin", noise(1'000)}});
  const auto at = document.find(noise(1'000).substr(0, 16));
  ASSERT_NE(at, std::string::npos) << "noise is stored, not packed";
  document[at] = static_cast<char>(document[at] ^ 1);
  EXPECT_EQ(answer(document), "damaged");
}

/// What streaming writers make (Java, .NET): sizes and place in the ZIP64 field, ZIP64 end records.
std::string as_zip64(std::string document) {
  const auto end = document.rfind("PK\5\6");
  const auto directory = document.find("PK\1\2");
  const auto record = document.rfind("PK\1\2");
  const std::string unpacked = document.substr(record + 24, 4) + std::string(4, '\0');
  const std::string packed = document.substr(record + 20, 4) + std::string(4, '\0');
  const std::string offset = document.substr(record + 42, 4) + std::string(4, '\0');
  const auto entries = samples::little(static_cast<unsigned char>(document[end + 10]), 8);
  std::string last = document.substr(record, end - record);
  const auto name_bytes = static_cast<unsigned char>(last[28]);
  last.resize(46U + name_bytes);
  last += samples::little(1, 2) + samples::little(24, 2) + unpacked + packed + offset;
  last.replace(20, 8, std::string(8, '\xff'));
  last.replace(42, 4, std::string(4, '\xff'));
  last.replace(30, 2, samples::little(28, 2));
  const std::string front = document.substr(0, record) + last;
  return front + "PK\6\6" + samples::little(44, 8) + samples::little(45, 2) +
         samples::little(45, 2) + samples::little(0, 8) + entries + entries +
         samples::little(front.size() - directory, 8) + samples::little(directory, 8) + "PK\6\7" +
         samples::little(0, 4) + samples::little(front.size(), 8) + samples::little(1, 4) +
         "PK\5\6" + samples::little(0, 4) + std::string(12, '\xff') + samples::little(0, 2);
}

TEST(OfficePackage, MayBeAZip64) {
  EXPECT_EQ(answer(as_zip64(samples::docx())), "accepted");
}

TEST(OfficePackage, SurvivesDamageInItsDirectory) {
  const std::string document = samples::docx({{"word/media/noise.bin", noise(200)}});
  std::mt19937 random(5);
  for (const std::string& whole : {document, as_zip64(document)}) {
    const auto directory = whole.find("PK\1\2");
    for (int i = 0; i < 2'500; ++i) {
      std::string bytes = whole;
      for (auto changes = 1 + random() % 3; changes > 0; --changes)
        bytes[directory + random() % (bytes.size() - directory)] =
            random() % 2 == 0 ? '\xff' : static_cast<char>(random());
      check_office_package(bytes, file_kind::docx, {});
      const auto entries = read_zip_directory(bytes, 100, "It");
      if (!entries) continue;
      ASSERT_LE(entries->back().end, directory);
    }
  }
}

}  // namespace
}  // namespace fibrehub::protocols::files
