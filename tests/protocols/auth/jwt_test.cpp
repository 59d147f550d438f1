#include "protocols/auth/jwt.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/protocols/auth/jwt_support.hpp"

namespace fibrehub::protocols::auth {
namespace {

using namespace std::chrono_literals;
using enum jwt_error;

const std::chrono::sys_seconds now{1'700'000'000s};
const jwt_policy policy{"https://id.example.com", {"fibrehub"}};
const std::string header = R"({"alg":"RS256","typ":"JWT","kid":"key-1"})";
const std::string payload =
    R"({"iss":"https://id.example.com","azp":"fibrehub","sub":"user_1","exp":1700000300,)"
    R"("nbf":1699999990,"iat":1699999990})";

const key_set& keys() {
  static const key_set set = parse_jwks(jwks_of(jwk("key-1", provider_key()))).value();
  return set;
}

const std::string& valid_token() {
  static const std::string token = signed_token(header, payload);
  return token;
}

/// "fine", or the sentence of why not.
std::string answer(std::string_view token, std::chrono::sys_seconds at = now) {
  const auto claims = verify_jwt(token, keys(), policy, at);
  return std::string(claims ? "fine" : sentence(claims.error()));
}

std::string answer_to_header(std::string_view h) {
  return answer(signed_token(h, payload));
}

std::string text_of(jwt_error error) {
  return std::string(sentence(error));
}

TEST(Jwt, IsBelievedWhenTheProviderSignedIt) {
  const auto claims = verify_jwt(valid_token(), keys(), policy, now);
  ASSERT_TRUE(claims) << sentence(claims.error());
  EXPECT_EQ(claims->subject, "user_1");
  EXPECT_EQ(claims->issuer, "https://id.example.com");
  EXPECT_EQ(claims->expires_at, now + 300s);
}

TEST(Jwt, SignatureOfRfc7520IsRight) {
  // Sections 3.3 and 4.1. What is signed there is a sentence from a book: to get as far as the
  // claims is to have been found signed.
  const std::string key = fmt::format(
      R"({{"kty":"RSA","kid":"bilbo.baggins@hobbiton.example","use":"sig","n":"{}","e":"AQAB"}})",
      "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0"
      "VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBord"
      "aZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzw"
      "OHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwU"
      "kRz5iaiQkqgc5gHdrNP5zw");
  const std::string head =
      "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9";
  const std::string sentence_of_a_book =
      "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91"
      "IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXi"
      "gJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4";
  const std::string signature =
      "MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx"
      "996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHR"
      "D68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrD"
      "aLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH8"
      "4ogoree7vjbU5y18kDquDg";
  const auto set = parse_jwks(jwks_of(key));
  ASSERT_TRUE(set);
  const std::string token = head + "." + sentence_of_a_book + "." + signature;
  EXPECT_EQ(verify_jwt(token, *set, policy, now).error(), malformed_claims);
  std::string other = token;
  other[head.size() + 10] ^= 1;
  EXPECT_EQ(verify_jwt(other, *set, policy, now).error(), bad_signature);
}

TEST(Jwt, SignedWithAnotherKeyIsForged) {
  EXPECT_EQ(answer(signed_token(header, payload, other_key())), text_of(bad_signature));
}

TEST(Jwt, WithOtherClaimsUnderAnHonestSignatureIsForged) {
  const auto& token = valid_token();
  const std::string signature = token.substr(token.rfind('.'));
  std::string other = payload;
  other.replace(other.find("user_1"), 6, "user_2");
  EXPECT_EQ(answer(unsigned_token(header, other) + signature), text_of(bad_signature));
  EXPECT_EQ(answer(unsigned_token(R"({"kid":"key-1","alg":"RS256"})", payload) + signature),
            text_of(bad_signature));
  EXPECT_EQ(answer(unsigned_token(header, payload) + signature), "fine");
}

TEST(Jwt, WithoutSignatureIsNotBelieved) {
  for (const char* alg : {R"("none")", R"("None")", R"("NONE")", R"("nOnE")", R"("")", "null"}) {
    const std::string h = fmt::format(R"({{"alg":{},"kid":"key-1"}})", alg);
    EXPECT_EQ(answer(unsigned_token(h, payload) + "."), text_of(wrong_algorithm)) << alg;
  }
  EXPECT_EQ(answer(unsigned_token(header, payload) + "."), text_of(bad_signature));
  EXPECT_EQ(answer(unsigned_token(header, payload)), text_of(malformed));
}

TEST(Jwt, SignedWithThePublicKeyAsASharedSecretIsNotBelieved) {
  const std::string h = R"({"alg":"HS256","typ":"JWT","kid":"key-1"})";
  const std::string text = unsigned_token(h, payload);
  for (const auto& secret : {public_pem(provider_key()), key_number(provider_key(), "n")})
    EXPECT_EQ(answer(text + "." + to_base64url(hmac_sha256(secret, text))),
              text_of(wrong_algorithm));
  // Nor when the header lies about it.
  const std::string lying = unsigned_token(header, payload);
  EXPECT_EQ(answer(lying + "." + to_base64url(hmac_sha256(public_pem(provider_key()), lying))),
            text_of(bad_signature));
}

TEST(Jwt, IsSignedWithExactlyRs256) {
  for (const char* alg : {"RS384", "RS512", "PS256", "ES256", "rs256", "RS256 ", "EdDSA"})
    EXPECT_EQ(answer_to_header(fmt::format(R"({{"alg":"{}","kid":"key-1"}})", alg)),
              text_of(wrong_algorithm))
        << alg;
  EXPECT_EQ(answer_to_header(R"({"alg":["RS256"],"kid":"key-1"})"), text_of(wrong_algorithm));
  EXPECT_EQ(answer_to_header(R"({"kid":"key-1"})"), text_of(wrong_algorithm));
  // The digest is SHA-256, whatever a key can do besides.
  const std::string text = unsigned_token(header, payload);
  EXPECT_EQ(answer(text + "." + to_base64url(sign_rs256(provider_key(), text, EVP_sha512()))),
            text_of(bad_signature));
}

TEST(Jwt, NamesAKeyOfTheSet) {
  EXPECT_EQ(answer_to_header(R"({"alg":"RS256"})"), text_of(no_key_id));
  EXPECT_EQ(answer_to_header(R"({"alg":"RS256","kid":""})"), text_of(no_key_id));
  EXPECT_EQ(answer_to_header(R"({"alg":"RS256","kid":1})"), text_of(no_key_id));
  EXPECT_EQ(answer_to_header(R"({"alg":"RS256","kid":"key-2"})"), text_of(unknown_key));
  EXPECT_EQ(answer_to_header(R"({"alg":"RS256","kid":"KEY-1"})"), text_of(unknown_key));
  EXPECT_EQ(answer_to_header(R"({"alg":"RS256","kid":"key-1\u0000"})"), text_of(unknown_key));
  EXPECT_EQ(verify_jwt(valid_token(), key_set{}, policy, now).error(), unknown_key);
}

TEST(Jwt, OfOneKeyIsNotBelievedUnderTheNameOfAnother) {
  const auto two = parse_jwks(jwks_of(jwk("key-1", other_key()) + "," + jwk("b", provider_key())));
  ASSERT_TRUE(two);
  EXPECT_EQ(verify_jwt(valid_token(), *two, policy, now).error(), bad_signature);
}

TEST(Jwt, PointingToAKeyElsewhereIsCheckedWithOursAllTheSame) {
  const std::string own = fmt::format(
      R"({{"alg":"RS256","kid":"key-1","jku":"https://evil.example/jwks","x5u":"https://evil.example/x",)"
      R"("x5c":["MIIC"],"jwk":{}}})",
      jwk("key-1", other_key()));
  EXPECT_EQ(answer(signed_token(own, payload, other_key())), text_of(bad_signature));
  EXPECT_EQ(answer(signed_token(own, payload)), "fine");
}

TEST(Jwt, WithACriticalHeaderIsRefused) {
  for (const char* crit : {R"(["exp"])", R"(["b64"],"b64":false)", "[]", "null", R"("x")"})
    EXPECT_EQ(answer_to_header(fmt::format(R"({{"alg":"RS256","kid":"key-1","crit":{}}})", crit)),
              text_of(critical_header))
        << crit;
}

TEST(Jwt, IsOfATypeThatIsMeantForSigningIn) {
  for (const char* typ : {"JWT", "jwt", "at+jwt", "application/at+jwt", "application/JWT"})
    EXPECT_EQ(answer_to_header(fmt::format(R"({{"alg":"RS256","kid":"key-1","typ":"{}"}})", typ)),
              "fine");
  EXPECT_EQ(answer_to_header(R"({"alg":"RS256","kid":"key-1"})"), "fine");
  for (const char* typ : {R"("logout+jwt")", R"("dpop+jwt")", R"("")", "null", "1"})
    EXPECT_EQ(answer_to_header(fmt::format(R"({{"alg":"RS256","kid":"key-1","typ":{}}})", typ)),
              text_of(wrong_type));
}

TEST(Jwt, SaysWhatIsWrongWithItsClaims) {
  const auto with = [](std::string_view claims) { return answer(signed_token(header, claims)); };
  const auto changed = [&](std::string_view what, std::string_view by) {
    std::string claims = payload;
    claims.replace(claims.find(what), what.size(), by);
    return with(claims);
  };
  EXPECT_EQ(with("not json"), text_of(malformed_claims));
  EXPECT_EQ(with(""), text_of(malformed_claims));
  EXPECT_EQ(changed("https://id.example.com", "https://evil.example"), text_of(wrong_issuer));
  EXPECT_EQ(changed(R"("azp":"fibrehub")", R"("azp":"other")"), text_of(wrong_audience));
  EXPECT_EQ(changed(R"("azp":"fibrehub")", R"("aud":["other"])"), text_of(wrong_audience));
  EXPECT_EQ(changed(R"("azp":"fibrehub")", R"("aud":["other","fibrehub"])"), "fine");
  EXPECT_EQ(changed(R"("exp")", R"("expires")"), text_of(no_expiry));
  EXPECT_EQ(changed("1700000300", "1699999940"), text_of(expired));
  EXPECT_EQ(changed(R"("nbf":1699999990)", R"("nbf":1700000061)"), text_of(not_yet_valid));
  EXPECT_EQ(changed(R"("iat":1699999990)", R"("iat":1700000061)"), text_of(from_the_future));
  EXPECT_EQ(changed("user_1", ""), text_of(bad_subject));
}

TEST(Jwt, ExpiresAndBeginsWithAMinutesLeeway) {
  EXPECT_EQ(answer(valid_token(), now + 359s), "fine");
  EXPECT_EQ(answer(valid_token(), now + 360s), text_of(expired));
  EXPECT_EQ(answer(valid_token(), now - 70s), "fine");
  EXPECT_EQ(answer(valid_token(), now - 71s), text_of(not_yet_valid));
}

TEST(Jwt, HasThreePartsOfBase64UrlWithJsonInThem) {
  const std::string& token = valid_token();
  const std::string signature = token.substr(token.rfind('.'));
  for (const auto& text :
       {std::string(),
        std::string("."),
        std::string(".."),
        std::string("..."),
        std::string("a.b.c"),
        token + ".",
        token + ".AAAA",
        "." + token,
        token + "=",
        token + " ",
        " " + token,
        token + "\n",
        "Bearer " + token,
        token.substr(1),
        token.substr(0, token.rfind('.')),
        token + "AAA",
        std::string(100, '.'),
        to_base64url(header) + ".!!!!" + signature,
        unsigned_token("[]", payload) + signature,
        unsigned_token("null", payload) + signature,
        unsigned_token(R"({"alg":"RS256","alg":"none","kid":"key-1"})", payload) + signature,
        unsigned_token(fmt::format("{}x", header), payload) + signature,
        unsigned_token(R"({"alg":"RS256","kid":"key-1","x":)" + std::string(20, '[') +
                           std::string(20, ']') + "}",
                       payload) +
            signature})
    EXPECT_EQ(answer(text), text_of(malformed)) << text;
}

TEST(Jwt, WithALongerOrShorterSignatureIsForged) {
  EXPECT_EQ(answer(valid_token() + "A"), text_of(bad_signature));
  const std::string text = unsigned_token(header, payload);
  const std::string signature = sign_rs256(provider_key(), text);
  EXPECT_EQ(answer(text + "." + to_base64url(signature)), "fine");
  EXPECT_EQ(answer(text + "." + to_base64url('\0' + signature)), text_of(bad_signature));
  EXPECT_EQ(answer(text + "." + to_base64url(signature.substr(1))), text_of(bad_signature));
}

TEST(Jwt, SpelledDifferentlyIsNotTheSameToken) {
  // The last digit of 256 bytes holds four bits that mean nothing; only zeros are taken.
  std::string token = valid_token();
  char& last = token.back();
  ASSERT_NE(std::string_view("AQgw").find(last), std::string_view::npos);
  ++last;
  EXPECT_EQ(answer(token), text_of(malformed));
}

TEST(Jwt, HasAtMost8Kb) {
  const auto padded = [](std::size_t size) {
    const std::string claims =
        payload.substr(0, payload.size() - 1) + R"(,"x":")" + std::string(size, 'x') + R"("})";
    return signed_token(header, claims);
  };
  EXPECT_EQ(answer(padded(5000)), "fine");
  EXPECT_EQ(answer(padded(9000)), text_of(too_long));
  EXPECT_EQ(answer(std::string(8193, 'A')), text_of(too_long));
  EXPECT_EQ(answer(std::string(8192, 'A')), text_of(malformed));
  EXPECT_EQ(answer(std::string(5'000'000, '.')), text_of(too_long));
}

TEST(Jwt, LeavesNoErrorsBehindForTheThreadsOtherUsersOfOpenssl) {
  ERR_clear_error();
  EXPECT_EQ(answer(signed_token(header, payload, other_key())), text_of(bad_signature));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(Jwt, ErrorsAreDifferentSentences) {
  std::vector<std::string_view> seen;
  for (int i = 0; i <= static_cast<int>(bad_subject); ++i) {
    const auto text = sentence(static_cast<jwt_error>(i));
    EXPECT_TRUE(text.ends_with('.')) << text;
    EXPECT_EQ(std::count(seen.begin(), seen.end(), text), 0) << text;
    seen.push_back(text);
  }
  EXPECT_EQ(seen.size(), 16u);
}

// ---- twenty thousand changed tokens
// --------------------------------------------------------------

class mutator {
 public:
  explicit mutator(unsigned seed) : random_(seed) {}

  std::string change(const std::string& token) {
    std::string out = token;
    for (auto times = random_() % 3 + 1; times > 0; --times)
      out = once(std::move(out));
    return out;
  }

 private:
  std::size_t below(std::size_t n) { return random_() % n; }

  std::string once(std::string text) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    if (text.empty()) return "A";
    const std::size_t at = below(text.size());
    switch (below(9)) {
      case 0:  // another digit, the text stays well formed
        text[at] = digits[below(digits.size())];
        return text;
      case 1:  // any byte
        text[at] = static_cast<char>(random_());
        return text;
      case 2:  // a flipped bit
        text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        return text;
      case 3:
        return text.erase(at, below(20) + 1);
      case 4:
        return text.insert(at, 1, digits[below(digits.size())]);
      case 5:  // a piece of itself somewhere else
        return text.insert(at, text.substr(below(text.size()), below(100)));
      case 6:
        return text.substr(0, at);
      case 7:
        std::swap(text[at], text[below(text.size())]);
        return text;
      default:
        return changed_inside(text);
    }
  }

  /// Decodes one part, changes a byte of it and encodes it again.
  std::string changed_inside(const std::string& text) {
    const std::size_t first = text.find('.');
    const std::size_t second = text.rfind('.');
    if (first == std::string::npos || first == second) return text + "A";
    std::string parts[] = {text.substr(0, first), text.substr(first + 1, second - first - 1),
                           text.substr(second + 1)};
    std::string& part = parts[below(3)];
    auto raw = from_base64url(part);
    if (!raw || raw->empty()) return text + "A";
    char& byte = (*raw)[below(raw->size())];
    byte = below(2) == 0 ? static_cast<char>(byte + 1) : static_cast<char>(random_());
    part = to_base64url(*raw);
    return parts[0] + "." + parts[1] + "." + parts[2];
  }

  std::mt19937 random_;
};

TEST(Jwt, IsNeverBelievedOnceAnythingInItWasChanged) {
  const std::string originals[] = {
      valid_token(), signed_token(R"({"alg":"RS256","kid":"key-1"})",
                                  R"({"iss":"https://id.example.com","aud":["x","fibrehub"],)"
                                  R"("sub":"user_2","exp":1700000100})")};
  for (const auto& token : originals)
    ASSERT_EQ(answer(token), "fine");
  mutator changing(20'000);
  std::map<std::string, int> reasons;
  for (int i = 0; i < 20'000; ++i) {
    const std::string token = changing.change(originals[i % 2]);
    if (token == originals[0] || token == originals[1]) continue;
    const std::string why = answer(token);
    ASSERT_NE(why, "fine") << i << ": " << token;
    ++reasons[why];
  }
  // The changes reach every check before and of the signature, not only the first.
  for (const auto error : {malformed, wrong_algorithm, unknown_key, no_key_id, bad_signature})
    EXPECT_GT(reasons[text_of(error)], 0) << sentence(error);
  EXPECT_GT(reasons[text_of(bad_signature)], 1000);
}

}  // namespace
}  // namespace fibrehub::protocols::auth
