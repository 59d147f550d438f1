#include "web/docs_page.hpp"

#include <gmock/gmock.h>

#include <regex>

#include "tests/web/live_server.hpp"
#include "web/docs_asset.hpp"

namespace fibrehub::web {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// Addresses of everything the page loads or links to.
std::vector<std::string> addresses_in(const std::string& html) {
  static const std::regex attribute{R"re((?:src|href)="([^"]*)")re"};
  std::vector<std::string> out;
  for (std::sregex_iterator i{html.begin(), html.end(), attribute}, end; i != end; ++i)
    out.push_back((*i)[1]);
  return out;
}

answer fetch(live_server& s, const std::string& target, const std::string& more = {}) {
  raw_client c{s.port()};
  c.send(get(target, more));
  return c.read_answer();
}

const docs_asset& largest() {
  const auto all = docs_assets();
  return *std::max_element(all.begin(), all.end(),
                           [](auto& a, auto& b) { return a.plain.size() < b.plain.size(); });
}

/// The pieces of a chunked answer put together.
std::string unchunked(std::string_view in) {
  std::string out;
  while (true) {
    std::size_t size = 0;
    const auto [end, ec] = std::from_chars(in.data(), in.data() + in.size(), size, 16);
    if (ec != std::errc{} || size == 0) return out;
    in.remove_prefix(static_cast<std::size_t>(end - in.data()) + 2);
    out += in.substr(0, size);
    in.remove_prefix(size + 2);
  }
}

TEST(DocsPage, LoadsNothingFromAnotherHost) {
  live_server s{docs_routes()};
  const answer page = fetch(s, "/docs");
  ASSERT_EQ(page.status, 200u);
  EXPECT_EQ(page.header("Content-Type"), "text/html; charset=utf-8");
  const auto addresses = addresses_in(page.body);
  EXPECT_GE(addresses.size(), 4u);
  for (const std::string& a : addresses) {
    if (a == "data:," || a == "/api/openapi.json") continue;
    ASSERT_THAT(a, StartsWith("/docs/"));
    raw_client c{s.port()};
    c.send(get(a));
    ASSERT_TRUE(c.read_until("\r\n\r\n")) << a;
    EXPECT_THAT(c.received(), StartsWith("HTTP/1.1 200 ")) << a;
  }
}

TEST(DocsPage, AllowsItselfScriptsStylesAndRequestsOfThisHubOnly) {
  live_server s{docs_routes()};
  const answer page = fetch(s, "/docs");
  EXPECT_THAT(
      page.header("Content-Security-Policy"),
      AllOf(HasSubstr("default-src 'none'"), HasSubstr("script-src 'self';"),
            HasSubstr("style-src 'self';"), HasSubstr("connect-src 'self';"),
            HasSubstr("frame-ancestors 'none'"), Not(HasSubstr("unsafe")), Not(HasSubstr("http"))));
  EXPECT_THAT(page.body, Not(HasSubstr("<script>")));
  EXPECT_THAT(page.body, Not(HasSubstr("style=")));
}

TEST(DocsPage, LetsBrowsersKeepTheFilesForEverAndAskForThePage) {
  live_server s{docs_routes()};
  EXPECT_EQ(fetch(s, "/docs").header("Cache-Control"), "no-cache");
  for (const docs_asset& a : docs_assets()) {
    if (a.name.empty() || a.plain.size() > 60'000) continue;
    const answer file = fetch(s, fmt::format("/docs/{}", a.name));
    EXPECT_EQ(file.header("Cache-Control"), "public, max-age=31536000, immutable") << a.name;
    EXPECT_EQ(file.header("Content-Type"), a.content_type);
    EXPECT_EQ(file.body, a.plain);
  }
}

TEST(DocsPage, AnswersUnchangedToWhoeverHasItAlready) {
  live_server s{docs_routes()};
  const answer first = fetch(s, "/docs");
  const answer again =
      fetch(s, "/docs", fmt::format("If-None-Match: {}\r\n", first.header("ETag")));
  EXPECT_EQ(again.status, 304u);
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(again.header("Content-Security-Policy"), first.header("Content-Security-Policy"));
  EXPECT_EQ(fetch(s, "/docs", "If-None-Match: \"other\"\r\n").status, 200u);
}

TEST(DocsPage, SendsPackedFilesToThoseWhoTakeThemAndPlainOnesToOthers) {
  live_server s{docs_routes()};
  const docs_asset& big = largest();
  if (big.plain.size() < 1'000'000u)
    GTEST_SKIP() << "built without Swagger UI: no file is large enough to go out in pieces";
  for (const bool packed : {false, true}) {
    raw_client c{s.port()};
    c.send(get(fmt::format("/docs/{}", big.name),
               packed ? "Accept-Encoding: br, gzip;q=0.8\r\n" : ""));
    ASSERT_TRUE(c.read_until("\r\n0\r\n\r\n"));
    const std::string all = c.received();
    const auto body = all.find("\r\n\r\n") + 4;
    EXPECT_EQ(all.substr(0, body).find("Content-Encoding: gzip\r\n") != std::string::npos, packed);
    EXPECT_THAT(all.substr(0, body), HasSubstr("Vary: Accept-Encoding\r\n"));
    EXPECT_TRUE(unchunked(std::string_view{all}.substr(body)) ==
                (packed ? big.gzipped : big.plain));
  }
}

TEST(DocsPage, HasNoOtherFiles) {
  live_server s{docs_routes()};
  for (const char* name : {"/docs/index.html", "/docs/start.js", "/docs/..%2Fetc%2Fpasswd"})
    EXPECT_EQ(fetch(s, name).status, 404u) << name;
}

TEST(DocsPage, ReadsAcceptEncodingWithItsWeights) {
  for (const char* yes : {"gzip", "br, GZIP", "gzip;q=0.5", "deflate , gzip ; q=1", "*", "x-gzip"})
    EXPECT_TRUE(accepts_gzip(yes)) << yes;
  for (const char* no : {"", "br", "gzip;q=0", "gzip; q=0.00", "identity", "*;q=0", "*, gzip;q=0"})
    EXPECT_FALSE(accepts_gzip(no)) << no;
}

TEST(DocsPage, ComparesEntityTagsWeakly) {
  EXPECT_TRUE(names_tag(R"(W/"a")", R"(W/"a")"));
  EXPECT_TRUE(names_tag(R"("b", "a")", R"(W/"a")"));
  EXPECT_TRUE(names_tag("*", R"(W/"a")"));
  EXPECT_FALSE(names_tag("", R"(W/"a")"));
  EXPECT_FALSE(names_tag(R"("ab")", R"(W/"a")"));
}

}  // namespace
}  // namespace fibrehub::web
