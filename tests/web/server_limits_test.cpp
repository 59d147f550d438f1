// What the server refuses, and whom it waits for no longer.
#include <sstream>

#include "tests/web/plain_routes.hpp"
#include "web/server.hpp"

namespace fibrehub::web {
namespace {

using namespace testing;
using namespace std::chrono_literals;
namespace asio = boost::asio;

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

TEST(Server, GivesThePlaceOfTheConnectionThatIsIdleLongestToANewOne) {
  auto o = quick_options();
  o.max_connections = 2;
  o.idle_grace = 0ms;
  live_server s{plain_routes(), o};
  raw_client one{s.port()};
  raw_client two{s.port()};
  one.send(get("/hello"));
  EXPECT_EQ(one.read_answer().status, 200u);
  two.send(get("/hello"));
  EXPECT_EQ(two.read_answer().status, 200u);
  raw_client three{s.port()};
  three.send(get("/hello"));
  EXPECT_EQ(three.read_answer().status, 200u);
  EXPECT_TRUE(one.closed());
  EXPECT_TRUE(s.eventually([&] { return s.get().connections() == 2; }));
  two.send(get("/hello"));
  EXPECT_EQ(two.read_answer().status, 200u) << "it is in use";
  // Who serves a request has its place until it is answered.
  for (raw_client* busy : {&two, &three}) {
    busy->send(
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(busy->read_answer().status, 100u);
  }
  raw_client four{s.port()};
  four.send(get("/hello"));
  EXPECT_EQ(four.read_answer().status, 503u);
  two.send("hello");
  EXPECT_EQ(two.read_answer().status, 200u);
}

}  // namespace
}  // namespace fibrehub::web
