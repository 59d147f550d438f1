#include "protocols/auth/password.hpp"

#include <gtest/gtest.h>

#include <ctime>
#include <regex>

namespace fibrehub::protocols::auth {
namespace {

using namespace std::string_literals;
using enum password_error;

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i)
    out += text;
  return out;
}

TEST(Password, IsHashedWithTheParametersOfTheSecurityDesign) {
  const auto hash = hash_password("correct horse battery");
  ASSERT_TRUE(hash);
  EXPECT_TRUE(std::regex_match(
      *hash,
      std::regex(R"(\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43})")))
      << *hash;
  EXPECT_EQ(hash->size(), 97u);
  EXPECT_FALSE(needs_rehash(*hash));
  EXPECT_NE(*hash, hash_password("correct horse battery")) << "the salt is random";
}

TEST(Password, IsRecognisedAndNoOtherIs) {
  const auto hash = hash_password("pässwörd 1");
  ASSERT_TRUE(hash);
  EXPECT_EQ(verify_password(*hash, "pässwörd 1"), true);
  EXPECT_EQ(verify_password(*hash, "pässwörd 2"), false);
  EXPECT_EQ(verify_password(*hash, "pässwörd 1 "), false);
  EXPECT_EQ(verify_password(*hash, "pässwörd 1\0"s), false);
  EXPECT_EQ(verify_password(*hash, ""), false);
  EXPECT_EQ(verify_password(*hash, std::string(1025, 'x')), false);
}

TEST(Password, IsKnownFromAHashOfTheReferenceImplementation) {
  // From the test suite of the reference implementation, argon2id, version 0x13.
  const std::string hash =
      "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
  EXPECT_EQ(verify_password(hash, "password"), true);
  EXPECT_EQ(verify_password(hash, "differentpassword"), false);
  EXPECT_TRUE(needs_rehash(hash));
}

TEST(Password, HasBetween8And256CharactersWhenItIsNew) {
  EXPECT_TRUE(check_new_password("12345678"));
  EXPECT_EQ(check_new_password("1234567").error(), too_short);
  EXPECT_EQ(check_new_password("").error(), too_short);
  EXPECT_TRUE(check_new_password(std::string(256, 'x')));
  EXPECT_EQ(check_new_password(std::string(257, 'x')).error(), too_long);
  EXPECT_EQ(check_new_password(std::string(1'000'000, 'x')).error(), too_long);
  // Characters, not bytes: é has two, € three, 🔑 four.
  EXPECT_EQ(check_new_password(repeated("é", 7)).error(), too_short);
  EXPECT_TRUE(check_new_password(repeated("é", 8)));
  EXPECT_TRUE(check_new_password(repeated("€", 256)));
  EXPECT_TRUE(check_new_password(repeated("🔑", 256)));
  EXPECT_EQ(check_new_password(repeated("€", 257)).error(), too_long);
  EXPECT_EQ(hash_password("short").error(), too_short);
}

TEST(Password, IsTextWhenItIsNew) {
  for (const char* bytes : {"\x80", "\xc3", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80",
                            "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
                            "\xf5\x80\x80\x80", "\xff", "\xe2\x82", "\xf0\x9f\x94", "\xe2(\xa1"})
    EXPECT_EQ(check_new_password("long enough "s + bytes).error(), not_text) << bytes;
  EXPECT_TRUE(check_new_password("long enough \xf4\x8f\xbf\xbf"));
  EXPECT_TRUE(check_new_password("long enough \xed\x9f\xbf"));
}

TEST(Password, HashesThatAreNoneAreRefused) {
  for (const char* hash :
       {"", "x", "$argon2id$",
        "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
        "$argon2id$v=16$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ", "$argon2id$v=19$m=256,t=2,p=1$$",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$",
        "$argon2id$v=19$m=256,t=2,p=1$c2FsdA$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgL",
        "$argon2id$v=19$m=4294967552,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEs",
        "$argon2id$v=19$m=-1,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=0,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=0$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=1,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4$",
        "$2b$12$abcdefghijklmnopqrstuv"}) {
    const auto answer = verify_password(hash, "password");
    ASSERT_FALSE(answer) << hash;
    EXPECT_EQ(answer.error(), malformed_hash) << hash;
    EXPECT_TRUE(needs_rehash(hash)) << hash;
  }
  EXPECT_EQ(verify_password(std::string(100'000, '$'), "password").error(), malformed_hash);
}

TEST(Password, HashesThatAskForTooMuchAreNotRun) {
  const auto with = [](std::string_view cost) {
    return fmt::format("$argon2id$v=19${}$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                       cost);
  };
  // Four gigabytes, or hours: would not end within the test's time.
  for (const char* cost : {"m=4194304,t=1,p=1", "m=65537,t=1,p=1", "m=256,t=9,p=1",
                           "m=256,t=4294967295,p=1", "m=1024,t=1,p=5"}) {
    const auto answer = verify_password(with(cost), "password");
    ASSERT_FALSE(answer) << cost;
    EXPECT_EQ(answer.error(), too_costly) << cost;
  }
  EXPECT_EQ(verify_password(with("m=65536,t=1,p=1"), "password"), false);
  EXPECT_EQ(verify_password(with("m=256,t=8,p=4"), "password"), false);
}

TEST(Password, IsHashedAgainWhenTheParametersAreNotThoseOfToday) {
  const auto with = [](std::string_view cost, std::string_view salt, std::string_view hash) {
    return fmt::format("$argon2id$v=19${}${}${}", cost, salt, hash);
  };
  const std::string salt(22, 'A');
  const std::string hash(43, 'A');
  EXPECT_FALSE(needs_rehash(with("m=19456,t=2,p=1", salt, hash)));
  EXPECT_TRUE(needs_rehash(with("m=19455,t=2,p=1", salt, hash)));
  EXPECT_TRUE(needs_rehash(with("m=65536,t=2,p=1", salt, hash)));
  EXPECT_TRUE(needs_rehash(with("m=19456,t=3,p=1", salt, hash)));
  EXPECT_TRUE(needs_rehash(with("m=19456,t=2,p=2", salt, hash)));
  EXPECT_TRUE(needs_rehash(with("m=19456,t=2,p=1", std::string(11, 'A'), hash)));
  EXPECT_TRUE(needs_rehash(with("m=19456,t=2,p=1", salt, std::string(22, 'A'))));
}

TEST(Password, OfAnUnknownUserCostsWhatOneOfAKnownUserDoes) {
  // The same parameters mean the same work; that it is done shows in the processor's time.
  EXPECT_FALSE(needs_rehash(burnt_hash()));
  EXPECT_EQ(burn("correct horse battery"), false);
  EXPECT_EQ(burn(""), false);
  const std::clock_t before = std::clock();
  EXPECT_EQ(burn("correct horse battery"), false);
  EXPECT_GT(std::clock() - before, CLOCKS_PER_SEC / 1000) << "no work was done";
}

TEST(Password, ErrorsAreSentences) {
  for (const auto error :
       {too_short, too_long, not_text, malformed_hash, too_costly, no_memory, no_randomness}) {
    EXPECT_GT(sentence(error).size(), 20u);
    EXPECT_TRUE(sentence(error).ends_with('.'));
  }
}

}  // namespace
}  // namespace fibrehub::protocols::auth
