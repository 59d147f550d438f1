// What happens to messages and around them, told by a simulated WAHA and read back through the API.
#include "tests/e2e/whatsapp_world.hpp"

namespace fibrehub::e2e {
namespace {

namespace json = protocols::json;
using ::testing::HasSubstr;

constexpr const char* jane = "27831112222";

class WhatsAppEvents : public whatsapp_world {
 protected:
  void SetUp() override {
    whatsapp_world::SetUp();
    world_.emplace(quiet_world());
    control_ = world_->start().control;
    hub_.emplace(settings_for(0));
    hub_->start_ready();
    sign_in_to(*hub_);
  }
  void say(const std::string& id, const std::string& text, const std::string& more = {}) const {
    const http_answer got =
        fetch(control_, "POST", "/send",
              fmt::format(
                  R"({{"chat":"{0}@c.us","phone":"{0}","name":"Jane","text":"{1}","id":"{2}"{3}}})",
                  jane, text, id, more),
              {{"Content-Type", "application/json"}});
    ASSERT_EQ(got.status, 200U) << got.body;
  }
  void happens(const std::string& event, const std::string& payload) const {
    const http_answer got = fetch(control_, "POST", "/event",
                                  fmt::format(R"({{"event":"{}","payload":{}}})", event, payload),
                                  {{"Content-Type", "application/json"}});
    ASSERT_EQ(got.status, 200U) << got.body;
  }
  /// The message of this name as the API shows it, without blanks; empty: there is none.
  std::string shown(const std::string& id) {
    const http_answer got = get(hub_->port(), "/api/v1/tickets/DR77-01", session_);
    const auto doc = json::parse(got.body);
    const auto* messages = doc ? json::at(*doc, "data", "messages") : nullptr;
    if (messages == nullptr) return {};
    for (const auto& m : messages->GetArray())
      if (json::text(m, "message_id") == id) return json::to_text(m);
    return {};
  }
  bool comes_to_show(const std::string& id, const std::string& part) {
    return eventually([&] { return shown(id).find(part) != std::string::npos; });
  }

  std::uint16_t control_ = 0;
  std::optional<peers::peers> world_;
  std::optional<hub_process> hub_;
};

TEST_F(WhatsAppEvents, AreSeenOnTheMessageTheyAreAbout) {
  say("M1", "DR77 no lihgt");
  ASSERT_TRUE(comes_to_show("M1", "lihgt")) << hub_->log();
  happens("message.edited",
          fmt::format(R"({{"id":"false_{}@c.us_E1","timestamp":1795224317,"fromMe":false,
    "body":"DR77 no light","editedMessageId":"M1","_data":{{"pushName":"Jane"}}}})",
                      jane));
  EXPECT_TRUE(comes_to_show("M1", R"("text":"DR77 no light")")) << shown("M1");
  happens("message.reaction",
          fmt::format(R"({{"id":"true_{0}@c.us_S1","timestamp":1795224318,"fromMe":true,
    "reaction":{{"text":"👍","messageId":"false_{0}@c.us_M1"}}}})",
                      jane));
  EXPECT_TRUE(comes_to_show("M1", R"("emoji":"👍")")) << shown("M1");
  happens(
      "message.revoked",
      fmt::format(R"({{"after":{{"id":"false_{}@c.us_R1","timestamp":1795224319,"fromMe":false}},
    "before":null,"revokedMessageId":"M1"}})",
                  jane));
  EXPECT_TRUE(comes_to_show("M1", R"("revoked_at":"2026-)")) << shown("M1");
  EXPECT_THAT(shown("M1"), HasSubstr(R"("text":"DR77 no light")")) << "staff still see it";
  const std::string id = db_.ask("SELECT id FROM messages WHERE ext_id = 'M1'");
  const http_answer edits =
      get(hub_->port(), "/api/v1/tickets/DR77-01/messages/" + id + "/edits", session_);
  EXPECT_EQ(edits.status, 200U);
  EXPECT_THAT(edits.body, testing::AllOf(HasSubstr("DR77 no lihgt"), HasSubstr("DR77 no light"),
                                         HasSubstr(R"("revoked_by":"Jane")")));
  EXPECT_EQ(get(hub_->port(), "/api/v1/tickets/DR77-01/messages/1/edits", session_).status, 404U);
  expect_sound_tickets(db_);
}

TEST_F(WhatsAppEvents, WaitForTheirMessageAlsoWhenTheHubIsKilledMeanwhile) {
  say("M0", "DR77 dark");
  ASSERT_TRUE(comes_to_show("M0", "dark"));
  happens("message.edited",
          fmt::format(R"({{"id":"false_{}@c.us_E2","timestamp":1795224317,"fromMe":false,
    "body":"the right text","editedMessageId":"M2"}})",
                      jane));
  ASSERT_TRUE(eventually([&] {
    return db_.ask("SELECT count(*) FROM message_changes WHERE message_id IS NULL") == "1";
  }));
  hub_->kill_now();
  hub_->start_ready();
  say("M2", "the wrong text");
  EXPECT_TRUE(comes_to_show("M2", R"("text":"the right text")")) << shown("M2") << hub_->log();
  EXPECT_EQ(db_.ask("SELECT count(*) FROM message_changes WHERE message_id IS NULL"), "0");
  expect_sound_tickets(db_);
}

TEST_F(WhatsAppEvents, ACallAndAnAnswerArePartOfTheConversation) {
  say("M1", "DR77 dark");
  ASSERT_TRUE(comes_to_show("M1", "dark"));
  const auto call = [&](const char* event) {
    happens(event, fmt::format(R"({{"id":"C1","from":"{}@c.us","timestamp":1795224320,
    "isVideo":false,"isGroup":false}})",
                               jane));
  };
  call("call.received");
  call("call.rejected");
  EXPECT_TRUE(comes_to_show("call/C1", "Voice call: rejected")) << shown("call/C1");
  say("M3", "that is the one", R"(,"quote":"M1")");
  EXPECT_TRUE(comes_to_show("M3", R"("text":"DR77 dark")")) << shown("M3");
  expect_sound_tickets(db_);
}

}  // namespace
}  // namespace fibrehub::e2e
