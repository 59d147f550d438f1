#include <gmock/gmock.h>

#include "peers/test_support.hpp"

namespace fibrehub::peers {
namespace {

namespace json = protocols::json;
using ::testing::ElementsAre;
using testing::fetch;
using ::testing::HasSubstr;
using testing::http_result;
using testing::quiet_options;

constexpr std::int64_t t0 = 1'766'044'800;  // 2025-12-18T08:00:00Z

class case_filter : public ::testing::Test {
 protected:
  case_filter() {
    add("Open", "High", 0);
    add("In Progress", "Low", 60);
    add("Closed", "Urgent", 60);
    add("Open", "Medium", 120);
  }
  void add(const std::string& status, const std::string& priority, std::int64_t offset_s) {
    store.create({{"status", status}, {"priority", priority}, {"queue", "Maintenance - Velocity"}},
                 t0 + offset_s);
  }
  /// Positions (0 is the first created) of the cases found, in order.
  std::vector<std::int64_t> found(const std::string& query) {
    const auto body = json::parse(query);
    EXPECT_TRUE(body) << query;
    const auto page = store.filter(*body);
    EXPECT_TRUE(page) << query;
    std::vector<std::int64_t> out;
    total = page ? page->total : 0;
    if (page) {
      for (const auto* c : page->items)
        out.push_back(c->id - store.all().begin()->first);
    }
    return out;
  }
  std::string refused(const std::string& query) {
    const auto body = json::parse(query);
    const auto page = store.filter(*body);
    return page ? "" : page.error();
  }

  case_store store;
  std::size_t total = 0;
};

constexpr auto ascending = R"("sort":{"field":"updated_at","order":"asc"})";

TEST_F(case_filter, ComparesWithEveryOperatorOfTheContract) {
  const auto query = [](std::string_view filter) {
    return fmt::format(R"({{"filters":[{}],{}}})", filter, ascending);
  };
  EXPECT_THAT(found(query(R"({"field":"status","operator":"=","value":"Open"})")),
              ElementsAre(0, 3));
  EXPECT_THAT(
      found(query(R"({"field":"status","operator":"in","value":["In Progress","Closed"]})")),
      ElementsAre(1, 2));
  EXPECT_THAT(
      found(query(R"({"field":"updated_at","operator":">=","value":"2025-12-18T08:01:00Z"})")),
      ElementsAre(1, 2, 3));
  EXPECT_THAT(
      found(query(R"({"field":"updated_at","operator":">","value":"2025-12-18T08:01:00.000Z"})")),
      ElementsAre(3));
  EXPECT_THAT(
      found(query(R"({"field":"updated_at","operator":"<=","value":"2025-12-18T10:01:00+02:00"})")),
      ElementsAre(0, 1, 2));
}

TEST_F(case_filter, CombinesFiltersSortsBothWaysAndPages) {
  EXPECT_THAT(found(R"({"filters":[{"field":"status","operator":"=","value":"Open"},)"
                    R"({"field":"priority","operator":"=","value":"High"}]})"),
              ElementsAre(0));
  EXPECT_THAT(found(R"({"sort":{"field":"created_at","order":"desc"}})"), ElementsAre(3, 1, 2, 0));
  EXPECT_THAT(found(fmt::format(R"({{{},"limit":2,"offset":1}})", ascending)), ElementsAre(1, 2));
  EXPECT_EQ(total, 4U);
  EXPECT_THAT(found(R"({"limit":2,"offset":9})"), ElementsAre());
}

TEST_F(case_filter, RefusesWhatItDoesNotUnderstand) {
  EXPECT_THAT(refused(R"({"filters":[{"field":"status","operator":"~","value":"x"}]})"),
              HasSubstr("operator"));
  EXPECT_THAT(refused(R"({"filters":[{"field":"updated_at","operator":">","value":"soon"}]})"),
              HasSubstr("ISO 8601"));
  EXPECT_THAT(refused(R"({"filters":[{"field":"status","operator":"in","value":"Open"}]})"),
              HasSubstr("list"));
}

TEST_F(case_filter, RemembersEveryChangeAndItsAuthor) {
  maintenance_case& c = *store.find(store.all().begin()->first);
  const auto patch = json::parse(R"({"status":"Resolved","comment":"Spliced","zone":"B4","id":1})");
  ASSERT_TRUE(store.patch(c, *patch, "Velocity", t0 + 500));
  EXPECT_EQ(c.text("status"), "Resolved");
  EXPECT_EQ(c.text("zone"), "B4");
  EXPECT_EQ(c.text("updated_at"), "2025-12-18T08:08:20Z");
  ASSERT_EQ(c.comments.size(), 1U);
  EXPECT_TRUE(c.comments[0].is_public);
  ASSERT_EQ(c.changes.size(), 2U);
  EXPECT_EQ(c.changes[0].old_value, "Open");
  const auto wrong = json::parse(R"({"status":"Exploded"})");
  EXPECT_FALSE(store.patch(c, *wrong, "Velocity", t0 + 501));
  EXPECT_EQ(c.text("status"), "Resolved");
}

class qcontact : public ::testing::Test {
 protected:
  explicit qcontact() : world(options()) { ports = world.start(); }
  static peers_options options() {
    auto o = quiet_options();
    o.qcontact_cases = 30;
    return o;
  }
  http_result login(const std::string& password = "simulated-password") {
    return fetch(ports.qcontact, "POST", "/api/v2/user/login",
                 fmt::format(R"({{"username":"{}","password":"{}"}})",
                             peers_options{}.qcontact_user, password));
  }
  http_result get(const std::string& path, const std::string& cookie) {
    return fetch(ports.qcontact, "GET", "/api/v2" + path, "", {{"Cookie", cookie}});
  }
  void fault(const std::string& body) {
    EXPECT_EQ(fetch(ports.control, "POST", "/faults", body).status, 200U) << body;
  }

  peers world;
  peer_ports ports;
};

TEST_F(qcontact, LetsInOnlyWithTheRightPasswordAndTheCookie) {
  EXPECT_EQ(login("wrong").status, 401U);
  EXPECT_EQ(get("/me", "").status, 401U);
  const auto in = login();
  EXPECT_EQ(in.status, 200U);
  EXPECT_EQ(get("/me", in.cookie).status, 200U);
  EXPECT_THAT(get("/entity_types/Case", in.cookie).body, HasSubstr("In Progress"));
  EXPECT_THAT(get("/entities/Case?limit=1", in.cookie).body, HasSubstr(R"("total":30})"));
}

TEST_F(qcontact, ShowsAnExpiredSessionInThreeWays) {
  const auto again = [&] {
    const auto cookie = login().cookie;
    fault(R"({"qcontact_expire_sessions":true})");
    return get("/me", cookie);
  };
  EXPECT_EQ(again().status, 401U);
  fault(R"({"qcontact_login_page":true})");
  const auto page = again();
  EXPECT_EQ(page.status, 200U);
  EXPECT_THAT(page.content_type, HasSubstr("text/html"));
  fault(R"({"qcontact_login_redirect":true})");
  const auto redirect = again();
  EXPECT_EQ(redirect.status, 302U);
  EXPECT_EQ(redirect.location, "/login");
}

TEST_F(qcontact, FailsInTheWaysItIsTold) {
  const auto cookie = login().cookie;
  fault(R"({"qcontact_error_burst":2})");
  EXPECT_EQ(get("/me", cookie).status, 500U);
  EXPECT_EQ(get("/me", cookie).status, 500U);
  EXPECT_EQ(get("/me", cookie).status, 200U);
  fault(R"({"qcontact_rate_limit_percent":100})");
  EXPECT_EQ(get("/me", cookie).status, 429U);
  fault(R"({"qcontact_rate_limit_percent":0,"qcontact_html_percent":100})");
  EXPECT_THAT(get("/me", cookie).body, HasSubstr("<html>"));
  fault(R"({"qcontact_html_percent":0,"qcontact_truncated_percent":100})");
  EXPECT_FALSE(json::parse(get("/me", cookie).body));
  fault(R"({"qcontact_truncated_percent":0,"qcontact_reset_percent":100,)"
        R"("qcontact_reset_after_bytes":40})");
  EXPECT_EQ(get("/me", cookie).status, 0U);
}

TEST_F(qcontact, ShiftsPagesWhileTheyAreRead) {
  const auto cookie = login().cookie;
  fault(R"({"qcontact_edits_per_page":3})");
  const auto page = [&] {
    return fetch(ports.qcontact, "POST", "/api/v2/entities/Case/filter",
                 R"({"sort":{"field":"updated_at","order":"asc"},"limit":30})",
                 {{"Cookie", cookie}})
        .body;
  };
  const auto first = page();
  EXPECT_NE(first, page());
}

TEST_F(qcontact, TakesChangesButCreatesNothing) {
  const auto cookie = login().cookie;
  const auto made = fetch(ports.control, "POST", "/case", R"({"subject":"No light","zone":"B"})");
  ASSERT_EQ(made.status, 200U);
  const auto id = json::integer(*json::parse(made.body), "id").value_or(0);
  const auto path = fmt::format("/api/v2/entities/Case/{}", id);
  EXPECT_EQ(
      fetch(ports.qcontact, "PATCH", path, R"({"status":"Resolved"})", {{"Cookie", cookie}}).status,
      200U);
  EXPECT_EQ(
      fetch(ports.qcontact, "PATCH", path, R"({"status":"Gone"})", {{"Cookie", cookie}}).status,
      422U);
  EXPECT_EQ(get("/entities/Case/1", cookie).status, 404U);
  EXPECT_EQ(
      fetch(ports.qcontact, "POST", "/api/v2/entities/Case", "{}", {{"Cookie", cookie}}).status,
      403U);
  const auto ledger = fetch(ports.control, "GET", "/ledger/qcontact").body;
  EXPECT_THAT(ledger, HasSubstr(R"("old":"Open","new":"Resolved","by":"api")"));
}

}  // namespace
}  // namespace fibrehub::peers
