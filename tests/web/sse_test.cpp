#include "web/sse.hpp"

#include "tests/web/live_server.hpp"

namespace fibrehub::web {
namespace {

using namespace testing;
using namespace std::chrono_literals;
namespace asio = boost::asio;

TEST(ServerSentEvents, AreFormattedSafely) {
  EXPECT_EQ(format_event("7", "ticket", "{}"), "id: 7\nevent: ticket\ndata: {}\n\n");
  EXPECT_EQ(format_event("", "", "a\nb\r\nc\rd"), "data: a\ndata: b\ndata: c\ndata: d\n\n");
  EXPECT_EQ(format_event("1\ndata: x", "e\r\nv", ""), "id: 1data: x\nevent: ev\ndata: \n\n");
}

TEST(ListenerQueue, DropsTheListenerWhenItOverflows) {
  asio::io_context io;
  listener_limits limits;
  limits.events = 2;
  const auto by_count = std::make_shared<listener_queue>(io.get_executor(), limits);
  EXPECT_TRUE(by_count->offer("a"));
  EXPECT_TRUE(by_count->offer("b"));
  EXPECT_FALSE(by_count->offer("c"));
  EXPECT_TRUE(by_count->overflowed());
  EXPECT_EQ(by_count->waiting(), 0u);
  limits = {};
  limits.bytes = 10;
  const auto by_size = std::make_shared<listener_queue>(io.get_executor(), limits);
  EXPECT_TRUE(by_size->offer("0123456789"));
  EXPECT_FALSE(by_size->offer("x"));
  const auto closed = std::make_shared<listener_queue>(io.get_executor());
  closed->close();
  EXPECT_FALSE(closed->offer("x"));
}

/// A server whose stream hands its queue to the test.
struct stream_server {
  explicit stream_server(listener_limits limits = {}, server_options o = quick_options()) {
    route r;
    r.path = "/events";
    r.operation_id = "events";
    r.answers = {{200, "Events", "", "text/event-stream", false}};
    r.stream = [this, limits](request_context& ctx,
                              stream_writer& out) -> asio::awaitable<response> {
      if (ctx.header("x-refuse") == "yes") co_return failure(ctx, 409, "no", "not now");
      queue = std::make_shared<listener_queue>(co_await asio::this_coro::executor, limits);
      auto mine = queue;
      response ended = co_await serve_events(out, mine);
      ++finished;
      co_return ended;
    };
    std::vector<route> routes;
    routes.push_back(std::move(r));
    server.emplace(std::move(routes), o);
  }
  std::shared_ptr<listener_queue> queue;  // io thread
  int finished = 0;                       // io thread
  std::optional<live_server> server;
};

TEST(ServerSentEvents, ReachTheListenerInChunks) {
  stream_server s;
  raw_client c{s.server->port()};
  c.send(get("/events"));
  ASSERT_TRUE(c.read_until(": connected\n\n"));
  EXPECT_NE(c.received().find("Content-Type: text/event-stream\r\n"), std::string::npos);
  EXPECT_NE(c.received().find("Transfer-Encoding: chunked\r\n"), std::string::npos);
  const auto queue = s.server->on_io([&] { return s.queue; });
  EXPECT_TRUE(queue->offer(format_event("1", "e", "one")));  // from this thread, not the io thread
  ASSERT_TRUE(c.read_until("data: one\n\n"));
  EXPECT_TRUE(queue->offer(format_event("2", "e", "two")));
  ASSERT_TRUE(c.read_until("data: two\n\n"));
  queue->close();
  ASSERT_TRUE(c.read_until("0\r\n\r\n"));
}

TEST(ServerSentEvents, KeepAQuietConnectionAlive) {
  listener_limits limits;
  limits.heartbeat = 20ms;
  stream_server s{limits};
  raw_client c{s.server->port()};
  c.send(get("/events"));
  EXPECT_TRUE(c.read_until(": still here\n\n"));
}

TEST(ServerSentEvents, NoticeThatTheListenerLeft) {
  stream_server s;
  raw_client c{s.server->port()};
  c.send(get("/events"));
  ASSERT_TRUE(c.read_until(": connected\n\n"));
  c.hang_up();
  EXPECT_TRUE(s.server->eventually([&] { return s.finished == 1; }));
  EXPECT_FALSE(s.server->on_io([&] { return s.queue->offer("x"); }));
  EXPECT_TRUE(s.server->eventually([&] { return s.server->get().connections() == 0; }));
}

TEST(ServerSentEvents, DropASlowReader) {
  stream_server s;
  raw_client c{s.server->port(), 4096};
  c.send(get("/events"));
  ASSERT_TRUE(c.read_until(": connected\n\n"));
  const auto queue = s.server->on_io([&] { return s.queue; });
  const std::string big(64 * 1024, 'x');
  int taken = 0;
  while (taken < 100'000 && queue->offer(format_event("", "e", big)))
    ++taken;
  EXPECT_TRUE(queue->overflowed());
  EXPECT_GT(taken, 10);
  EXPECT_TRUE(s.server->eventually([&] { return s.finished == 1; }));
  EXPECT_TRUE(s.server->eventually([&] { return s.server->get().connections() == 0; }));
}

TEST(ServerSentEvents, AreCutByTheServersWriteTimeoutToo) {
  auto o = quick_options();
  o.write_timeout = 50ms;
  listener_limits limits;
  limits.bytes = 256u * 1024 * 1024;
  stream_server s{limits, o};
  raw_client c{s.server->port(), 4096};
  c.send(get("/events"));
  ASSERT_TRUE(c.read_until(": connected\n\n"));
  s.server->on_io([&] { return s.queue->offer(std::string(64u * 1024 * 1024, 'x')); });
  EXPECT_TRUE(s.server->eventually([&] { return s.finished == 1; }));
  EXPECT_EQ(s.server->rejected("slow_reader"), 1u);
}

TEST(ServerSentEvents, EndWhenTheServerStops) {
  stream_server s;
  raw_client c{s.server->port()};
  c.send(get("/events"));
  ASSERT_TRUE(c.read_until(": connected\n\n"));
  auto stopped = s.server->stop(10s);
  EXPECT_TRUE(c.read_until("0\r\n\r\n"));
  EXPECT_EQ(stopped.wait_for(10s), std::future_status::ready);
}

TEST(ServerSentEvents, CanBeRefusedWithAnOrdinaryAnswer) {
  stream_server s;
  raw_client c{s.server->port()};
  c.send(get("/events", "X-Refuse: yes\r\n"));
  EXPECT_EQ(c.read_answer().status, 409u);
  c.send("HEAD /events HTTP/1.1\r\nHost: t\r\n\r\n");
  const auto a = c.read_answer(true);
  EXPECT_EQ(a.status, 200u);
  EXPECT_EQ(a.header("Content-Type"), "text/event-stream");
}

TEST(ServerSentEvents, ServeHttp10UntilTheEndOfTheConnection) {
  stream_server s;
  raw_client c{s.server->port()};
  c.send("GET /events HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(c.read_until(": connected\n\n"));
  EXPECT_EQ(c.received().find("chunked"), std::string::npos);
  const auto queue = s.server->on_io([&] { return s.queue; });
  queue->close();
  EXPECT_FALSE(c.read_until("never"));
  EXPECT_TRUE(c.received().ends_with(": connected\n\n"));
}

}  // namespace
}  // namespace fibrehub::web
