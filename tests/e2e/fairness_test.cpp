// Nobody keeps the hub from the others: shares of searches, limits of requests, and what is said to
// whoever asks for too much.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "store/pq.hpp"
#include "tests/e2e/deliveries.hpp"
#include "tests/e2e/http.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::Ne;

/// While it runs, whoever reads tickets waits.
template <class F>
void with_tickets_locked(const fixtures::temporary_database& db, F f) {
  store::connection_options options = db.options();
  options.statement_timeout = std::chrono::seconds(30);
  store::connection holder(options);
  holder.transact([&](pqxx::work& tx) {
    tx.exec("LOCK TABLE tickets IN ACCESS EXCLUSIVE MODE");
    f();
  });
}

/// A search has begun. The hub's own questions about tickets wait beside it at times.
bool a_search_waits(const fixtures::temporary_database& db) {
  return eventually([&] {
    return db.ask(
               "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name ="
               " 'fibrehub reader' AND wait_event_type = 'Lock' AND datname = current_database()"
               " AND query NOT LIKE '%sla_clocks%' AND query NOT LIKE '%piece AS MATERIALIZED%'") ==
           "t";
  });
}

TEST(Fairness, WhoAsksForTooMuchIsRefusedWithAdviceWhileOthersAreServed) {
  const fixtures::temporary_database db;
  hub_process hub({.store_url = db.url(),
                   .overrides = {"web.reads_per_caller=1", "web.reads_waiting_per_caller=0",
                                 "store.readers=6", "store.statement_timeout=30s"}});
  hub.start_ready();
  const std::string greedy = hub.make_token(), other = hub.make_token("admin");
  const auto ask = [&](const std::string& path, const std::string& who) {
    return get(hub.port(), "/api/v1" + path, who);
  };
  std::future<http_answer> slow;
  with_tickets_locked(db, [&] {
    slow = std::async(std::launch::async, [&] { return ask("/tickets?q=signal", greedy); });
    ASSERT_TRUE(a_search_waits(db));
    for (const char* path : {"/tickets", "/tickets/facets", "/stats", "/reports/ticket-summary"}) {
      const http_answer no = ask(path, greedy);
      EXPECT_EQ(no.status, 429U) << path << no.body;
      EXPECT_THAT(no.body, HasSubstr(R"("code":"too_many_reads")"));
      EXPECT_THAT(no.body, HasSubstr("ask one after another"));
      EXPECT_EQ(no.headers.at("retry-after"), "1");
    }
    // Another reader is free: for what is quick, and for somebody else.
    for (int i = 0; i < 4; ++i)
      EXPECT_EQ(ask("/tokens", other).status, 200U);
  });
  const http_answer in_the_end = slow.get();
  EXPECT_EQ(in_the_end.status, 200U) << in_the_end.body;
  EXPECT_EQ(ask("/tickets", greedy).status, 200U);
  EXPECT_THAT(fetch(hub.port(), "GET", "/metrics").body.find("\nfibrehub_reads_refused 4\n"),
              Ne(std::string::npos));
}

TEST(Fairness, AQuestionThatIsTooBroadIsAnsweredWithWhatWouldHelp) {
  const fixtures::temporary_database db;
  hub_process hub({.store_url = db.url(),
                   .overrides = {"store.statement_timeout=2s", "store.lock_timeout=100ms"}});
  hub.start_ready();
  const std::string token = hub.make_token();
  with_tickets_locked(db, [&] {
    for (const char* path : {"/api/v1/tickets?q=signal", "/api/v1/tickets/facets?q=signal"}) {
      const http_answer no = get(hub.port(), path, token);
      EXPECT_EQ(no.status, 400U) << no.body;
      EXPECT_THAT(no.body, HasSubstr(R"("code":"query_too_broad")"));
      EXPECT_THAT(no.body, HasSubstr("add status:open, a span of time"));
      EXPECT_THAT(no.body, HasSubstr(R"("field":"q")"));
    }
  });
  EXPECT_EQ(get(hub.port(), "/api/v1/tickets?q=signal", token).status, 200U);
}

TEST(Fairness, ACallerAndAnAddressMayAskSoOftenAMinuteAndWebhooksAsTheyLike) {
  const fixtures::temporary_database db;
  hub_process hub({.store_url = db.url(),
                   .overrides = {"web.requests_per_caller=5", "web.requests_per_address=12"}});
  hub.start_ready();
  const std::string one = hub.make_token(), two = hub.make_token();
  const auto status = [&](const std::string& who) {
    return get(hub.port(), "/api/v1/tickets", who).status;
  };
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(status(one), 200U);
  const http_answer no = get(hub.port(), "/api/v1/tickets", one);
  EXPECT_EQ(no.status, 429U);
  EXPECT_THAT(no.body, HasSubstr(R"("code":"too_many_requests")"));
  EXPECT_GE(std::stoi(no.headers.at("retry-after")), 1);
  EXPECT_LE(std::stoi(no.headers.at("retry-after")), 12);
  EXPECT_EQ(no.headers.at("ratelimit-limit"), "5");
  EXPECT_EQ(no.headers.at("ratelimit-remaining"), "0");
  EXPECT_EQ(status(two), 200U) << "each caller has a share of their own";
  for (int i = 0; i < 5; ++i)
    status(two);
  EXPECT_EQ(get(hub.port(), "/api/openapi.json", "").status, 429U) << "the address is used up";
  // Neither who watches the hub nor who sends it signed messages is held up.
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(fetch(hub.port(), "GET", "/health/live").status, 200U);
    EXPECT_EQ(
        deliver(hub.port(), message_delivery("F" + std::to_string(i), "27820000001", "still dead"))
            .status,
        200U);
  }
  const std::string figures = fetch(hub.port(), "GET", "/metrics").body;
  for (const char* limit : {"caller_rate", "address_rate"})
    EXPECT_THAT(figures, ::testing::Not(HasSubstr(std::string(R"(limit=")") + limit + "\"} 0\n")));
}

}  // namespace
}  // namespace fibrehub::e2e
