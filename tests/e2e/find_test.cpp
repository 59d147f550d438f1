// Finding tickets over HTTP as a dispatcher does: queries, orders, counts, saved views, and what is
// said about a mistake.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/json/parse.hpp"
#include "tests/e2e/api.hpp"
#include "tests/e2e/http.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::e2e {
namespace {

namespace json = protocols::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string escaped(const std::string& text) {
  std::string out;
  for (const unsigned char c : text)
    out += fmt::format("%{:02X}", c);
  return out;
}

class FindOverHttp : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    db = new fixtures::temporary_database;
    hub = new hub_process({.store_url = db->url()});
    hub->start_ready();
    token = hub->make_token("write");
    for (const char* ticket :
         {R"({"title":"No signal","priority":"high","tags":["storm"],"address":"12 Main Road"})",
          R"({"title":"Slow speed","priority":"low"})",
          R"({"title":"No light at the ONT","priority":"critical"})"})
      EXPECT_EQ(send("POST", "/tickets", ticket).status, 201U);
  }
  static void TearDownTestSuite() {
    delete hub;
    delete db;
  }
  static http_answer send(const char* verb, const std::string& path, const std::string& body = {},
                          const std::string& with = token) {
    return ask_api(hub->port(), with, verb, path, body);
  }
  static std::vector<std::string> titles(const http_answer& answer) {
    std::vector<std::string> out;
    const auto body = json::parse(answer.body);
    const auto* data = body ? json::find(*body, "data") : nullptr;
    const auto* tickets = data ? json::find(*data, "tickets") : nullptr;
    EXPECT_TRUE(tickets) << answer.body;
    if (tickets)
      for (const auto& t : tickets->GetArray())
        out.emplace_back(json::text(t, "title"));
    return out;
  }
  static std::vector<std::string> find(const std::string& query, const std::string& more = {}) {
    return titles(send("GET", "/tickets?q=" + escaped(query) + more));
  }

  static inline fixtures::temporary_database* db = nullptr;
  static inline hub_process* hub = nullptr;
  static inline std::string token;
};

TEST_F(FindOverHttp, GivesWhatTheQueryAsksForInTheOrderAskedFor) {
  EXPECT_THAT(find("status:open priority:>=high"), ElementsAre("No light at the ONT", "No signal"));
  EXPECT_THAT(find("\"no signal\""), ElementsAre("No signal"));
  EXPECT_THAT(find("-tag:storm", "&sort=created"),
              ElementsAre("Slow speed", "No light at the ONT"));
  EXPECT_THAT(find("created:today", "&sort=-priority"),
              ElementsAre("No light at the ONT", "No signal", "Slow speed"));
  EXPECT_THAT(find("", "&priority=low"), ElementsAre("Slow speed"));
}

TEST_F(FindOverHttp, PointsAtTheColumnOfAMistake) {
  const http_answer wrong = send("GET", "/tickets?q=" + escaped("tag:storm status:opne"));
  EXPECT_EQ(wrong.status, 400U);
  EXPECT_THAT(wrong.body, HasSubstr("invalid_query"));
  EXPECT_THAT(wrong.body, HasSubstr("column 18"));
  EXPECT_THAT(wrong.body, HasSubstr("did you mean open?"));
  EXPECT_EQ(send("GET", "/tickets?sort=colour").status, 400U);
  EXPECT_EQ(send("GET", "/tickets?tz=Mars").status, 400U);
}

TEST_F(FindOverHttp, WalksThroughPagesOfAnyOrder) {
  std::vector<std::string> all;
  std::string path = "/tickets?limit=1&sort=-priority";
  for (std::string next = path; !next.empty() && all.size() < 10;) {
    const http_answer page = send("GET", next);
    ASSERT_EQ(page.status, 200U) << page.body;
    for (std::string& t : titles(page))
      all.push_back(std::move(t));
    const auto body = json::parse(page.body);
    const std::string cursor{
        json::text(*json::find(*json::find(*body, "data"), "pagination"), "next_cursor")};
    next = cursor.empty() ? "" : path + "&cursor=" + cursor;
  }
  EXPECT_THAT(all, ElementsAre("No light at the ONT", "No signal", "Slow speed"));
  // A cursor of another order, and one that nobody made.
  for (const char* cursor : {"c1.abc", "c1.1.-priority.vzz", "c1.1.-priority.v78"})
    EXPECT_EQ(send("GET", fmt::format("{}&cursor={}", path, cursor)).status, 400U) << cursor;
}

TEST_F(FindOverHttp, CountsWhatThereIs) {
  const http_answer counts = send("GET", "/tickets/facets?q=" + escaped("status:open -tag:storm"));
  EXPECT_EQ(counts.status, 200U);
  EXPECT_THAT(counts.body, HasSubstr(R"("total":2)"));
  EXPECT_THAT(counts.body, HasSubstr(R"("priority":{"critical":1,"low":1})"));
}

TEST_F(FindOverHttp, KeepsViewsForTheirOwnerAndSharesThem) {
  const http_answer made =
      send("POST", "/views",
           R"({"name":"Urgent","query":"priority:>=high","sort":"-priority","shared":true})");
  ASSERT_EQ(made.status, 201U) << made.body;
  const auto body = json::parse(made.body);
  const std::string id = json::text_or_number(*json::find(*body, "data"), "id");
  EXPECT_THAT(titles(send("GET", "/tickets?view=" + id)),
              ElementsAre("No light at the ONT", "No signal"));
  EXPECT_THAT(titles(send("GET", "/tickets?view=" + id + "&q=tag:storm")),
              ElementsAre("No signal"));
  EXPECT_THAT(send("GET", "/views", "", hub->make_token()).body, HasSubstr(R"("mine":false)"));
  const http_answer wrong = send("POST", "/views", R"({"name":"Bad","query":"(a"})");
  EXPECT_EQ(wrong.status, 400U);
  EXPECT_THAT(wrong.body, HasSubstr("column 1"));
  EXPECT_EQ(send("PATCH", "/views/" + id, R"({"version":9,"name":"x"})").status, 409U);
  EXPECT_EQ(send("DELETE", "/views/" + id, "", hub->make_token()).status, 404U);
  EXPECT_EQ(send("DELETE", "/views/" + id).status, 200U);
  EXPECT_EQ(send("GET", "/tickets?view=" + id).status, 404U);
}

}  // namespace
}  // namespace fibrehub::e2e
