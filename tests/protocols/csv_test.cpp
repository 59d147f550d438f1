#include "protocols/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace fibrehub::protocols {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using rows = std::vector<std::vector<std::string>>;

struct reading {
  rows all;
  std::vector<std::size_t> lines;
  std::optional<csv_error> error;
  char separator = '\0';
};

/// Reads everything, fed `step` bytes at a time.
reading read(std::string_view text, std::size_t step = 1 << 20, csv_limits limits = {}) {
  reading out;
  csv_reader reader(limits);
  const auto take = [&] {
    for (;;) {
      auto row = reader.next();
      if (!row) {
        out.error = row.error();
        return false;
      }
      if (!*row) return true;
      out.all.push_back((*row)->fields);
      out.lines.push_back((*row)->line);
    }
  };
  for (std::size_t at = 0; at < text.size(); at += step) {
    reader.feed(text.substr(at, step));
    if (!take()) return out;
  }
  reader.finish();
  take();
  out.separator = reader.separator();
  return out;
}

TEST(Csv, ReadsRowsWithEitherEndOfLineAndWithoutTheLast) {
  EXPECT_EQ(read("a,b\r\n1,2\r\n").all, (rows{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(read("a,b\n1,2").all, (rows{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(read("a,b\n1,").all, (rows{{"a", "b"}, {"1", ""}}));
  EXPECT_EQ(read("a,b\r\n1,2\r").all, (rows{{"a", "b"}, {"1", "2"}}));
}

TEST(Csv, ReadsQuotedFieldsWithSeparatorsQuotesAndLineBreaks) {
  const reading r = read("a,b\n\"1, \"\"one\"\"\",\"x\r\ny\"\nlast,\"\"\n");
  EXPECT_EQ(r.all, (rows{{"a", "b"}, {"1, \"one\"", "x\r\ny"}, {"last", ""}}));
  EXPECT_THAT(r.lines, ElementsAre(1U, 2U, 4U));
}

TEST(Csv, TakesAQuoteInsideAnUnquotedFieldAsItIs) {
  EXPECT_EQ(read("a,b\n12\" pipe,5'\n").all, (rows{{"a", "b"}, {"12\" pipe", "5'"}}));
}

TEST(Csv, SkipsAByteOrderMarkAndEmptyLines) {
  const reading r = read("\xEF\xBB\xBF\r\na,b\r\n\r\n1,2\n\n");
  EXPECT_EQ(r.all, (rows{{"a", "b"}, {"1", "2"}}));
  EXPECT_THAT(r.lines, ElementsAre(2U, 4U));
}

TEST(Csv, FindsTheSeparatorInTheFirstRow) {
  const reading r = read("a;\"b, c, d\";e\n1,5;2;3\n");
  EXPECT_EQ(r.separator, ';');
  EXPECT_EQ(r.all, (rows{{"a", "b, c, d", "e"}, {"1,5", "2", "3"}}));
  EXPECT_EQ(read("code\n1;2\n").all, (rows{{"code"}, {"1;2"}}));
  EXPECT_EQ(read("a,b\n1;2,3\n").separator, ',');
}

TEST(Csv, ReadsNothingFromNothing) {
  EXPECT_THAT(read("").all, IsEmpty());
  EXPECT_THAT(read("\xEF\xBB\xBF").all, IsEmpty());
  EXPECT_THAT(read("\n\r\n\n").all, IsEmpty());
}

struct broken {
  std::string text;
  std::size_t line;
  std::string message;
};

class BrokenCsv : public testing::TestWithParam<broken> {};

TEST_P(BrokenCsv, IsRefusedWithItsLine) {
  for (const std::size_t step : {std::size_t{1}, std::size_t{1} << 20}) {
    const reading r = read(GetParam().text, step, {64, 200, 5});
    ASSERT_TRUE(r.error);
    EXPECT_EQ(r.error->line, GetParam().line);
    EXPECT_THAT(r.error->message, HasSubstr(GetParam().message));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Files, BrokenCsv,
    testing::Values(broken{"a,b\n1,2\n\"3,4\n5,6\n", 3, "does not end"},
                    broken{"a,b\n\"1\"2,3\n", 2, "after the closing quote"},
                    broken{"a,b\n\"1\"\r2,3\n", 2, "after the closing quote"},
                    broken{"a\n1\n" + std::string(65, 'x') + "\n", 3, "more than 64 bytes"},
                    broken{"a\n\"" + std::string(65, 'x') + "\"\n", 2, "more than 64 bytes"},
                    broken{"a\n1,2,3,4,5,6\n", 2, "more than 5 columns"},
                    broken{"a\n" + std::string(50, 'x') + "," + std::string(60, 'y') + "," +
                               std::string(60, 'z') + "," + std::string(60, 'q') + "\n",
                           2, "row of more than 200 bytes"},
                    broken{std::string("\xFF\xFE") + "a", 1, "UTF-16"}));

TEST(Csv, KeepsItsErrorAndAnswersRowsBeforeIt) {
  csv_reader reader;
  reader.feed("a\n1\n\"2\"x\n3\n");
  EXPECT_EQ((*reader.next())->fields, std::vector<std::string>{"a"});
  EXPECT_EQ((*reader.next())->fields, std::vector<std::string>{"1"});
  EXPECT_FALSE(reader.next());
  reader.feed("4\n");
  EXPECT_FALSE(reader.next());
}

TEST(Csv, WritesFieldsThatItReadsBack) {
  const std::vector<std::string> fields{"plain", "with, comma", "with \"quotes\"", "two\nlines",
                                        ""};
  std::string text = "a,b,c,d,e\n";
  for (const std::string& f : fields)
    text += (f == fields.front() ? "" : ",") + csv_field(f);
  EXPECT_EQ(read(text).all.at(1), fields);
  EXPECT_EQ(csv_field("=1+1"), "'=1+1");
}

/// Whatever the bytes, and however they are cut: the same rows, within the limits, and an end.
TEST(Csv, ReadsMutatedFilesTheSameHoweverTheyAreCut) {
  const std::string sample =
      "\xEF\xBB\xBF"
      "code;project;address\r\nDR1;P1;\"1 Long St; Gate \"\"4\"\"\"\r\n\r\n"
      "DR2;;\"two\r\nlines\"\r\nDR3;P2;12\" pipe\r\n";
  std::mt19937 random(20251201);
  const auto upto = [&](std::size_t n) { return random() % n; };
  constexpr std::string_view spice = "\";,\r\n\xEF\xBB\xFF\0x";
  const csv_limits limits{40, 120, 6};
  for (int round = 0; round < 4000; ++round) {
    std::string text = sample;
    for (std::size_t changes = upto(6); changes > 0 && !text.empty(); --changes) {
      const std::size_t at = upto(text.size());
      const char c = spice[upto(spice.size())];
      switch (upto(4)) {
        case 0:
          text[at] = c;
          break;
        case 1:
          text.insert(at, 1, c);
          break;
        case 2:
          text.erase(at, 1 + upto(5));
          break;
        default:
          text.insert(at, text.substr(upto(text.size()), upto(30)));
      }
    }
    const reading whole = read(text, 1 << 20, limits);
    const reading cut = read(text, 1 + upto(7), limits);
    ASSERT_EQ(whole.all, cut.all) << text;
    ASSERT_EQ(whole.lines, cut.lines) << text;
    ASSERT_EQ(whole.error.has_value(), cut.error.has_value()) << text;
    for (const auto& row : whole.all) {
      ASSERT_LE(row.size(), limits.columns);
      for (const std::string& field : row)
        ASSERT_LE(field.size(), limits.field_bytes);
    }
  }
}

}  // namespace
}  // namespace fibrehub::protocols
