// What strangers and broken senders post to the webhook, over a real connection.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/json/parse.hpp"
#include "tests/e2e/deliveries.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/e2e/stored.hpp"

namespace fibrehub::e2e {
namespace {

namespace json = protocols::json;
using ::testing::HasSubstr;

/// One hub for all of them: each uses its own ids.
class BadInput : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    db = new fixtures::temporary_database;
    hub = new hub_process({.store_url = db->url()});
    hub->start_ready();
    token = hub->make_token();
  }
  static void TearDownTestSuite() {
    delete hub;
    delete db;
  }

  static http_answer post(const std::string& body) { return deliver(hub->port(), body); }
  static std::string outcome(const http_answer& answer) {
    const auto body = json::parse(answer.body);
    const auto* found = body ? json::at(*body, "data", "outcome") : nullptr;
    return found && found->IsString() ? found->GetString() : "(none) " + answer.body;
  }
  /// How many open review items have this reason and a body that holds `part`.
  static int reviews(const std::string& reason, const std::string& part) {
    const http_answer answer = get(hub->port(), "/api/v1/review?limit=100", token);
    EXPECT_EQ(answer.status, 200U);
    const auto body = json::parse(answer.body);
    const auto* items = body ? json::at(*body, "data", "items") : nullptr;
    if (!items || !items->IsArray()) return -1;
    int count = 0;
    for (const auto& item : items->GetArray())
      if (json::text(item, "reason") == reason &&
          json::text(item, "body").find(part) != std::string_view::npos)
        ++count;
    return count;
  }

  static inline fixtures::temporary_database* db = nullptr;
  static inline hub_process* hub = nullptr;
  static inline std::string token;
};

TEST_F(BadInput, AWrongSignatureIsRefusedAndStoredNowhere) {
  const std::string body = message_delivery("FORGED", "27830000009", "DR1730009");
  http_headers headers = signed_headers(body + " ");
  const http_answer answer = fetch(hub->port(), "POST", waha_path, body, headers);
  EXPECT_EQ(answer.status, 401U);
  EXPECT_THAT(answer.body, HasSubstr("invalid_signature"));
  EXPECT_EQ(db->ask("SELECT count(*) FROM inbox WHERE ext_id LIKE '%FORGED'"), "0");
}

TEST_F(BadInput, AMissingSignatureIsRefused) {
  const http_answer answer =
      fetch(hub->port(), "POST", waha_path, message_delivery("BARE", "27830000009", "x"));
  EXPECT_EQ(answer.status, 401U);
  EXPECT_THAT(answer.body, HasSubstr("missing_signature"));
}

TEST_F(BadInput, SignedBytesThatAreNotJsonAreKeptForReview) {
  const http_answer answer = post("this is <not> JSON");
  EXPECT_EQ(answer.status, 202U) << answer.body;
  EXPECT_EQ(outcome(answer), "review");
  EXPECT_EQ(reviews("invalid_json", "this is <not> JSON"), 1);
}

TEST_F(BadInput, ABodyAnnouncedAsTooLongIsRefusedBeforeItIsSent) {
  http_connection connection(hub->port());
  ASSERT_TRUE(connection.send(fmt::format(
      "POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", waha_path, 100 * 1024 * 1024)));
  EXPECT_EQ(connection.receive_answer().status, 413U);
}

TEST_F(BadInput, NestingAHundredThousandDeepIsKeptForReview) {
  const std::string body = R"({"event":"message.any","deep":)" + std::string(100'000, '[') +
                           std::string(100'000, ']') + "}";
  const http_answer answer = post(body);
  EXPECT_EQ(answer.status, 202U) << answer.body;
  EXPECT_EQ(reviews("invalid_json", R"("deep":[[[[)"), 1);
  EXPECT_EQ(db->ask(fmt::format("SELECT count(*) FROM inbox WHERE length(body) = {}", body.size())),
            "1");
}

TEST_F(BadInput, AMessageWithANulCharacterIsStored) {
  const http_answer answer =
      post(message_delivery("NUL", "27830000031", std::string("DR1730031 be\0fore", 17)));
  EXPECT_EQ(answer.status, 200U) << answer.body;
  EXPECT_EQ(outcome(answer), "stored");
  EXPECT_EQ(
      db->ask("SELECT count(*) FROM messages WHERE ext_id = 'NUL' AND body LIKE 'DR1730031%fore'"),
      "1");
}

TEST_F(BadInput, BytesThatAreNoTextAreStoredAsTheyCame) {
  std::string body = message_delivery("LATIN", "27830000032", "DR1730032 caf@");
  body[body.find("caf@") + 3] = '\xE9';
  const http_answer answer = post(body);
  EXPECT_EQ(answer.status, 202U) << answer.body;
  EXPECT_EQ(reviews("invalid_json", "DR1730032 caf"), 1);
  EXPECT_EQ(db->ask("SELECT count(*) FROM inbox WHERE position('\\xe9'::bytea in body) > 0"), "1");
}

TEST_F(BadInput, AnUnknownEventIsKeptForReview) {
  const http_answer answer = post(
      R"({"id":"evt_future","event":"hologram.received","session":"default","payload":{"x":1}})");
  EXPECT_EQ(answer.status, 202U) << answer.body;
  EXPECT_EQ(reviews("unknown_event", "hologram.received"), 1);
}

TEST_F(BadInput, TheSameDeliveryAgainIsADuplicateAndChangesNothing) {
  const std::string body = message_delivery("TWICE", "27830000033", "DR1730033 no light");
  EXPECT_EQ(outcome(post(body)), "stored");
  const http_answer again = post(body);
  EXPECT_EQ(again.status, 200U);
  EXPECT_EQ(outcome(again), "duplicate");
  EXPECT_EQ(db->ask("SELECT count(*) FROM messages WHERE ext_id = 'TWICE'"), "1");
  EXPECT_EQ(db->ask("SELECT message_count FROM tickets WHERE drop_number = '1730033'"), "1");
}

TEST_F(BadInput, AnotherContentUnderAKnownIdIsAConflictForReview) {
  EXPECT_EQ(outcome(post(message_delivery("POISON", "27830000034", "DR1730034 true"))), "stored");
  const http_answer answer = post(message_delivery("POISON", "27830000034", "DR1730034 false"));
  EXPECT_EQ(answer.status, 202U) << answer.body;
  EXPECT_EQ(outcome(answer), "conflict");
  EXPECT_EQ(reviews("conflict", "DR1730034 false"), 1);
  EXPECT_EQ(db->ask("SELECT body FROM messages WHERE ext_id = 'POISON'"), "DR1730034 true");
}

TEST_F(BadInput, GarbageInsteadOfHttpEndsOnlyItsOwnConnection) {
  http_connection garbage(hub->port());
  ASSERT_TRUE(garbage.send("\x16\x03\x01 GET nothing \r\n\r\n"));
  EXPECT_EQ(garbage.receive_answer().status, 400U);
  EXPECT_EQ(fetch(hub->port(), "GET", "/health/live").status, 200U);
}

}  // namespace
}  // namespace fibrehub::e2e
