#include "protocols/auth/encoding.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace fibrehub::protocols::auth {
namespace {

using namespace std::string_literals;

TEST(Base64Url, EncodesTheVectorsOfRfc4648WithoutPadding) {
  const std::pair<std::string, std::string> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(to_base64url(bytes), text);
    EXPECT_EQ(from_base64url(text), bytes);
  }
  EXPECT_EQ(to_base64url("\xfb\xff"), "-_8");
  EXPECT_EQ(from_base64url("-_8"), "\xfb\xff");
}

TEST(Base64Url, RefusesEverySpellingButOne) {
  for (const char* text :
       {"Zg==", "Zg=", "Z", "Zm9vY", "Zh", "Zm9=", "Zm 9v", "Zm9v\n", "+/8", "Zm9v.", "Zm\xc3\xa9"})
    EXPECT_FALSE(from_base64url(text)) << text;
  EXPECT_FALSE(from_base64url("Zm9v\0"s));
}

TEST(Base32, EncodesTheVectorsOfRfc4648WithoutPadding) {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "MY======"},
                                                         {"fo", "MZXQ===="},
                                                         {"foo", "MZXW6==="},
                                                         {"foob", "MZXW6YQ="},
                                                         {"fooba", "MZXW6YTB"},
                                                         {"foobar", "MZXW6YTBOI======"}};
  for (const auto& [bytes, padded] : vectors) {
    const std::string bare = padded.substr(0, padded.find('='));
    EXPECT_EQ(to_base32(bytes), bare);
    EXPECT_EQ(from_base32(bare), bytes);
    EXPECT_EQ(from_base32(padded), bytes);
  }
  EXPECT_EQ(from_base32("mzxw6ytboi"), "foobar");
}

TEST(Base32, RefusesEverySpellingButOne) {
  for (const char* text : {"M", "MZX", "MZXW6Y", "MZ", "MY=", "MY=====", "MY=====A",
                           "========", "MZXW6YTB========", "MZXW 6YTB", "MZXW6YT1", "MZXW6YT8"})
    EXPECT_FALSE(from_base32(text)) << text;
}

TEST(Base32, HasAReadableFormWithoutLettersThatLookAlike) {
  EXPECT_EQ(to_base32_readable(""), "");
  EXPECT_EQ(to_base32_readable("foobar"), "csqpyrk1e8");
  std::string all;
  for (int i = 0; i < 256; ++i)
    all += static_cast<char>(i);
  EXPECT_EQ(to_base32_readable(all).find_first_of("ilouILOU"), std::string::npos);
}

TEST(Encoding, GivesBackEveryByteAtEveryLength) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes);
    EXPECT_EQ(from_base32(to_base32(bytes)), bytes);
    bytes += static_cast<char>(i * 37);
  }
}

}  // namespace
}  // namespace fibrehub::protocols::auth
