// How the server starts and stops.
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sstream>

#include "tests/web/plain_routes.hpp"
#include "web/server.hpp"

namespace fibrehub::web {
namespace {

using namespace testing;
using namespace std::chrono_literals;
namespace asio = boost::asio;

TEST(Server, SaysWhichPortIsInUse) {
  live_server first{plain_routes()};
  auto o = quick_options();
  o.port = first.port();
  asio::io_context io;
  store::metrics_registry metrics;
  server second{io, o, *routing_table::make(plain_routes()), nullptr, metrics};
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_TRUE(started.error().starts_with(fmt::format("port {} is in use: ", o.port)))
      << started.error();
}

TEST(Server, RefusesToStartWithSettingsThatCannotWork) {
  asio::io_context io;
  store::metrics_registry metrics;
  auto o = quick_options();
  o.address = "localhorst";
  server no_address{io, o, *routing_table::make(plain_routes()), nullptr, metrics};
  EXPECT_NE(no_address.start().error().find("\"localhorst\" is no address"), std::string::npos);
  o = quick_options();
  o.trusted_proxies = {"10.0.0.0/99"};
  server no_network{io, o, *routing_table::make(plain_routes()), nullptr, metrics};
  EXPECT_NE(no_network.start().error().find("\"10.0.0.0/99\" is no network"), std::string::npos);
  auto routes = plain_routes();
  routes[0].auth = bearer("read");
  server no_auth{io, quick_options(), *routing_table::make(std::move(routes)), nullptr, metrics};
  EXPECT_NE(no_auth.start().error().find("hello wants a token"), std::string::npos);
}

/// A route that answers when the test says so.
struct gate {
  explicit gate(asio::io_context& io) : timer(io, asio::steady_timer::time_point::max()) {}
  asio::steady_timer timer;
  bool entered = false;
};

route gated_route(std::shared_ptr<std::shared_ptr<gate>> slot) {
  return get_route("/gated", "gated", [slot](request_context&) -> asio::awaitable<response> {
    (*slot)->entered = true;
    boost::system::error_code ec;
    co_await (*slot)->timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    response r;
    r.body = "finished";
    co_return r;
  });
}

TEST(Server, StopFinishesTheRequestUnderWayAndClosesIdleConnections) {
  const auto slot = std::make_shared<std::shared_ptr<gate>>();
  auto routes = plain_routes();
  routes.push_back(gated_route(slot));
  live_server s{std::move(routes)};
  s.on_io([&] { *slot = std::make_shared<gate>(s.io()); });
  raw_client idle{s.port()};
  idle.send(get("/hello"));
  EXPECT_EQ(idle.read_answer().status, 200u);
  raw_client busy{s.port()};
  busy.send(get("/gated"));
  ASSERT_TRUE(s.eventually([&] { return (*slot)->entered; }));

  auto stopped = s.stop(10s);
  EXPECT_TRUE(idle.closed());
  EXPECT_THROW(raw_client{s.port()}, std::runtime_error);
  EXPECT_EQ(stopped.wait_for(0s), std::future_status::timeout);
  s.on_io([&] { (*slot)->timer.cancel(); });
  const auto a = busy.read_answer();
  EXPECT_EQ(a.body, "finished");
  EXPECT_EQ(a.header("Connection"), "close");
  EXPECT_TRUE(busy.closed());
  EXPECT_EQ(stopped.wait_for(10s), std::future_status::ready);
  s.on_io([&] { slot->reset(); });
}

TEST(Server, StopFinishesARequestWhoseBodyIsStillArriving) {
  live_server s{plain_routes()};
  raw_client c{s.port()};
  c.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(c.read_answer().status, 100u);
  auto stopped = s.stop(10s);
  EXPECT_THROW(
      {
        for (int i = 0; i < 10'000; ++i)
          raw_client{s.port()};
      },
      std::runtime_error);
  c.send("body");
  const auto a = c.read_answer();
  EXPECT_EQ(a.body, "body");
  EXPECT_EQ(a.header("Connection"), "close");
  EXPECT_EQ(stopped.wait_for(10s), std::future_status::ready);
}

TEST(Server, StopCutsWhatDoesNotFinishInTime) {
  const auto slot = std::make_shared<std::shared_ptr<gate>>();
  std::vector<route> routes;
  routes.push_back(gated_route(slot));
  live_server s{std::move(routes)};
  s.on_io([&] { *slot = std::make_shared<gate>(s.io()); });
  raw_client c{s.port()};
  c.send(get("/gated"));
  ASSERT_TRUE(s.eventually([&] { return (*slot)->entered; }));
  auto stopped = s.stop(50ms);
  EXPECT_EQ(stopped.wait_for(10s), std::future_status::ready);
  EXPECT_TRUE(c.closed());
  s.on_io([&] { (*slot)->timer.cancel(); });
  EXPECT_TRUE(s.eventually([&] { return s.get().connections() == 0; }));
  s.on_io([&] { slot->reset(); });
}

TEST(Server, CountsRequestsByOperationAndClass) {
  live_server s{plain_routes()};
  raw_client c{s.port()};
  c.send(get("/hello") + get("/list/a?limit=x") + get("/nowhere"));
  for (int i = 0; i < 3; ++i)
    c.read_answer();
  c.send(get("/hello"));
  c.read_answer();  // the figures of an answer are booked after it is sent
  const auto requests = [&](const char* operation, const char* klass) {
    return s.metrics()
        .make_counter("fibrehub_http_requests_total", "",
                      {{"operation", operation}, {"class", klass}})
        .value();
  };
  EXPECT_TRUE(s.eventually([&] { return requests("hello", "2xx") == 2; }));
  EXPECT_EQ(requests("list", "4xx"), 1u);
  EXPECT_EQ(requests("none", "4xx"), 1u);
  EXPECT_EQ(s.metrics().make_counter("fibrehub_http_connections_total", "").value(), 1u);
  EXPECT_EQ(s.metrics().make_gauge("fibrehub_http_connections", "").value(), 1);
  EXPECT_GT(s.metrics().make_counter("fibrehub_http_received_bytes_total", "").value(), 100u);
  EXPECT_GT(s.metrics().make_counter("fibrehub_http_sent_bytes_total", "").value(), 400u);
}

}  // namespace
}  // namespace fibrehub::web
