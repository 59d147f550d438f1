#include "domain/text.hpp"

#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

TEST(Storable, ReplacesWhatIsNoUtf8AndDropsNul) {
  EXPECT_EQ(storable(std::string_view("a\0b", 3), 100), "ab");
  EXPECT_EQ(storable("a\xffz", 100), "a\xEF\xBF\xBDz");
  EXPECT_EQ(storable("\xC0\xAF", 100), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(storable("\xED\xA0\x80", 100), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(storable("\xE2\x82", 100), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(storable("\xF0\x9F\x98\x80", 100), "\xF0\x9F\x98\x80");
}

TEST(Storable, CutsBetweenCharacters) {
  EXPECT_EQ(storable("ab\xC3\xA9", 3), "ab");
  EXPECT_EQ(storable("ab\xC3\xA9", 4), "ab\xC3\xA9");
}

TEST(Storable, KnowsWhatNeedsNoChange) {
  EXPECT_TRUE(is_storable("plain \xC3\xA9"));
  EXPECT_FALSE(is_storable("\xC3"));
  EXPECT_FALSE(is_storable(std::string_view("\0", 1)));
}

TEST(FirstLine, TakesTheFirstLineWithAnythingInIt) {
  EXPECT_EQ(first_line("\n\n  No signal \r\nmore", 255), "No signal");
  EXPECT_EQ(first_line("   ", 255), "");
}

TEST(FirstLine, CutsAtCharactersAndShowsIt) {
  EXPECT_EQ(first_line("abcdef", 6), "abcdef");
  EXPECT_EQ(first_line("abcdefg", 6), "abcde\xE2\x80\xA6");
  EXPECT_EQ(first_line("\xC3\xA9\xC3\xA9\xC3\xA9", 2), "\xC3\xA9\xE2\x80\xA6");
}

}  // namespace
}  // namespace fibrehub::domain
