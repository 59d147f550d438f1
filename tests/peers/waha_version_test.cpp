#include "peers/waha_version.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "peers/waha_fixture.hpp"

namespace fibrehub::peers {
namespace {

using testing::customer;
using ::testing::HasSubstr;
using ::testing::Not;

struct switch_row {
  std::string_view last_without;
  std::string_view first_with;
  bool waha_features::*what;
};

TEST(WahaFeatures, ComeWithTheirVersion) {
  using f = waha_features;
  const std::vector<switch_row> rows{
      {"2024.10.9", "2024.11.0", &f::signed_webhooks},
      {"2025.2.9", "2025.3.0", &f::envelope_timestamp},
      {"2025.8.1", "2025.8.2", &f::me_lid},
      {"2025.9.3", "2025.9.4", &f::status_history},
      {"2025.12.1", "2025.12.2", &f::group_ack_event},
      {"2026.1.3", "2026.1.4", &f::keys},
      {"2026.1.3", "2026.1.4", &f::shared_event_id},
      {"2026.3.0", "2026.3.1", &f::merge},
      {"2026.4.2", "2026.4.3", &f::own_message_id},
      {"2026.6.0", "2026.6.1", &f::plus_for_all},
      {"2026.7.0", "2026.7.1", &f::passkeys},
      {"2026.7.1", "2026.7.2", &f::reachout_timelock},
  };
  for (const auto& row : rows) {
    EXPECT_FALSE(features_of(row.last_without, false).*row.what) << row.last_without;
    EXPECT_TRUE(features_of(row.first_with, false).*row.what) << row.first_with;
  }
  EXPECT_TRUE(features_of("2024.10", true).plus_for_all);
  EXPECT_FALSE(features_of("nonsense", false).signed_webhooks);
}

class WahaVersions : public testing::waha {};

TEST_F(WahaVersions, AnOldServerNeitherSignsNorRemembersStatuses) {
  begin([](peers_options& o) {
    o.version = "2024.10.1";
    o.plus = false;
    o.webhook_headers = {"X-Extra:1"};
    o.paired = false;  // its session.status has no "statuses" to wait for
  });
  control("/scan", "{}");
  control("/send", fmt::format(R"({{{},"text":"Hello"}})", customer));
  ASSERT_TRUE(wait_for("message.any") && wait_for("session.status"));
  const auto r = of("message.any")[0];
  EXPECT_EQ(r.request.header("User-Agent"), "WAHA/2024.10.1");
  for (const auto* name : {"X-Webhook-Hmac", "X-Webhook-Request-Id", "X-Extra"})
    EXPECT_TRUE(r.request.header(name).empty()) << name;
  EXPECT_THAT(r.request.body, Not(HasSubstr("evt_")));
  EXPECT_THAT(r.request.body, Not(HasSubstr("\"lid\"")));
  EXPECT_THAT(of("session.status")[0].request.body, Not(HasSubstr("statuses")));
  EXPECT_EQ(get("/api/keys").status, 404U);
}

TEST_F(WahaVersions, TheFreeBuildHasOneSessionAndNoMediaBefore20266) {
  begin([](peers_options& o) { o.plus = false; });
  const auto other = post("/api/sessions", R"({"name":"second"})");
  EXPECT_EQ(other.status, 422U);
  EXPECT_THAT(other.body, HasSubstr("WAHA Core support only 'default' session"));
  EXPECT_EQ(get("/health").status, 422U);
  const auto photo = post(
      "/api/sendImage",
      R"({"session":"default","chatId":"27831112222@c.us","file":{"mimetype":"image/jpeg","data":"eA=="}})");
  EXPECT_EQ(photo.status, 422U);
  EXPECT_THAT(photo.body, HasSubstr("available only in Plus version"));
  EXPECT_THAT(get("/api/server/version").body, HasSubstr(R"("tier":"CORE")"));
}

TEST_F(WahaVersions, SeparateEventIdsBefore202614) {
  begin([](peers_options& o) { o.version = "2026.1.3"; });
  control("/faults", R"({"waha_both_message_events":true})");
  control("/send", fmt::format(R"({{{},"text":"No signal"}})", customer));
  ASSERT_TRUE(wait_for("message") && wait_for("message.any"));
  EXPECT_NE(evt(of("message")[0]), evt(of("message.any")[0]));
}

TEST_F(WahaVersions, ANewMessageIdIsAskedForWhereTheVersionHasIt) {
  begin();
  EXPECT_EQ(get("/api/default/new-message-id").status, 404U);
  EXPECT_THAT(get("/api/default/status/new-message-id").body, HasSubstr(R"({"id":"3EB0)"));
}

TEST_F(WahaVersions, ANewServerTakesTheKeyInTheQuery) {
  begin([](peers_options& o) { o.version = "2026.4.3"; });
  const std::string path = "/api/sessions?x-api-key=simulated-waha-key";
  EXPECT_EQ(testing::fetch(ports.waha, "GET", path).status, 200U);
  EXPECT_EQ(testing::fetch(ports.waha, "GET", "/api/sessions?x-api-key=other").status, 401U);
  EXPECT_EQ(get("/api/default/new-message-id").status, 200U);
}

TEST_F(WahaVersions, TheMeasuredServerTakesNoKeyInTheQuery) {
  begin();
  const std::string path = "/api/sessions?x-api-key=simulated-waha-key";
  EXPECT_EQ(testing::fetch(ports.waha, "GET", path).status, 401U);
}

}  // namespace
}  // namespace fibrehub::peers
