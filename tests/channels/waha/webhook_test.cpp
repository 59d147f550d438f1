#include "channels/waha/webhook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/signature.hpp"

namespace fibrehub::channels::waha {
namespace {

const std::string key_now = "0123456789abcdef0123456789abcdef";
const std::string key_before = "fedcba9876543210fedcba9876543210";

settings bridge() {
  settings s;
  s.name = "main";
  s.hmac_keys = {key_now, key_before};
  return s;
}

actors::webhook_request request(std::string body, const std::string& key) {
  actors::webhook_request r;
  r.headers = {{"x-webhook-hmac", protocols::hmac_sha512_hex(key, body)},
               {"x-webhook-hmac-algorithm", "sha512"},
               {"x-webhook-request-id", "req-1"},
               {"cookie", "secret=1"}};
  r.body = std::move(body);
  return r;
}

auto receive(actors::webhook_request r) {
  return make_endpoint(bridge(), true).receive(std::move(r));
}

TEST(WahaWebhook, AcceptsBothKeysWhileOneIsBeingChanged) {
  for (const std::string& key : {key_now, key_before})
    EXPECT_TRUE(std::holds_alternative<store::ingest>(receive(request("{}", key))));
}

TEST(WahaWebhook, RefusesAWrongKeyAChangedBodyAndAMissingSignature) {
  const auto rejection_of = [](actors::webhook_request r) {
    auto out = receive(std::move(r));
    const auto* rejected = std::get_if<actors::webhook_rejection>(&out);
    return rejected ? std::to_string(rejected->status) + " " + rejected->code : "accepted";
  };
  EXPECT_EQ(rejection_of(request("{}", std::string(32, 'x'))), "401 invalid_signature");
  auto changed = request("{}", key_now);
  changed.body = "{ }";
  EXPECT_EQ(rejection_of(changed), "401 invalid_signature");
  auto unsigned_one = request("{}", key_now);
  unsigned_one.headers.clear();
  EXPECT_EQ(rejection_of(unsigned_one), "401 missing_signature");
  auto other_algorithm = request("{}", key_now);
  other_algorithm.headers[1].second = "md5";
  EXPECT_EQ(rejection_of(other_algorithm), "401 invalid_signature");
  auto truncated = request("{}", key_now);
  truncated.headers[0].second.pop_back();
  EXPECT_EQ(rejection_of(truncated), "401 invalid_signature");
}

TEST(WahaWebhook, KeepsOnlyTheHeadersWorthKeeping) {
  auto out = receive(request("{}", key_now));
  EXPECT_EQ(std::get<store::ingest>(out).headers_json, R"({"x-webhook-request-id":"req-1"})");
}

TEST(WahaWebhook, AnswersAtTheAddressWithoutANameOnlyForTheDefaultBridge) {
  EXPECT_THAT(make_endpoint(bridge(), true).aliases, testing::Contains("/api/wa-bridge/webhook"));
  EXPECT_THAT(make_endpoint(bridge(), false).aliases,
              testing::Not(testing::Contains("/api/wa-bridge/webhook")));
}

TEST(WahaSignature, MatchesTheDocumentedVector) {
  const std::string body = R"({"event":"message","session":"default","engine":"WEBJS"})";
  EXPECT_EQ(protocols::hmac_sha512_hex("my-secret-key", body),
            "208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11fdbf09b6b90476301b98d8097c462b2b17a6ce93b6b4"
            "7a136cf2e78a33a63f6752c2c1631777076153fa89");
}

}  // namespace
}  // namespace fibrehub::channels::waha
