#include "protocols/auth/totp.hpp"

#include <gtest/gtest.h>

#include "protocols/auth/encoding.hpp"

namespace fibrehub::protocols::auth {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;
using std::chrono::sys_seconds;

const std::string secret = "12345678901234567890";  // RFC 6238, appendix B

sys_seconds at(std::int64_t since_1970_s) {
  return sys_seconds{seconds{since_1970_s}};
}

TEST(Totp, GivesTheCodesOfRfc6238) {
  // Appendix B shows eight digits; the last six are the code of six.
  const std::pair<std::int64_t, std::string> vectors[] = {{59, "94287082"},
                                                          {1'111'111'109, "07081804"},
                                                          {1'111'111'111, "14050471"},
                                                          {1'234'567'890, "89005924"},
                                                          {2'000'000'000, "69279037"},
                                                          {20'000'000'000, "65353130"}};
  for (const auto& [time_s, code] : vectors)
    EXPECT_EQ(totp_code(secret, totp_step(at(time_s))), code.substr(2)) << time_s;
  EXPECT_EQ(totp_step(at(20'000'000'000)), 0x27BC86AA);
}

TEST(Totp, GivesTheCodesOfRfc4226) {
  const char* codes[] = {"755224", "287082", "359152", "969429", "338314",
                         "254676", "287922", "162583", "399871", "520489"};
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(totp_code(secret, i), codes[i]);
}

TEST(Totp, AcceptsOneStepToEitherSideAndNoMore) {
  const auto now = at(1'700'000'010);
  const std::int64_t step = totp_step(now);
  EXPECT_EQ(verify_totp(secret, totp_code(secret, step - 2), now, {}), std::nullopt);
  for (std::int64_t s = step - 1; s <= step + 1; ++s)
    EXPECT_EQ(verify_totp(secret, totp_code(secret, s), now, {}), s);
  EXPECT_EQ(verify_totp(secret, totp_code(secret, step + 2), now, {}), std::nullopt);
}

TEST(Totp, ChangesExactlyEveryThirtySeconds) {
  EXPECT_EQ(totp_step(at(29)), 0);
  EXPECT_EQ(totp_step(at(30)), 1);
  EXPECT_EQ(totp_step(at(59)), 1);
  EXPECT_EQ(totp_step(at(60)), 2);
}

TEST(Totp, NeverAcceptsAStepAgain) {
  const auto now = at(1'700'000'010);
  const std::int64_t step = totp_step(now);
  const auto used = verify_totp(secret, totp_code(secret, step), now, {});
  ASSERT_EQ(used, step);
  for (auto later = now; later <= now + 90s; later += 1s)
    EXPECT_FALSE(verify_totp(secret, totp_code(secret, step), later, used));
  EXPECT_FALSE(verify_totp(secret, totp_code(secret, step - 1), now, used)) << "nor one before it";
  EXPECT_EQ(verify_totp(secret, totp_code(secret, step + 1), now, used), step + 1);
}

TEST(Totp, UsesUpBothStepsThatShareACode) {
  // The first two steps next to each other with one code.
  const std::int64_t step = 910'738;
  const std::string code = "911617";
  ASSERT_EQ(totp_code(secret, step - 1), code);
  ASSERT_EQ(totp_code(secret, step), code);
  const auto now = at((step - 1) * 30);
  const auto used = verify_totp(secret, code, now, {});
  EXPECT_EQ(used, step);
  EXPECT_FALSE(verify_totp(secret, code, now, used));
  EXPECT_FALSE(verify_totp(secret, code, now + 30s, used));
}

TEST(Totp, TakesSixDigitsAndNothingElse) {
  const auto now = at(1'111'111'109);
  EXPECT_TRUE(verify_totp(secret, "081804", now, {}));
  for (const char* code : {"", "81804", "0081804", "081 804", " 081804", "081804 ", "08180a",
                           "+81804", "\xd9\xa0\xd9\xa8\xd9\xa1"})
    EXPECT_FALSE(verify_totp(secret, code, now, {})) << code;
}

TEST(Totp, RefusesSecretsOfAbsurdLength) {
  for (const std::size_t size : {0u, 15u, 65u}) {
    const std::string odd(size, 'x');
    EXPECT_EQ(totp_code(odd, 1), "");
    EXPECT_FALSE(verify_totp(odd, "000000", at(45), {}));
  }
  EXPECT_EQ(totp_code(secret, -1), "");
}

TEST(Totp, WorksInTheFirstMinuteOf1970) {
  EXPECT_EQ(verify_totp(secret, "755224", at(0), {}), 0);
}

TEST(Totp, MakesSecretsOf20BytesThatDiffer) {
  const auto one = make_totp_secret();
  const auto two = make_totp_secret();
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->size(), 20u);
  EXPECT_NE(*one, *two);
}

TEST(Totp, TellsAuthenticatorAppsWhatTheyNeed) {
  EXPECT_EQ(totp_uri("FibreHub", "thabo@example.com", secret),
            "otpauth://totp/FibreHub:thabo%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
            "&issuer=FibreHub&algorithm=SHA1&digits=6&period=30");
}

TEST(Totp, EncodesNamesSoThatNothingInThemBecomesAParameter) {
  EXPECT_EQ(totp_uri("Fibre & Co: a/b?", "zoë #1%&secret=x", secret),
            "otpauth://totp/Fibre%20%26%20Co%20a%2Fb%3F:zo%C3%AB%20%231%25%26secret%3Dx"
            "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Fibre%20%26%20Co%20a%2Fb%3F"
            "&algorithm=SHA1&digits=6&period=30");
}

}  // namespace
}  // namespace fibrehub::protocols::auth
