#include "protocols/pdf/sheet.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

namespace fibrehub::protocols::pdf {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

canvas make_canvas() {
  auto fonts = find_fonts({});
  if (!fonts) throw std::runtime_error(fonts.error());
  auto made = canvas::make(*fonts);
  if (!made) throw std::runtime_error(made.error());
  return std::move(*made);
}

/// What a reader would copy from it, or nothing without pdftotext.
std::optional<std::string> text_of(const std::string& pdf) {
  if (std::system("command -v pdftotext >/dev/null 2>&1") != 0) return std::nullopt;
  const auto file = std::filesystem::temp_directory_path() / fmt::format("sheet-{}.pdf", getpid());
  std::ofstream(file, std::ios::binary) << pdf;
  const std::string command = "pdftotext -q -layout " + file.string() + " -";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string out;
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;)
    out.append(buffer.data(), n);
  std::filesystem::remove(file);
  return out;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++n;
  return n;
}

TEST(PdfSheet, RepeatsTheHeadOfATableOnEveryPageAndNumbersThePages) {
  canvas on = make_canvas();
  sheet s(on, {"Übersicht für Noël", {"Period: 2026-11-01 to 2026-11-30"}, "made in a test"});
  table t;
  t.columns = {{"Ticket", 1}, {"Amount", 1, true}};
  for (int i = 1; i <= 120; ++i)
    t.rows.push_back({fmt::format("T-{:04}", i), fmt::format("€ {}", i)});
  s.add(t);
  s.finish();
  const std::size_t pages = on.pages();
  EXPECT_GE(pages, 3U);
  const auto made = on.finish("Test");
  ASSERT_TRUE(made) << made.error();
  EXPECT_TRUE(made->starts_with("%PDF-"));
  // Fonts are embedded in part: DejaVu alone has 700 KB.
  EXPECT_LT(made->size(), 200'000U);
  const auto text = text_of(*made);
  if (!text) GTEST_SKIP() << "without pdftotext";
  EXPECT_EQ(count(*text, "Amount"), pages);
  EXPECT_EQ(count(*text, "made in a test"), pages);
  EXPECT_THAT(*text, HasSubstr("Übersicht für Noël"));
  for (const char* wanted : {"T-0001", "T-0120", "€ 120"})
    EXPECT_THAT(*text, HasSubstr(wanted));
  for (std::size_t i = 1; i <= pages; ++i)
    EXPECT_THAT(*text, HasSubstr(fmt::format("Page {} of {}", i, pages)));
}

TEST(PdfSheet, DrawsPlotsWithGapsAndWithoutAnything) {
  canvas on = make_canvas();
  sheet s(on, {"Plots", {}, ""});
  s.add(line_plot{"Some", {"a", "b", "c"}, {{"one", {1.0, std::nullopt, 3.0}}}, {}});
  s.add(line_plot{"None", {}, {{"one", {}}}, {}});
  s.add(std::vector<bar_chart>{{"Bars", {{"x", 3, "3"}, {"y", 0, "0"}}, {}}, {"Nothing", {}, {}}});
  s.finish();
  const auto made = on.finish("Plots");
  ASSERT_TRUE(made) << made.error();
  const auto text = text_of(*made);
  if (!text) GTEST_SKIP() << "without pdftotext";
  for (const char* wanted : {"Some", "one", "Bars", "nothing to show"})
    EXPECT_THAT(*text, HasSubstr(wanted));
}

TEST(PdfSheet, BreaksLinesAtSpacesAndLongWordsWhereItHasTo) {
  const canvas on = make_canvas();
  const text_style style{10};
  const double width = on.width_of("a sentence", style) + 1;
  EXPECT_THAT(wrap(on, "a sentence of words", style, width, 5),
              ElementsAre("a sentence", "of words"));
  EXPECT_THAT(wrap(on, "", style, width, 5), ElementsAre(""));
  const auto long_word = wrap(on, "Donaudampfschifffahrtsgesellschaft", style, width, 9);
  EXPECT_GT(long_word.size(), 2U);
  std::string joined;
  for (const std::string& line : long_word) {
    EXPECT_LE(on.width_of(line, style), width);
    joined += line;
  }
  EXPECT_EQ(joined, "Donaudampfschifffahrtsgesellschaft");
  const auto cut = wrap(on, "ëëëëëëëëëëëëëëëëëëëëëëëëëëëëë", style, width, 2);
  ASSERT_EQ(cut.size(), 2U);
  EXPECT_TRUE(cut[1].ends_with("ë…")) << cut[1];
  EXPECT_LE(on.width_of(cut[1], style), width);
}

TEST(PdfSheet, ScalesEndAtRoundNumbers) {
  const std::pair<double, double> rows[] = {{0, 5},     {1, 5},      {5, 5},    {6, 10},
                                            {11, 25},   {26, 50},    {51, 100}, {101, 125},
                                            {430, 500}, {1001, 1250}};
  for (const auto& [value, top] : rows)
    EXPECT_DOUBLE_EQ(nice_top(value), top) << value;
}

TEST(PdfFonts, SayWhatToDoWhenOneIsMissing) {
  const auto gone = find_fonts({"/nowhere/font.ttf", ""});
  ASSERT_FALSE(gone);
  EXPECT_THAT(gone.error(), HasSubstr("/nowhere/font.ttf"));
  EXPECT_THAT(gone.error(), HasSubstr("reports.font"));
  const auto no_font = canvas::make({"/proc/self/status", "/proc/self/status"});
  ASSERT_FALSE(no_font);
  EXPECT_THAT(no_font.error(), HasSubstr("/proc/self/status"));
}

}  // namespace
}  // namespace fibrehub::protocols::pdf
