#include <gmock/gmock.h>

#include "tests/web/live_server.hpp"
#include "web/health.hpp"
#include "web/metrics.hpp"

namespace fibrehub::web {
namespace {

using namespace testing;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Health, LivesAlwaysAndIsReadyWhenEveryPartIs) {
  std::vector<health_part> parts{{"store", true, "connected"}, {"channel wa", true, ""}};
  live_server s{health_routes([&parts] { return parts; })};
  raw_client c{s.port()};
  c.send(get("/health/ready"));
  EXPECT_EQ(c.read_answer().status, 200u);
  s.on_io([&] { parts[0] = {"store", false, "the database is away since 10 s"}; });
  c.send(get("/health/ready"));
  const auto a = c.read_answer();
  EXPECT_EQ(a.status, 503u);
  EXPECT_THAT(a.body, HasSubstr("the database is away since 10 s"));
  c.send(get("/health/live"));
  EXPECT_EQ(c.read_answer().body, R"({"status":"live"})");
}

std::shared_ptr<authenticator> nobody_known() {
  return std::make_shared<authenticator>(
      [](std::string) -> boost::asio::awaitable<tl::expected<store::token_record, store::error>> {
        co_return tl::unexpected(store::error{store::errc::not_found, ""});
      });
}

TEST(Metrics, AreOpenToThisMachineButNotThroughAProxy) {
  store::metrics_registry figures;
  figures.make_counter("hub_things_total", "Things").add(3);
  std::vector<route> routes;
  routes.push_back(metrics_route(figures));
  live_server s{std::move(routes), quick_options(), nobody_known()};
  raw_client c{s.port()};
  c.send(get("/metrics"));
  const auto a = c.read_answer();
  EXPECT_EQ(a.status, 200u);
  EXPECT_THAT(a.header("Content-Type"), HasSubstr("version=0.0.4"));
  EXPECT_THAT(a.body, HasSubstr("hub_things_total 3\n"));
  for (const char* proxied :
       {"X-Forwarded-For: 1.2.3.4\r\n", "Forwarded: for=1.2.3.4\r\n", "Via: 1.1 proxy\r\n"}) {
    c.send(get("/metrics", proxied));
    EXPECT_EQ(c.read_answer().status, 401u) << proxied;
  }
}

TEST(Metrics, CanWantATokenFromEverybody) {
  store::metrics_registry figures;
  std::vector<route> routes;
  routes.push_back(metrics_route(figures, false));
  live_server s{std::move(routes), quick_options(), nobody_known()};
  raw_client c{s.port()};
  c.send(get("/metrics"));
  EXPECT_EQ(c.read_answer().status, 401u);
}

TEST(Metrics, OfTheServerHaveTheseNames) {
  live_server s{health_routes([] { return std::vector<health_part>{}; })};
  EXPECT_THAT(s.metrics().names(),
              ElementsAre("fibrehub_http_connections", "fibrehub_http_connections_total",
                          "fibrehub_http_received_bytes_total", "fibrehub_http_rejected_total",
                          "fibrehub_http_request_seconds", "fibrehub_http_requests_total",
                          "fibrehub_http_sent_bytes_total"));
}

TEST(MetricsRegistry, RendersTheTextFormat) {
  store::metrics_registry r;
  r.make_counter("b_total", "Counts\nthings", {{"path", "a\"b\\c\nd"}}).add(2);
  r.make_gauge("a", "A gauge").set(-5);
  r.add_gauge_reader("c", "Read", {}, [] { return 0.5; });
  auto& h = r.make_histogram("d_seconds", "Took", {{"op", "x"}});
  h.observe(400us);
  h.observe(3ms);
  h.observe(60s);
  const auto elsewhere = std::make_shared<store::histogram>();
  r.add_histogram("e_seconds", "Late", {}, elsewhere);
  elsewhere->observe(3ms);
  const auto text = r.render();
  EXPECT_THAT(text, HasSubstr("# HELP a A gauge\n# TYPE a gauge\na -5\n"));
  EXPECT_THAT(text, HasSubstr("# HELP b_total Counts\\nthings\n"));
  EXPECT_THAT(text, HasSubstr("b_total{path=\"a\\\"b\\\\c\\nd\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("c 0.5\n"));
  EXPECT_THAT(text, HasSubstr("d_seconds_bucket{op=\"x\",le=\"0.0005\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("d_seconds_bucket{op=\"x\",le=\"0.005\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("d_seconds_bucket{op=\"x\",le=\"30\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("d_seconds_bucket{op=\"x\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("d_seconds_sum{op=\"x\"} 60.0034\n"));
  EXPECT_THAT(text, HasSubstr("d_seconds_count{op=\"x\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE e_seconds histogram\ne_seconds_bucket{le=\"0.0005\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("e_seconds_count 1\n"));
  EXPECT_LT(text.find("# TYPE a "), text.find("# TYPE b_total "));
}

TEST(MetricsRegistry, GivesTheSameFigureForTheSameNameAndLabels) {
  store::metrics_registry r;
  auto& one = r.make_counter("n_total", "N", {{"k", "1"}});
  EXPECT_EQ(&one, &r.make_counter("n_total", "N", {{"k", "1"}}));
  EXPECT_NE(&one, &r.make_counter("n_total", "N", {{"k", "2"}}));
}

}  // namespace
}  // namespace fibrehub::web
