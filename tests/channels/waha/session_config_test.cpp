#include "channels/waha/session_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channels/waha/capabilities.hpp"
#include "protocols/json/parse.hpp"

namespace fibrehub::channels::waha {
namespace {

namespace json = protocols::json;
using ::testing::HasSubstr;
using ::testing::Not;

const webhook_target us{"https://hub.example.com/hook", "the-key"};

json::document made(const std::string& given, const webhook_target& target = us,
                    std::string_view engine = "NOWEB", std::string_view version = "2026.7.1") {
  const auto text = session_config(given, target, engine, version);
  EXPECT_TRUE(text) << (text ? "" : text.error());
  auto doc = json::parse(text.value_or("{}"));
  return std::move(*doc);
}

TEST(SessionConfig, AddsAWebhookToTheHubAndAStoreOfThePast) {
  const auto config = made("");
  const auto& hooks = *json::find(config, "webhooks");
  ASSERT_EQ(hooks.Size(), 1U);
  EXPECT_EQ(json::text(hooks[0], "url"), us.url);
  EXPECT_EQ(json::text(*json::find(hooks[0], "hmac"), "key"), us.key);
  EXPECT_EQ(json::text(*json::find(hooks[0], "retries"), "policy"), "exponential");
  EXPECT_EQ(json::integer(*json::find(hooks[0], "retries"), "attempts"), 15);
  const std::string events = json::to_text(*json::find(hooks[0], "events"));
  for (const char* name :
       {"message.any",     "message.ack",      "message.ack.group", "session.status",
        "message.edited",  "message.revoked",  "message.reaction",  "message.waiting",
        "group.v2.join",   "group.v2.leave",   "group.v2.update",   "group.v2.participants",
        "presence.update", "call.received",    "call.accepted",     "call.rejected",
        "poll.vote",       "poll.vote.failed", "chat.archive",      "label.upsert",
        "label.deleted",   "label.chat.added", "label.chat.deleted"})
    EXPECT_THAT(events, HasSubstr('"' + std::string(name) + '"'));
  // One family of messages: the other would be the same again.
  EXPECT_THAT(events, Not(HasSubstr("\"message\"")));
  EXPECT_TRUE(json::boolean(*json::at(config, "noweb", "store"), "enabled"));
  EXPECT_TRUE(json::boolean(*json::at(config, "noweb", "store"), "fullSync"));
}

TEST(SessionConfig, KeepsWhatTheCallerSaysAndReplacesAnOlderWebhookToUs) {
  const auto config = made(
      R"({"metadata":{"a":"b"},"noweb":{"markOnline":false,"store":{"enabled":false}},
          "webhooks":[{"url":"https://other.example.com","events":["*"]},{"url":"https://hub.example.com/hook"}]})");
  EXPECT_EQ(json::text(*json::find(config, "metadata"), "a"), "b");
  EXPECT_FALSE(json::boolean(*json::find(config, "noweb"), "markOnline", true));
  EXPECT_FALSE(json::boolean(*json::at(config, "noweb", "store"), "enabled", true));
  const auto& hooks = *json::find(config, "webhooks");
  ASSERT_EQ(hooks.Size(), 2U);
  EXPECT_EQ(json::text(hooks[0], "url"), "https://other.example.com");
  EXPECT_EQ(json::text(*json::find(hooks[1], "hmac"), "key"), "the-key");
}

TEST(SessionConfig, NamesNoEventAnOldServerWouldRefuse) {
  const auto config = made("", us, "NOWEB", "2025.2.1");
  EXPECT_THAT(json::to_text(config), Not(HasSubstr("message.ack.group")));
  EXPECT_THAT(json::to_text(config), HasSubstr("message.any"));
}

TEST(SessionConfig, LeavesWebhooksAloneWhenNobodySaidWhereTheHubIs) {
  EXPECT_EQ(json::find(made("", {}), "webhooks"), nullptr);
}

TEST(SessionConfig, AsksABrowserForGroupAcks) {
  EXPECT_TRUE(json::boolean(*json::find(made("", us, "WEBJS"), "webjs"), "tagsEventsOn"));
  EXPECT_EQ(json::find(made("", us, "WEBJS", "2025.1.1"), "webjs"), nullptr);
}

TEST(SessionConfig, RefusesWhatIsNoConfiguration) {
  for (const char* bad : {"[]", "{\"webhooks\":1}", "{\"noweb\":1}", "{\"noweb\":{\"store\":[]}}"})
    EXPECT_FALSE(session_config(bad, us, "NOWEB", "2026.7.1")) << bad;
}

TEST(Capabilities, FollowTheVersionAndTheEdition) {
  const auto old_core = capabilities_of("NOWEB", "2024.10.1", "CORE");
  EXPECT_FALSE(old_core.signed_webhooks);
  EXPECT_FALSE(old_core.several_sessions);
  EXPECT_TRUE(old_core.lists_past);
  EXPECT_TRUE(capabilities_of("NOWEB", "2024.10.1", "PLUS").signed_webhooks);
  EXPECT_TRUE(capabilities_of("NOWEB", "2024.11", "CORE").signed_webhooks);
  const auto core = capabilities_of("WEBJS", "2026.5.1", "CORE");
  EXPECT_FALSE(core.sends_files);
  EXPECT_FALSE(core.message_ids);
  EXPECT_FALSE(core.all_chats_at_once);
  EXPECT_TRUE(core.group_acks);
  const auto gows = capabilities_of("GOWS", "2026.7.2", "CORE");
  EXPECT_TRUE(gows.several_sessions && gows.sends_files && gows.message_ids && gows.passkeys &&
              gows.tells_restrictions && gows.lids);
  EXPECT_FALSE(capabilities_of("NOWEB", "2026.7.2", "CORE").passkeys);
  EXPECT_FALSE(capabilities_of("", "", "").lists_past);
  EXPECT_TRUE(json::parse(to_json(gows)));
  EXPECT_THAT(to_json(gows), HasSubstr(R"("message_ids":true)"));
}

}  // namespace
}  // namespace fibrehub::channels::waha
