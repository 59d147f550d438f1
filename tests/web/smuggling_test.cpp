// Requests that two HTTP implementations could read differently: each is refused, and the
// connection is closed, so that nothing hidden behind it is ever served.
#include "tests/web/live_server.hpp"

namespace fibrehub::web {
namespace {

using namespace testing;

struct smuggling_case {
  const char* name;
  std::string request;
  unsigned status = 400;
};

std::ostream& operator<<(std::ostream& out, const smuggling_case& c) {
  return out << c.name;
}

class Smuggling : public ::testing::TestWithParam<smuggling_case> {};

TEST_P(Smuggling, IsRefusedAndTheConnectionCloses) {
  std::vector<route> routes;
  routes.push_back(get_route("/hello", "hello", echo()));
  routes.push_back(post_route("/echo", "echo"));
  live_server s{std::move(routes)};
  raw_client c{s.port()};
  // What follows would be the smuggled request.
  c.send(GetParam().request + get("/hello"));
  const auto a = c.read_answer();
  EXPECT_EQ(a.status, GetParam().status) << a.body;
  EXPECT_EQ(a.header("Connection"), "close");
  EXPECT_FALSE(a.error_code().empty());
  EXPECT_TRUE(c.closed()) << c.received();
}

std::string head(const std::string& lines) {
  return "POST /echo HTTP/1.1\r\n" + lines + "\r\n";
}

INSTANTIATE_TEST_SUITE_P(
    Requests, Smuggling,
    ::testing::Values(
        smuggling_case{
            "BothLengthAndCoding",
            head("Host: t\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
        smuggling_case{
            "BothCodingAndLength",
            head("Host: t\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n") + "0\r\n\r\n"},
        smuggling_case{"TwoLengths", head("Host: t\r\nContent-Length: 5\r\nContent-Length: 6\r\n")},
        smuggling_case{"TwoEqualLengths",
                       head("Host: t\r\nContent-Length: 5\r\nContent-Length: 5\r\n") + "hello"},
        smuggling_case{"ListOfLengths", head("Host: t\r\nContent-Length: 5, 5\r\n") + "hello"},
        smuggling_case{"SignedLength", head("Host: t\r\nContent-Length: +5\r\n") + "hello"},
        smuggling_case{"NegativeLength", head("Host: t\r\nContent-Length: -1\r\n")},
        smuggling_case{"HexLength", head("Host: t\r\nContent-Length: 0x5\r\n") + "hello"},
        smuggling_case{"HugeLength",
                       head("Host: t\r\nContent-Length: 99999999999999999999999\r\n")},
        smuggling_case{"EmptyLength", head("Host: t\r\nContent-Length: \r\n")},
        smuggling_case{"TwoHosts", head("Host: t\r\nHost: u\r\n")},
        smuggling_case{"NoHost", head("X: 1\r\n")},
        smuggling_case{"FoldedHeader", head("Host: t\r\nX: 1\r\n Content-Length: 5\r\n")},
        smuggling_case{"FoldedWithTab", head("Host: t\r\nX: 1\r\n\tmore\r\n")},
        smuggling_case{"FirstLineFolded", "POST /echo HTTP/1.1\r\n Host: t\r\n\r\n"},
        smuggling_case{"BareLineFeed", "POST /echo HTTP/1.1\nHost: t\n\n"},
        smuggling_case{"BareLineFeedInTheMiddle", head("Host: t\nX: 1\r\n")},
        smuggling_case{"BareCarriageReturn", head("Host: t\r\nX: a\rContent-Length: 5\r\n")},
        smuggling_case{"SpaceBeforeTheColon", head("Host: t\r\nContent-Length : 5\r\n") + "hello"},
        smuggling_case{"EmptyHeaderName", head("Host: t\r\n: 5\r\n")},
        smuggling_case{"NulInAValue", head(std::string("Host: t\r\nX: a\0b\r\n", 17))},
        smuggling_case{"UnknownCoding", head("Host: t\r\nTransfer-Encoding: gzip\r\n")},
        smuggling_case{"CodingBehindAnother",
                       head("Host: t\r\nTransfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n"},
        smuggling_case{"ChunkedTwice",
                       head("Host: t\r\nTransfer-Encoding: chunked, chunked\r\n") + "0\r\n\r\n"},
        smuggling_case{"TwoCodings",
                       head("Host: t\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n")},
        smuggling_case{"DisguisedCoding",
                       head("Host: t\r\nTransfer-Encoding: xchunked\r\n") + "0\r\n\r\n"},
        smuggling_case{"CodingWithVerticalTab", head("Host: t\r\nTransfer-Encoding: \x0b"
                                                     "chunked\r\n") +
                                                    "0\r\n\r\n"},
        smuggling_case{"CodingInHttp10",
                       "POST /echo HTTP/1.0\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
                       "0\r\n\r\n"},
        smuggling_case{"ChunkSizeNotHex",
                       head("Host: t\r\nTransfer-Encoding: chunked\r\n") + "zz\r\n"},
        smuggling_case{"ChunkSizeSigned", head("Host: t\r\nTransfer-Encoding: chunked\r\n") +
                                              "+5\r\nhello\r\n0\r\n\r\n"},
        smuggling_case{"ChunkSizePrefixed", head("Host: t\r\nTransfer-Encoding: chunked\r\n") +
                                                "0x5\r\nhello\r\n0\r\n\r\n"},
        smuggling_case{"ChunkSizeOverflow", head("Host: t\r\nTransfer-Encoding: chunked\r\n") +
                                                "fffffffffffffffff\r\nhello\r\n0\r\n\r\n"},
        smuggling_case{"ChunkLongerThanItsSize", head("Host: t\r\nTransfer-Encoding: chunked\r\n") +
                                                     "3\r\nhello\r\n0\r\n\r\n"},
        smuggling_case{"ChunkWithBareLineFeed",
                       head("Host: t\r\nTransfer-Encoding: chunked\r\n") + "5\nhello\r\n0\r\n\r\n"},
        smuggling_case{"LengthInTrailers", head("Host: t\r\nTransfer-Encoding: chunked\r\n") +
                                               "0\r\nContent-Length: 5\r\n\r\n"},
        smuggling_case{"SpacesInTheRequestLine", "POST  /echo HTTP/1.1\r\nHost: t\r\n\r\n"},
        smuggling_case{"NoVersion", "GET /hello\r\nHost: t\r\n\r\n"},
        smuggling_case{"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        smuggling_case{"Http12", "GET /hello HTTP/1.2\r\nHost: t\r\n\r\n", 505},
        smuggling_case{"LowerCaseVersion", "GET /hello http/1.1\r\nHost: t\r\n\r\n", 505},
        smuggling_case{"TlsOnThePlainPort", std::string("\x16\x03\x01\x02\x00\x01", 6)},
        smuggling_case{"ManyEmptyLines", "\r\n\r\n\r\n"}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(SmugglingTolerance, OneEmptyLineBeforeARequestIsForgiven) {
  std::vector<route> routes;
  routes.push_back(get_route("/hello", "hello", echo()));
  live_server s{std::move(routes)};
  raw_client c{s.port()};
  c.send("\r\n" + get("/hello") + "\r\n" + get("/hello"));
  EXPECT_EQ(c.read_answer().status, 200u);
  EXPECT_EQ(c.read_answer().status, 200u);
}

TEST(SmugglingTolerance, EndlessChunkExtensionsAreCut) {
  std::vector<route> routes;
  routes.push_back(post_route("/echo", "echo"));
  live_server s{std::move(routes)};
  raw_client c{s.port()};
  c.send("POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n5;" +
         std::string(40'000, 'x'));
  EXPECT_EQ(c.read_answer().status, 400u);
  EXPECT_TRUE(c.closed());
}

}  // namespace
}  // namespace fibrehub::web
