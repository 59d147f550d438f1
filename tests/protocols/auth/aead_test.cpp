#include "protocols/auth/aead.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <set>

#include "protocols/auth/encoding.hpp"
#include "protocols/signature.hpp"

namespace fibrehub::protocols::auth {
namespace {

using enum aead_error;

const std::string key = "0123456789abcdef0123456789ABCDEF";

std::string unhex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return out;
}

TEST(Aead, GivesBackWhatWasSealed) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{20}, std::size_t{1000}, aead_max_plain_bytes}) {
    const std::string plain(size, 'p');
    const auto sealed = seal(key, plain, "totp/17");
    ASSERT_TRUE(sealed);
    EXPECT_TRUE(sealed->starts_with("v1:"));
    EXPECT_EQ(sealed->find_first_of("+/=\n "), std::string::npos);
    EXPECT_EQ(open(key, *sealed, "totp/17"), plain);
  }
  const auto without_data = seal(key, "secret", "");
  ASSERT_TRUE(without_data);
  EXPECT_EQ(open(key, *without_data, ""), "secret");
}

TEST(Aead, SealsTheSameTextDifferentlyEveryTime) {
  std::set<std::string> nonces;
  for (int i = 0; i < 1000; ++i)
    nonces.insert(from_base64url(seal(key, "secret", "").value().substr(3)).value().substr(0, 12));
  EXPECT_EQ(nonces.size(), 1000u);
}

TEST(Aead, OpensTestCase16OfTheGcmSpecification) {
  // McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B: AES-256, 96-bit IV.
  const auto known_key = unhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  const auto plain = unhex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
  const auto associated = unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const auto nonce = unhex("cafebabefacedbaddecaf888");
  const auto cipher_text = unhex(
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
      "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662");
  const auto tag = unhex("76fc6ece0f4e1768cddf8853bb2d551b");
  EXPECT_EQ(open(known_key, "v1:" + to_base64url(nonce + cipher_text + tag), associated), plain);
}

TEST(Aead, RefusesEveryChangedBit) {
  const auto sealed = seal(key, "JBSWY3DPEHPK3PXP", "totp/17").value();
  const auto raw = from_base64url(sealed.substr(3)).value();
  for (std::size_t i = 0; i < raw.size() * 8; ++i) {
    std::string changed = raw;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << i % 8));
    EXPECT_EQ(open(key, "v1:" + to_base64url(changed), "totp/17").error(), tampered) << i;
  }
}

TEST(Aead, RefusesWhatWasCutOrLengthened) {
  const auto sealed = seal(key, "JBSWY3DPEHPK3PXP", "totp/17").value();
  for (std::size_t size = 0; size < sealed.size(); ++size)
    EXPECT_FALSE(open(key, sealed.substr(0, size), "totp/17")) << size;
  EXPECT_FALSE(open(key, sealed + "A", "totp/17"));
  EXPECT_FALSE(open(key, sealed + "AAAA", "totp/17"));
}

TEST(Aead, OpensOnlyForWhomItWasSealed) {
  const auto sealed = seal(key, "secret", "totp/17").value();
  EXPECT_EQ(open(key, sealed, "totp/18").error(), tampered);
  EXPECT_EQ(open(key, sealed, "").error(), tampered);
  std::string other = key;
  other[31] = 'x';
  EXPECT_EQ(open(other, sealed, "totp/17").error(), tampered);
}

TEST(Aead, KnowsItsVersionsAndItsForm) {
  for (const char* text : {"", "v", "v1", "v2:AAAA", "V1:AAAA", "AAAA", " v1:AAAA"})
    EXPECT_EQ(open(key, text, "").error(), unknown_version) << text;
  for (const char* text : {"v1:", "v1:AAAA", "v1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                           "v1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", "v1:!!!!"})
    EXPECT_EQ(open(key, text, "").error(), malformed) << text;
}

TEST(Aead, HasLimits) {
  EXPECT_EQ(seal(key, std::string(aead_max_plain_bytes + 1, 'x'), "").error(), too_long);
  EXPECT_EQ(seal(key, "", std::string(aead_max_associated_bytes + 1, 'x')).error(), too_long);
  EXPECT_EQ(open(key, "v1:" + std::string(100'000, 'A'), "").error(), too_long);
  EXPECT_EQ(open(key, "v1:AAAA", std::string(aead_max_associated_bytes + 1, 'x')).error(),
            too_long);
  for (const std::size_t size : {0u, 16u, 31u, 33u}) {
    EXPECT_EQ(seal(std::string(size, 'k'), "secret", "").error(), wrong_key_size);
    EXPECT_EQ(open(std::string(size, 'k'), "v1:AAAA", "").error(), wrong_key_size);
  }
}

TEST(Aead, LeavesNoErrorsBehindForTheThreadsOtherUsersOfOpenssl) {
  const auto sealed = seal(key, "secret", "totp/17").value();
  ERR_clear_error();
  EXPECT_FALSE(open(key, sealed, "totp/18"));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(Aead, ErrorsAreSentences) {
  for (const auto error :
       {wrong_key_size, too_long, no_randomness, unknown_version, malformed, tampered, internal}) {
    EXPECT_GT(sentence(error).size(), 20u);
    EXPECT_TRUE(sentence(error).ends_with('.'));
  }
}

}  // namespace
}  // namespace fibrehub::protocols::auth
