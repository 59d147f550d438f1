#include "protocols/auth/jwt_claims.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

namespace fibrehub::protocols::auth {
namespace {

using namespace std::chrono_literals;
using enum jwt_error;

const std::chrono::sys_seconds now{1'700'000'000s};
const jwt_policy policy{"https://id.example.com", {"https://hub.example.com", "fibrehub"}};

/// Claims that are believed but for `more`, members each with a comma before it.
std::string with(std::string_view more) {
  return fmt::format(R"({{"iss":"https://id.example.com"{}}})", more);
}
const std::string rest = R"(,"sub":"user_1","exp":1700000300)";
const std::string azp = R"(,"azp":"fibrehub")";

/// "fine", or the sentence of why not.
std::string answer(std::string_view claims, const jwt_policy& p = policy) {
  const auto checked = check_claims(claims, p, now);
  return std::string(checked ? "fine" : sentence(checked.error()));
}

std::string text_of(jwt_error error) {
  return std::string(sentence(error));
}

TEST(JwtClaims, SayWhoAndUntilWhen) {
  const auto claims = check_claims(
      R"({"iss":"https://id.example.com","azp":"https://hub.example.com","sub":"user_1",)"
      R"("exp":1700000300,"nbf":1699999990,"iat":1700000000.75,"sid":"sess_1","roles":["admin"]})",
      policy, now);
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->subject, "user_1");
  EXPECT_EQ(claims->issuer, "https://id.example.com");
  EXPECT_EQ(claims->expires_at, now + 300s);
  EXPECT_EQ(claims->issued_at, now);
}

TEST(JwtClaims, AreFromExactlyOurIssuer) {
  for (const char* iss :
       {R"("https://id.example.com/")", R"("https://ID.example.com")", R"("")", "null", "1",
        R"(["https://id.example.com"])", R"("http://id.example.com")"})
    EXPECT_EQ(answer(fmt::format(R"({{"iss":{}{}{}}})", iss, azp, rest)), text_of(wrong_issuer));
  EXPECT_EQ(answer(R"({"azp":"fibrehub","sub":"user_1","exp":1700000300})"), text_of(wrong_issuer));
  EXPECT_EQ(
      answer(R"({"iss":"","azp":"fibrehub","sub":"user_1","exp":1700000300})", {"", {"fibrehub"}}),
      text_of(wrong_issuer))
      << "a policy without an issuer believes nobody";
}

TEST(JwtClaims, AreMadeForUs) {
  for (const char* for_us :
       {R"(,"azp":"fibrehub")", R"(,"azp":"https://hub.example.com")", R"(,"aud":"fibrehub")",
        R"(,"aud":["fibrehub"])", R"(,"aud":["other","fibrehub"])", R"(,"aud":[1,"fibrehub"])",
        R"(,"azp":"fibrehub","aud":"https://hub.example.com")"})
    EXPECT_EQ(answer(with(for_us + rest)), "fine") << for_us;
  for (const char* for_others :
       {"", R"(,"azp":"other")", R"(,"azp":"")", R"(,"azp":null)", R"(,"azp":["fibrehub"])",
        R"(,"azp":"FibreHub")", R"(,"aud":"other")", R"(,"aud":[])", R"(,"aud":["other"])",
        R"(,"aud":null)", R"(,"aud":{"fibrehub":1})", R"(,"aud":[["fibrehub"]])",
        R"(,"azp":"fibrehub","aud":"other")", R"(,"azp":"other","aud":"fibrehub")",
        R"(,"azp":"fibrehub","aud":[])"})
    EXPECT_EQ(answer(with(for_others + rest)), text_of(wrong_audience)) << for_others;
  EXPECT_EQ(answer(with(azp + rest), {policy.issuer, {}}), text_of(wrong_audience));
}

TEST(JwtClaims, ExpireAMinuteAfterTheirTime) {
  const auto expiring = [](std::string_view exp) {
    return answer(with(fmt::format(R"({},"sub":"u","exp":{})", azp, exp)));
  };
  EXPECT_EQ(expiring("1699999941"), "fine");
  EXPECT_EQ(expiring("1699999940"), text_of(expired));
  EXPECT_EQ(expiring("0"), text_of(expired));
  EXPECT_EQ(expiring("253402300799"), "fine");
  EXPECT_EQ(expiring("1.7000003e9"), "fine");
  for (const char* none : {R"("1700000300")", "null", "true", "-1", "1e300", "253402300800",
                           "18446744073709551615", "[]", "{}"})
    EXPECT_EQ(expiring(none), text_of(no_expiry)) << none;
  EXPECT_EQ(answer(with(azp + R"(,"sub":"u")")), text_of(no_expiry));
}

TEST(JwtClaims, BecomeValidAMinuteBeforeTheirTime) {
  EXPECT_EQ(answer(with(azp + rest + R"(,"nbf":1700000060)")), "fine");
  EXPECT_EQ(answer(with(azp + rest + R"(,"nbf":1700000061)")), text_of(not_yet_valid));
  EXPECT_EQ(answer(with(azp + rest + R"(,"iat":1700000060)")), "fine");
  EXPECT_EQ(answer(with(azp + rest + R"(,"iat":1700000061)")), text_of(from_the_future));
  for (const char* name : {"nbf", "iat"})
    for (const char* odd : {"null", R"("1700000000")", "-1", "1e300", "[]"})
      EXPECT_EQ(answer(with(fmt::format(R"({}{},"{}":{})", azp, rest, name, odd))),
                text_of(malformed_claims))
          << name << odd;
}

TEST(JwtClaims, NameASubjectOf1To255PrintableBytes) {
  const auto subject = [](std::string_view sub) {
    return answer(with(fmt::format(R"({},"exp":1700000300,"sub":{})", azp, sub)));
  };
  EXPECT_EQ(subject(R"("u")"), "fine");
  EXPECT_EQ(subject(R"("auth0|thabo@example.com ü")"), "fine");
  EXPECT_EQ(subject('"' + std::string(255, 'u') + '"'), "fine");
  EXPECT_EQ(subject('"' + std::string(256, 'u') + '"'), text_of(bad_subject));
  for (const char* bad :
       {R"("")", "null", "1", R"(["u"])", R"("a\u0000b")", R"("a\nb")", R"("\u007f")"})
    EXPECT_EQ(subject(bad), text_of(bad_subject)) << bad;
  EXPECT_EQ(answer(with(azp + R"(,"exp":1700000300)")), text_of(bad_subject));
}

TEST(JwtClaims, AreOneObjectThatNamesNothingTwice) {
  using namespace std::string_literals;
  const std::string fine = with(azp + rest);
  EXPECT_EQ(answer(fine), "fine");
  std::string many = azp + rest;
  for (int i = 0; i < 257; ++i)
    many += fmt::format(R"(,"m{}":1)", i);
  for (const auto& text :
       {""s, "null"s, "[]"s, "{"s, fine + "{}", fine + "\0{}"s, fine + "x",
        with(azp + rest + R"(,"sub":"user_2")"), with(azp + rest + R"(,"su\u0062":"user_2")"),
        with(azp + rest + ",\"x\":\"\xff\""), with(many),
        with(azp + rest + ",\"x\":" + std::string(20, '[') + std::string(20, ']'))})
    EXPECT_EQ(answer(text), text_of(malformed_claims)) << text;
}

TEST(JwtClaims, SurviveDamageAndKeepTheirPromises) {
  const std::string whole =
      R"({"iss":"https://id.example.com","azp":"fibrehub","aud":["fibrehub"],"sub":"user_1",)"
      R"("exp":1700000300,"nbf":1699999990,"iat":1700000000,"x":{"y":[1,2.5,null,true]}})";
  ASSERT_EQ(answer(whole), "fine");
  std::mt19937 random(7519);
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = whole;
    for (auto changes = random() % 3 + 1; changes > 0; --changes) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, random() % 4 + 1);
          break;
        default:
          text.insert(at, whole.substr(random() % whole.size(), random() % 30));
      }
      if (text.empty()) text = "{";
    }
    const auto claims = check_claims(text, policy, now);
    if (!claims) continue;
    ++accepted;
    EXPECT_EQ(claims->issuer, policy.issuer);
    EXPECT_FALSE(claims->subject.empty());
    EXPECT_LE(claims->subject.size(), 255u);
    EXPECT_GT(claims->expires_at + 60s, now);
  }
  EXPECT_GT(accepted, 100) << "the changes are too rough to test anything";
}

}  // namespace
}  // namespace fibrehub::protocols::auth
