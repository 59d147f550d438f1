#include "channels/qcontact/wire.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibrehub::channels::qcontact {
namespace {

using namespace std::chrono_literals;

http_response answer(unsigned status, protocols::transport::http_headers headers = {},
                     std::string body = "{}") {
  http_response r;
  r.status = status;
  r.headers = std::move(headers);
  r.body = std::move(body);
  return r;
}

TEST(QcontactWire, TellsTheEndOfASessionFromOtherTrouble) {
  EXPECT_EQ(judge(answer(200)), verdict::fine);
  EXPECT_EQ(judge(answer(204, {}, "")), verdict::fine);
  EXPECT_EQ(judge(answer(401)), verdict::unauthorised);
  EXPECT_EQ(judge(answer(302, {{"location", "/login"}})), verdict::unauthorised);
  EXPECT_EQ(judge(answer(200, {{"content-type", "Text/HTML; charset=utf-8"}})),
            verdict::unauthorised);
  EXPECT_EQ(judge(answer(200, {}, "\n <!doctype html>")), verdict::unauthorised);
  EXPECT_EQ(judge(answer(404)), verdict::missing);
  EXPECT_EQ(judge(answer(403)), verdict::complaint);
  EXPECT_EQ(judge(answer(429)), verdict::complaint);
  EXPECT_EQ(judge(answer(500, {{"content-type", "text/html"}})), verdict::complaint);
}

TEST(QcontactWire, KeepsTheNewestCookiesAndForgetsRemovedOnes) {
  cookie_jar jar;
  jar.take(answer(200, {{"set-cookie", "sid=a b; Path=/; HttpOnly"},
                        {"set-cookie", "lang=en"},
                        {"set-cookie", "nonsense"}}));
  EXPECT_EQ(jar.header(), "lang=en; sid=a b");
  jar.take(answer(200, {{"set-cookie", "sid=c"}, {"set-cookie", "lang=x; Max-Age=0"}}));
  EXPECT_EQ(jar.header(), "sid=c");
}

TEST(QcontactWire, BoundsWhatAPeerCanMakeItKeep) {
  cookie_jar jar;
  for (int i = 0; i < 1000; ++i)
    jar.take(answer(200, {{"set-cookie", fmt::format("c{}=1", i)}}));
  jar.take(answer(200, {{"set-cookie", "big=" + std::string(10'000, 'x')}}));
  EXPECT_LT(jar.header().size(), 1000u);
}

TEST(QcontactWire, AsksForChangesWhateverTheirStatus) {
  wire w("https://desk.example/api/v2/", 20s);
  cookie_jar jar;
  jar.take(answer(200, {{"set-cookie", "sid=1"}}));
  page_query query{.everything = false,
                   .since = *domain::parse_rfc3339("2026-01-05T08:00:00.9Z"),
                   .limit = 50,
                   .offset = 45};
  auto r = w.page(query, "Maintenance", {"Open"}, jar);
  EXPECT_EQ(r.method, "POST");
  EXPECT_EQ(r.url, "https://desk.example/api/v2/entities/Case/filter");
  EXPECT_EQ(r.body, R"({"filters":[{"field":"queue","operator":"=","value":"Maintenance"},)"
                    R"({"field":"updated_at","operator":">=","value":"2026-01-05T08:00:00Z"}],)"
                    R"("sort":{"field":"updated_at","order":"asc"},"limit":50,"offset":45})");
  EXPECT_THAT(r.headers, testing::Contains(testing::Pair("Cookie", "sid=1")));
  EXPECT_TRUE(r.repeatable);
  EXPECT_EQ(r.timeout, 20s);
}

TEST(QcontactWire, ReconcilesTheConfiguredStatusesInAnOrderThatEditsDoNotChange) {
  wire w("https://desk.example/api/v2", 20s);
  auto r = w.page({.everything = true, .since = {}, .limit = 10, .offset = 0}, "Q \"1\"",
                  {"Open", "Pending"}, {});
  EXPECT_EQ(r.body, R"({"filters":[{"field":"queue","operator":"=","value":"Q \"1\""},)"
                    R"({"field":"status","operator":"in","value":["Open","Pending"]}],)"
                    R"("sort":{"field":"created_at","order":"asc"},"limit":10,"offset":0})");
}

TEST(QcontactWire, SignsInWithNameAndPassword) {
  auto r = wire("https://desk.example/api/v2", 20s).login("me", "p\"w");
  EXPECT_EQ(r.url, "https://desk.example/api/v2/user/login");
  EXPECT_EQ(r.body, R"({"username":"me","password":"p\"w"})");
  EXPECT_EQ(wire("https://desk.example/api/v2", 20s).one("77", {}).url,
            "https://desk.example/api/v2/entities/Case/77");
}

}  // namespace
}  // namespace fibrehub::channels::qcontact
