#include "domain/gathered_notices.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace fibrehub::domain {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const instant noon = *parse_rfc3339("2026-11-22T10:00:00Z");

// Owns the news that the notices are of.
struct owing {
  std::deque<ticket_news> news;
  std::vector<owed_news> owed;

  owed_notice& add(std::int64_t user, notice_kind kind, instant email_at = noon) {
    ticket_news& n = news.emplace_back();
    n.ticket.id = static_cast<std::int64_t>(news.size());
    n.ticket.uid = fmt::format("FT{}", n.ticket.id);
    n.by_name = "SLA clock";
    n.at = noon;
    owed_notice o;
    o.user_id = user;
    o.kind = kind;
    o.key = "resolution:1:7500:0";
    o.subject = n.ticket.uid + " runs out of time";
    o.plan.in_app = true;
    o.plan.email_at = email_at;
    owed.push_back({&n, std::move(o)});
    return owed.back().notice;
  }
  void add_many(std::size_t count, std::int64_t user, notice_kind kind) {
    for (std::size_t i = 0; i < count; ++i)
      add(user, kind);
  }
};

TEST(GatheredNotices, AFewAreToldOneByOne) {
  owing o;
  o.add_many(most_told_apart, 1, notice_kind::clock_75);
  const gathered_news told = gather(o.owed);
  EXPECT_THAT(told.apart, SizeIs(most_told_apart));
  EXPECT_THAT(told.together, IsEmpty());
}

TEST(GatheredNotices, ManyOfOnePersonAndKindAreOneThatNamesEach) {
  owing o;
  o.add_many(most_told_apart + 1, 1, notice_kind::clock_75);
  const gathered_news told = gather(o.owed);
  EXPECT_THAT(told.apart, IsEmpty());
  ASSERT_THAT(told.together, SizeIs(1));
  const gathered_notice& one = told.together[0];
  EXPECT_EQ(one.notice.subject, "6 tickets run out of time");
  EXPECT_EQ(one.notice.user_id, 1);
  EXPECT_EQ(one.notice.kind, notice_kind::clock_75);
  EXPECT_EQ(one.news.by_name, "SLA clock");
  EXPECT_EQ(one.news.at, noon);
  EXPECT_EQ(one.news.ticket.id, 0);
  for (const ticket_news& n : o.news)
    EXPECT_THAT(one.notice.text, HasSubstr(n.ticket.uid + " runs out of time\n"));
  EXPECT_EQ(one.key, "notify:1:resolution:1:7500:0:clock_75:1+5");
}

TEST(GatheredNotices, OtherPeopleAndOtherKindsStayApart) {
  owing o;
  o.add_many(4, 1, notice_kind::clock_75);
  o.add_many(4, 1, notice_kind::clock_90);
  o.add_many(4, 2, notice_kind::clock_75);
  o.add_many(20, 3, notice_kind::mention);
  o.add_many(9, 4, notice_kind::clock_breached);
  const gathered_news told = gather(o.owed);
  EXPECT_THAT(told.apart, SizeIs(32));
  ASSERT_THAT(told.together, SizeIs(1));
  EXPECT_EQ(told.together[0].notice.subject, "9 tickets have taken too long");
}

TEST(GatheredNotices, LeaveWhenTheFirstOfThemWouldHave) {
  owing o;
  for (int i = 0; i < 8; ++i)
    o.add(1, notice_kind::clock_breached, noon + std::chrono::hours(8 - i));
  o.owed[3].notice.plan.whatsapp_at = noon + std::chrono::minutes(2);
  o.owed[5].notice.plan.whatsapp_at = noon + std::chrono::minutes(1);
  const gathered_news told = gather(o.owed);
  ASSERT_THAT(told.together, SizeIs(1));
  const notice_plan& plan = told.together[0].notice.plan;
  EXPECT_TRUE(plan.in_app);
  EXPECT_EQ(plan.email_at, noon + std::chrono::hours(1));
  EXPECT_EQ(plan.whatsapp_at, noon + std::chrono::minutes(1));
}

TEST(GatheredNotices, WhatWaitsForADigestIsGatheredThere) {
  owing o;
  o.add_many(30, 1, notice_kind::clock_breached);
  for (owed_news& n : o.owed)
    n.notice.plan.email_in_digest = true;
  const gathered_news told = gather(o.owed);
  EXPECT_THAT(told.apart, SizeIs(30));
  EXPECT_THAT(told.together, IsEmpty());
}

TEST(GatheredNotices, ALongListIsCutAndCounted) {
  owing o;
  o.add_many(1'000, 1, notice_kind::clock_75);
  const gathered_news told = gather(o.owed);
  ASSERT_THAT(told.together, SizeIs(1));
  const std::string& text = told.together[0].notice.text;
  EXPECT_LE(text.size(), max_gathered_characters + 100);
  EXPECT_THAT(text, HasSubstr("FT1 runs out of time\n"));
  EXPECT_THAT(text, Not(HasSubstr("FT1000 ")));
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  EXPECT_THAT(text, HasSubstr(fmt::format("… and {} more\n", 1'000 - (lines - 1))));
}

}  // namespace
}  // namespace fibrehub::domain
