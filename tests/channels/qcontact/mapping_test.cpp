#include "channels/qcontact/mapping.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channels/qcontact/canonical_json.hpp"

namespace fibrehub::channels::qcontact {
namespace {

using domain::case_snapshot;
using domain::ticket_priority;
using domain::ticket_status;
using domain::unreadable;

const domain::instant received = *domain::parse_rfc3339("2026-01-05T08:00:00Z");

mapped_case map(std::string_view text) {
  auto parsed = protocols::json::parse(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return map_case(*parsed, "main", received);
}

case_snapshot snapshot(std::string_view text) {
  auto mapped = map(text);
  const auto* s = std::get_if<case_snapshot>(&mapped.item.what);
  EXPECT_NE(s, nullptr) << text;
  return s ? *s : case_snapshot{};
}

std::string reason(std::string_view text) {
  auto mapped = map(text);
  const auto* u = std::get_if<unreadable>(&mapped.item.what);
  EXPECT_NE(u, nullptr) << text;
  return u ? u->reason : "readable";
}

constexpr std::string_view full_case =
    R"({"id":21924332416,"subject":"No signal at DR1748","description":"Red light",
  "status":"In Progress","priority":"Urgent","queue":"Maintenance - Velocity","assigned_to":"V. Team",
  "customer_name":"T. Mokoena","customer_phone":"+27820000000","customer_email":"t@example.org","address":"1 Main Rd",
  "created_at":"2026-01-01T06:00:00+02:00","updated_at":"2026-01-02T06:00:00Z","sla_tier":"gold","comments":[{"text":"hi"}]})";

TEST(QcontactMapping, ReadsEveryFieldOfACase) {
  auto s = snapshot(full_case);
  EXPECT_EQ(s.case_id, "21924332416");
  EXPECT_EQ(s.subject, "No signal at DR1748");
  EXPECT_EQ(s.description, "Red light");
  EXPECT_EQ(s.status, ticket_status::in_progress);
  EXPECT_EQ(s.priority, ticket_priority::critical);
  EXPECT_EQ(s.queue, "Maintenance - Velocity");
  EXPECT_EQ(s.assigned_to, "V. Team");
  EXPECT_EQ(s.customer_name, "T. Mokoena");
  EXPECT_EQ(s.customer_phone, "+27820000000");
  EXPECT_EQ(s.customer_email, "t@example.org");
  EXPECT_EQ(s.address, "1 Main Rd");
  EXPECT_EQ(domain::to_rfc3339(s.created_at), "2026-01-01T04:00:00Z");
  EXPECT_EQ(domain::to_rfc3339(s.updated_at), "2026-01-02T06:00:00Z");
  EXPECT_EQ(s.extra_json, R"({"comments":[{"text":"hi"}],"sla_tier":"gold"})");
}

TEST(QcontactMapping, NamesTheMessageByCaseChangeAndContent) {
  auto mapped = map(full_case);
  auto digest = sha256(canonical_json(*protocols::json::parse(full_case)));
  EXPECT_EQ(mapped.item.ext_id, "main/21924332416/2026-01-02T06:00:00Z/" + hex_prefix(digest, 4));
  EXPECT_EQ(mapped.item.source, "qcontact");
  EXPECT_EQ(mapped.item.channel, "main");
  EXPECT_EQ(mapped.item.event, "case");
  EXPECT_EQ(mapped.item.fingerprint.size(), 16u);
  EXPECT_EQ(mapped.item.received_at, received);
  EXPECT_TRUE(protocols::json::parse(mapped.item.body).has_value());
}

TEST(QcontactMapping, TakesTheSameCaseInAnotherOrderForTheSame) {
  auto one = map(R"({"id":1,"updated_at":"2026-01-02T06:00:00Z","a":{"x":1,"y":2}})");
  auto two = map(R"({ "a":{"y":2,"x":1}, "updated_at":"2026-01-02T06:00:00Z", "id":1 })");
  auto other = map(R"({"id":1,"updated_at":"2026-01-02T06:00:00Z","a":{"x":1,"y":3}})");
  EXPECT_EQ(one.item.ext_id, two.item.ext_id);
  EXPECT_EQ(one.item.fingerprint, two.item.fingerprint);
  EXPECT_EQ(one.content, two.content);
  EXPECT_NE(one.item.ext_id, other.item.ext_id);
  EXPECT_NE(one.content, other.content);
}

TEST(QcontactMapping, MapsStatusesAndPriorities) {
  const std::vector<std::pair<const char*, std::optional<ticket_status>>> statuses{
      {"Open", ticket_status::new_},
      {"In Progress", ticket_status::in_progress},
      {"Pending", ticket_status::blocked},
      {"Resolved", ticket_status::resolved},
      {"Closed", ticket_status::closed},
      {"in_progress", ticket_status::in_progress},
      {" OPEN ", ticket_status::new_},
      {"Escalated", std::nullopt},
      {"", std::nullopt}};
  for (const auto& [name, image] : statuses)
    EXPECT_EQ(status_from(name), image) << name;
  const std::vector<std::pair<const char*, std::optional<ticket_priority>>> priorities{
      {"Low", ticket_priority::low},
      {"Medium", ticket_priority::medium},
      {"High", ticket_priority::high},
      {"Urgent", ticket_priority::critical},
      {"P1", std::nullopt}};
  for (const auto& [name, image] : priorities)
    EXPECT_EQ(priority_from(name), image) << name;
}

TEST(QcontactMapping, KeepsAStatusAndPriorityItDoesNotKnow) {
  auto s = snapshot(R"({"id":1,"status":"Escalated","priority":"P1"})");
  EXPECT_EQ(s.status, std::nullopt);
  EXPECT_EQ(s.priority, std::nullopt);
  EXPECT_EQ(s.extra_json, R"({"priority":"P1","status":"Escalated"})");
}

TEST(QcontactMapping, AcceptsIdsAsNumberOrText) {
  EXPECT_EQ(snapshot(R"({"id":12345})").case_id, "12345");
  EXPECT_EQ(snapshot(R"({"id":"12345"})").case_id, "12345");
  EXPECT_EQ(snapshot(R"({"id":" C-77 "})").case_id, "C-77");
}

TEST(QcontactMapping, ReadsTimesInTheFormsDesksUse) {
  const std::vector<std::pair<const char*, const char*>> forms{
      {R"("2026-01-02T06:00:00Z")", "2026-01-02T06:00:00Z"},
      {R"("2026-01-02T06:00:00.250Z")", "2026-01-02T06:00:00.250000Z"},
      {R"("2026-01-02T08:00:00+02:00")", "2026-01-02T06:00:00Z"},
      {R"("2026-01-02T06:00:00")", "2026-01-02T06:00:00Z"},
      {R"("2026-01-02 06:00:00")", "2026-01-02T06:00:00Z"},
      {R"("2026-01-02")", "2026-01-02T00:00:00Z"},
      {"1767333600", "2026-01-02T06:00:00Z"},
      {"1767333600000", "2026-01-02T06:00:00Z"}};
  for (const auto& [form, expected] : forms) {
    auto mapped = map(fmt::format(R"({{"id":1,"updated_at":{}}})", form));
    ASSERT_TRUE(mapped.updated_at) << form;
    EXPECT_EQ(domain::to_rfc3339(*mapped.updated_at), expected) << form;
  }
  for (const char* bad :
       {"null", "\"\"", "\"yesterday\"", "true", "[]", "-5", "0", "99999999999999999"})
    EXPECT_EQ(map(fmt::format(R"({{"id":1,"updated_at":{}}})", bad)).updated_at, std::nullopt)
        << bad;
}

TEST(QcontactMapping, CountsACaseWithoutATimeAsOfNowAndKeepsWhatItSaid) {
  auto s = snapshot(R"({"id":1,"updated_at":"yesterday"})");
  EXPECT_EQ(s.updated_at, received);
  EXPECT_EQ(s.extra_json, R"({"updated_at":"yesterday"})");
  EXPECT_THAT(map(R"({"id":1})").item.ext_id, testing::StartsWith("main/1/-/"));
}

TEST(QcontactMapping, TakesNullFieldsForAbsent) {
  auto s = snapshot(
      R"({"id":1,"subject":null,"description":null,"status":null,"priority":null,"queue":null,
    "assigned_to":null,"customer":null,"created_at":null,"updated_at":null,"other":null})");
  EXPECT_EQ(s.subject, "");
  EXPECT_EQ(s.assigned_to, "");
  EXPECT_EQ(s.status, std::nullopt);
  EXPECT_EQ(s.extra_json, "");
}

TEST(QcontactMapping, ReadsNestedNamesAndKeepsTheWholeObject) {
  auto s = snapshot(
      R"({"id":1,"queue":{"id":4,"name":"Maintenance"},"assigned_to":{"id":9,"name":"Thabo"},
    "customer":{"name":"Lerato","phone":27820000001,"email":"l@example.org"}})");
  EXPECT_EQ(s.queue, "Maintenance");
  EXPECT_EQ(s.assigned_to, "Thabo");
  EXPECT_EQ(s.customer_name, "Lerato");
  EXPECT_EQ(s.customer_phone, "27820000001");
  EXPECT_EQ(s.customer_email, "l@example.org");
  EXPECT_THAT(s.extra_json, testing::HasSubstr(R"("assigned_to":{"id":9,"name":"Thabo"})"));
}

TEST(QcontactMapping, SendsWhatItCannotUnderstandToReview) {
  EXPECT_EQ(reason(R"({"subject":"no id"})"), "missing_field");
  EXPECT_EQ(reason(R"({"id":null})"), "missing_field");
  EXPECT_EQ(reason(R"({"id":{"a":1}})"), "missing_field");
  EXPECT_EQ(reason(R"({"id":"../../me"})"), "invalid_field");
  EXPECT_EQ(reason(R"({"id":1.5})"), "invalid_field");
  EXPECT_EQ(reason(fmt::format(R"({{"id":"{}"}})", std::string(61, '1'))), "invalid_field");
  EXPECT_EQ(reason(R"("just text")"), "invalid_json");
  EXPECT_EQ(reason(R"([1,2])"), "invalid_json");
  EXPECT_EQ(reason(fmt::format(R"({{"id":1,"x":"{}"}})", std::string(max_case_bytes, 'x'))),
            "too_large");
}

TEST(QcontactMapping, NamesAnUnreadableCaseByItsContentSoThatItIsReviewedOnce) {
  auto one = map(R"({"subject":"no id"})");
  auto again = map(R"({"subject":"no id"})");
  auto other = map(R"({"subject":"other"})");
  EXPECT_THAT(one.item.ext_id, testing::StartsWith("main/unreadable/"));
  EXPECT_EQ(one.item.ext_id, again.item.ext_id);
  EXPECT_NE(one.item.ext_id, other.item.ext_id);
  EXPECT_EQ(one.case_id, "");
}

TEST(QcontactMapping, DropsNulCharactersTheDatabaseCannotHold) {
  auto s = snapshot("{\"id\":1,\"x\":\"a\\u0000b\"}");
  EXPECT_EQ(s.extra_json, R"({"x":"ab"})");
}

TEST(QcontactMapping, ReadsAPageWithItsBrokenEntriesAndTotal) {
  auto page = map_page(R"({"items":[{"id":1},7,{"id":2}],"total":"40"})", "main", received);
  ASSERT_TRUE(page) << page.error();
  ASSERT_EQ(page->cases.size(), 3u);
  EXPECT_EQ(page->cases[0].case_id, "1");
  EXPECT_TRUE(std::holds_alternative<unreadable>(page->cases[1].item.what));
  EXPECT_EQ(page->cases[2].case_id, "2");
  EXPECT_EQ(page->total, 40);
}

TEST(QcontactMapping, SaysWhyAnAnswerIsNoPage) {
  for (const char* bad :
       {"", "{", "null", "{}", R"({"items":null})", R"({"error":"x"})", "\"text\""}) {
    auto page = map_page(bad, "main", received);
    ASSERT_FALSE(page) << bad;
    EXPECT_FALSE(page.error().empty());
  }
  std::string deep(100'000, '[');
  EXPECT_FALSE(map_page(deep, "main", received));
}

TEST(QcontactMapping, UnwrapsASingleCase) {
  for (const char* text : {R"({"id":5})", R"({"item":{"id":5}})", R"({"data":{"id":5}})"}) {
    auto one = map_single(text, "main", received);
    ASSERT_TRUE(one) << text;
    EXPECT_EQ(one->case_id, "5");
  }
  EXPECT_FALSE(map_single("[]", "main", received));
}

}  // namespace
}  // namespace fibrehub::channels::qcontact
