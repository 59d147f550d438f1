#include "web/server.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sstream>

#include "tests/web/live_server.hpp"
#include "web/body_sink.hpp"

namespace fibrehub::web {
namespace {

using namespace testing;
using namespace std::chrono_literals;
namespace asio = boost::asio;

std::vector<route> plain_routes() {
  std::vector<route> out;
  out.push_back(get_route("/hello", "hello", echo()));
  out.push_back(post_route("/echo", "echo"));
  route small = post_route("/small", "small");
  small.body_limit_bytes = 10;
  out.push_back(std::move(small));
  route listed =
      get_route("/list/{kind}", "list", [](request_context& ctx) -> asio::awaitable<response> {
        response r;
        r.content_type = "text/plain";
        r.body = fmt::format("{}|{}", ctx.path_value("kind"), ctx.query("q").value_or("-"));
        co_return r;
      });
  parameter limit;
  limit.name = "limit";
  limit.type = value_type::integer;
  limit.min = 1;
  limit.max = 100;
  parameter q;
  q.name = "q";
  listed.parameters = {limit, q};
  out.push_back(std::move(listed));
  out.push_back(get_route("/throws", "throws", [](request_context&) -> asio::awaitable<response> {
    throw std::runtime_error("secret detail");
    co_return response{};
  }));
  return out;
}

TEST(Server, AnswersSeveralRequestsOnOneConnection) {
  live_server s{plain_routes()};
  raw_client c{s.port()};
  for (int i = 0; i < 3; ++i) {
    c.send(get("/hello"));
    const auto a = c.read_answer();
    EXPECT_EQ(a.status, 200u);
    EXPECT_EQ(a.body, "ok");
  }
  EXPECT_EQ(s.connections(), 1u);
}

/// Writes down what it is given, and how large the largest piece was.
class noting_sink final : public body_sink {
 public:
  asio::awaitable<void> write(std::string piece) override {
    all += piece;
    largest = std::max(largest, piece.size());
    co_return;
  }
  std::string all;
  std::size_t largest = 0;
};

TEST(Server, HandsALargeBodyOnPieceByPiece) {
  std::vector<route> routes;
  route r = post_route("/files", "files");
  r.body_limit_bytes = 2'000'000;
  r.spool = [](const request_context&) { return std::make_shared<noting_sink>(); };
  r.handle = [](request_context& ctx) -> asio::awaitable<response> {
    const auto* sink = static_cast<noting_sink*>(ctx.sink.get());
    response out;
    out.content_type = "text/plain";
    out.body = fmt::format("{} {} {} {}", ctx.body.size(), sink->all.size(), sink->largest,
                           std::hash<std::string>{}(sink->all));
    co_return out;
  };
  routes.push_back(std::move(r));
  live_server s{std::move(routes)};
  std::string body(1'000'000, '\0');
  for (std::size_t i = 0; i < body.size(); ++i)
    body[i] = static_cast<char>(i * 31 % 251);
  const auto expect_all_of_it = [&](const auto& answer) {
    std::size_t kept = 1, arrived = 0, largest = 0, hash = 0;
    std::istringstream{answer.body} >> kept >> arrived >> largest >> hash;
    EXPECT_EQ(kept, 0u);
    EXPECT_EQ(arrived, body.size());
    EXPECT_LE(largest, 64u * 1024);
    EXPECT_EQ(hash, std::hash<std::string>{}(body));
  };
  raw_client c{s.port()};
  c.send(fmt::format("POST /files HTTP/1.1\r\nHost: t\r\nContent-Length: {}\r\n\r\n", body.size()) +
         body);
  expect_all_of_it(c.read_answer());
  // The connection goes on; the same in chunks of uneven sizes.
  std::string chunked = "POST /files HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t at = 0, n = 1; at < body.size(); at += n, n = n * 7 % 90'001 + 1) {
    n = std::min(n, body.size() - at);
    chunked += fmt::format("{:x}\r\n", n) + body.substr(at, n) + "\r\n";
  }
  c.send(chunked + "0\r\n\r\n");
  expect_all_of_it(c.read_answer());
  // The limit holds for what has been handed on as well.
  raw_client greedy{s.port()};
  greedy.send("POST /files HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string piece = "ffff\r\n" + std::string(0xffff, 'x') + "\r\n";
  for (int i = 0; i < 31; ++i)
    greedy.send(piece);
  EXPECT_EQ(greedy.read_answer().status, 413u);
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  live_server s{plain_routes()};
  raw_client c{s.port()};
  c.send(post("/echo", "first") + post("/echo", "second") + get("/hello"));
  EXPECT_EQ(c.read_answer().body, "first");
  EXPECT_EQ(c.read_answer().body, "second");
  EXPECT_EQ(c.read_answer().body, "ok");
}

TEST(Server, ReadsARequestThatArrivesByteByByte) {
  live_server s{plain_routes()};
  raw_client c{s.port()};
  for (const char byte : post("/echo", "slow but fine"))
    c.send(std::string_view{&byte, 1});
  EXPECT_EQ(c.read_answer().body, "slow but fine");
}

TEST(Server, SendsSecurityHeadersAndAnIdWithEveryAnswer) {
  live_server s{plain_routes()};
  raw_client c{s.port()};
  c.send(get("/hello"));
  const auto good = c.read_answer();
  c.send(get("/nowhere"));
  const auto bad = c.read_answer();
  for (const auto& a : {good, bad}) {
    EXPECT_EQ(a.header("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(a.header("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(a.header("Cache-Control"), "no-store");
    EXPECT_EQ(a.header("Content-Security-Policy"), "default-src 'none'; frame-ancestors 'none'");
    EXPECT_EQ(a.header("Strict-Transport-Security"), "");
    EXPECT_EQ(a.header("X-Request-Id").size(), 16u);
    EXPECT_NE(a.header("Date"), "");
  }
  EXPECT_NE(good.header("X-Request-Id"), bad.header("X-Request-Id"));
}

TEST(Server, KeepsTheClientsRequestIdWhenItIsSane) {
  live_server s{plain_routes()};
  raw_client c{s.port()};
  c.send(get("/nowhere", "X-Request-Id: abc-1.2_3\r\n"));
  const auto a = c.read_answer();
  EXPECT_EQ(a.header("X-Request-Id"), "abc-1.2_3");
  EXPECT_NE(a.body.find(R"("request_id":"abc-1.2_3")"), std::string::npos);
  c.send(get("/hello", "X-Request-Id: <script>\r\n"));
  EXPECT_EQ(c.read_answer().header("X-Request-Id").size(), 16u);
}

TEST(Server, AnswersUnknownPathsAndMethodsWithTheEnvelope) {
  live_server s{plain_routes()};
  raw_client c{s.port()};
  c.send(get("/nowhere"));
  auto a = c.read_answer();
  EXPECT_EQ(a.status, 404u);
  EXPECT_EQ(a.error_code(), "not_found");
  EXPECT_NE(a.body.find(R"("success":false)"), std::string::npos);
  c.send(post("/hello", "x"));
  a = c.read_answer();
  EXPECT_EQ(a.status, 405u);
  EXPECT_EQ(a.header("Allow"), "GET, HEAD");
  c.send("BREW /hello HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(c.read_answer().status, 405u);
  c.send(get("/hello"));
  EXPECT_EQ(c.read_answer().status, 200u);  // none of it cost the connection
}

TEST(Server, NamesTheQueryParameterThatIsWrong) {
  live_server s{plain_routes()};
  raw_client c{s.port()};
  c.send(get("/list/a?limit=0"));
  auto a = c.read_answer();
  EXPECT_EQ(a.status, 400u);
  EXPECT_NE(a.body.find(R"("details":[{"field":"limit","reason":"must be 1 to 100"}])"),
            std::string::npos)
      << a.body;
  c.send(get("/list/a?colour=red"));
  a = c.read_answer();
  EXPECT_EQ(a.status, 400u);
  EXPECT_NE(a.error_message().find("colour is not known here; known are limit, q"),
            std::string::npos);
}

TEST(Server, DecodesPathsAndQueriesOnceAndCarefully) {
  live_server s{plain_routes()};
  raw_client c{s.port()};
  c.send(get("/list/a%2Fb?q=x%20y+z%26"));
  EXPECT_EQ(c.read_answer().body, "a/b|x y z&");
  c.send(get("/list/%252e"));
  EXPECT_EQ(c.read_answer().body, "%2e|-");
  for (const char* bad : {"/list/%", "/list/%2", "/list/%zz", "/list/%00", "/list/%ff", "/list/..",
                          "/list/%2e%2e", "/./hello", "/list/a?q=%", "/list/a?q=%c3%28"}) {
    c.send(get(bad));
    EXPECT_EQ(c.read_answer().status, 400u) << bad;
  }
}

TEST(Server, AcceptsTheAbsoluteFormOfATarget) {
  live_server s{plain_routes()};
  raw_client c{s.port()};
  c.send(get("http://somewhere:80/list/x?q=1"));
  EXPECT_EQ(c.read_answer().body, "x|1");
}

TEST(Server, AnswersHeadLikeGetWithoutTheBody) {
  live_server s{plain_routes()};
  raw_client c{s.port()};
  c.send("HEAD /hello HTTP/1.1\r\nHost: t\r\n\r\n" + get("/hello"));
  const auto a = c.read_answer(true);
  EXPECT_EQ(a.status, 200u);
  EXPECT_EQ(a.header("Content-Length"), "2");
  EXPECT_EQ(c.read_answer().body, "ok");
}

TEST(Server, ClosesAfterAnHttp10RequestUnlessAskedToStay) {
  live_server s{plain_routes()};
  raw_client stay{s.port()};
  stay.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(stay.read_answer().header("Connection"), "keep-alive");
  stay.send("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_EQ(stay.read_answer().header("Connection"), "close");
  EXPECT_TRUE(stay.closed());
}

TEST(Server, TurnsAnExceptionIntoA500WithoutItsText) {
  live_server s{plain_routes()};
  raw_client c{s.port()};
  c.send(get("/throws"));
  const auto a = c.read_answer();
  EXPECT_EQ(a.status, 500u);
  EXPECT_EQ(a.error_code(), "internal_error");
  EXPECT_EQ(a.body.find("secret"), std::string::npos);
  c.send(get("/hello"));
  EXPECT_EQ(c.read_answer().status, 200u);
}

TEST(Server, RefusesABodyAboveTheRoutesLimitBeforeReadingIt) {
  live_server s{plain_routes()};
  raw_client c{s.port()};
  c.send("POST /small HTTP/1.1\r\nHost: t\r\nContent-Length: 104857600\r\n\r\n");
  const auto a = c.read_answer();
  EXPECT_EQ(a.status, 413u);
  EXPECT_EQ(a.error_code(), "body_too_large");
  EXPECT_NE(a.error_message().find("10 bytes"), std::string::npos);
  EXPECT_EQ(a.header("Connection"), "close");
  EXPECT_TRUE(c.closed());
  EXPECT_EQ(s.rejected("body"), 1u);
}

TEST(Server, LetsASenderInFullFlowReadThe413) {
  live_server s{plain_routes()};
  raw_client c{s.port()};
  c.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 104857600\r\n\r\n");
  const std::string block(256 * 1024, 'x');
  for (int i = 0; i < 16; ++i)
    c.send(block);
  EXPECT_EQ(c.read_answer().status, 413u);
}

TEST(Server, CountsChunkedBodiesAgainstTheLimit) {
  live_server s{plain_routes()};
  raw_client fits{s.port()};
  const std::string head = "POST /small HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
  fits.send(head + "5;ext=1\r\nhello\r\n5\r\nworld\r\n0\r\nX-Trailer: dropped\r\n\r\n" +
            get("/hello"));
  EXPECT_EQ(fits.read_answer().body, "helloworld");
  EXPECT_EQ(fits.read_answer().body, "ok");
  raw_client over{s.port()};
  over.send(head + "5\r\nhello\r\n6\r\n");
  const auto a = over.read_answer();
  EXPECT_EQ(a.status, 413u);
  EXPECT_TRUE(over.closed());
}

TEST(Server, ReadsALargeBodyInPieces) {
  live_server s{plain_routes()};
  raw_client c{s.port()};
  std::string body(900'000, 'a');
  for (std::size_t i = 0; i < body.size(); i += 7)
    body[i] = static_cast<char>('b' + i % 20);
  std::thread sender{[&] { c.send(post("/echo", body)); }};
  const auto a = c.read_answer();
  sender.join();
  EXPECT_TRUE(a.body == body);
}

TEST(Server, SaysContinueOnlyWhenTheBodyIsWelcome) {
  live_server s{plain_routes()};
  raw_client c{s.port()};
  c.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(c.read_answer().status, 100u);
  c.send("hi");
  EXPECT_EQ(c.read_answer().body, "hi");
  c.send("POST /small HTTP/1.1\r\nHost: t\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(c.read_answer().status, 413u);
  raw_client odd{s.port()};
  odd.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\nExpect: tea\r\n\r\n");
  EXPECT_EQ(odd.read_answer().status, 417u);
}

TEST(Server, KeepsTheConnectionWhenAShortBodyWasNotWanted) {
  live_server s{plain_routes()};
  raw_client c{s.port()};
  c.send(post("/nowhere", "never read") + get("/hello"));
  EXPECT_EQ(c.read_answer().status, 404u);
  EXPECT_EQ(c.read_answer().status, 200u);
}

TEST(Server, LimitsHeadersAndAddresses) {
  live_server s{plain_routes()};
  raw_client big{s.port()};
  big.send(get("/hello", "X-Big: " + std::string(17'000, 'x') + "\r\n"));
  EXPECT_EQ(big.read_answer().status, 431u);
  EXPECT_TRUE(big.closed());

  std::string many;
  for (int i = 0; i < 99; ++i)
    many += fmt::format("X-{}: 1\r\n", i);  // Host is the hundredth
  raw_client hundred{s.port()};
  hundred.send(get("/hello", many));
  EXPECT_EQ(hundred.read_answer().status, 200u);
  raw_client more{s.port()};
  more.send(get("/hello", many + "X-One-More: 1\r\n"));
  EXPECT_EQ(more.read_answer().status, 431u);

  raw_client longest{s.port()};
  longest.send(get("/" + std::string(8 * 1024 - 1, 'a')));
  EXPECT_EQ(longest.read_answer().status, 404u);
  raw_client longer{s.port()};
  longer.send(get("/" + std::string(8 * 1024, 'a')));
  EXPECT_EQ(longer.read_answer().status, 414u);
  EXPECT_EQ(s.rejected("header_bytes"), 1u);
  EXPECT_EQ(s.rejected("header_count"), 1u);
  EXPECT_EQ(s.rejected("uri"), 1u);
}

TEST(Server, CutsASlowHeadWith408) {
  auto o = quick_options();
  o.request_timeout = 100ms;
  live_server s{plain_routes(), o};
  raw_client c{s.port()};
  c.send("GET /hello HTTP/1.1\r\nHost:");
  const auto a = c.read_answer();
  EXPECT_EQ(a.status, 408u);
  EXPECT_EQ(a.error_code(), "request_timeout");
  EXPECT_TRUE(c.closed());
  EXPECT_EQ(s.rejected("request_time"), 1u);
}

TEST(Server, CutsASlowBodyWith408) {
  auto o = quick_options();
  o.request_timeout = 100ms;
  live_server s{plain_routes(), o};
  raw_client sized{s.port()};
  sized.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nhalf");
  EXPECT_EQ(sized.read_answer().status, 408u);
  raw_client chunked{s.port()};
  chunked.send("POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe");
  EXPECT_EQ(chunked.read_answer().status, 408u);
}

TEST(Server, ClosesIdleConnectionsSilently) {
  auto o = quick_options();
  o.idle_timeout = 100ms;
  o.request_timeout = 100ms;
  live_server s{plain_routes(), o};
  raw_client never_spoke{s.port()};
  EXPECT_TRUE(never_spoke.closed());
  raw_client c{s.port()};
  c.send(get("/hello"));
  EXPECT_EQ(c.read_answer().status, 200u);
  EXPECT_TRUE(c.closed());
}

TEST(Server, CutsAPeerThatDoesNotReadItsAnswer) {
  auto o = quick_options();
  o.write_timeout = 100ms;
  auto routes = plain_routes();
  routes.push_back(get_route("/huge", "huge", [](request_context&) -> asio::awaitable<response> {
    response r;
    r.body.assign(64 * 1024 * 1024, 'x');
    co_return r;
  }));
  live_server s{std::move(routes), o};
  raw_client c{s.port(), 4096};
  c.send(get("/huge"));
  EXPECT_TRUE(s.eventually([&] { return s.rejected("slow_reader") == 1; }));
  EXPECT_TRUE(s.eventually([&] { return s.get().connections() == 0; }));
}

TEST(Server, TellsTheConnectionTooManyAndServesTheOthers) {
  auto o = quick_options();
  o.max_connections = 2;
  live_server s{plain_routes(), o};
  raw_client one{s.port()};
  raw_client two{s.port()};
  one.send(get("/hello"));
  EXPECT_EQ(one.read_answer().status, 200u);
  two.send(get("/hello"));
  EXPECT_EQ(two.read_answer().status, 200u);
  raw_client three{s.port()};
  three.send(get("/hello"));
  const auto a = three.read_answer();
  EXPECT_EQ(a.status, 503u);
  EXPECT_EQ(a.header("Retry-After"), "1");
  EXPECT_TRUE(three.closed());
  one.hang_up();
  EXPECT_TRUE(s.eventually([&] { return s.get().connections() == 1; }));
  raw_client four{s.port()};
  four.send(get("/hello"));
  EXPECT_EQ(four.read_answer().status, 200u);
}

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
