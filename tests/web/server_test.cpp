#include "web/server.hpp"

#include <sstream>

#include "tests/web/plain_routes.hpp"
#include "web/body_sink.hpp"

namespace fibrehub::web {
namespace {

using namespace testing;
using namespace std::chrono_literals;
namespace asio = boost::asio;

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

}  // namespace
}  // namespace fibrehub::web
