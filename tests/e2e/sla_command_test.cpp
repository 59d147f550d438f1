// `fibrehub sla`: questions on standard input, answers on standard output.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "protocols/json/parse.hpp"
#include "tests/e2e/hub_process.hpp"

namespace fibrehub::e2e {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// Runs it with `input` as its standard input.
run_result sla(const std::string& arguments, const std::string& input) {
  const temporary_folder folder;
  write_file(folder / "in", input);
  const std::string command =
      fmt::format("'{}' sla {} <'{}' >'{}' 2>'{}'", FIBREHUB_PROGRAM, arguments,
                  (folder / "in").string(), (folder / "out").string(), (folder / "err").string());
  const int status = std::system(command.c_str());
  return {WEXITSTATUS(status), read_file(folder / "out"), read_file(folder / "err")};
}

constexpr const char* question =
    R"({"calendar": {"zone": "Africa/Johannesburg", "weekly": {"thu": [["08:00", "17:00"]],
                     "fri": [["08:00", "17:00"]]}, "holidays": [], "exceptions": {}},
    "start": "2026-11-19T13:00:00Z", "target_seconds": 14400,
    "pauses": [["2026-11-19T14:00:00Z", "2026-11-19T14:30:00Z"]],
    "elapsed_at": "2026-11-20T06:30:00Z"})";

/// The question with one of its texts replaced.
std::string changed(const std::string& from, const std::string& to) {
  std::string out = question;
  const std::size_t at = out.find(from);
  if (at == std::string::npos) throw std::invalid_argument(from);
  return out.replace(at, from.size(), to);
}

TEST(SlaCalc, AnswersTheCasesOfTheReferenceToTheByte) {
  std::ifstream in(FIBREHUB_SOURCE_DIR "/tests/data/sla/cases.jsonl");
  std::string line, questions, answers;
  while (std::getline(in, line)) {
    const std::size_t expect = line.find(", \"expect\": ");
    ASSERT_NE(expect, std::string::npos);
    questions += line.substr(0, expect) + "}\n";
    answers += line.substr(expect + 12, line.size() - expect - 13) + '\n';
  }
  const run_result r = sla("calc", questions);
  EXPECT_EQ(r.exit_code, 0);
  EXPECT_EQ(r.err, "");
  EXPECT_EQ(r.out, answers);
}

TEST(SlaCalc, ReadsOneObjectOverSeveralLines) {
  const run_result r = sla("calc", question);
  EXPECT_EQ(r.exit_code, 0);
  EXPECT_EQ(r.out,
            "{\"elapsed_seconds\": 7200, \"reached\": {\"75\": \"2026-11-20T07:30:00Z\", "
            "\"90\": \"2026-11-20T08:06:00Z\", \"100\": \"2026-11-20T08:30:00Z\"}}\n");
}

TEST(SlaCalc, ExampleOfItsHelpIsTrue) {
  const std::string help = sla("calc --help", "").out;
  const std::size_t begin = help.find("<<'EOF'\n") + 8;
  const std::size_t end = help.find("  EOF\n");
  ASSERT_LT(begin, end);
  const run_result r = sla("calc", help.substr(begin, end - begin));
  EXPECT_EQ(r.exit_code, 0) << r.err;
  EXPECT_THAT(help, HasSubstr(r.out));
}

TEST(SlaCalc, ExplainsTheDueInstant) {
  const run_result r = sla("calc --explain", question);
  EXPECT_EQ(r.exit_code, 0);
  const auto parsed = protocols::json::parse(r.out);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(protocols::json::text(*parsed, "due_at"), "2026-11-20T08:30:00Z");
  EXPECT_EQ(protocols::json::text(*parsed, "status"), "running");
  const auto& counted = *protocols::json::find(*parsed, "counted");
  ASSERT_EQ(counted.Size(), 3U);
  EXPECT_EQ(protocols::json::integer(counted[2], "total_seconds"), 14'400);
}

TEST(SlaCalc, RefusesBadInputWithLineFieldAndReason) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"", "line 1: expected a JSON object on standard input"},
      {"[1]", "line 1: expected a JSON object"},
      {"{\"a\": 1", "line 1: the object does not end"},
      {"{\"a\" 1}", "line 1: byte 5: Missing a colon"},
      {"{}", "line 1: calendar is missing"},
      {changed("\"thu\"", "\"thursday\""), "line 1: calendar.weekly.thursday is no weekday"},
      {changed("Johannesburg", "Jozi"), "line 1: calendar.zone \"Africa/Jozi\" is no time zone"},
      {changed("\"fri\": [[\"08:00\", \"17:00\"]]",
               "\"fri\": [[\"08:00\", \"12:00\"], "
               "[\"11:59\", \"17:00\"]]"),
       "line 1: calendar.weekly.fri[1] begins at 11:59"},
      {changed("\"holidays\": []", "\"holidays\": [\"2026-02-29\"]"),
       "line 1: calendar.holidays[0] is no date"},
      {changed("14400", "0"), "line 1: target_seconds has to be above 0"},
      {changed("14400", "-5"), "line 1: target_seconds has to be above 0"},
      {changed("14400", "1.5"), "line 1: target_seconds has to be a whole number"},
      {changed("2026-11-19T13:00:00Z", "yesterday"), "line 1: start is no RFC 3339 instant"},
      {changed("2026-11-19T13:00:00Z", "1066-11-19T13:00:00Z"), "line 1: start has to lie in"},
      {changed("2026-11-19T14:30:00Z", "2026-11-19T13:30:00Z"),
       "line 1: pauses[0] ends before it begins"},
      {changed("elapsed_at", "elapsed"), "line 1: elapsed_at is missing"},
      {changed("elapsed_at", "elapsed"), "line 1: elapsed is unknown"},
  };
  for (const auto& [input, sentence] : table) {
    const run_result r = sla("calc", input);
    EXPECT_EQ(r.exit_code, 2) << input;
    EXPECT_EQ(r.out, "") << input;
    EXPECT_THAT(r.err, HasSubstr("fibrehub: " + sentence)) << input;
  }
}

TEST(SlaCalc, AnswersWhatCameBeforeAMistakeAndNamesItsLine) {
  const run_result r = sla("calc", std::string(question) + "\n\n{}\n" + question);
  EXPECT_EQ(r.exit_code, 2);
  EXPECT_EQ(std::count(r.out.begin(), r.out.end(), '\n'), 1);
  EXPECT_THAT(r.err, StartsWith("fibrehub: line 7: calendar is missing\n"));
}

TEST(SlaHolidays, AreComputedForSouthAfrica) {
  const run_result r =
      sla("holidays --country ZA --year 2026 --declared '2026-11-04=A day off'", "");
  EXPECT_EQ(r.exit_code, 0);
  EXPECT_THAT(r.out, StartsWith("2026-01-01  thu  New Year's Day\n"));
  EXPECT_THAT(r.out, HasSubstr("2026-08-10  mon  National Women's Day (observed)\n"));
  EXPECT_THAT(r.out, HasSubstr("2026-11-04  wed  A day off\n2026-12-16"));
  EXPECT_THAT(sla("holidays --year 2026 --json", "").out,
              StartsWith(R"([{"date":"2026-01-01","name":"New Year's Day"},)"));
}

TEST(SlaHolidays, AreReadFromAnICalendarFile) {
  const std::string file =
      "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260501\nSUMMARY:Tag der "
      "Arbeit\nEND:VEVENT\n"
      "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20201003\nRRULE:FREQ=YEARLY\nSUMMARY:Einheit\nEND:VEVENT\n"
      "BEGIN:VEVENT\nDTSTART:20260101T090000\nEND:VEVENT\nEND:VCALENDAR\n";
  run_result r = sla("holidays --ical - --year 2026", file);
  EXPECT_EQ(r.exit_code, 0);
  EXPECT_EQ(r.out, "2026-05-01  fri  Tag der Arbeit\n2026-10-03  sat  Einheit\n");
  EXPECT_THAT(r.err, HasSubstr("-:12: skipped: DTSTART has a time of day"));
  r = sla("holidays --ical -", "nonsense");
  EXPECT_EQ(r.exit_code, 2);
  EXPECT_THAT(r.err, HasSubstr("-:1: this is no iCalendar file"));
}

TEST(SlaHolidays, RefuseWhatTheyDoNotKnow) {
  EXPECT_EQ(sla("holidays --country XX", "").exit_code, 2);
  EXPECT_EQ(sla("holidays --year 1990", "").exit_code, 2);
  EXPECT_EQ(sla("holidays --ical /nowhere.ics", "").exit_code, 2);
  EXPECT_EQ(sla("holidays --year 2026 --declared soon", "").exit_code, 2);
  EXPECT_EQ(sla("holidays --country ZA --ical -", "").exit_code, 2);
}

}  // namespace
}  // namespace fibrehub::e2e
