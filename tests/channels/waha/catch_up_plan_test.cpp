// Which chats a pull reads, and that what it reads is named as a webhook of it would be.
#include "channels/waha/catch_up_plan.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channels/waha/mapping.hpp"
#include "protocols/json/parse.hpp"
#include "tests/channels/waha/reading.hpp"

namespace fibrehub::channels::waha {
namespace {

using namespace std::chrono_literals;

constexpr domain::instant noon = domain::from_us(1'795'300'000'000'000);

store::catch_up_round round_from(domain::instant from) {
  store::catch_up_round r;
  r.from = from;
  r.round_at = noon;
  return r;
}
overview_page page(std::vector<chat_overview> chats) {
  overview_page p;
  p.entries = chats.size();
  p.chats = std::move(chats);
  return p;
}
std::string said(const catch_up_plan& plan) {
  const auto a = plan.next();
  if (const auto* o = std::get_if<catch_up_plan::ask_overview>(&a))
    return fmt::format("overview {}", o->offset);
  if (const auto* m = std::get_if<catch_up_plan::ask_messages>(&a))
    return fmt::format("{} {}", m->chat, m->offset);
  if (const auto* f = std::get_if<catch_up_plan::finish_chat>(&a))
    return fmt::format("{} done {}/{}", f->chat, f->found, f->looked_at);
  return std::get<catch_up_plan::finish>(a).more ? "more" : "end";
}

TEST(CatchUpPlan, ReadsEachActiveChatUntilAnEmptyPage) {
  catch_up_plan plan(round_from(noon - 1h));
  EXPECT_EQ(said(plan), "overview 0");
  plan.on_overview(page({{"1@c.us", noon}, {"2@g.us", noon - 30min}, {"3@c.us", noon - 2h}}));
  EXPECT_EQ(said(plan), "1@c.us 0");
  plan.on_messages(100, 3);
  EXPECT_EQ(said(plan), "1@c.us 100");
  plan.on_messages(20, 1);
  EXPECT_EQ(said(plan), "1@c.us 200");
  plan.on_messages(0, 0);
  EXPECT_EQ(said(plan), "1@c.us done 4/120");
  plan.on_chat_finished();
  EXPECT_EQ(said(plan), "2@g.us 0");
  plan.on_messages(0, 0);
  plan.on_chat_finished();
  EXPECT_EQ(said(plan), "overview 20");
  // Nothing new on a whole page: what follows is older still.
  plan.on_overview(page({{"4@c.us", noon - 3h}}));
  EXPECT_EQ(said(plan), "overview 0") << "did a chat move to the front meanwhile?";
  plan.on_overview(page({{"1@c.us", noon}, {"2@g.us", noon - 30min}, {"3@c.us", noon - 2h}}));
  EXPECT_EQ(said(plan), "overview 20");
  plan.on_overview(page({}));
  EXPECT_EQ(said(plan), "end");
}

TEST(CatchUpPlan, FindsAChatThatMovesToTheFrontWhileOthersAreRead) {
  catch_up_plan plan(round_from(noon - 1h));
  plan.on_overview(page({{"1@c.us", noon}}));
  plan.on_messages(0, 0);
  plan.on_chat_finished();
  EXPECT_EQ(said(plan), "overview 20");
  // 2@c.us stood here when the first page was read; somebody has written in it since.
  plan.on_overview(page({{"3@c.us", noon - 2h}}));
  EXPECT_EQ(said(plan), "overview 0");
  plan.on_overview(page({{"2@c.us", noon + 1min}, {"1@c.us", noon}}));
  EXPECT_EQ(said(plan), "2@c.us 0");
}

TEST(CatchUpPlan, AnEmptyOverviewIsItsEnd) {
  catch_up_plan plan(round_from(noon - 1h));
  plan.on_overview(page({}));
  EXPECT_EQ(said(plan), "end");
}

TEST(CatchUpPlan, LeavesOutWhatIsNoConversationAndWhatIsDoneAlready) {
  store::catch_up_round r = round_from(noon - 1h);
  r.finished = {"2@c.us"};
  catch_up_plan plan(r);
  plan.on_overview(page({{"status@broadcast", noon},
                         {"5@newsletter", noon},
                         {"2@c.us", noon},
                         {"3@lid", std::nullopt},
                         {"3@lid", noon}}));
  EXPECT_EQ(said(plan), "3@lid 0");
  plan.on_messages(0, 0);
  plan.on_chat_finished();
  EXPECT_EQ(said(plan), "overview 20");
}

TEST(CatchUpPlan, LetsOthersGoOnAfterItsShare) {
  catch_up_plan plan(round_from(noon - 1h), 1);
  plan.on_overview(page({{"1@c.us", noon}, {"2@c.us", noon}}));
  for (int chat = 0; chat < 2; ++chat) {
    plan.on_messages(0, 0);
    plan.on_chat_finished();
  }
  EXPECT_EQ(said(plan), "more");
}

TEST(CatchUpPlan, AChatThatCannotBeReadHidesNoOther) {
  catch_up_plan plan(round_from(noon - 1h));
  plan.on_overview(page({{"1@c.us", noon}, {"2@c.us", noon}}));
  plan.on_chat_unreadable();
  EXPECT_EQ(said(plan), "1@c.us done 0/0");
  plan.on_chat_finished();
  EXPECT_EQ(said(plan), "2@c.us 0");
}

session_identity desk() {
  return {"default", "27820000001@c.us", "Desk", "111@lid", {"2026.7.1", "NOWEB", "CORE"}};
}

TEST(PulledMessage, IsNamedAndMeansWhatItsWebhookDoes) {
  int compared = 0;
  for (const auto& row : rows_of("deliveries.jsonl")) {
    const std::string body(protocols::json::text(row, "body"));
    const auto doc = protocols::json::parse(body);
    if (!doc || protocols::json::text(*doc, "event") != "message.any") continue;
    const auto* payload = protocols::json::find(*doc, "payload");
    ASSERT_NE(payload, nullptr);
    const store::ingest told = map_delivery("main", body, noon);
    session_identity who = desk();
    who.session = protocols::json::text(*doc, "session");
    const auto pulled = pulled_message("main", protocols::json::to_text(*payload), who, noon);
    ASSERT_TRUE(pulled);
    EXPECT_EQ(pulled->ext_id, told.ext_id);
    EXPECT_EQ(pulled->fingerprint, told.fingerprint) << told.ext_id;
    EXPECT_EQ(pulled->event, "message.any");
    ++compared;
  }
  EXPECT_GT(compared, 5);
}

TEST(PulledMessage, TellsOfItsEngineAndOfUs) {
  const written e = read(envelope_of(
      R"({"id":"true_27831112222@c.us_3EB0A","timestamp":1795300000,"fromMe":true,"body":"x"})",
      desk()));
  EXPECT_EQ(e["engine"], "NOWEB");
  EXPECT_EQ(e["version"], "2026.7.1");
  EXPECT_EQ(e["me.id"], "27820000001@c.us");
  EXPECT_EQ(e["message.text"], "x");
  EXPECT_EQ(e["dedup_key"], "default/msg/out/3EB0A");
}

TEST(PulledMessage, IsNoneWhereNoWebhookWouldTellOfIt) {
  for (const char* raw :
       {R"({"reactionMessage":{"text":"x"}})", R"({"protocolMessage":{"type":0}})"}) {
    const std::string message = fmt::format(
        R"({{"id":"false_27831112222@c.us_3EB0B","timestamp":1795300000,"body":null,"_data":{{"message":{}}}}})",
        raw);
    EXPECT_FALSE(pulled_message("main", message, desk(), noon)) << raw;
  }
  EXPECT_TRUE(pulled_message(
      "main", R"({"id":"false_27831112222@c.us_3EB0C","timestamp":1795300000,"body":"hi"})", desk(),
      noon));
}

}  // namespace
}  // namespace fibrehub::channels::waha
