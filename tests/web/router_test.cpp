#include "web/router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/json/parse.hpp"
#include "web/openapi.hpp"
#include "web/percent.hpp"

namespace fibrehub::web {
namespace {

namespace json = protocols::json;
using outcome = route_match::outcome;
using ::testing::HasSubstr;

route make(method verb, std::string path, std::string id) {
  route r;
  r.verb = verb;
  r.path = std::move(path);
  r.operation_id = std::move(id);
  r.handle = [](request_context&) -> boost::asio::awaitable<response> { co_return response{}; };
  return r;
}

routing_table table() {
  std::vector<route> routes;
  routes.push_back(make(method::get, "/api/v1/tickets", "list"));
  routes.push_back(make(method::post, "/api/v1/tickets", "create"));
  routes.push_back(make(method::get, "/api/v1/tickets/{uid}", "one"));
  routes.push_back(make(method::get, "/api/v1/tickets/stats", "stats"));
  routes.push_back(make(method::post, "/api/v1/tickets/{uid}/notes", "note"));
  routes.push_back(make(method::delete_, "/api/v1/tickets/{ticket}/notes/{note}", "unnote"));
  routes.back().aliases = {"/api/tickets/{ticket}/notes/{note}"};
  routes.push_back(make(method::get, "/", "root"));
  return *routing_table::make(std::move(routes));
}

std::string found(const routing_table& t, method verb, std::string_view path) {
  const auto m = t.match(verb, path);
  return m.what == outcome::found ? t.routes()[m.index].operation_id : "";
}

TEST(Router, PrefersWordsToParametersAndGoesBackWhenTheyLeadNowhere) {
  const auto t = table();
  EXPECT_EQ(found(t, method::get, "/api/v1/tickets"), "list");
  EXPECT_EQ(found(t, method::post, "/api/v1/tickets"), "create");
  EXPECT_EQ(found(t, method::get, "/api/v1/tickets/FT1"), "one");
  EXPECT_EQ(found(t, method::get, "/api/v1/tickets/stats"), "stats");
  EXPECT_EQ(found(t, method::post, "/api/v1/tickets/stats/notes"), "note");
  EXPECT_EQ(found(t, method::get, "/"), "root");
  EXPECT_EQ(found(t, method::head, "/api/v1/tickets/FT1"), "one");
}

TEST(Router, NamesParametersAsTheirRouteDoes) {
  const auto t = table();
  const auto m = t.match(method::delete_, "/api/tickets/FT%201/notes/7");
  ASSERT_EQ(m.what, outcome::found);
  EXPECT_THAT(m.values,
              ::testing::ElementsAre(std::pair{std::string{"ticket"}, std::string{"FT 1"}},
                                     std::pair{std::string{"note"}, std::string{"7"}}));
}

TEST(Router, KeepsAnEncodedSlashInsideItsSegment) {
  const auto t = table();
  const auto m = t.match(method::get, "/api/v1/tickets/a%2Fnotes");
  ASSERT_EQ(m.what, outcome::found);
  EXPECT_EQ(m.values.front().second, "a/notes");
  EXPECT_EQ(t.match(method::get, "/api%2Fv1/tickets").what, outcome::unknown_path);
}

TEST(Router, AnswersMethodNotAllowedNamingTheAllowedMethods) {
  const auto t = table();
  const auto m = t.match(method::put, "/api/v1/tickets");
  EXPECT_EQ(m.what, outcome::wrong_method);
  EXPECT_EQ(m.allow, "GET, HEAD, POST");
  EXPECT_EQ(t.match(method::get, "/api/v1/tickets/x/notes/1").allow, "DELETE");
}

TEST(Router, DoesNotGuessWhatAPathMayHaveMeant) {
  const auto t = table();
  for (const char* path :
       {"/api/v1/tickets/", "/api/v1//tickets", "//", "/api/v1/Tickets", "/api/v1/tickets//notes",
        "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/"
        "w/x/y/z/1/2/3"})
    EXPECT_EQ(t.match(method::get, path).what, outcome::unknown_path) << path;
  for (const char* path : {"", "*", "api", "/api/../api", "/%2E%2e/x", "/a%0", "/a%0a", "/%C0%AF"})
    EXPECT_EQ(t.match(method::get, path).what, outcome::malformed) << path;
}

TEST(Router, RefusesTablesThatContradictThemselves) {
  const auto why = [](std::vector<route> routes) {
    const auto t = routing_table::make(std::move(routes));
    return t ? std::string{} : t.error();
  };
  const auto get = [](std::string path, std::string id) {
    return make(method::get, std::move(path), std::move(id));
  };
  EXPECT_THAT(why({get("/a", "a"), get("/a", "b")}), HasSubstr("both answer GET /a"));
  EXPECT_THAT(why({get("/a/{x}", "a"), get("/a/{y}", "b")}), HasSubstr("both answer"));
  EXPECT_THAT(why({get("/a", "a"), get("/b", "a")}), HasSubstr("two routes are called a"));
  EXPECT_THAT(why({get("a", "a")}), HasSubstr("must begin with /"));
  EXPECT_THAT(why({get("/a", "")}), HasSubstr("no operation id"));
  route silent = get("/a", "a");
  silent.handle = nullptr;
  EXPECT_THAT(why({silent}), HasSubstr("needs one handler"));
  route stray = get("/a", "a");
  parameter p;
  p.name = "uid";
  p.in = place::path;
  stray.parameters = {p};
  EXPECT_THAT(why({stray}), HasSubstr("has no {uid}"));
  route alias = get("/a/{x}", "a");
  alias.aliases = {"/b"};
  EXPECT_THAT(why({alias}), HasSubstr("alias /b has other parameters"));
}

TEST(Percent, DecodesOnceOrRefuses) {
  EXPECT_EQ(percent_decode("a%20b%C3%A9"), "a bé");
  EXPECT_EQ(percent_decode("%2525"), "%25");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode("a+b", true), "a b");
  for (const char* bad :
       {"%", "%4", "%g0", "%00", "%7f", "%80", "%c0%80", "%ed%a0%80", "%f4%90%80%80", "%e2%82"})
    EXPECT_EQ(percent_decode(bad), std::nullopt) << bad;
}

TEST(Percent, SplitsQueriesKeepingOrderAndRepetition) {
  const auto q = parse_query("a=1&b=&a=2&&c&d=x%3Dy%26z");
  ASSERT_TRUE(q);
  using pair = std::pair<std::string, std::string>;
  EXPECT_THAT(*q, ::testing::ElementsAre(pair{"a", "1"}, pair{"b", ""}, pair{"a", "2"},
                                         pair{"c", ""}, pair{"d", "x=y&z"}));
  EXPECT_FALSE(parse_query("a=1&b=2&c=3", 2));
}

parameter described(std::string name, value_type type) {
  parameter p;
  p.name = std::move(name);
  p.type = type;
  return p;
}

TEST(Parameter, SaysWhatIsAllowed) {
  parameter limit = described("limit", value_type::integer);
  EXPECT_EQ(value_problem(limit, "x"), "must be a whole number");
  limit.min = 1;
  limit.max = 100;
  EXPECT_EQ(value_problem(limit, "100"), std::nullopt);
  for (const char* bad : {"0", "101", "", "1.5", " 1", "1x", "99999999999999999999"})
    EXPECT_EQ(value_problem(limit, bad), "must be 1 to 100") << bad;
  EXPECT_EQ(value_problem(described("b", value_type::boolean), "yes"), "must be true or false");
  EXPECT_EQ(value_problem(described("n", value_type::number), "nan"), "must be a number");
  const auto when = described("since", value_type::date_time);
  EXPECT_EQ(value_problem(when, "2026-01-31T08:00:00Z"), std::nullopt);
  EXPECT_EQ(value_problem(when, "yesterday"), "must be a time such as 2026-01-31T08:00:00Z");
  parameter status = described("status", value_type::string);
  status.allowed = {"new", "closed"};
  EXPECT_EQ(value_problem(status, "open"), "must be one of new, closed");
  parameter text = described("q", value_type::string);
  text.max = 3;
  EXPECT_EQ(value_problem(text, "long"), "must be at most 3 characters long");
}

TEST(Parameter, FindsUnknownMissingRepeatedAndWrongOnes) {
  parameter status = described("status", value_type::string);
  status.allowed = {"new", "closed"};
  status.list = true;
  parameter limit = described("limit", value_type::integer);
  parameter since = described("since", value_type::date_time);
  since.required = true;
  const std::vector<parameter> all{status, limit, since};
  request_context ctx;
  ctx.query_values = {{"status", "new,closed"},
                      {"status", "new"},
                      {"limit", "1"},
                      {"since", "2026-01-31T08:00:00Z"}};
  EXPECT_TRUE(parameter_problems(all, ctx).empty());
  EXPECT_THAT(ctx.query_list("status"), ::testing::ElementsAre("new", "closed", "new"));
  ctx.query_values = {{"status", "new,open"}, {"limit", "1"}, {"limit", "2"}, {"x", ""}};
  std::string seen;
  for (const auto& p : parameter_problems(all, ctx))
    seen += p.field + ": " + p.reason + "\n";
  EXPECT_EQ(seen,
            "status: must be one of new, closed\n"
            "limit: is given more than once\n"
            "x: is not known here; known are status, limit, since\n"
            "since: is required\n");
}

TEST(OpenApi, DescribesEveryRouteOfTheTable) {
  std::vector<route> routes;
  routes.push_back(make(method::get, "/api/v1/tickets", "list_tickets"));
  routes.back().auth = bearer("read");
  routes.back().tag = "tickets";
  parameter status = described("status", value_type::string);
  status.allowed = {"new", "closed"};
  status.list = true;
  parameter limit = described("limit", value_type::integer);
  limit.min = 1;
  limit.max = 100;
  limit.fallback = "50";
  routes.back().parameters = {status, limit};
  routes.back().answers = {{200, "A page", "TicketPage"}};
  routes.push_back(make(method::post, "/api/v1/tickets/{uid}/notes", "add_note"));
  routes.back().aliases = {"/api/tickets/{uid}/notes"};
  routes.back().body.emplace().schema = R"({"type":"object"})";
  routes.push_back(openapi_route([] { return std::string{"{}"}; }));
  const auto t = *routing_table::make(std::move(routes));
  api_info info;
  info.version = "1.2";
  info.description = "All of it";
  info.tags = {{"tickets", "What people work on"}};
  const auto text = openapi_document(t, info, {{"TicketPage", R"({"type":"array"})"}});
  const auto doc = json::parse(text);
  ASSERT_TRUE(doc) << doc.error().message << "\n" << text;
  EXPECT_EQ(json::text(*doc, "openapi"), "3.1.0");
  const auto* paths = json::find(*doc, "paths");
  ASSERT_NE(paths, nullptr);
  std::set<std::string> ids;
  for (const auto& r : t.routes()) {
    std::string verb{name_of(r.verb)};
    for (char& c : verb)
      c = static_cast<char>(c + 32);
    const auto* operation = json::at(*paths, r.path, std::string_view{verb});
    ASSERT_NE(operation, nullptr) << r.path;
    EXPECT_EQ(json::text(*operation, "operationId"), r.operation_id);
    EXPECT_NE(json::at(*operation, "responses", "500"), nullptr);
    for (const auto& alias : r.aliases)
      EXPECT_NE(json::find(*paths, alias), nullptr);
  }
  for (const auto& path : paths->GetObject())
    for (const auto& operation : path.value.GetObject())
      EXPECT_TRUE(ids.insert(operation.value["operationId"].GetString()).second);
  EXPECT_EQ(ids.size(), 4u);
  const auto* list = json::at(*paths, "/api/v1/tickets", "get");
  EXPECT_NE(json::at(*list, "responses", "401"), nullptr);
  EXPECT_THAT(text, HasSubstr(R"("security":[{"token":["read"]}])"));
  EXPECT_THAT(text, HasSubstr(R"("minimum":1,"maximum":100,"default":50)"));
  EXPECT_THAT(text, HasSubstr(R"("data":{"$ref":"#/components/schemas/TicketPage"})"));
  const auto* note = json::at(*paths, "/api/v1/tickets/{uid}/notes", "post");
  EXPECT_THAT(json::to_text(*note), HasSubstr(R"("name":"uid","in":"path","required":true)"));
}

}  // namespace
}  // namespace fibrehub::web
