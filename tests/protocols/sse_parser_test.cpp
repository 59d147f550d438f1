#include "protocols/sse_parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibrehub::protocols {

bool operator==(const sse_event& a, const sse_event& b) {
  return a.id == b.id && a.kind == b.kind && a.data == b.data;
}
void PrintTo(const sse_event& e, std::ostream* out) {
  *out << "{" << e.id << ", " << e.kind << ", " << e.data << "}";
}

namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::string_view_literals;

std::vector<sse_event> all_of(std::string_view text) {
  sse_parser parser;
  std::vector<sse_event> events;
  EXPECT_TRUE(parser.feed(text, events));
  return events;
}

TEST(SseParser, ReadsIdKindAndData) {
  EXPECT_THAT(all_of("id: 7-1\nevent: ticket.created\ndata: {\"a\":1}\n\n"),
              ElementsAre(sse_event{"7-1", "ticket.created", "{\"a\":1}"}));
}

TEST(SseParser, CallsAnEventWithoutAKindMessage) {
  EXPECT_THAT(all_of("data: x\n\n"), ElementsAre(sse_event{"", "message", "x"}));
}

TEST(SseParser, JoinsDataLinesWithLineFeeds) {
  EXPECT_THAT(all_of("data: one\ndata:\ndata: three\n\n"),
              ElementsAre(sse_event{"", "message", "one\n\nthree"}));
}

TEST(SseParser, RemovesOneBlankAfterTheColonAndNoMore) {
  EXPECT_THAT(all_of("data:  x\n\ndata:y\n\n"),
              ElementsAre(sse_event{"", "message", " x"}, sse_event{"", "message", "y"}));
}

TEST(SseParser, TakesAFieldWithoutAColonAsEmpty) {
  EXPECT_THAT(all_of("data\n\n"), ElementsAre(sse_event{"", "message", ""}));
}

TEST(SseParser, PassesOverCommentsUnknownFieldsAndEmptyEvents) {
  EXPECT_THAT(all_of(": connected\n\n: still here\nfuture: 1\n\nevent: lonely\n\ndata: x\n\n"),
              ElementsAre(sse_event{"", "message", "x"}));
}

TEST(SseParser, AcceptsEveryLineEnding) {
  const std::vector<sse_event> expected{{"1", "a", "x"}, {"2", "b", "y"}};
  EXPECT_EQ(all_of("id:1\nevent:a\ndata:x\n\nid:2\nevent:b\ndata:y\n\n"), expected);
  EXPECT_EQ(all_of("id:1\revent:a\rdata:x\r\rid:2\revent:b\rdata:y\r\r"), expected);
  EXPECT_EQ(all_of("id:1\r\nevent:a\r\ndata:x\r\n\r\nid:2\r\nevent:b\r\ndata:y\r\n\r\n"), expected);
}

TEST(SseParser, GivesTheSameEventsWhereverTheBytesAreCut) {
  const auto text =
      "\xEF\xBB\xBFid: 1\r\nevent: a\r\ndata: Gr\xC3\xBC\xC3\x9F"
      "e\r\ndata: two\r\n\r\n: beat\r\n\r\nid: 2\ndata: y\n\nid: 3\rdata: z\r\r"sv;
  const auto expected = all_of(text);
  ASSERT_EQ(expected.size(), 3U);
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      sse_parser parser;
      std::vector<sse_event> events;
      ASSERT_TRUE(parser.feed(text.substr(0, first), events));
      ASSERT_TRUE(parser.feed(text.substr(first, second - first), events));
      ASSERT_TRUE(parser.feed(text.substr(second), events));
      ASSERT_EQ(events, expected) << "cut at " << first << " and " << second;
    }
  }
}

TEST(SseParser, IgnoresAByteOrderMarkAtTheStartOnly) {
  EXPECT_THAT(all_of("\xEF\xBB\xBF"
                     "data: x\n\n"),
              ElementsAre(sse_event{"", "message", "x"}));
  EXPECT_THAT(all_of("data: x\n\xEF\xBB\xBF"
                     "data: y\n\n"),
              ElementsAre(sse_event{"", "message", "x"}));
}

TEST(SseParser, KeepsTheLastIdForEventsWithoutOne) {
  EXPECT_THAT(all_of("id: 5\ndata: x\n\ndata: y\n\n"),
              ElementsAre(sse_event{"5", "message", "x"}, sse_event{"5", "message", "y"}));
}

TEST(SseParser, IgnoresAnIdWithANulByte) {
  EXPECT_THAT(all_of("id: 5\ndata: x\n\nid: 6\0z\ndata: y\n\n"sv),
              ElementsAre(sse_event{"5", "message", "x"}, sse_event{"5", "message", "y"}));
}

TEST(SseParser, RemembersAnIdOnlyWhenItsEventIsComplete) {
  sse_parser parser;
  std::vector<sse_event> events;
  ASSERT_TRUE(parser.feed("id: 5\ndata: x\n\nid: 6\ndata: half", events));
  EXPECT_EQ(parser.last_event_id(), "5");
}

TEST(SseParser, StartsAnewAfterABreakWithTheLastId) {
  sse_parser parser;
  std::vector<sse_event> events;
  ASSERT_TRUE(parser.feed("id: 5\ndata: x\n\nid: 6\nevent: gone\ndata: half\r", events));
  parser.restart();
  events.clear();
  ASSERT_TRUE(
      parser.feed("\xEF\xBB\xBF"
                  "data: y\n\n",
                  events));
  EXPECT_THAT(events, ElementsAre(sse_event{"5", "message", "y"}));
}

TEST(SseParser, KeepsTheRetryTimeAndRefusesWhatIsNoNumber) {
  sse_parser parser;
  std::vector<sse_event> events;
  ASSERT_TRUE(parser.feed("retry: soon\n", events));
  EXPECT_EQ(parser.retry(), std::nullopt);
  ASSERT_TRUE(parser.feed("retry: 2500\nretry: -1\nretry: 99999999999999\nretry: 3 s\n", events));
  EXPECT_EQ(parser.retry(), std::chrono::milliseconds{2500});
  EXPECT_THAT(events, IsEmpty());
}

TEST(SseParser, GivesUpOnALineOverTheLimitBeforeItEnds) {
  sse_parser parser(10);
  std::vector<sse_event> events;
  EXPECT_TRUE(parser.feed("data:12345", events));
  EXPECT_FALSE(parser.feed("6", events));
}

TEST(SseParser, GivesUpOnAnEventOverTheLimit) {
  sse_parser parser(10);
  std::vector<sse_event> events;
  EXPECT_TRUE(parser.feed("data:12345\ndata:1234\n", events));
  EXPECT_FALSE(parser.feed("data:\n", events));
}

TEST(SseParser, WorksAgainAfterARestartFollowingAnEventOverTheLimit) {
  sse_parser parser(10);
  std::vector<sse_event> events;
  ASSERT_FALSE(parser.feed("data:123456", events));
  parser.restart();
  EXPECT_TRUE(parser.feed("data:1\n\n", events));
  EXPECT_THAT(events, ElementsAre(sse_event{"", "message", "1"}));
}

}  // namespace
}  // namespace fibrehub::protocols
