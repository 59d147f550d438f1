#include "protocols/auth/bytes.hpp"

#include <gtest/gtest.h>

#include <set>

#include "protocols/signature.hpp"

namespace fibrehub::protocols::auth {
namespace {

TEST(AuthBytes, AreDifferentEveryTimeAndBounded) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const auto bytes = random_bytes(16);
    ASSERT_TRUE(bytes);
    EXPECT_EQ(bytes->size(), 16u);
    seen.insert(*bytes);
  }
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_EQ(random_bytes(0), "");
  EXPECT_TRUE(random_bytes(4096));
  EXPECT_FALSE(random_bytes(4097));
}

TEST(AuthBytes, HaveTheDigestOfFips180) {
  EXPECT_EQ(to_hex(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(AuthBytes, AreTheSameOnlyWhenAllOfThemAre) {
  EXPECT_TRUE(same_bytes("", ""));
  EXPECT_TRUE(same_bytes("abc", "abc"));
  EXPECT_FALSE(same_bytes("abc", "abd"));
  EXPECT_FALSE(same_bytes("abc", "ab"));
  EXPECT_FALSE(same_bytes("", "a"));
}

TEST(AuthBytes, AreGoneAfterWiping) {
  std::string secret = "the password of somebody, long enough to live on the heap";
  const char* const where = secret.data();
  wipe(secret);
  EXPECT_TRUE(secret.empty());
  EXPECT_EQ(where[5], '\0');
}

}  // namespace
}  // namespace fibrehub::protocols::auth
