#include "protocols/auth/recovery_codes.hpp"

#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "protocols/auth/bytes.hpp"

namespace fibrehub::protocols::auth {
namespace {

std::vector<std::string> hashes_of(const std::vector<std::string>& codes) {
  std::vector<std::string> out;
  out.reserve(codes.size());
  for (const auto& code : codes)
    out.push_back(hash_recovery_code(code).value());
  return out;
}

TEST(RecoveryCodes, AreTenDifferentOnesInGroupsOfFour) {
  const auto codes = make_recovery_codes();
  ASSERT_TRUE(codes);
  EXPECT_EQ(std::set<std::string>(codes->begin(), codes->end()).size(), 10u);
  const std::regex form("[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){5}");
  for (const auto& code : *codes)
    EXPECT_TRUE(std::regex_match(code, form)) << code;
}

TEST(RecoveryCodes, UseEveryLetterInEveryPlace) {
  std::vector<std::set<char>> seen(recovery_code_letters);
  for (int i = 0; i < 200; ++i) {
    const auto codes = make_recovery_codes().value();
    for (const auto& code : codes) {
      const std::string plain = normalise_recovery_code(code).value();
      for (std::size_t k = 0; k < plain.size(); ++k)
        seen[k].insert(plain[k]);
    }
  }
  for (const auto& letters : seen)
    EXPECT_EQ(letters.size(), 32u);
}

TEST(RecoveryCodes, AreReadAsPeopleTypeThem) {
  const std::string rest = "-2345-6789-abcd-efgh";
  for (const char* typed : {"ab10-c0d1", "AB10-C0D1", "ab10c0d1", " ab10 c0d1 ", "abio-cOdl",
                            "ABIO-CODL", "a-b-1-0-c-0-d-1"})
    EXPECT_EQ(normalise_recovery_code(typed + rest), "ab10c0d123456789abcdefgh") << typed;
}

TEST(RecoveryCodes, AreRefusedWhenTheyCannotBeOnes) {
  const std::string start = "ab10-c0d1-2345-6789-abcd-";
  for (const std::string& typed :
       {std::string(), std::string("-"), start + "efg", start + "efghj", start + "efgu",
        start + "ef_gh", start + "efg\xc3\xa9", start + "ef\tgh"}) {
    EXPECT_FALSE(normalise_recovery_code(typed)) << typed;
    EXPECT_FALSE(hash_recovery_code(typed)) << typed;
    EXPECT_FALSE(match_recovery_code(typed, std::vector<std::string>{""})) << typed;
  }
  EXPECT_FALSE(normalise_recovery_code(start + "efgh" + std::string(55, ' ')));
}

TEST(RecoveryCodes, AreKeptAsTheSha256OfTheirLetters) {
  EXPECT_EQ(hash_recovery_code("AB10-C0D1-2345-6789-ABCD-EFGH"),
            sha256("ab10c0d123456789abcdefgh"));
}

TEST(RecoveryCodes, AreFoundAmongTheHashes) {
  const auto codes = make_recovery_codes().value();
  auto hashes = hashes_of(codes);
  for (std::size_t i = 0; i < codes.size(); ++i)
    EXPECT_EQ(match_recovery_code(codes[i], hashes), i);
  hashes.erase(hashes.begin() + 3);  // used
  EXPECT_EQ(match_recovery_code(codes[3], hashes), std::nullopt);
  EXPECT_EQ(match_recovery_code(codes[4], hashes), 3u);
  EXPECT_EQ(match_recovery_code(codes[0], {}), std::nullopt);
  EXPECT_EQ(match_recovery_code("0000-0000-0000-0000-0000-0000", hashes), std::nullopt);
}

}  // namespace
}  // namespace fibrehub::protocols::auth
