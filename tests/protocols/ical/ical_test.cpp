#include "protocols/ical/ical.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

namespace fibrehub::protocols {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string text_of(std::chrono::sys_days day) {
  const std::chrono::year_month_day d{day};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(d.year()),
                     static_cast<unsigned>(d.month()), static_cast<unsigned>(d.day()));
}

std::vector<std::string> days(const ical_event& e, int first = 2020, int last = 2035) {
  std::vector<std::string> out;
  for (const auto day : days_of(e, first, last))
    out.push_back(text_of(day));
  return out;
}

/// An event's lines in a calendar, with line ends as most programs write them.
std::string calendar_of(const std::string& lines) {
  std::string out = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n";
  std::string_view rest = lines;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    out += std::string(rest.substr(0, end)) + "\r\n";
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return out + "END:VCALENDAR\r\n";
}
std::string event_of(const std::string& lines) {
  return calendar_of("BEGIN:VEVENT\n" + lines + "\nEND:VEVENT");
}
ical_event single(const std::string& lines) {
  const auto parsed = parse_ical(event_of(lines));
  if (!parsed || parsed->events.size() != 1)
    throw std::invalid_argument(!parsed                   ? parsed.error().message
                                : parsed->skipped.empty() ? "none"
                                                          : parsed->skipped[0].reason);
  return parsed->events[0];
}
ical_skipped skipped(const std::string& lines) {
  const auto parsed = parse_ical(event_of(lines));
  if (!parsed || parsed->skipped.size() != 1) throw std::invalid_argument("not skipped");
  return parsed->skipped[0];
}

TEST(Ical, ReadsWholeDayEvents) {
  const ical_event e =
      single("UID:1\nDTSTART;VALUE=DATE:20260403\nDTEND;VALUE=DATE:20260404\nSUMMARY:Good Friday");
  EXPECT_EQ(e.line, 3U);
  EXPECT_EQ(e.summary, "Good Friday");
  EXPECT_THAT(days(e), ElementsAre("2026-04-03"));
}

TEST(Ical, TheEndIsExclusiveAndMayBeMissingOrADuration) {
  EXPECT_THAT(days(single("DTSTART;VALUE=DATE:20261231\nDTEND;VALUE=DATE:20270102")),
              ElementsAre("2026-12-31", "2027-01-01"));
  EXPECT_THAT(days(single("DTSTART:20261231")), ElementsAre("2026-12-31"));
  EXPECT_THAT(days(single("DTSTART;VALUE=DATE:20261231\nDURATION:P2D")),
              ElementsAre("2026-12-31", "2027-01-01"));
  EXPECT_EQ(days(single("DTSTART;VALUE=DATE:20261221\nDURATION:P1W")).size(), 7U);
  EXPECT_THAT(days(single("DTSTART;VALUE=DATE:20261231\nDTEND;VALUE=DATE:20270102"), 2027, 2027),
              ElementsAre("2027-01-01"));
}

TEST(Ical, UnfoldsLinesAndUnescapesText) {
  EXPECT_EQ(single("DTSTART;VALUE=DATE:20261216\nSUMMARY;LANGUAGE=en:Day of\n  Recon\n ciliation")
                .summary,
            "Day of Reconciliation");
  EXPECT_EQ(single("DTSTART:20261216\nSUMMARY:a\\, b\\; c\\\\ d\\ne\x01").summary, "a, b; c\\ d e");
  EXPECT_EQ(single("DTSTART:20261216\nSUMMARY;X-P=\"a:b;c\":Name").summary, "Name");
}

TEST(Ical, ReadsYearlyRules) {
  EXPECT_THAT(days(single("DTSTART:20241225\nRRULE:FREQ=YEARLY;COUNT=3")),
              ElementsAre("2024-12-25", "2025-12-25", "2026-12-25"));
  EXPECT_THAT(days(single("DTSTART:20241225\nRRULE:FREQ=YEARLY;UNTIL=20261225")),
              ElementsAre("2024-12-25", "2025-12-25", "2026-12-25"));
  EXPECT_THAT(days(single("DTSTART:20241225\nRRULE:FREQ=YEARLY;UNTIL=20261224T220000Z")),
              ElementsAre("2024-12-25", "2025-12-25"));
  EXPECT_THAT(days(single("DTSTART:19901225\nRRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25;WKST=MO"),
                   2025, 2026),
              ElementsAre("2025-12-25", "2026-12-25"));
  EXPECT_THAT(days(single("DTSTART:20241225\nRRULE:FREQ=YEARLY;INTERVAL=2;COUNT=2")),
              ElementsAre("2024-12-25", "2026-12-25"));
  EXPECT_THAT(days(single("DTSTART:20240229\nRRULE:FREQ=YEARLY;COUNT=2")),
              ElementsAre("2024-02-29", "2028-02-29"));
}

TEST(Ical, SkipsWhatItDoesNotUnderstandAndSaysWhy) {
  struct row {
    const char* lines;
    std::size_t line;
    const char* reason;
  };
  const std::vector<row> table{
      {"DTSTART:20261225T080000Z", 4, "DTSTART has a time of day"},
      {"DTSTART;VALUE=DATE:20261325", 4, "DTSTART is no date"},
      {"SUMMARY:x", 3, "DTSTART is missing"},
      {"DTSTART:20261225\nDTEND:20261225", 3, "DTEND is not after DTSTART"},
      {"DTSTART:20261225\nDTEND:20281225", 3, "longer than 400 days"},
      {"DTSTART:20261225\nDURATION:PT1H", 5, "DURATION"},
      {"DTSTART:20261225\nRRULE:FREQ=WEEKLY", 3, "FREQ=WEEKLY"},
      {"DTSTART:20261225\nRRULE:COUNT=2", 3, "no FREQ"},
      {"DTSTART:20261225\nRRULE:FREQ=YEARLY;BYDAY=1MO", 3, "BYDAY"},
      {"DTSTART:20261225\nRRULE:FREQ=YEARLY;BYMONTH=11", 3, "BYMONTH=11"},
      {"DTSTART:20261225\nRRULE:FREQ=YEARLY;COUNT=0", 3, "COUNT=0"},
      {"DTSTART:20261225\nRRULE:FREQ=YEARLY;COUNT=2;UNTIL=20300101", 3, "both"},
      {"DTSTART:20261225\nRRULE:YEARLY", 3, "NAME=value"},
      {"DTSTART:20261225\nEXDATE:20271225", 5, "EXDATE"},
      {"DTSTART:20261225\nRECURRENCE-ID:20271225", 5, "RECURRENCE-ID"},
      {"DTSTART:20261225\nSTATUS:CANCELLED", 5, "cancelled"},
  };
  for (const row& r : table) {
    const ical_skipped s = skipped(r.lines);
    EXPECT_EQ(s.line, r.line) << r.lines;
    EXPECT_THAT(s.reason, HasSubstr(r.reason)) << r.lines;
  }
}

TEST(Ical, PassesOverOtherComponentsAndAlarms) {
  const auto parsed = parse_ical(calendar_of(
      "BEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nDTSTART:19700101T000000\nEND:STANDARD\nEND:"
      "VTIMEZONE\n"
      "BEGIN:VEVENT\nDTSTART:20261225\nBEGIN:VALARM\nDURATION:PT15M\nEND:VALARM\nEND:VEVENT\n"
      "BEGIN:VTODO\nDTSTART:20261226\nEND:VTODO"));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->events.size(), 1U);
  EXPECT_THAT(parsed->skipped, IsEmpty());
}

TEST(Ical, RefusesFilesThatAreNoCalendars) {
  struct row {
    std::string bytes;
    std::size_t line;
    const char* message;
  };
  ical_limits small;
  small.file_bytes = 600;
  small.line_bytes = 100;
  small.events = 2;
  small.depth = 3;
  const std::string event = "BEGIN:VEVENT\nDTSTART:20261225\nEND:VEVENT\n";
  const std::vector<row> table{
      {"", 1, "no iCalendar"},
      {"<html>\n", 1, "no iCalendar"},
      {"BEGIN:VEVENT\nEND:VEVENT\n", 1, "no iCalendar"},
      {"BEGIN:VCALENDAR\nBEGIN:VEVENT\n", 2, "ends before END:VEVENT"},
      {"BEGIN:VCALENDAR\nEND:VEVENT\n", 2, "END:VCALENDAR is expected"},
      {"BEGIN:VCALENDAR\nnonsense\nEND:VCALENDAR\n", 2, "NAME:value"},
      {"BEGIN:VCALENDAR\nX:" + std::string(100, 'x') + "\nEND:VCALENDAR\n", 2, "longer than"},
      {calendar_of(event + event + event), 9, "more than 2 events"},
      {"BEGIN:VCALENDAR\nBEGIN:A\nBEGIN:B\nBEGIN:C\n", 4, "deeper"},
      {std::string(601, ' '), 1, "larger than"},
  };
  for (const row& r : table) {
    const auto refused = parse_ical(r.bytes, small);
    ASSERT_FALSE(refused) << r.bytes;
    EXPECT_EQ(refused.error().line, r.line) << r.bytes;
    EXPECT_THAT(refused.error().message, HasSubstr(r.message));
  }
}

TEST(Ical, ReadsAByteOrderMarkAndBareLineFeeds) {
  const auto parsed = parse_ical(
      "\xEF\xBB\xBF"
      "begin:vcalendar\nBEGIN:VEVENT\nDTSTART;value=date:20261225\nEND:VEVENT\nEND:VCALENDAR");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->events.size(), 1U);
}

TEST(Ical, CutsALongNameBetweenCharacters) {
  ical_limits limits;
  limits.summary_bytes = 4;
  const auto parsed = parse_ical(event_of("DTSTART:20261225\nSUMMARY:abc\xC3\xA9z"), limits);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->events.at(0).summary, "abc");
}

/// Any bytes end in events within the limits or in an error, never in a crash or a long wait.
TEST(Ical, SurvivesAnyBytes) {
  const std::string good = calendar_of(
      "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20241225\nDTEND;VALUE=DATE:20241227\n"
      "RRULE:FREQ=YEARLY;INTERVAL=2;COUNT=30\nSUMMARY;X=\"q\":Christmas\\, and\n  "
      "more\nEND:VEVENT\n"
      "BEGIN:VEVENT\nDTSTART:20240229\nDURATION:P3W\nRRULE:FREQ=YEARLY;UNTIL=20991231\nEND:VEVENT");
  ASSERT_EQ(parse_ical(good)->events.size(), 2U);
  std::mt19937 random(5545);
  const std::string alphabet = ":;=\"\\\r\n TZP0129BEGIN";
  std::size_t read = 0, refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good;
    for (std::size_t n = 1 + random() % 6; n > 0 && !bytes.empty(); --n) {
      const std::size_t at = random() % bytes.size();
      const auto c =
          random() % 3 == 0 ? static_cast<char>(random()) : alphabet[random() % alphabet.size()];
      switch (random() % 4) {
        case 0:
          bytes[at] = c;
          break;
        case 1:
          bytes.insert(at, 1, c);
          break;
        case 2:
          bytes.erase(at, 1 + random() % 20);
          break;
        default:
          bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 60));
      }
    }
    const auto parsed = parse_ical(bytes);
    ++(parsed ? read : refused);
    if (!parsed) continue;
    for (const ical_event& e : parsed->events) {
      ASSERT_LT(e.begin, e.end);
      ASSERT_LE(e.summary.size(), ical_limits{}.summary_bytes);
      const auto all = days_of(e, 2020, 2030);
      ASSERT_TRUE(std::is_sorted(all.begin(), all.end()));
      ASSERT_LE(all.size(), 11U * 366U);
    }
  }
  EXPECT_GT(read, 1'000U);
  EXPECT_GT(refused, 1'000U);
}

}  // namespace
}  // namespace fibrehub::protocols
