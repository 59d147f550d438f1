#include "peers/waha_fixture.hpp"

namespace fibrehub::peers {
namespace {

namespace json = protocols::json;
using testing::customer;
using testing::fetch;
using ::testing::HasSubstr;
using testing::http_result;
using ::testing::Not;
using ::testing::StartsWith;

class WahaReads : public testing::waha {
 protected:
  void tell(const std::string& chat, const std::string& id, int timestamp_s,
            const std::string& more = {}) {
    control("/send", fmt::format(R"({{"chat":"{}","text":"{}","id":"{}","timestamp_s":{}{}}})",
                                 chat, id, id, timestamp_s, more));
  }
  /// The texts of a list of messages.
  std::vector<std::string> texts(const std::string& query) {
    const http_result answer = get("/api/default/chats/" + query);
    const auto list = json::parse(answer.body);
    std::vector<std::string> out;
    EXPECT_TRUE(list && list->IsArray()) << answer.body;
    if (!list || !list->IsArray()) return out;
    for (const auto& m : list->GetArray())
      out.emplace_back(json::text(m, "body"));
    return out;
  }
  std::vector<std::string> chat_ids(const std::string& query) {
    const auto list = json::parse(get("/api/default/chats" + query).body);
    std::vector<std::string> out;
    for (const auto& c : list->GetArray())
      out.emplace_back(json::text(c, "id"));
    return out;
  }
};

using ::testing::ElementsAre;

TEST_F(WahaReads, ListsAreFilteredOrderedAndPaged) {
  begin();
  for (int i = 1; i <= 5; ++i)
    tell("27831112222", fmt::format("M{}", i), 1'700'000'000 + i);
  tell("27831112222", "OURS", 1'700'000'010, R"(,"from_me":true)");
  tell("27839998888", "OTHER", 1'700'000'003);
  const std::string chat = "27831112222%40c.us/messages?downloadMedia=false";
  EXPECT_THAT(texts(chat), ElementsAre("OURS", "M5", "M4", "M3", "M2", "M1"));
  EXPECT_THAT(texts(chat + "&limit=2&offset=1"), ElementsAre("M5", "M4"));
  EXPECT_THAT(texts(chat + "&sortOrder=asc&limit=2"), ElementsAre("M1", "M2"));
  EXPECT_THAT(texts(chat + "&filter.fromMe=true"), ElementsAre("OURS"));
  EXPECT_THAT(texts(chat + "&filter.timestamp.gte=1700000002&filter.timestamp.lte=1700000003"),
              ElementsAre("M3", "M2"));
  EXPECT_THAT(texts(chat + "&filter.fromMe=false&filter.ack=DEVICE&limit=1"), ElementsAre("M5"));
  EXPECT_THAT(texts("all/messages?downloadMedia=false&filter.timestamp.lte=1700000003"),
              ElementsAre("M3", "OTHER", "M2", "M1"));
  control("/faults", R"({"waha_short_pages":true})");
  EXPECT_THAT(texts(chat + "&filter.fromMe=false&limit=2"), ElementsAre("M5"))
      << "the page is cut before it is filtered";
}

TEST_F(WahaReads, NoMessagesOfAllChatsOnWebjsAndNoBareIds) {
  begin([](peers_options& o) { o.engine = waha_engine::webjs; });
  tell("27831112222", "AA01", 1'700'000'000);
  EXPECT_EQ(get("/api/default/chats/all/messages").status, 501U);
  const std::string path = "/api/default/chats/27831112222%40c.us/messages/";
  EXPECT_EQ(get(path + "AA01").status, 404U);
  EXPECT_EQ(get(path + "false_27831112222%40c.us_AA01").status, 200U);
  const auto missing = get(path + "false_27831112222%40c.us_NONE");
  EXPECT_EQ(missing.body,
            R"({"message":"Message not found","error":"Not Found","statusCode":404})");
}

TEST_F(WahaReads, NowebWithoutItsStoreCannotListWhatHappened) {
  begin([](peers_options& o) { o.noweb_store = false; });
  for (const auto* path : {"/api/default/chats", "/api/default/chats/all/messages",
                           "/api/default/chats/all/messages/AA01"}) {
    const auto refused = get(path);
    EXPECT_EQ(refused.status, 400U) << path;
    EXPECT_THAT(refused.body, StartsWith(R"({"message":"Enable NOWEB store)"));
  }
  // Switched on after the pairing it still knows nothing; after another one it does.
  put("/api/sessions/default", R"({"config":{"noweb":{"store":{"enabled":true}}}})");
  EXPECT_EQ(get("/api/default/chats").status, 400U);
  post("/api/sessions/default/logout", "");
  control("/scan", "{}");
  EXPECT_EQ(get("/api/default/chats").status, 200U);
}

TEST_F(WahaReads, DownloadingMissingMediaStallsUnlessItIsNotAskedFor) {
  begin([](peers_options& o) { o.time_scale = 0.1; });
  control("/faults", R"({"waha_media_gone":true,"waha_media_skipped_percent":100})");
  tell("27831112222", "AA01", 1'700'000'000, R"(,"media":"image")");
  const auto timed = [&](const std::string& query) {
    const auto from = std::chrono::steady_clock::now();
    texts("27831112222%40c.us/messages" + query);
    return std::chrono::steady_clock::now() - from;
  };
  EXPECT_GE(timed(""), std::chrono::milliseconds(215));
  EXPECT_LT(timed("?downloadMedia=false"), std::chrono::milliseconds(215));
}

TEST_F(WahaReads, AnOldServerMergesAndANewOneCanBeToldNotTo) {
  begin([](peers_options& o) { o.version = "2026.3.1"; });
  control("/person", R"({"phone":"27831112222","name":"Jane","lid":"555"})");
  tell("27831112222", "PN", 1'700'000'000);
  tell("27831112222", "LID", 1'700'000'001, R"(,"lid":true)");
  const std::string lid = "555%40lid/messages?downloadMedia=false";
  EXPECT_THAT(texts(lid), ElementsAre("LID", "PN"));
  EXPECT_THAT(texts(lid + "&merge=false"), ElementsAre("LID"));
}

TEST_F(WahaReads, ChatsAreSortedPagedAndOverlooked) {
  begin();
  control("/person", R"({"phone":"27831112222","name":"Zanele","lid":"555"})");
  control("/person", R"({"phone":"27839998888","name":"Andile","lid":"556"})");
  tell("27839998888", "old", 1'700'000'000);
  tell("27831112222", "new", 1'700'000'001);
  EXPECT_THAT(chat_ids(""), ElementsAre("27831112222@c.us", "27839998888@c.us"));
  EXPECT_THAT(chat_ids("?sortBy=name&sortOrder=asc"),
              ElementsAre("27839998888@c.us", "27831112222@c.us"));
  EXPECT_THAT(chat_ids("?limit=1&offset=1"), ElementsAre("27839998888@c.us"));
  EXPECT_THAT(chat_ids("/overview?ids=27839998888%40c.us"), ElementsAre("27839998888@c.us"));
  EXPECT_THAT(get("/api/default/chats/overview").body, HasSubstr(R"("lastMessage":{"id":)"));
  const auto posted = post("/api/default/chats/overview",
                           R"({"pagination":{"limit":5},"filter":{"ids":["27831112222@c.us"]}})");
  EXPECT_THAT(posted.body, HasSubstr(R"("name":"Zanele","picture":null)"));
  EXPECT_THAT(posted.body, Not(HasSubstr("Andile")));
}

TEST_F(WahaReads, UnreadMessagesAreMarkedInBulk) {
  begin();
  const auto now_s = static_cast<int>(now_ms() / 1000);
  tell("27831112222", "A1", now_s - 2);
  tell("27831112222", "A2", now_s - 1);
  const std::string path = "/api/default/chats/27831112222%40c.us/messages/read";
  EXPECT_EQ(post(path, R"({"messages":1})").body, R"({"ids":["false_27831112222@c.us_A2"]})");
  EXPECT_EQ(post(path, R"({"days":7})").body, R"({"ids":["false_27831112222@c.us_A1"]})");
}

TEST_F(WahaReads, ANumberExistsUnderItsCanonicalId) {
  begin();
  control("/person", R"({"phone":"551187654321","name":"Ana"})");
  const std::string path = "/api/contacts/check-exists?session=default&phone=";
  EXPECT_EQ(get(path + "5511987654321").body,
            R"({"numberExists":true,"chatId":"551187654321@c.us"})");
  EXPECT_EQ(get(path + "551187654321").body,
            R"({"numberExists":true,"chatId":"551187654321@c.us"})");
  EXPECT_EQ(get(path + "27000000000").body, R"({"numberExists":false})");
  EXPECT_EQ(get(path).status, 400U);
}

TEST_F(WahaReads, ContactsAreShownAndUnknownOnesAreEmpty) {
  begin([](peers_options& o) { o.version = "2026.3.1"; });
  control("/person", R"({"phone":"27831112222","name":"Jane","lid":"555"})");
  const std::string one = "/api/contacts?session=default&contactId=27831112222";
  EXPECT_THAT(get(one).body, HasSubstr(R"("notify":"Jane")"));
  EXPECT_EQ(get("/api/contacts?session=default&contactId=27000000000").body, "");
  EXPECT_THAT(get("/api/contacts/all?session=default&limit=500").body, HasSubstr("27831112222"));
  EXPECT_THAT(get("/api/contacts/profile-picture?session=default&contactId=27000000000").body,
              HasSubstr(R"({"profilePictureURL":null})"));
  EXPECT_THAT(get("/api/default/contacts/27831112222%40c.us").body, HasSubstr("Jane"));
}

TEST_F(WahaReads, GroupsAreAnObjectOnNowebAndUnknownOnesAn500) {
  begin();
  const std::string id = "120363000000000001@g.us";
  control("/send", R"({"chat":"120363000000000001@g.us","phone":"27831112222","text":"Hi"})");
  EXPECT_THAT(get("/api/default/groups").body, HasSubstr("\"" + id + R"(":{"id":")" + id));
  EXPECT_THAT(get("/api/default/groups?exclude=participants").body, Not(HasSubstr("participants")));
  EXPECT_EQ(get("/api/default/groups/120363999999999999%40g.us").status, 500U);
  EXPECT_THAT(get("/api/default/groups/" + id + "/participants/v2").body,
              HasSubstr(R"("pn":"27831112222@c.us","role":"participant")"));
  EXPECT_THAT(get("/api/default/groups/count").body, StartsWith(R"({"count":)"));
}

TEST_F(WahaReads, GroupsAreAListOnTheOtherEngines) {
  for (const auto engine : {waha_engine::gows, waha_engine::webjs}) {
    world.reset();
    begin([engine](peers_options& o) { o.engine = engine; });
    const auto body = get("/api/default/groups").body;
    EXPECT_THAT(body, StartsWith(engine == waha_engine::gows ? R"([{"JID":")"
                                                             : R"([{"id":{"_serialized":")"));
  }
}

TEST_F(WahaReads, MembersOfGroupsComeAndGoWithEvents) {
  begin([](peers_options& o) { o.webhook_events = {"*"}; });
  control("/person", R"({"phone":"27831112222","name":"Jane","lid":"555"})");
  const auto made = post("/api/default/groups",
                         R"({"name":"Lawley","participants":[{"id":"27831112222@c.us"}]})");
  EXPECT_EQ(made.status, 201U);
  const auto group = json::parse(made.body);
  const std::string path = "/api/default/groups/" + std::string(json::text(*group, "id"));
  const std::string jane = R"({"participants":[{"id":"27831112222@c.us"}]})";
  EXPECT_EQ(post(path + "/admin/promote", jane).status, 201U);
  EXPECT_THAT(get(path + "/participants/v2").body,
              HasSubstr(R"({"id":"555@lid","pn":"27831112222@c.us","role":"admin"})"));
  EXPECT_EQ(post(path + "/participants/remove", jane).status, 201U);
  EXPECT_THAT(get(path + "/participants/v2").body, Not(HasSubstr("27831112222")));
  EXPECT_EQ(put(path + "/subject", R"({"subject":"Mohadin"})").status, 200U);
  ASSERT_TRUE(wait_for("group.v2.join") && wait_for("group.v2.participants", 2) &&
              wait_for("group.v2.update"));
  EXPECT_THAT(of("group.v2.update")[0].request.body, HasSubstr(R"("subject":"Mohadin")"));
}

TEST_F(WahaReads, TheStartTimeTellsOfARestartAndTheSourceIsForgotten) {
  begin();
  say("27831112222@c.us", "ours");
  const std::string path = "all/messages?downloadMedia=false";
  EXPECT_THAT(get("/api/default/chats/" + path).body, HasSubstr(R"("source":"api")"));
  const auto before = json::parse(get("/api/server/status").body);
  control("/restart", R"({"down_ms":5})");
  ASSERT_TRUE(until([&] { return get("/api/server/status").status == 200; }));
  const auto after = json::parse(get("/api/server/status").body);
  // Not before it came back, which was after 5 ms; told to a millisecond each time.
  EXPECT_GE(json::integer(*after, "startTimestamp").value_or(0),
            json::integer(*before, "startTimestamp").value_or(0) + 3);
  EXPECT_THAT(get("/api/default/chats/" + path).body, HasSubstr(R"("source":"app")"));
}

TEST_F(WahaReads, TheStartTimeIsWorkedOutAtEveryCallAndMovesWithTheClock) {
  begin();
  const auto told = [&] {
    const auto body = json::parse(get("/api/server/status").body);
    return json::integer(*body, "startTimestamp").value_or(0);
  };
  std::vector<std::int64_t> first;
  for (int i = 0; i < 30; ++i)
    first.push_back(told());
  const auto [low, high] = std::minmax_element(first.begin(), first.end());
  EXPECT_EQ(*high - *low, 2) << "a millisecond to either side";
  control("/clock", R"({"by_ms":4000})");
  const std::int64_t later = told();
  EXPECT_GE(later, *low + 3999);
  EXPECT_LE(later, *high + 4001);
  control("/clock", R"({"by_ms":-9000})");
  EXPECT_LT(told(), *low - 4000);
}

class WahaKeys : public testing::waha {
 protected:
  http_result with(const std::string& secret, const std::string& method, const std::string& path,
                   const std::string& body = {}) {
    return fetch(ports.waha, method, path, body, {{"X-Api-Key", secret}});
  }
};

TEST_F(WahaKeys, ABoundKeySeesItsSessionOnly) {
  begin([](peers_options& o) { o.sessions = {"default", "second"}; });
  const auto made = post("/api/keys", R"({"session":"default"})");
  EXPECT_EQ(made.status, 201U);
  const auto body = json::parse(made.body);
  const std::string secret(json::text(*body, "key"));
  EXPECT_EQ(with(secret, "GET", "/api/sessions/default").status, 200U);
  const auto foreign = with(secret, "GET", "/api/sessions/second");
  EXPECT_EQ(foreign.status, 403U);
  EXPECT_THAT(foreign.body, HasSubstr(R"("statusCode":403)"));
  EXPECT_EQ(with(secret, "POST", "/api/sendText", R"({"session":"second"})").status, 403U);
  EXPECT_EQ(with(secret, "GET", "/api/keys").status, 403U);
  const std::string id(json::text(*body, "id"));
  EXPECT_EQ(put("/api/keys/" + id, R"({"isActive":false})").status, 200U);
  EXPECT_EQ(with(secret, "GET", "/api/sessions/default").status, 401U);
  EXPECT_EQ(remove("/api/keys/" + id).status, 200U);
  EXPECT_EQ(remove("/api/keys/" + id).status, 404U);
}

TEST_F(WahaKeys, NarrowKeysAreTheSameEveryTimeAndDoOneThing) {
  begin([](peers_options& o) { o.version = "2026.7.1"; });
  const auto first = post("/api/keys/media", R"({"session":"default"})").body;
  EXPECT_EQ(post("/api/keys/media", R"({"session":"default"})").body, first);
  EXPECT_EQ(post("/api/keys/media", R"({"session":"nope"})").status, 422U);
  const std::string secret(json::text(*json::parse(first), "key"));
  EXPECT_EQ(with(secret, "GET", "/api/files/default/none.jpeg").status, 404U);
  EXPECT_EQ(with(secret, "POST", "/api/sendText", R"({"session":"default"})").status, 403U);
}

TEST_F(WahaKeys, AServerThatLostItsKeyRefusesEverybody) {
  begin();
  control("/faults", R"({"waha_key_refused":true})");
  EXPECT_EQ(get("/api/sessions").status, 401U);
  EXPECT_EQ(fetch(ports.waha, "GET", "/ping").status, 200U);
}

}  // namespace
}  // namespace fibrehub::peers
