#include "protocols/auth/jwks.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/protocols/auth/jwt_support.hpp"

namespace fibrehub::protocols::auth {
namespace {

using enum jwks_error;

std::string rsa(std::string_view kid, std::string_view more = "") {
  return jwk(kid, provider_key(), more);
}

jwks_error error_of(std::string_view text) {
  const auto set = parse_jwks(text);
  EXPECT_FALSE(set) << text;
  return set ? jwks_error{} : set.error();
}

TEST(Jwks, GivesTheKeysByTheirIds) {
  const auto set = parse_jwks(jwks_of(rsa("a") + "," + jwk("b", other_key())));
  ASSERT_TRUE(set);
  EXPECT_EQ(set->size(), 2u);
  ASSERT_NE(set->find("a"), nullptr);
  EXPECT_EQ(EVP_PKEY_eq(set->find("a"), provider_key().get()), 1);
  ASSERT_NE(set->find("b"), nullptr);
  EXPECT_EQ(EVP_PKEY_eq(set->find("b"), other_key().get()), 1);
  EXPECT_EQ(set->find("c"), nullptr);
  EXPECT_EQ(set->find(""), nullptr);
}

TEST(Jwks, TakesKeysForSignaturesWithWhateverElseProvidersWrite) {
  for (const char* more :
       {"", R"(,"use":"sig")", R"(,"alg":"RS256")", R"(,"key_ops":["verify"])",
        R"(,"key_ops":["sign","verify"])", R"(,"x5c":["MIIC"],"x5t":"abc","x5u":"http://x")",
        R"(,"use":"sig","alg":"RS256","issuer":{"deep":[[[1]]]})"}) {
    const auto set = parse_jwks(jwks_of(rsa("a", more)));
    ASSERT_TRUE(set) << more;
    EXPECT_EQ(set->size(), 1u);
  }
  EXPECT_TRUE(parse_jwks(R"({"issuer":"x","keys":[)" + rsa("a") + "]}"));
}

TEST(Jwks, PassesOverKeysThatCannotCheckRs256) {
  const std::string n = key_number(provider_key(), "n");
  const std::string bad[] = {
      R"({"kty":"EC","kid":"b","crv":"P-256","x":"AAAA","y":"AAAA"})",
      R"({"kty":"oct","kid":"b","k":"c2VjcmV0"})",
      rsa("b", R"(,"use":"enc")"),
      rsa("b", R"(,"use":null)"),
      rsa("b", R"(,"alg":"RS512")"),
      rsa("b", R"(,"alg":"PS256")"),
      rsa("b", R"(,"alg":"HS256")"),
      rsa("b", R"(,"key_ops":["encrypt"])"),
      rsa("b", R"(,"key_ops":"verify")"),
      rsa("b", R"(,"key_ops":[1])"),
      rsa("b", R"(,"kty":"EC")"),  // kty twice
      rsa(""),
      rsa(std::string(257, 'k')),
      fmt::format(R"({{"kty":"RSA","n":"{}","e":"AQAB"}})", n),
      fmt::format(R"({{"kty":"RSA","kid":7,"n":"{}","e":"AQAB"}})", n),
      R"({"kty":"RSA","kid":"b","e":"AQAB"})",
      fmt::format(R"({{"kty":"RSA","kid":"b","n":"{}"}})", n),
      fmt::format(R"({{"kty":"RSA","kid":"b","n":"{}=","e":"AQAB"}})", n),
      fmt::format(R"({{"kty":"RSA","kid":"b","n":"{}","e":""}})", n),
      fmt::format(R"({{"kty":"RSA","kid":"b","n":"{}","e":"AQ"}})", n),    // 1: anybody could sign
      fmt::format(R"({{"kty":"RSA","kid":"b","n":"{}","e":"Aw"}})", n),    // 3
      fmt::format(R"({{"kty":"RSA","kid":"b","n":"{}","e":"AQAA"}})", n),  // 65 536
      fmt::format(R"({{"kty":"RSA","kid":"b","n":"{}","e":"AQAAAAAAAAAB"}})", n),  // 65 bits
      fmt::format(R"({{"kty":"RSA","kid":"b","n":"{}","e":65537}})", n),
      fmt::format(R"({{"kty":"RSA","kid":"b","n":"{}","e":"AQAB"}})",
                  to_base64url("\xff" + std::string(255, '\0'))),  // even
      fmt::format(R"({{"kty":"RSA","kid":"b","n":"{}","e":"AQAB"}})",
                  to_base64url(std::string(1025, '\xff'))),  // 8 200 bits
      "null",
      "1",
      R"("RSA")",
      "[]",
      "{}"};
  for (const auto& key : bad) {
    EXPECT_EQ(error_of(jwks_of(key)), no_usable_key) << key;
    const auto beside_a_good_one = parse_jwks(jwks_of(key + "," + rsa("a")));
    ASSERT_TRUE(beside_a_good_one) << key;
    EXPECT_EQ(beside_a_good_one->size(), 1u) << key;
    EXPECT_NE(beside_a_good_one->find("a"), nullptr) << key;
  }
}

TEST(Jwks, WantsAtLeast2048Bits) {
  EXPECT_EQ(error_of(jwks_of(jwk("a", make_rsa_key(1024)))), no_usable_key);
  EXPECT_EQ(error_of(jwks_of(jwk("a", make_rsa_key(2046)))), no_usable_key);
  // Zeros in front do not make a number longer.
  const auto short_one = make_rsa_key(1024);
  const std::string padded =
      std::string(128, '\0') + from_base64url(key_number(short_one, "n")).value();
  EXPECT_EQ(error_of(jwks_of(fmt::format(R"({{"kty":"RSA","kid":"a","n":"{}","e":"AQAB"}})",
                                         to_base64url(padded)))),
            no_usable_key);
  EXPECT_TRUE(parse_jwks(jwks_of(jwk("a", make_rsa_key(2048)))));
}

TEST(Jwks, HasAtMost16Keys) {
  std::string keys = rsa("0");
  for (int i = 1; i < 16; ++i)
    keys += "," + rsa(std::to_string(i));
  const auto full = parse_jwks(jwks_of(keys));
  ASSERT_TRUE(full);
  EXPECT_EQ(full->size(), 16u);
  EXPECT_EQ(error_of(jwks_of(keys + "," + rsa("16"))), too_many_keys);
  EXPECT_EQ(error_of(jwks_of(keys + ",{}")), too_many_keys) << "of whatever kind";
}

TEST(Jwks, RefusesTwoKeysOfOneId) {
  EXPECT_EQ(error_of(jwks_of(rsa("a") + "," + jwk("a", other_key()))), repeated_key_id);
  EXPECT_TRUE(parse_jwks(jwks_of(rsa("a") + R"(,{"kty":"EC","kid":"a"})"))) << "only usable ones";
}

TEST(Jwks, RefusesWhatIsNoKeySet) {
  using namespace std::string_literals;
  for (const auto& text :
       {""s, "null"s, "[]"s, "{}"s, R"({"keys":null})"s, R"({"keys":{}})"s, R"({"keys":"x"})"s,
        R"({"Keys":[]})"s, "{\"keys\":["s, "<html>"s, jwks_of(rsa("a")) + "x",
        jwks_of(rsa("a")) + "\0x"s, R"({"keys":[],"keys":[)"s + rsa("a") + "]}",
        R"({"keys":)"s + std::string(20, '[') + std::string(20, ']') + "}"})
    EXPECT_EQ(error_of(text), malformed) << text;
  EXPECT_EQ(error_of(jwks_of("")), no_usable_key);
}

TEST(Jwks, HasAtMost64Kb) {
  const std::string set = jwks_of(rsa("a"));
  EXPECT_TRUE(parse_jwks(set + std::string(max_jwks_bytes - set.size(), ' ')));
  EXPECT_EQ(error_of(set + std::string(max_jwks_bytes + 1 - set.size(), ' ')), too_long);
}

TEST(Jwks, SurvivesDamagedDocuments) {
  const std::string whole = jwks_of(rsa("a", R"(,"use":"sig")") + "," + jwk("b", other_key()));
  std::mt19937 random(7517);
  for (int i = 0; i < 5000; ++i) {
    std::string text = whole;
    for (auto changes = random() % 4 + 1; changes > 0; --changes) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, random() % 40 + 1);
          break;
        default:
          text.insert(at, whole.substr(random() % whole.size(), random() % 40));
      }
      if (text.empty()) text = "{";
    }
    const auto set = parse_jwks(text);
    if (set) {
      EXPECT_GE(set->size(), 1u);
      EXPECT_LE(set->size(), 16u);
    } else {
      EXPECT_FALSE(sentence(set.error()).empty());
    }
  }
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(Jwks, ErrorsAreSentences) {
  for (const auto error : {too_long, malformed, too_many_keys, repeated_key_id, no_usable_key}) {
    EXPECT_GT(sentence(error).size(), 20u);
    EXPECT_TRUE(sentence(error).ends_with('.'));
  }
}

}  // namespace
}  // namespace fibrehub::protocols::auth
