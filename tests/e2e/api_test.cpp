// The API over a real connection: who may come in, pages while things change, the document about
// it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "protocols/json/parse.hpp"
#include "tests/e2e/deliveries.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::e2e {
namespace {

namespace json = protocols::json;
using ::testing::HasSubstr;

class Api : public ::testing::Test {
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
  static std::uint16_t port() { return hub->port(); }

  static inline fixtures::temporary_database* db = nullptr;
  static inline hub_process* hub = nullptr;
  static inline std::string token;
};

TEST_F(Api, AsksForATokenAndTakesAGoodOne) {
  const http_answer none = fetch(port(), "GET", "/api/v1/tickets");
  EXPECT_EQ(none.status, 401U);
  EXPECT_THAT(none.body, HasSubstr("token_missing"));
  EXPECT_EQ(get(port(), "/api/v1/tickets", token).status, 200U);
  std::string wrong = token;
  wrong.back() = wrong.back() == 'A' ? 'E' : 'A';
  EXPECT_EQ(get(port(), "/api/v1/tickets", wrong).status, 401U);
}

TEST_F(Api, RefusesARevokedToken) {
  // Never used before, so that the hub cannot still remember it.
  const std::string doomed = hub->make_token();
  const std::string id = doomed.substr(3, 12);
  const run_result revoked = hub->run({"token", "revoke", id});
  EXPECT_EQ(revoked.exit_code, 0) << revoked.err;
  EXPECT_EQ(get(port(), "/api/v1/tickets", doomed).status, 401U);
  const run_result again = hub->run({"token", "revoke", id});
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.err, HasSubstr(id));
  EXPECT_THAT(hub->run({"token", "list"}).out, HasSubstr(id + "  revoked"));
}

TEST_F(Api, ForbidsWhatTheTokenIsNotFor) {
  const http_answer answer = get(port(), "/api/v1/tickets", hub->make_token("inbound:waha"));
  EXPECT_EQ(answer.status, 403U) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr("read"));
}

TEST_F(Api, RefusesATokenWithAScopeThatDoesNotExist) {
  const run_result r = hub->run({"token", "create", "--name", "x", "--scope", "everything"});
  EXPECT_EQ(r.exit_code, 2);
  EXPECT_THAT(r.err, HasSubstr("everything"));
  EXPECT_EQ(r.out, "");
}

/// The UIDs of a page, and the next cursor.
std::pair<std::vector<std::string>, std::string> read_page(const http_answer& answer) {
  std::pair<std::vector<std::string>, std::string> out;
  const auto body = json::parse(answer.body);
  const auto* tickets = body ? json::at(*body, "data", "tickets") : nullptr;
  const auto* pagination = body ? json::at(*body, "data", "pagination") : nullptr;
  if (!tickets || !pagination) {
    ADD_FAILURE() << answer.status << " " << answer.body;
    return out;
  }
  for (const auto& t : tickets->GetArray())
    out.first.emplace_back(json::text(t, "ticket_uid"));
  out.second = json::text(*pagination, "next_cursor");
  return out;
}

TEST_F(Api, CursorsShowEveryTicketOnceWhileNewOnesAreCreated) {
  http_connection sender(port());
  int made = 0;
  const auto make_ticket = [&] {
    const int n = made++;
    const std::string text = fmt::format("DR{} no light", 1800000 + n);
    return deliver(sender,
                   message_delivery(fmt::format("PAGE{}", n), fmt::format("27840{:06}", n), text))
        .status;
  };
  for (int i = 0; i < 95; ++i)
    ASSERT_EQ(make_ticket(), 200U);
  std::multiset<std::string> seen;
  std::string target = "/api/v1/tickets?limit=10";
  int pages = 0;
  while (!target.empty() && ++pages < 50) {
    const auto [uids, next] = read_page(get(port(), target, token));
    seen.insert(uids.begin(), uids.end());
    target = next.empty() ? "" : "/api/v1/tickets?limit=10&cursor=" + next;
    for (int i = 0; i < 5; ++i)
      ASSERT_EQ(make_ticket(), 200U);
  }
  for (int n = 0; n < 95; ++n) {
    const std::string uid = fmt::format("DR{}-01", 1800000 + n);
    EXPECT_EQ(seen.count(uid), 1U) << uid;
  }
  EXPECT_EQ(seen.size(), std::set<std::string>(seen.begin(), seen.end()).size());
}

TEST_F(Api, TheDocumentListsEveryRouteAndEachAnswers) {
  const http_answer answer = fetch(port(), "GET", "/api/openapi.json");
  ASSERT_EQ(answer.status, 200U);
  const auto document = json::parse(answer.body);
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_TRUE(json::text(*document, "openapi").starts_with("3.1"));
  const auto* paths = json::find(*document, "paths");
  ASSERT_TRUE(paths && paths->IsObject());
  std::set<std::string> listed;
  for (const auto& m : paths->GetObject())
    listed.insert(m.name.GetString());
  for (const char* wanted : {"/api/v1/tickets", "/api/v1/tickets/{uid}", "/api/v1/review",
                             "/api/v1/channels", "/api/v1/events", "/api/v1/wa-bridge/webhook/main",
                             "/health/live", "/health/ready", "/metrics", "/api/openapi.json"})
    EXPECT_TRUE(listed.contains(wanted)) << wanted;
  for (const std::string& path : listed) {
    // 401, 405 and the like are answers; 404 would be a path that is not there.
    if (path.find('{') != std::string::npos) continue;
    EXPECT_NE(fetch(port(), "GET", path).status, 404U) << path;
  }
}

}  // namespace
}  // namespace fibrehub::e2e
