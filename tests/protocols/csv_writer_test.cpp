#include "protocols/csv_writer.hpp"

#include <gtest/gtest.h>

#include "protocols/csv.hpp"

namespace fibrehub::protocols {
namespace {

TEST(CsvWriter, WritesTextsSoThatNoSpreadsheetTakesThemForAnythingElse) {
  struct row {
    std::string_view text;
    std::string_view written;
  };
  const row rows[] = {
      {"", ""},
      {"plain", "plain"},
      {"a,b", "\"a,b\""},
      {"say \"hi\"", "\"say \"\"hi\"\"\""},
      {"two\nlines", "\"two\nlines\""},
      {"two\r\nlines", "\"two\r\nlines\""},
      {"=1+1", "'=1+1"},
      {"+27821234567", "'+27821234567"},
      {"-18.5 dBm", "'-18.5 dBm"},
      {"@SUM(A1)", "'@SUM(A1)"},
      {"\t=1+1", "'\t=1+1"},
      {"\r=1+1", "\"'\r=1+1\""},
      {"=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""},
      {"a=1", "a=1"},
      {"'quoted'", "'quoted'"},
      {"Noël €5", "Noël €5"},
      {" leading", " leading"},
  };
  for (const row& r : rows) {
    csv_writer w;
    w.text(r.text);
    EXPECT_EQ(w.take(), r.written);
  }
}

TEST(CsvWriter, KeepsFiguresAsTheyAreAndEndsRowsWithCrLf) {
  csv_writer w;
  w.plain("-18.50");
  w.plain("");
  w.text("x");
  w.end_row();
  w.plain("2");
  w.end_row();
  EXPECT_EQ(w.size(), 14U);
  EXPECT_EQ(w.take(), "-18.50,,x\r\n2\r\n");
  EXPECT_EQ(w.take(), "");
}

TEST(CsvWriter, IsReadBackByOurOwnReader) {
  csv_writer w;
  for (const char* name : {"id", "title"})
    w.plain(name);
  w.end_row();
  w.plain("1");
  w.text("a \"quoted\", multi\r\nline; and a semicolon");
  w.end_row();
  csv_reader r;
  r.feed(std::string(csv_writer::byte_order_mark) + w.take());
  r.finish();
  EXPECT_EQ((*r.next())->fields, (std::vector<std::string>{"id", "title"}));
  EXPECT_EQ((*r.next())->fields,
            (std::vector<std::string>{"1", "a \"quoted\", multi\r\nline; and a semicolon"}));
  EXPECT_FALSE(*r.next());
}

}  // namespace
}  // namespace fibrehub::protocols
