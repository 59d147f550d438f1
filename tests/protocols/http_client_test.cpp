#include "protocols/transport/http_client.hpp"

#include "protocols/transport/address_policy.hpp"
#include "tests/protocols/http_client_fixture.hpp"

namespace fibrehub::protocols::transport {
namespace {

TEST_F(HttpClient, SendsTheRequestAndReturnsStatusHeadersAndBody) {
  std::string seen;
  scripted_server server({[&](tcp::socket& s) {
    seen = read_request(s);
    say(s,
        "HTTP/1.1 201 Created\r\nX-Thing: a\r\nSet-Cookie: s=1\r\nSet-Cookie: "
        "t=2\r\nContent-Length: 2\r\n\r\nhi");
  }});
  http_request request = post(server.url("/a/b?c=d%20e"));
  request.headers = {{"Content-Type", "application/json"}};
  auto answer = fetch(local(), request);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 201u);
  EXPECT_EQ(answer->body, "hi");
  EXPECT_EQ(answer->header("x-thing"), "a");
  EXPECT_EQ(std::count_if(answer->headers.begin(), answer->headers.end(),
                          [](auto& h) { return h.first == "set-cookie"; }),
            2);
  EXPECT_THAT(seen, testing::StartsWith("POST /a/b?c=d%20e HTTP/1.1\r\n"));
  EXPECT_THAT(seen, testing::HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(seen, testing::HasSubstr("Content-Length: 2\r\n"));
  EXPECT_THAT(seen, testing::EndsWith("\r\n\r\n{}"));
}

TEST_F(HttpClient, ReusesAConnectionForTheSameOrigin) {
  scripted_server server({[](tcp::socket& s) {
    for (int i = 0; i < 3 && !read_request(s).empty(); ++i)
      say(s, ok("x"));
  }});
  auto& c = local();
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(get(c, server.url()));
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClient, DoesNotReuseAConnectionThePeerWantsClosed) {
  std::string closing = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx";
  scripted_server server({answering(closing), answering(closing)});
  auto& c = local();
  ASSERT_TRUE(get(c, server.url()));
  ASSERT_TRUE(get(c, server.url()));
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpClient, RepeatsAnIdempotentRequestOnceWhenAKeptConnectionDies) {
  auto dies_at_second = [](tcp::socket& s) {
    read_request(s);
    say(s, ok("first"));
    read_request(s);
  };
  scripted_server server({dies_at_second, answering(ok("second"))});
  auto& c = local();
  ASSERT_TRUE(get(c, server.url()));
  auto answer = get(c, server.url());
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "second");
}

TEST_F(HttpClient, DoesNotRepeatAPostThatMayHaveArrivedAndSaysSo) {
  auto dies_at_second = [](tcp::socket& s) {
    read_request(s);
    say(s, ok("first"));
    read_request(s);
  };
  scripted_server server({dies_at_second, answering(ok("again")), answering(ok("again"))});
  auto& c = local();
  ASSERT_TRUE(get(c, server.url()));
  auto answer = fetch(c, post(server.url()));
  EXPECT_EQ(code_of(answer), http_errc::reset);
  EXPECT_TRUE(answer.error().ambiguous);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClient, RepeatsAPostThatOnlyAsksWhenAKeptConnectionDies) {
  auto dies_at_second = [](tcp::socket& s) {
    read_request(s);
    say(s, ok("first"));
    read_request(s);
  };
  scripted_server server({dies_at_second, answering(ok("again"))});
  auto& c = local();
  ASSERT_TRUE(get(c, server.url()));
  auto request = post(server.url());
  request.repeatable = true;
  auto answer = fetch(c, request);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "again");
}

TEST_F(HttpClient, TimesOutAsAWholeAndSaysTheRequestMayHaveArrived) {
  scripted_server server({[](tcp::socket& s) {
    read_request(s);
    until_closed(s);
  }});
  auto request = post(server.url());
  request.timeout = 50ms;
  auto answer = fetch(local(), request);
  EXPECT_EQ(code_of(answer), http_errc::timeout);
  EXPECT_TRUE(answer.error().ambiguous);
}

TEST_F(HttpClient, TimesOutOnAnAnswerThatDripsForEver) {
  scripted_server server({[](tcp::socket& s) {
    read_request(s);
    error_code ec;
    while (!ec)
      asio::write(s, asio::buffer("HTTP/1.1 200 OK\r\nX: ", 1), ec);
  }});
  http_request request;
  request.url = server.url();
  request.timeout = 100ms;
  auto answer = fetch(local(), request);
  EXPECT_FALSE(answer);  // malformed or timed out, but answered
}

TEST_F(HttpClient, RefusesABodyThatAnnouncesMoreThanTheLimit) {
  scripted_server server({answering("HTTP/1.1 200 OK\r\nContent-Length: 1000001\r\n\r\n")});
  EXPECT_EQ(
      code_of(get(local(with(&http_client_options::body_limit_bytes, 1'000'000)), server.url())),
      http_errc::too_large);
}

TEST_F(HttpClient, CountsAChunkedBodyAgainstTheLimit) {
  std::string answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 11; ++i)
    answer += "64\r\n" + std::string(100, 'x') + "\r\n";
  scripted_server server({answering(answer + "0\r\n\r\n"), answering(answer + "0\r\n\r\n")});
  EXPECT_EQ(code_of(get(local(with(&http_client_options::body_limit_bytes, 1'000)), server.url())),
            http_errc::too_large);
  auto whole = get(local(with(&http_client_options::body_limit_bytes, 1'100)), server.url());
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->body, std::string(1100, 'x'));
}

TEST_F(HttpClient, RefusesAnEndlessBodyWithoutALength) {
  scripted_server server({answering("HTTP/1.1 200 OK\r\n\r\n" + std::string(5'000, 'x'))});
  EXPECT_EQ(code_of(get(local(with(&http_client_options::body_limit_bytes, 1'000)), server.url())),
            http_errc::too_large);
}

TEST_F(HttpClient, RefusesAHeaderOverTheLimit) {
  scripted_server server(
      {answering("HTTP/1.1 200 OK\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n")});
  EXPECT_EQ(code_of(get(local(), server.url())), http_errc::too_large);
}

TEST_F(HttpClient, ReportsATruncatedBodyAsReset) {
  scripted_server server({answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")});
  EXPECT_EQ(code_of(get(local(), server.url())), http_errc::reset);
}

TEST_F(HttpClient, ReportsAnAnswerThatIsNotHttpAsMalformed) {
  scripted_server server({answering("SSH-2.0-OpenSSH_9.2\r\n\r\n")});
  EXPECT_EQ(code_of(get(local(), server.url())), http_errc::malformed);
}

TEST_F(HttpClient, ReturnsARedirectInsteadOfFollowingIt) {
  scripted_server server(
      {answering("HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n")});
  auto answer = get(local(), server.url());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 302u);
  EXPECT_EQ(answer->header("location"), "/login");
}

TEST_F(HttpClient, SkipsInterimAnswers) {
  scripted_server server({answering(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n" + ok("end"))});
  auto answer = get(local(), server.url());
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "end");
}

TEST_F(HttpClient, ReadsRetryAfter) {
  scripted_server server(
      {answering("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n")});
  auto answer = get(local(), server.url());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->retry_after, 7s);
}

TEST_F(HttpClient, RefusesPrivateAddressesUnlessAllowed) {
  scripted_server server({answering(ok("x"))});
  auto by_address = get(client(), server.url());
  EXPECT_EQ(code_of(by_address), http_errc::refused_address);
  EXPECT_FALSE(by_address.error().ambiguous);
  EXPECT_EQ(code_of(get(*client_, server.url("/", "http", "localhost"))),
            http_errc::refused_address);
  EXPECT_EQ(code_of(get(*client_, "http://[::ffff:127.0.0.1]:9/")), http_errc::refused_address);
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(HttpClient, ReportsARefusedConnection) {
  asio::io_context io;
  tcp::acceptor bound(io, {asio::ip::address_v4::loopback(), 0});
  auto port = bound.local_endpoint().port();
  bound.close();
  auto answer = get(local(), fmt::format("http://127.0.0.1:{}/", port));
  EXPECT_EQ(code_of(answer), http_errc::connect_failed);
  EXPECT_FALSE(answer.error().ambiguous);
}

TEST_F(HttpClient, RefusesRequestsThatCannotBeSent) {
  auto& c = local();
  for (const char* url : {"", "ftp://a/", "http://", "http://user:pw@a/", "/only/a/path",
                          "http://a b/", "http://a:99999/"})
    EXPECT_EQ(code_of(get(c, url)), http_errc::invalid_request) << url;
  auto request = post("http://127.0.0.1:9/");
  request.headers = {{"X", "a\r\nEvil: b"}};
  EXPECT_EQ(code_of(fetch(c, request)), http_errc::invalid_request);
  request.headers = {{"Host", "other"}};
  EXPECT_EQ(code_of(fetch(c, request)), http_errc::invalid_request);
  request.headers = {};
  request.method = "GET /x HTTP/1.1\r\nA:";
  EXPECT_EQ(code_of(fetch(c, request)), http_errc::invalid_request);
}

TEST_F(HttpClient, AnswersWhatIsInFlightWhenItIsStopped) {
  std::promise<void> arrived;
  scripted_server server({[&](tcp::socket& s) {
    read_request(s);
    arrived.set_value();
    until_closed(s);
  }});
  auto& c = local();
  std::promise<http_client::outcome> answered;
  http_request request;
  request.url = server.url();
  c.fetch(request, [&](http_client::outcome o) { answered.set_value(std::move(o)); });
  arrived.get_future().wait();
  c.stop();
  auto answer = answered.get_future().get();
  EXPECT_EQ(code_of(answer), http_errc::stopped);
  EXPECT_TRUE(answer.error().ambiguous);
  EXPECT_EQ(code_of(get(c, server.url())), http_errc::stopped);
}

TEST_F(HttpClient, RefusesMoreRequestsThanMayBeInFlight) {
  std::promise<void> arrived;
  scripted_server server({[&](tcp::socket& s) {
    read_request(s);
    arrived.set_value();
    until_closed(s);
  }});
  auto& c = local(with(&http_client_options::max_in_flight, 1));
  std::promise<http_client::outcome> first;
  http_request request;
  request.url = server.url();
  c.fetch(request, [&](http_client::outcome o) { first.set_value(std::move(o)); });
  arrived.get_future().wait();
  auto second = get(c, server.url());
  EXPECT_EQ(code_of(second), http_errc::overloaded);
  EXPECT_FALSE(second.error().ambiguous);
  c.stop();
  first.get_future().wait();
}

TEST_F(HttpClient, AnswersEvenWhenTheIoContextDiesFirst) {
  int answers = 0;
  http_errc code{};
  {
    asio::io_context never_run;
    http_client c(never_run, {});
    c.fetch({}, [&](http_client::outcome o) {
      ++answers;
      code = code_of(o);
    });
  }
  EXPECT_EQ(answers, 1);
  EXPECT_EQ(code, http_errc::stopped);
}

TEST(RetryAfter, ReadsSecondsAndDatesAndRefusesTheRest) {
  using namespace std::chrono;
  sys_seconds now = sys_days{1994y / November / 6} + 8h + 49min;
  EXPECT_EQ(parse_retry_after("120", now), 120s);
  EXPECT_EQ(parse_retry_after(" 0 ", now), 0s);
  EXPECT_EQ(parse_retry_after("99999999999999", now), 24h);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), 37s);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), 0s);
  for (const char* bad :
       {"", "-1", "soon", "1.5", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT"})
    EXPECT_EQ(parse_retry_after(bad, now), std::nullopt) << bad;
}

TEST(AddressPolicy, SortsAddressesByWhereTheyLead) {
  auto kind = [](const char* text) { return classify(asio::ip::make_address(text)); };
  for (const char* text : {"8.8.8.8", "172.32.0.1", "100.128.0.1", "2a00:1450::1",
                           "64:ff9b::808:808", "::ffff:8.8.8.8"})
    EXPECT_EQ(kind(text), address_class::global) << text;
  for (const char* text : {"127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
                           "169.254.169.254", "100.64.0.1", "::1", "fe80::1", "fd00:ec2::254",
                           "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::"})
    EXPECT_EQ(kind(text), address_class::private_) << text;
  for (const char* text : {"0.0.0.0", "255.255.255.255", "224.0.0.1", "192.0.2.1", "240.0.0.1",
                           "::", "ff02::1", "2001:db8::1", "2001::1", "::8.8.8.8"})
    EXPECT_EQ(kind(text), address_class::never) << text;
}

}  // namespace
}  // namespace fibrehub::protocols::transport
