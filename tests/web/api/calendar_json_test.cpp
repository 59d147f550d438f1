#include "web/api/calendar_json.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "domain/sla/working_time.hpp"
#include "web/api/explanation_json.hpp"

namespace fibrehub::web::api {
namespace {

namespace json = protocols::json;
namespace sla = domain::sla;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> problems_of(const std::string& calendar) {
  const auto document = json::parse(calendar);
  if (!document) throw std::invalid_argument(document.error().message);
  std::vector<field_problem> problems;
  const auto read = read_calendar(*document, "calendar", problems);
  EXPECT_EQ(read == nullptr, !problems.empty());
  std::vector<std::string> out;
  for (const field_problem& p : problems)
    out.push_back(p.field + " " + p.reason);
  return out;
}

/// With its zone, and one more member.
std::string with(const std::string& members) {
  return R"({"zone": "UTC", )" + members + "}";
}

TEST(CalendarJson, NamesTheFieldOfWhateverIsWrong) {
  const std::string week = R"("weekly": {"mon": [["08:00", "17:00"]]})";
  const std::vector<std::pair<std::string, std::string>> table{
      {"[]", "calendar has to be an object"},
      {R"({"weekly": {"mon": [["08:00", "17:00"]]}})", "calendar.zone is missing"},
      {R"({"zone": 1, "weekly": {"mon": [["08:00", "17:00"]]}})", "calendar.zone has to be text"},
      {R"({"zone": "Mars/Olympus", "weekly": {"mon": [["08:00", "17:00"]]}})",
       "calendar.zone \"Mars/Olympus\" is no time zone this system knows; it has to be an IANA "
       "name such as Africa/Johannesburg"},
      {R"({"zone": "UTC"})", "calendar.weekly is missing"},
      {with(R"("weekly": [])"), "calendar.weekly has to be an object"},
      {with(R"("weekly": {})"),
       "calendar.weekly has no hours at all: the calendar would never open"},
      {with(R"("weekly": {"monday": [["08:00", "17:00"]]})"),
       "calendar.weekly.monday is no weekday: mon, tue, wed, thu, fri, sat, sun"},
      {with(R"("weekly": {"mon": "08:00-17:00"})"),
       "calendar.weekly.mon has to be a list of [\"HH:MM\", \"HH:MM\"]"},
      {with(R"("weekly": {"mon": [["08:00", "12:00"], ["13:00"]]})"),
       "calendar.weekly.mon[1] has to be [\"HH:MM\", \"HH:MM\"]"},
      {with(R"("weekly": {"mon": [["8:00", "17:00"]]})"),
       "calendar.weekly.mon[0] \"8:00\" is no time of day from 00:00 to 24:00"},
      {with(R"("weekly": {"mon": [["08:00", "24:01"]]})"),
       "calendar.weekly.mon[0] \"24:01\" is no time of day from 00:00 to 24:00"},
      {with(R"("weekly": {"mon": [["08:00", "12:00"], ["11:00", "17:00"]]})"),
       "calendar.weekly.mon[1] begins at 11:00, before the one ahead of it ends at 12:00"},
      {with(R"("weekly": {"mon": [["17:00", "08:00"]]})"),
       "calendar.weekly.mon[0] ends at 08:00, which is not after its begin 17:00 (overnight hours "
       "are two intervals on two days)"},
      {with(week + R"(, "holidays": "2026-01-01")"), "calendar.holidays has to be a list of dates"},
      {with(week + R"(, "holidays": ["2026-01-01", "2026-02-30"])"),
       "calendar.holidays[1] is no date YYYY-MM-DD"},
      {with(week + R"(, "holidays": ["2026-01-01", "2026-01-01"])"),
       "calendar.holidays names 2026-01-01 twice"},
      {with(week + R"(, "exceptions": [])"), "calendar.exceptions has to be an object"},
      {with(week + R"(, "exceptions": {"1 May": []})"),
       "calendar.exceptions.1 May is no date YYYY-MM-DD"},
      {with(week + R"(, "exceptions": {"2026-05-01": [["09:00", "08:00"]]})"),
       "calendar.exceptions.2026-05-01[0] ends at 08:00, which is not after its begin 09:00 "
       "(overnight hours are two intervals on two days)"},
      {with(week + R"(, "hollidays": [])"), "calendar.hollidays is unknown"},
      {with(week + R"(, "effective_from": null)"), "calendar.effective_from is unknown"},
      {R"({"versions": []})", "calendar.versions has to be a list with at least one version"},
      {"{\"versions\": [" + with(week) + ", " + with(week) + "]}",
       "calendar.versions[1].effective_from is missing: only the first holds from ever"},
      {"{\"versions\": [" + with(week) + ", " + with(week + R"(, "effective_from": "soon")") + "]}",
       "calendar.versions[1].effective_from is no RFC 3339 instant"},
  };
  for (const auto& [calendar, problem] : table)
    EXPECT_THAT(problems_of(calendar), ElementsAre(problem)) << calendar;
}

TEST(CalendarJson, NamesEverythingThatIsWrongAtOnce) {
  EXPECT_THAT(problems_of(R"({"weekly": {"x": []}, "holidays": [1]})"), testing::SizeIs(3));
}

std::string pauses_problem(const std::string& pauses) {
  const auto document = json::parse(pauses);
  std::vector<field_problem> problems;
  read_pauses(*document, "pauses", problems);
  return problems.empty() ? "" : problems[0].field + " " + problems[0].reason;
}

TEST(PausesJson, AscendDoNotOverlapAndOnlyTheLastIsOpen) {
  EXPECT_EQ(pauses_problem("[]"), "");
  EXPECT_EQ(pauses_problem(R"([["2026-01-01T08:00:00Z", "2026-01-01T08:00:00Z"],
                               ["2026-01-01T08:00:00Z", null]])"),
            "");
  EXPECT_THAT(pauses_problem("{}"), testing::StartsWith("pauses has to be a list"));
  EXPECT_THAT(pauses_problem(R"([["2026-01-01T08:00:00Z"]])"),
              testing::StartsWith("pauses[0] has to be [begin, end]"));
  EXPECT_THAT(pauses_problem(R"([[null, "2026-01-01T08:00:00Z"]])"),
              testing::StartsWith("pauses[0] has to be [begin, end]"));
  EXPECT_EQ(pauses_problem(R"([["2026-01-01T09:00:00Z", "2026-01-01T08:00:00Z"]])"),
            "pauses[0] ends before it begins");
  EXPECT_EQ(pauses_problem(R"([["2026-01-01T08:00:00Z", "2026-01-01T10:00:00Z"],
                               ["2026-01-01T09:00:00Z", "2026-01-01T11:00:00Z"]])"),
            "pauses[1] begins before the one ahead of it ends");
  EXPECT_EQ(pauses_problem(R"([["2026-01-01T08:00:00Z", null],
                               ["2026-01-01T09:00:00Z", "2026-01-01T11:00:00Z"]])"),
            "pauses[1] follows one that is still open");
}

std::string written(const std::vector<sla::calendar_version>& versions) {
  rapidjson::StringBuffer buffer;
  json_writer w{buffer};
  write_calendar(w, versions);
  return {buffer.GetString(), buffer.GetSize()};
}

TEST(CalendarJson, IsWrittenAsItIsRead) {
  const std::string one =
      R"({"zone":"UTC","weekly":{"mon":[["00:00","06:00"],["22:00","24:00"]],"sun":[["08:00","09:30"]]},)"
      R"("holidays":["2026-12-25"],"exceptions":{"2026-12-24":[["08:00","12:00"]],"2026-12-31":[]}})";
  const std::string two =
      R"({"versions":[{"effective_from":null,"zone":"UTC","weekly":{"mon":[["08:00","09:00"]]},)"
      R"("holidays":[],"exceptions":{}},{"effective_from":"2026-12-01T00:00:00Z","zone":)"
      R"("Europe/Berlin","weekly":{"tue":[["08:00","09:00"]]},"holidays":[],"exceptions":{}}]})";
  for (const std::string& text : {one, two}) {
    const auto document = json::parse(text);
    std::vector<field_problem> problems;
    const auto versions = read_calendar_versions(*document, "calendar", problems);
    ASSERT_TRUE(versions) << problems.at(0).field << problems.at(0).reason;
    EXPECT_EQ(written(*versions), text);
  }
}

/// What a reference that agrees with counting minutes computed.
TEST(CalendarJson, FiveHundredCasesOfAReferenceComeOutTheSame) {
  std::ifstream in(FIBREHUB_SOURCE_DIR "/tests/data/sla/cases.jsonl");
  std::string line;
  std::size_t cases = 0, levels = 0;
  while (std::getline(in, line)) {
    const auto document = json::parse(line);
    ASSERT_TRUE(document);
    std::vector<field_problem> problems;
    const auto hours = read_calendar(*json::find(*document, "calendar"), "calendar", problems);
    const auto pauses = read_pauses(*json::find(*document, "pauses"), "pauses", problems);
    ASSERT_THAT(problems, IsEmpty());
    const auto instant_of = [&](const char* name) {
      return *domain::parse_rfc3339(json::text(*document, name));
    };
    const json::value& expect = *json::find(*document, "expect");
    const std::chrono::seconds target{*json::integer(*document, "target_seconds")};
    EXPECT_EQ(elapsed(*hours, instant_of("start"), pauses, instant_of("elapsed_at")),
              std::chrono::seconds{*json::integer(expect, "elapsed_seconds")})
        << json::text(*document, "id");
    for (const auto& level : json::find(expect, "reached")->GetObject()) {
      const auto reached = reach(*hours, instant_of("start"), pauses,
                                 sla::share_of(target, std::stoi(level.name.GetString()) * 100));
      EXPECT_EQ(reached ? domain::to_rfc3339(*reached) : "null",
                level.value.IsNull() ? "null" : level.value.GetString())
          << json::text(*document, "id") << ' ' << level.name.GetString();
      ++levels;
    }
    ++cases;
  }
  EXPECT_EQ(cases, 500U);
  EXPECT_EQ(levels, 1'411U);
}

TEST(ExplanationJson, WritesSecondsAndPercentWithoutRounding) {
  using std::chrono::microseconds;
  EXPECT_EQ(seconds_text(microseconds{5'400'000'000}), "5400");
  EXPECT_EQ(seconds_text(microseconds{1}), "0.000001");
  EXPECT_EQ(seconds_text(microseconds{-1'500'000}), "-1.5");
  EXPECT_EQ(seconds_text(microseconds{-500'000}), "-0.5");
  EXPECT_EQ(percent_text(7'500), "75");
  EXPECT_EQ(percent_text(8'750), "87.5");
}

}  // namespace
}  // namespace fibrehub::web::api
