#include "peers/faults.hpp"

#include "peers/waha_fixture.hpp"

namespace fibrehub::peers {
namespace {

namespace json = protocols::json;
using testing::customer;
using testing::fetch;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::received;

TEST(FaultDice, GiveEverySwitchASequenceOfItsOwn) {
  fault_set faults;
  faults.waha_ack_skip_percent = 40;
  faults.waha_duplicate_percent = 40;
  fault_dice alone(faults, 7);
  fault_dice among_others(faults, 7);
  for (int i = 0; i < 200; ++i) {
    among_others(&fault_set::waha_duplicate_percent);
    EXPECT_EQ(alone(&fault_set::waha_ack_skip_percent),
              among_others(&fault_set::waha_ack_skip_percent));
  }
}

TEST(FaultDice, FireWhatIsArmedExactlyThatOften) {
  fault_set faults;
  fault_dice dice(faults, 1);
  ASSERT_TRUE(arm_fault(faults, "waha_send_empty_percent", 2));
  EXPECT_TRUE(dice(&fault_set::waha_send_empty_percent));
  EXPECT_FALSE(dice(&fault_set::waha_send_null_percent));
  EXPECT_TRUE(dice(&fault_set::waha_send_empty_percent));
  EXPECT_FALSE(dice(&fault_set::waha_send_empty_percent));
  EXPECT_FALSE(arm_fault(faults, "waha_restricted", 1));
  EXPECT_FALSE(arm_fault(faults, "nope_percent", 1));
}

TEST(Faults, AreAppliedTogetherOrNotAtAll) {
  fault_set faults;
  const auto good = json::parse(R"({"waha_silent":true,"next":{"waha_lock_percent":3}})");
  ASSERT_TRUE(apply_faults(faults, *good));
  EXPECT_THAT(faults_json(faults), HasSubstr(R"("next":{"waha_lock_percent":3})"));
  for (const auto* text :
       {R"({"waha_silent":false,"next":{"nope_percent":1}})", R"({"waha_silent":false,"next":7})",
        R"({"waha_silent":false,"next":{"waha_lock_percent":"x"}})"}) {
    EXPECT_FALSE(apply_faults(faults, *json::parse(text))) << text;
    EXPECT_EQ(faults.waha_silent, 1) << text;
  }
}

class WahaFaults : public testing::waha {
 protected:
  /// The ack names told so far, in the order they arrived.
  std::vector<std::string> acks() {
    std::vector<std::string> out;
    for (const auto& r : of("message.ack"))
      out.emplace_back(json::text(payload(r), "ackName"));
    return out;
  }
  void settle() {
    const auto stats = json::parse(control("/drain", R"({"timeout_s":20})").body);
    EXPECT_TRUE(json::boolean(*stats, "drained"));
  }
  std::string lid_of_customer() {
    const auto body = json::parse(get("/api/default/lids/pn/27831112222%40c.us").body);
    return std::string(json::text(*body, "lid"));
  }
};

TEST_F(WahaFaults, AnAckLadderSkipsDuplicatesAndRunsBackwards) {
  begin();
  control("/faults", R"({"next":{"waha_ack_skip_percent":1}})");
  say("27831112222@c.us", "skip");
  settle();
  EXPECT_THAT(acks(), ::testing::UnorderedElementsAre("DEVICE", "READ"));
  control("/faults", R"({"next":{"waha_ack_duplicate_percent":3}})");
  say("27831112222@c.us", "twice");
  settle();
  EXPECT_EQ(acks().size(), 8U);
}

TEST_F(WahaFaults, AReversedLadderEndsAtItsTopAllTheSame) {
  // Slow enough that the order of the timers is the order on the wire.
  begin([](peers_options& o) { o.time_scale = 0.2; });
  control("/faults", R"({"next":{"waha_ack_reorder_percent":1}})");
  say("27831112222@c.us", "backwards");
  settle();
  EXPECT_THAT(acks(), ::testing::ElementsAre("READ", "DEVICE", "SERVER"));
  EXPECT_EQ(json::integer(only_sent(), "ack"), 3);
}

TEST_F(WahaFaults, AVoiceMessageIsPlayedInTheEnd) {
  begin();
  post("/api/sendVoice",
       R"({"session":"default","chatId":"27831112222@c.us","file":{"data":"eA=="}})");
  settle();
  EXPECT_THAT(acks(), ::testing::Contains("PLAYED"));
}

TEST_F(WahaFaults, GroupAcksAreAnEventOfTheirOwnThatWebjsHasOnlyByConfiguration) {
  begin([](peers_options& o) { o.engine = waha_engine::webjs; });
  say("120363000000000001@g.us", "Team");
  settle();
  EXPECT_TRUE(of("message.ack.group").empty());
  put("/api/sessions/default", R"({"config":{"webjs":{"tagsEventsOn":true}}})");
  ASSERT_TRUE(until([&] { return status() == "WORKING"; }));
  say("120363000000000001@g.us", "Team");
  settle();
  EXPECT_EQ(of("message.ack.group").size(), 1U);
}

TEST_F(WahaFaults, AcksOfInboundMessagesComeOnGowsOnly) {
  begin([](peers_options& o) {
    o.engine = waha_engine::gows;
    o.faults.waha_ack_inbound_percent = 100;
  });
  control("/send", fmt::format(R"({{{},"text":"Hello"}})", customer));
  ASSERT_TRUE(wait_for("message.ack"));
  const auto told = payload(of("message.ack")[0]);
  EXPECT_FALSE(json::boolean(told, "fromMe", true));
}

TEST_F(WahaFaults, AnyEventCanBeToldByHand) {
  begin([](peers_options& o) { o.webhook_events = {"*"}; });
  control("/event", R"({"event":"poll.vote","payload":{"vote":{"selectedOptions":["Mon"]}}})");
  ASSERT_TRUE(wait_for("poll.vote"));
  EXPECT_THAT(of("poll.vote")[0].request.body,
              HasSubstr(R"("payload":{"vote":{"selectedOptions":["Mon"]}})"));
}

TEST_F(WahaFaults, MentioningAllNamesEverybodyInTheGroup) {
  begin();
  control("/send", R"({"chat":"120363000000000001@g.us","phone":"27831112222","text":"Hi"})");
  const auto answer = say("120363000000000001@g.us", "All hands", R"(,"mentions":["all"])");
  EXPECT_THAT(answer.body, HasSubstr(R"("mentionedJid":["27831112222@s.whatsapp.net"])"));
}

TEST_F(WahaFaults, APersonComesByHiddenIdWithAHintAndWithout) {
  begin();
  control("/person", R"({"phone":"27831112222","name":"Jane","lid":"555"})");
  control("/send", fmt::format(R"({{{},"text":"Hint","lid":true}})", customer));
  control("/faults", R"({"waha_lid_no_hints":true})");
  control("/send", fmt::format(R"({{{},"text":"No hint","lid":true}})", customer));
  ASSERT_TRUE(wait_for("message.any", 2));
  for (const auto& r : of("message.any")) {
    EXPECT_THAT(r.request.body, HasSubstr(R"("from":"555@lid")"));
    const bool hinted = r.request.body.find("remoteJidAlt") != std::string::npos;
    EXPECT_EQ(hinted, r.request.body.find("\"body\":\"Hint\"") != std::string::npos);
  }
  EXPECT_EQ(get("/api/default/lids/555").body, R"({"lid":"555@lid","pn":"27831112222@c.us"})");
}

TEST_F(WahaFaults, ThePhoneBehindAHiddenIdBecomesKnownLate) {
  begin();
  control("/person", R"({"phone":"27831112222","name":"Jane","lid":"555"})");
  control("/faults", R"({"waha_lid_unknown":true})");
  control("/send", fmt::format(R"({{{},"text":"Who am I","lid":true}})", customer));
  ASSERT_TRUE(wait_for("message.any"));
  EXPECT_THAT(of("message.any")[0].request.body, Not(HasSubstr("27831112222")));
  EXPECT_EQ(get("/api/default/lids/555").body, R"({"lid":"555@lid","pn":null})");
  EXPECT_EQ(lid_of_customer(), "");
  control("/faults", R"({"waha_lid_unknown":false})");
  EXPECT_EQ(get("/api/default/lids/555").body, R"({"lid":"555@lid","pn":"27831112222@c.us"})");
  EXPECT_EQ(lid_of_customer(), "555@lid");
}

TEST_F(WahaFaults, OneMessageIsToldUnderBothAddressesAndAcksNameTheOther) {
  begin();
  control("/person", R"({"phone":"27831112222","name":"Jane","lid":"555"})");
  control("/faults", R"({"next":{"waha_double_address_percent":1}})");
  control("/send", fmt::format(R"({{{},"text":"Twice","id":"AA01"}})", customer));
  ASSERT_TRUE(wait_for("message.any", 2));
  std::set<std::string> ids;
  for (const auto& r : of("message.any"))
    ids.emplace(json::text(payload(r), "id"));
  EXPECT_EQ(ids, (std::set<std::string>{"false_27831112222@c.us_AA01", "false_555@lid_AA01"}));
  control("/faults", R"({"next":{"waha_lid_ack_by_phone_percent":1}})");
  say("555@lid", "By hidden id");
  settle();
  EXPECT_EQ(json::text(payload(of("message.any")[2]), "from"), "555@lid");
  EXPECT_EQ(json::text(payload(of("message.ack")[0]), "from"), "27831112222@c.us");
}

TEST_F(WahaFaults, ASilentSessionWorksTellsNothingAndFlushesWhenItReconnects) {
  begin();
  control("/silence", R"({"on":true})");
  for (int i = 0; i < 5; ++i)
    control("/send",
            fmt::format(R"({{{},"text":"Waiting {}","timestamp_s":170000000{}}})", customer, i, i));
  EXPECT_EQ(status(), "WORKING");
  EXPECT_EQ(say("27831112222@c.us", "Out").status, 201U);
  control("/flap", "{}");
  ASSERT_TRUE(until([&] { return status() == "WORKING"; }));
  EXPECT_TRUE(of("message.any").empty()) << "a reconnection does not heal it";
  EXPECT_THAT(look("/ledger/waha").body, HasSubstr(R"("withheld":true)"));
  post("/api/sessions/default/restart", "");
  ASSERT_TRUE(wait_for("message.any", 5));
  EXPECT_THAT(of("message.any")[0].request.body, HasSubstr("\"timestamp\":170000000"));
  EXPECT_THAT(look("/ledger/waha").body, Not(HasSubstr(R"("withheld":true)")));
}

TEST_F(WahaFaults, ABacklogComesWithMessagesAlreadyTold) {
  begin();
  control("/send", fmt::format(R"({{{},"text":"Known","id":"AA01"}})", customer));
  ASSERT_TRUE(wait_for("message.any", 1));
  control("/faults", R"({"waha_backlog_repeat":10})");
  post("/api/sessions/default/stop", "");
  control("/send", fmt::format(R"({{{},"text":"New","id":"AA02"}})", customer));
  post("/api/sessions/default/start", "");
  ASSERT_TRUE(wait_for("message.any", 3));
  std::multiset<std::string> ids;
  for (const auto& r : of("message.any"))
    ids.emplace(json::text(payload(r), "id"));
  EXPECT_EQ(ids.count("false_27831112222@c.us_AA01"), 2U);
  EXPECT_EQ(ids.count("false_27831112222@c.us_AA02"), 1U);
}

TEST_F(WahaFaults, ARestrictionShowsAsErrorAckOnNoweb) {
  begin([](peers_options& o) { o.faults.waha_restricted = 1; });
  control("/send", fmt::format(R"({{{},"text":"I wrote first"}})", customer));
  EXPECT_EQ(say("27831112222@c.us", "warm").status, 201U);
  settle();
  EXPECT_EQ(json::integer(only_sent(), "deliveries"), 1);
  EXPECT_EQ(say("27839998888@c.us", "cold").status, 201U);
  settle();
  EXPECT_EQ(acks().back(), "ERROR");
  const auto cold = look("/ledger/sent?chat=27839998888@c.us").body;
  EXPECT_THAT(cold, HasSubstr(R"("deliveries":0)"));
}

TEST_F(WahaFaults, ARestrictionShowsAs500OnGows) {
  begin([](peers_options& o) {
    o.engine = waha_engine::gows;
    o.faults.waha_restricted = 1;
  });
  const auto cold = say("27839998888@c.us", "cold");
  EXPECT_EQ(cold.status, 500U);
  EXPECT_THAT(cold.body, HasSubstr("server returned error 463"));
  EXPECT_THAT(look("/ledger/sent").body, Not(HasSubstr("cold")));
}

TEST_F(WahaFaults, ARestrictionShowsAsPendingOnWebjsAndAsAStatusOnNewServers) {
  begin([](peers_options& o) {
    o.engine = waha_engine::webjs;
    o.version = "2026.7.2";
    o.faults.waha_restricted = 1;
  });
  EXPECT_EQ(say("27839998888@c.us", "cold").status, 201U);
  settle();
  EXPECT_TRUE(of("message.ack").empty());
  const auto entry = only_sent();
  EXPECT_EQ(json::integer(entry, "deliveries"), 0);
  EXPECT_EQ(json::integer(entry, "ack"), 0);
  EXPECT_THAT(of("session.status").back().request.body,
              HasSubstr(R"("data":{"reachoutTimelock":{"isActive":true)"));
}

TEST_F(WahaFaults, MediaFailAreSkippedAreGoneAndExpire) {
  begin();
  const auto photo = [&](const std::string& id) {
    control("/send",
            fmt::format(R"({{{},"text":"{}","media":"image","id":"{}"}})", customer, id, id));
  };
  const std::string path =
      "/api/default/chats/27831112222%40c.us/messages/false_27831112222%40c.us_";
  control("/faults", R"({"next":{"waha_media_error_percent":1}})");
  photo("AA01");
  ASSERT_TRUE(wait_for("message.any", 1));
  EXPECT_THAT(of("message.any")[0].request.body, HasSubstr(R"("media":{"url":null,"mimetype")"));
  EXPECT_THAT(of("message.any")[0].request.body, HasSubstr(R"("code":13)"));
  control("/faults", R"({"next":{"waha_media_skipped_percent":1}})");
  photo("AA02");
  ASSERT_TRUE(wait_for("message.any", 2));
  EXPECT_THAT(of("message.any")[1].request.body, HasSubstr(R"("hasMedia":true,"media":null)"));
  // Asked for by id, both are there.
  for (const auto* id : {"AA01", "AA02"}) {
    EXPECT_THAT(get(path + id + "?downloadMedia=false").body, HasSubstr("\"media\":null"));
    const auto again = json::parse(get(path + id + "?downloadMedia=true").body);
    const std::string url(json::text(*json::find(*again, "media"), "url"));
    EXPECT_EQ(get(url.substr(url.find("/api"))).content_type, "image/jpeg") << url;
    control("/expire-media", "{}");
    EXPECT_EQ(get(url.substr(url.find("/api"))).status, 404U);
  }
  control("/faults", R"({"waha_media_gone":true})");
  EXPECT_THAT(get(path + "AA01").body, HasSubstr("status code 404"));
}

TEST_F(WahaFaults, APhotoArrivesAfterATextThatWasWrittenLater) {
  begin();
  control("/faults", R"({"waha_media_delay_ms":100})");
  control("/send", fmt::format(R"({{{},"text":"first","media":"image"}})", customer));
  control("/send", fmt::format(R"({{{},"text":"second"}})", customer));
  ASSERT_TRUE(wait_for("message.any", 2));
  EXPECT_EQ(json::text(payload(of("message.any")[0]), "body"), "second");
}

TEST_F(WahaFaults, MediaLiveAsLongAsTheirLifetimeAndDieInARestart) {
  begin([](peers_options& o) { o.files_lifetime_s = 0.2; });
  control("/send", fmt::format(R"({{{},"text":"x","media":"image","id":"AA01"}})", customer));
  const std::string file = "/api/files/default/AA01.jpeg";
  EXPECT_TRUE(until([&] { return get(file).status == 404; }));
  get("/api/default/chats/all/messages/AA01?downloadMedia=true");
  EXPECT_EQ(get(file).status, 200U);
  control("/restart", R"({"down_ms":1})");
  ASSERT_TRUE(until([&] { return get(file).status != 0; }));
  EXPECT_EQ(get(file).status, 404U);
}

TEST_F(WahaFaults, AForeignServerKeepsTheMediaAndMustNotSeeTheKey) {
  begin([](peers_options& o) { o.faults.waha_media_s3 = 1; });
  control("/send", fmt::format(R"({{{},"text":"x","media":"image","id":"AA01"}})", customer));
  ASSERT_TRUE(wait_for("message.any"));
  const auto told = payload(of("message.any")[0]);
  const auto& media = *json::find(told, "media");
  EXPECT_EQ(json::text(*json::find(media, "s3"), "Key"), "AA01");
  const std::string url(json::text(media, "url"));
  const std::string path = url.substr(url.find("/s3"));
  EXPECT_EQ(fetch(ports.waha, "GET", path).content_type, "image/jpeg");
  EXPECT_EQ(get(path).status, 403U);
  EXPECT_THAT(look("/stats").body, HasSubstr(R"("leaked_keys":1)"));
}

TEST_F(WahaFaults, WebjsNamesFilesByTheWholeMessageId) {
  begin([](peers_options& o) { o.engine = waha_engine::webjs; });
  control("/send", fmt::format(R"({{{},"text":"x","media":"image","id":"AA01"}})", customer));
  ASSERT_TRUE(wait_for("message.any"));
  EXPECT_THAT(of("message.any")[0].request.body,
              HasSubstr("/api/files/default/false_27831112222@c.us_AA01.jpeg"));
}

TEST_F(WahaFaults, ReadingIsRefusedWhenThereWasTooMuchOfIt) {
  begin();
  control("/faults", R"({"next":{"waha_read_error_percent":1}})");
  const auto limited = get("/api/default/chats");
  EXPECT_EQ(limited.status, 500U);
  EXPECT_THAT(limited.body, HasSubstr("rate-overlimit"));
  EXPECT_EQ(get("/api/default/chats").status, 200U);
}

}  // namespace
}  // namespace fibrehub::peers
