#include "protocols/json/objects.hpp"

#include <gmock/gmock.h>

#include <random>

namespace fibrehub::protocols::json {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct reading {
  std::vector<std::string> texts;
  std::vector<std::size_t> lines;
  std::optional<stream_error> error;
};

reading read(std::string_view text, std::size_t step = 1 << 20, std::size_t limit = 1 << 20) {
  reading out;
  object_splitter splitter(limit);
  const auto take = [&] {
    for (;;) {
      auto next = splitter.next();
      if (!next) {
        out.error = next.error();
        return false;
      }
      if (!*next) return true;
      out.texts.push_back((*next)->text);
      out.lines.push_back((*next)->line);
    }
  };
  for (std::size_t at = 0; at < text.size(); at += step) {
    splitter.feed(text.substr(at, step));
    if (!take()) return out;
  }
  splitter.finish();
  take();
  return out;
}

TEST(JsonObjects, AreCutOnALineEachOrOverLines) {
  const std::string_view text = "{\"a\":1}\n\n {\n \"b\": [2, {}]\n}\n{\"c\":3}{\"d\":4}";
  for (const std::size_t step : {1U, 2U, 5U, 100U}) {
    const reading r = read(text, step);
    EXPECT_THAT(r.texts,
                ElementsAre("{\"a\":1}", "{\n \"b\": [2, {}]\n}", "{\"c\":3}", "{\"d\":4}"));
    EXPECT_THAT(r.lines, ElementsAre(1U, 3U, 6U, 6U));
    EXPECT_FALSE(r.error);
  }
}

TEST(JsonObjects, TakeBracketsInTextsAsText) {
  EXPECT_THAT(read(R"({"}]": "\"}{"} {"x": "\\"})").texts,
              ElementsAre(R"({"}]": "\"}{"})", R"({"x": "\\"})"));
}

TEST(JsonObjects, OfNothingAreNone) {
  EXPECT_THAT(read("").texts, IsEmpty());
  EXPECT_THAT(read(" \n\r\n\t").texts, IsEmpty());
  EXPECT_FALSE(read(" \n").error);
}

TEST(JsonObjects, SayOnWhichLineSomethingIsWrong) {
  reading r = read("{}\n[1]");
  EXPECT_EQ(r.error->line, 2U);
  EXPECT_THAT(r.error->message, HasSubstr("expected"));
  EXPECT_THAT(r.texts, ElementsAre("{}"));
  r = read("{}\n{\n\"a\":\n");
  EXPECT_EQ(r.error->line, 2U);
  EXPECT_THAT(r.error->message, HasSubstr("does not end"));
  r = read("{\"a\": \"aaaaaaaaaa\"}", 4, 10);
  EXPECT_THAT(r.error->message, HasSubstr("10 bytes"));
}

TEST(JsonObjects, SurviveAnyBytesAndCutThemAlikeHoweverTheyArrive) {
  std::mt19937 random(20261121);
  const std::string alphabet = "{}[]\"\\ a\n:";
  for (int round = 0; round < 3'000; ++round) {
    std::string text;
    for (std::size_t n = random() % 40; n > 0; --n)
      text += alphabet[random() % alphabet.size()];
    const reading whole = read(text);
    const reading bytewise = read(text, 1);
    EXPECT_EQ(whole.texts, bytewise.texts) << text;
    EXPECT_EQ(whole.error.has_value(), bytewise.error.has_value()) << text;
  }
}

}  // namespace
}  // namespace fibrehub::protocols::json
