#include "peers/waha_fixture.hpp"
#include "peers/waha_send_body.hpp"

namespace fibrehub::peers {
namespace {

namespace json = protocols::json;
using testing::customer;
using ::testing::HasSubstr;
using testing::http_result;
using ::testing::Not;
using testing::received;
using ::testing::StartsWith;

TEST(QuotedStanza, IsTheThirdPartOrTheWholeText) {
  EXPECT_EQ(quoted_stanza("false_27831112222@c.us_3EB0AA"), "3EB0AA");
  EXPECT_EQ(quoted_stanza("false_1203@g.us_3EB0AA_27831112222@c.us"), "3EB0AA");
  EXPECT_EQ(quoted_stanza("3EB0AA"), "3EB0AA");
  EXPECT_EQ(quoted_stanza("false_3EB0AA"), "");
}

struct call_row {
  std::string_view call;
  std::string_view more;     // members beside session and chatId
  std::string_view content;  // as the ledger names it
};

constexpr std::array calls{
    call_row{"sendText", R"("text":"On our way")", "text"},
    call_row{"sendImage", R"("file":{"mimetype":"image/jpeg","data":"eA=="},"caption":"c")",
             "image"},
    call_row{"sendFile", R"("file":{"mimetype":"application/pdf","data":"eA=="})", "document"},
    call_row{"sendVoice", R"("file":{"url":"http://127.0.0.1/v.ogg"})", "voice"},
    call_row{"sendVideo", R"("file":{"mimetype":"video/mp4","data":"eA=="})", "video"},
    call_row{"sendLocation", R"("latitude":-26.3,"longitude":27.8,"title":"Here")", "location"},
    call_row{"sendContactVcard", R"("contacts":[{"fullName":"Jo","phoneNumber":"27"}])", "contact"},
    call_row{"sendPoll", R"("poll":{"name":"When?","options":["Mon","Tue"]})", "poll"},
};

/// The stanza id of an answer, wherever the engine puts it; empty when it is nowhere.
std::string stanza_in(const std::string& answer) {
  const auto body = json::parse(answer);
  if (!body || !body->IsObject()) return {};
  if (const auto* key = json::find(*body, "key")) return std::string(json::text(*key, "id"));
  if (const auto* id = json::find(*body, "id"); id && id->IsObject()) {
    return std::string(json::text(*id, "id"));
  }
  const std::string whole(json::text(*body, "id"));
  const auto second = whole.find('_', whole.find('_') + 1);
  return whole.substr(second + 1, whole.find('_', second + 1) - second - 1);
}

class WahaSendsOfEngine : public testing::waha,
                          public ::testing::WithParamInterface<waha_engine> {};

TEST_P(WahaSendsOfEngine, EveryCallGoesOutOnceAndIsAnsweredInTheEnginesForm) {
  begin([](peers_options& o) {
    o.engine = GetParam();
    o.version = "2026.4.3";
  });
  std::size_t sent = 0;
  for (const auto& row : calls) {
    const auto answer =
        post(fmt::format("/api/{}", row.call),
             fmt::format(R"({{"session":"default","chatId":"27831112222@c.us",{}}})", row.more));
    EXPECT_EQ(answer.status, 201U) << row.call << answer.body;
    const std::string stanza = stanza_in(answer.body);
    EXPECT_THAT(stanza, StartsWith("3EB0")) << row.call << answer.body;
    const bool raw = GetParam() == waha_engine::noweb && row.call != "sendPoll";
    EXPECT_THAT(answer.body, StartsWith(raw                                ? R"({"key":{)"
                                        : GetParam() == waha_engine::webjs ? R"({"_data":{)"
                                                                           : R"({"id":"true_)"))
        << row.call;
    const auto ledger = look("/ledger/sent").body;
    const auto list = json::parse(ledger);
    ASSERT_EQ(json::find(*list, "messages")->Size(), ++sent);
    const auto& last = (*json::find(*list, "messages"))[static_cast<unsigned>(sent - 1)];
    EXPECT_EQ(json::text(last, "stanza_id"), stanza);
    EXPECT_EQ(json::text(last, "kind"), row.content);
    EXPECT_EQ(json::integer(last, "sends"), 1);
    EXPECT_EQ(json::integer(last, "deliveries"), 1);
  }
  EXPECT_TRUE(wait_for("message.any", calls.size()));
}

TEST_P(WahaSendsOfEngine, ForwardingCopiesAMessageThatExists) {
  begin([](peers_options& o) { o.engine = GetParam(); });
  control("/send", fmt::format(R"({{{},"text":"Pole down","id":"AA01"}})", customer));
  const std::string id = "false_27831112222@c.us_AA01";
  const auto forward = [&](const std::string& what) {
    return post(
        "/api/forwardMessage",
        fmt::format(R"({{"session":"default","chatId":"27839998888@c.us","messageId":"{}"}})",
                    what));
  };
  EXPECT_EQ(forward("false_27831112222@c.us_NONE").status, 422U);
  const auto answer = forward(id);
  EXPECT_EQ(answer.status, 201U);
  if (GetParam() == waha_engine::webjs) {
    EXPECT_EQ(answer.body, R"({"sent":true})");
  } else {
    EXPECT_THAT(answer.body, StartsWith(R"({"id":"true_27839998888@c.us_3EB0)"));
  }
  const auto entry = only_sent();
  EXPECT_EQ(json::text(entry, "text"), "Pole down");
  EXPECT_EQ(json::text(entry, "chat"), "27839998888@c.us");
}

TEST_P(WahaSendsOfEngine, AReactionIsAnsweredInItsFormAndTold) {
  begin([](peers_options& o) { o.engine = GetParam(); });
  control("/send", fmt::format(R"({{{},"text":"Thanks","id":"AA01"}})", customer));
  const auto answer =
      put("/api/reaction",
          R"({"session":"default","messageId":"false_27831112222@c.us_AA01","reaction":"ok"})");
  EXPECT_EQ(answer.status, 200U);
  EXPECT_THAT(stanza_in(answer.body), StartsWith("3EB0"));
  ASSERT_TRUE(wait_for("message.reaction"));
  const auto told = payload(of("message.reaction")[0]);
  EXPECT_EQ(json::text(told, "source"), "api");
  EXPECT_EQ(json::text(*json::find(told, "reaction"), "messageId"), "false_27831112222@c.us_AA01");
  ASSERT_TRUE(until([&] {
    return look("/ledger/waha").body.find(R"("emoji":"ok","acknowledged":true)") !=
           std::string::npos;
  })) << look("/ledger/waha").body;
}

INSTANTIATE_TEST_SUITE_P(Engines, WahaSendsOfEngine,
                         ::testing::Values(waha_engine::noweb, waha_engine::gows,
                                           waha_engine::webjs),
                         [](const auto& of) { return std::string(engine_name(of.param)); });

class WahaSends : public testing::waha {
 protected:
  void begin_with_ids(waha_engine engine = waha_engine::noweb) {
    begin([engine](peers_options& o) {
      o.engine = engine;
      o.version = "2026.4.3";
    });
  }
};

TEST_F(WahaSends, TheSameIdTwiceArrivesOnce) {
  begin_with_ids();
  for (int i = 0; i < 2; ++i) {
    const auto answer = say("27831112222@c.us", "On our way", R"(,"id":"3EB0FEED")");
    EXPECT_EQ(answer.status, 201U);
    EXPECT_EQ(stanza_in(answer.body), "3EB0FEED");
  }
  const auto entry = only_sent();
  EXPECT_EQ(json::integer(entry, "sends"), 2);
  EXPECT_EQ(json::integer(entry, "deliveries"), 1);
  EXPECT_EQ(
      get("/api/default/chats/27831112222%40c.us/messages/3EB0FEED?downloadMedia=false").status,
      200U);
}

TEST_F(WahaSends, AnIdIsNotTakenByOlderServersByWebjsAndForFiles) {
  begin();
  EXPECT_NE(stanza_in(say("27831112222@c.us", "a", R"(,"id":"3EB0FEED")").body), "3EB0FEED");
  world.reset();
  begin_with_ids();
  const auto file = post(
      "/api/sendFile",
      R"({"session":"default","chatId":"27831112222@c.us","id":"3EB0FEED","file":{"data":"eA=="}})");
  EXPECT_NE(stanza_in(file.body), "3EB0FEED");
  world.reset();
  begin_with_ids(waha_engine::webjs);
  EXPECT_NE(stanza_in(say("27831112222@c.us", "a", R"(,"id":"3EB0FEED")").body), "3EB0FEED");
}

TEST_F(WahaSends, AnUnknownQuotationIsLeftOutAndAMalformedOneIsAnError) {
  begin();
  control("/send", fmt::format(R"({{{},"text":"No light","id":"AA01"}})", customer));
  const auto quoting = [&](const std::string& id) {
    return say("27831112222@c.us", "Reply", fmt::format(R"(,"reply_to":"{}")", id));
  };
  EXPECT_THAT(quoting("false_27831112222@c.us_AA01").body, HasSubstr("\"stanzaId\":\"AA01\""));
  EXPECT_THAT(quoting("AA01").body, HasSubstr("\"stanzaId\":\"AA01\""));
  const auto unknown = quoting("false_27831112222@c.us_BB02");
  EXPECT_EQ(unknown.status, 201U);
  EXPECT_THAT(unknown.body, Not(HasSubstr("stanzaId")));
  const auto malformed = quoting("false_AA01");
  EXPECT_EQ(malformed.status, 500U);
  EXPECT_THAT(malformed.body, HasSubstr("Message id be in format"));
  EXPECT_THAT(malformed.body, HasSubstr(R"("reply_to":"false_AA01")")) << "the body is echoed";
}

TEST_F(WahaSends, MistakesComeOutAsExceptions) {
  begin();
  for (const auto& row : calls) {
    const auto nothing = post(fmt::format("/api/{}", row.call),
                              R"({"session":"default","chatId":"27831112222@c.us"})");
    // A place without coordinates is a place.
    EXPECT_EQ(nothing.status, row.call == "sendLocation" ? 201U : 500U) << row.call;
  }
  EXPECT_EQ(post("/api/sendText", "{").status, 400U);
}

TEST_F(WahaSends, TheEchoOvertakesTheAnswer) {
  begin();
  control("/faults", R"({"next":{"waha_echo_early_percent":1}})");
  const auto answer = say("27831112222@c.us", "First the echo");
  EXPECT_EQ(of("message.any").size(), 1U);
  EXPECT_THAT(of("message.any")[0].request.body, HasSubstr(stanza_in(answer.body)));
}

TEST_F(WahaSends, TheEchoFollowsTheAnswerOrNeverComes) {
  begin();
  control("/faults", R"({"next":{"waha_echo_late_percent":1}})");
  say("27831112222@c.us", "Later");
  EXPECT_TRUE(wait_for("message.any"));
  control("/faults", R"({"next":{"waha_echo_never_percent":1}})");
  say("27831112222@c.us", "Never");
  ASSERT_TRUE(wait_for("message.ack", 6));  // three of each
  EXPECT_EQ(of("message.any").size(), 1U);
}

struct fault_row {
  std::string_view fault;
  unsigned status;        // 0: no whole answer
  std::string_view body;  // how it starts
  int deliveries;         // -1: WhatsApp never heard of it
};

TEST_F(WahaSends, GoWrongInEveryWayAndTheLedgerKnowsWhatReallyHappened) {
  begin();
  const std::vector<fault_row> rows{
      {"waha_send_empty_percent", 201, "", 1},
      {"waha_send_null_percent", 201, "null", 1},
      {"waha_send_error_after_percent", 500, R"({"statusCode":500)", 1},
      {"waha_send_reset_percent", 0, "", 1},
      {"waha_send_error_before_percent", 500, R"({"statusCode":500)", -1},
      {"waha_send_reset_before_percent", 0, "", -1},
      {"waha_send_pending_percent", 201, R"({"key")", 0},
      {"waha_ack_error_percent", 201, R"({"key")", 0},
      {"waha_ack_never_percent", 201, R"({"key")", 1},
  };
  for (const auto& row : rows) {
    control("/faults", fmt::format(R"({{"next":{{"{}":1}}}})", row.fault));
    const std::string text(row.fault);
    const http_result answer = say("27831112222@c.us", text);
    EXPECT_EQ(answer.status, row.status) << row.fault;
    EXPECT_THAT(answer.body, StartsWith(std::string(row.body))) << row.fault;
    EXPECT_EQ(answer.body.empty(), row.body.empty()) << row.fault;
    const auto ledger = json::parse(look("/ledger/sent").body);
    const json::value* found = nullptr;
    for (const auto& entry : json::find(*ledger, "messages")->GetArray())
      if (json::text(entry, "text") == text) found = &entry;
    ASSERT_EQ(found == nullptr, row.deliveries < 0) << row.fault;
    if (found == nullptr) continue;
    EXPECT_EQ(json::integer(*found, "deliveries"), row.deliveries) << row.fault;
    const auto& answers = *json::find(*found, "answers");
    ASSERT_EQ(answers.Size(), 1U) << row.fault;
    EXPECT_EQ(answers[0].GetUint(), row.status) << row.fault;
  }
  // And the next one is as it should be.
  EXPECT_EQ(say("27831112222@c.us", "fine").status, 201U);
}

TEST_F(WahaSends, APendingMessageIsDeliveredWhenItIsSentAgainWithItsId) {
  begin_with_ids();
  control("/faults", R"({"next":{"waha_send_pending_percent":1}})");
  say("27831112222@c.us", "Stuck", R"(,"id":"3EB0FEED")");
  const std::string path = "/api/default/chats/all/messages/3EB0FEED?downloadMedia=false";
  EXPECT_THAT(get(path).body, HasSubstr(R"("ackName":"PENDING")"));
  say("27831112222@c.us", "Stuck", R"(,"id":"3EB0FEED")");
  EXPECT_EQ(json::integer(only_sent(), "deliveries"), 1);
  EXPECT_TRUE(
      until([&] { return get(path).body.find(R"("ackName":"READ")") != std::string::npos; }));
}

TEST_F(WahaSends, AnAnswerCanBeSlow) {
  begin();
  control("/faults", R"({"waha_send_slow_ms":60})");
  const auto from = std::chrono::steady_clock::now();
  EXPECT_EQ(say("27831112222@c.us", "slow").status, 201U);
  EXPECT_GE(std::chrono::steady_clock::now() - from, std::chrono::milliseconds(60));
}

TEST_F(WahaSends, FilesAreConverted) {
  begin();
  const auto voice = post("/api/default/media/convert/voice", R"({"data":"eA=="})");
  EXPECT_EQ(voice.status, 201U);
  EXPECT_THAT(voice.body, StartsWith("OggS"));
  EXPECT_EQ(post("/api/default/media/convert/video", "{}").status, 500U);
}

TEST_F(WahaSends, SerializedIdsCanBeMissingOnWebjs) {
  begin([](peers_options& o) {
    o.engine = waha_engine::webjs;
    o.faults.waha_send_no_serialized = 1;
  });
  const auto answer = say("27831112222@c.us", "Hello");
  EXPECT_THAT(answer.body, Not(HasSubstr("_serialized")));
  EXPECT_THAT(stanza_in(answer.body), StartsWith("3EB0"));
}

TEST_F(WahaSends, SeenAnswersTheUnreadOnceAndNothingForIds) {
  begin();
  control("/send", fmt::format(R"({{{},"text":"One","id":"AA01"}})", customer));
  control("/send", fmt::format(R"({{{},"text":"Two","id":"AA02"}})", customer));
  const std::string chat = R"("session":"default","chatId":"27831112222@c.us")";
  const auto one = post(
      "/api/sendSeen", fmt::format(R"({{{},"messageIds":["false_27831112222@c.us_AA01"]}})", chat));
  EXPECT_EQ(one.status, 201U);
  EXPECT_EQ(one.body, "");
  EXPECT_EQ(post("/api/sendSeen", "{" + chat + "}").body,
            R"({"ids":["false_27831112222@c.us_AA02"]})");
  EXPECT_EQ(post("/api/sendSeen", "{" + chat + "}").body, R"({"ids":[]})");
  EXPECT_EQ(post("/api/startTyping", "{" + chat + "}").body, R"({"result":true})");
  EXPECT_THAT(get("/api/default/presence").body, HasSubstr(R"("lastKnownPresence":"typing")"));
  const auto star = put("/api/star", fmt::format(R"({{{},"messageId":"AA01","star":true}})", chat));
  EXPECT_EQ(star.status, 200U);
  EXPECT_EQ(star.body, "");
}

TEST_F(WahaSends, PresenceNeedsAChatUnlessItIsEverywhere) {
  begin();
  EXPECT_EQ(post("/api/default/presence", R"({"presence":"online"})").body, "");
  const auto bad = post("/api/default/presence", R"({"presence":"bogus"})");
  EXPECT_EQ(bad.status, 400U);
  EXPECT_EQ(bad.body, R"({"detail":"'bogus' presence requires 'chatId' field."})");
}

TEST_F(WahaSends, EditsAndDeletionsAreToldAsActionsOnTheirTarget) {
  begin();
  const std::string stanza = stanza_in(say("27831112222@c.us", "Befor").body);
  const std::string path =
      "/api/default/chats/27831112222%40c.us/messages/true_27831112222%40c.us_" + stanza;
  EXPECT_EQ(put(path, R"({"text":"Before"})").status, 200U);
  ASSERT_TRUE(wait_for("message.edited"));
  EXPECT_EQ(json::text(payload(of("message.edited")[0]), "editedMessageId"), stanza);
  EXPECT_EQ(remove(path).status, 200U);
  ASSERT_TRUE(wait_for("message.revoked"));
  EXPECT_EQ(json::text(payload(of("message.revoked")[0]), "revokedMessageId"), stanza);
  const auto entry = only_sent();
  EXPECT_EQ(json::text(entry, "edited_text"), "Before");
  EXPECT_TRUE(json::boolean(entry, "revoked"));
}

TEST_F(WahaSends, CallsAreKeptInOrderWithWhatWasUnderWay) {
  begin();
  post("/api/startTyping", R"({"session":"default","chatId":"27831112222@c.us"})");
  say("27831112222@c.us", "Hello");
  const auto body = json::parse(look("/ledger/calls").body);
  const auto& list = *json::find(*body, "calls");
  ASSERT_EQ(list.Size(), 2U);
  EXPECT_EQ(json::text(list[0], "path"), "/api/startTyping");
  EXPECT_EQ(json::text(list[1], "chat"), "27831112222@c.us");
  EXPECT_EQ(json::integer(list[1], "in_flight"), 1);
  EXPECT_EQ(json::integer(list[1], "status"), 201);
}

}  // namespace
}  // namespace fibrehub::peers
