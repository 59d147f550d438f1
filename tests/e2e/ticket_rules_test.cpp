// Rules of one's own: what section [tickets] of the configuration says is what the API does.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/json/parse.hpp"
#include "tests/e2e/http.hpp"
#include "tests/e2e/hub_process.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::e2e {
namespace {

namespace json = protocols::json;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

constexpr const char* rules = R"(
[tickets]
transitions = ["new > triaged", "triaged > closed: manager, reason", "closed > triaged: technician"]
uid_templates = ["adhoc = JOB-{YYYY}-{nnn}"]
priority_matrix = ["low", "low", "low", "critical", "low", "low", "low", "low",
                   "low", "low", "low", "low", "low", "low", "low", "high"]
custom_fields = ["fault.meter_reading: number, required", "*.site_code: text"]
)";

class TicketRules : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    db = new fixtures::temporary_database;
    hub = new hub_process({.store_url = db->url(), .more_toml = rules});
    hub->start_ready();
    token = hub->make_token("write");
  }
  static void TearDownTestSuite() {
    delete hub;
    delete db;
  }
  static http_answer post(const std::string& path, const std::string& body) {
    return fetch(hub->port(), "POST", "/api/v1" + path, body,
                 {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}});
  }
  static std::string data(const http_answer& answer, const char* key) {
    const auto body = json::parse(answer.body);
    const auto* found = body ? json::find(*body, "data") : nullptr;
    return found ? json::text_or_number(*found, key) : "";
  }
  /// A ticket of type build: it needs no meter.
  static http_answer make(const std::string& more) {
    return post("/tickets", R"({"title":"Pole","source":"adhoc","type":"build")" + more + "}");
  }

  static inline fixtures::temporary_database* db = nullptr;
  static inline hub_process* hub = nullptr;
  static inline std::string token;
};

TEST_F(TicketRules, NumbersFollowTheTemplateAndOtherSourcesStayAsTheyWere) {
  const http_answer first = make(""), second = make("");
  EXPECT_THAT(data(first, "ticket_uid"), MatchesRegex("JOB-20[0-9][0-9]-[0-9][0-9][0-9]"));
  EXPECT_NE(data(first, "ticket_uid"), data(second, "ticket_uid"));
  const http_answer other =
      post("/tickets", R"({"title":"x","source":"ff_internal","type":"build"})");
  EXPECT_EQ(data(other, "ticket_uid"), "FF-0001") << other.body;
}

TEST_F(TicketRules, TheMatrixMakesThePriority) {
  const auto priority = [](const char* urgency, const char* importance) {
    return data(make(fmt::format(R"(,"urgency":"{}","importance":"{}")", urgency, importance)),
                "priority");
  };
  EXPECT_EQ(priority("critical", "critical"), "low");
  EXPECT_EQ(priority("critical", "low"), "critical");
  EXPECT_EQ(priority("low", "low"), "high");
}

TEST_F(TicketRules, OnlyTheMovesThatAreGivenAreLegal) {
  const std::string uid = data(make(""), "ticket_uid");
  const auto move = [&](const std::string& body) {
    return post("/tickets/" + uid + "/status", body);
  };
  const http_answer no = move(R"({"status":"closed"})");
  EXPECT_EQ(no.status, 409U);
  EXPECT_THAT(no.body, HasSubstr(R"("legal_moves":["triaged"])"));
  EXPECT_EQ(move(R"({"status":"triaged"})").status, 200U);
  const http_answer without = move(R"({"status":"closed"})");
  EXPECT_GE(without.status, 400U);
  EXPECT_THAT(without.body, HasSubstr("reason"));
  EXPECT_EQ(move(R"({"status":"closed","reason":"built"})").status, 200U);
  EXPECT_EQ(move(R"({"status":"triaged"})").status, 200U) << "a reopening of one's own";
}

TEST_F(TicketRules, CustomFieldsAreCheckedByTypeKeptAndShown) {
  const auto fault = [](const std::string& fields) {
    return post("/tickets", R"({"title":"Dark","source":"adhoc","type":"fault")" +
                                (fields.empty() ? "" : R"(,"custom_fields":)" + fields) + "}");
  };
  for (const auto& [fields, why] :
       {std::pair{R"({"site_code":"S1"})", "meter_reading"},
        std::pair{R"({"meter_reading":"many"})", R"(\"meter_reading\" must be a number)"},
        std::pair{R"({"meter_reading":1,"colour":"red"})", R"(has no field \"colour\")"}}) {
    const http_answer no = fault(fields);
    EXPECT_EQ(no.status, 400U) << fields << no.body;
    EXPECT_THAT(no.body, HasSubstr(R"("field":"custom_fields")"));
    EXPECT_THAT(no.body, HasSubstr(why));
  }
  const http_answer made = fault(R"({"meter_reading":12.5,"site_code":"S1"})");
  ASSERT_EQ(made.status, 201U) << made.body;
  const http_answer shown = get(hub->port(), "/api/v1/tickets/" + data(made, "ticket_uid"), token);
  EXPECT_THAT(shown.body, HasSubstr(R"("meter_reading":12.5)"));
  EXPECT_THAT(shown.body, HasSubstr(R"("site_code":"S1")"));
  const http_answer build = make(R"(,"custom_fields":{"meter_reading":1})");
  EXPECT_EQ(build.status, 400U) << "declared for faults alone";
}

}  // namespace
}  // namespace fibrehub::e2e
