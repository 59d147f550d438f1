#include "domain/notifications.hpp"

#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

instant at(const char* text) {
  return *parse_rfc3339(text);
}

notification_preferences quiet(const char* zone, const char* from, const char* to) {
  notification_preferences p;
  p.time_zone = zone;
  p.quiet = quiet_hours{*parse_minute(from), *parse_minute(to)};
  return p;
}

TEST(NoticeChannels, AreThoseOfTheTableUnlessChosenOtherwise) {
  struct row {
    notice_kind kind;
    bool in_app, email;
    whatsapp_choice whatsapp;
  };
  const row rows[] = {
      {notice_kind::created, true, true, whatsapp_choice::off},
      {notice_kind::assigned, true, true, whatsapp_choice::urgent},
      {notice_kind::reassigned, true, true, whatsapp_choice::urgent},
      {notice_kind::mention, true, true, whatsapp_choice::off},
      {notice_kind::status_changed, true, false, whatsapp_choice::off},
      {notice_kind::approval_wanted, true, true, whatsapp_choice::off},
      {notice_kind::approval_decided, true, true, whatsapp_choice::off},
      {notice_kind::clock_75, true, true, whatsapp_choice::off},
      {notice_kind::clock_90, true, true, whatsapp_choice::off},
      {notice_kind::clock_breached, true, true, whatsapp_choice::always},
      {notice_kind::delivery_dead, true, true, whatsapp_choice::off},
      {notice_kind::channel_trouble, true, true, whatsapp_choice::off},
      {notice_kind::review_waiting, true, true, whatsapp_choice::off},
      {notice_kind::automation, true, true, whatsapp_choice::off},
      {notice_kind::automation_stopped, true, true, whatsapp_choice::off},
      {notice_kind::import_summary, true, false, whatsapp_choice::off},
  };
  EXPECT_EQ(std::size(rows), notice_kind_count);
  notification_preferences p;
  for (const row& r : rows)
    EXPECT_EQ(p.of(r.kind), (notice_channels{r.in_app, r.email, r.whatsapp})) << name_of(r.kind);
  p.chosen[notice_kind::mention] = {false, false, whatsapp_choice::always};
  EXPECT_FALSE(p.of(notice_kind::mention).in_app);
  EXPECT_TRUE(p.of(notice_kind::created).in_app);
}

TEST(NoticeNames, AreReadBack) {
  for (const std::string_view name : notice_kind_names())
    EXPECT_EQ(name_of(*notice_kind_from(name)), name);
  for (const std::string_view name : whatsapp_choice_names())
    EXPECT_EQ(name_of(*whatsapp_choice_from(name)), name);
  for (const std::string_view name : digest_mode_names())
    EXPECT_EQ(name_of(*digest_mode_from(name)), name);
  EXPECT_FALSE(notice_kind_from("sometimes"));
}

TEST(TimesOfDay, AreReadStrictly) {
  EXPECT_EQ(parse_minute("00:00"), 0);
  EXPECT_EQ(parse_minute("23:59"), 1439);
  for (const char* wrong : {"24:00", "7:30", "07:60", "07.30", "", "07:30 ", "-1:00", "ab:cd"})
    EXPECT_FALSE(parse_minute(wrong)) << wrong;
  EXPECT_EQ(minute_text(450), "07:30");
}

TEST(QuietHours, EndInTheLocalTimeOfThePerson) {
  struct row {
    const char *zone, *from, *to, *now, *until;  // until "": not quiet
  };
  const row rows[] = {
      // Johannesburg is UTC+2 all year.
      {"Africa/Johannesburg", "22:00", "06:00", "2026-11-21T19:59:59Z", ""},
      {"Africa/Johannesburg", "22:00", "06:00", "2026-11-21T20:00:00Z", "2026-11-22T04:00:00Z"},
      {"Africa/Johannesburg", "22:00", "06:00", "2026-11-22T03:59:59.999999Z",
       "2026-11-22T04:00:00Z"},
      {"Africa/Johannesburg", "22:00", "06:00", "2026-11-22T04:00:00Z", ""},
      {"Africa/Johannesburg", "12:00", "13:00", "2026-11-21T10:30:00Z", "2026-11-21T11:00:00Z"},
      {"Africa/Johannesburg", "12:00", "13:00", "2026-11-21T11:00:00Z", ""},
      {"Africa/Johannesburg", "00:00", "06:00", "2026-11-21T22:00:00Z", "2026-11-22T04:00:00Z"},
      // Berlin loses 02:00 to 03:00 on 2026-03-29, and has it twice on 2026-10-25.
      {"Europe/Berlin", "22:00", "06:00", "2026-03-28T22:00:00Z", "2026-03-29T04:00:00Z"},
      {"Europe/Berlin", "22:00", "02:30", "2026-03-28T22:00:00Z", "2026-03-29T01:00:00Z"},
      {"Europe/Berlin", "22:00", "06:00", "2026-10-24T21:00:00Z", "2026-10-25T05:00:00Z"},
      {"Europe/Berlin", "22:00", "02:30", "2026-10-25T00:10:00Z", "2026-10-25T01:30:00Z"},
      {"Europe/Berlin", "22:00", "02:30", "2026-10-25T01:10:00Z", "2026-10-25T01:30:00Z"},
      // A zone that is gone counts as UTC.
      {"Nowhere/Town", "22:00", "06:00", "2026-11-21T23:00:00Z", "2026-11-22T06:00:00Z"},
  };
  for (const row& r : rows) {
    const auto until = quiet_until(quiet(r.zone, r.from, r.to), at(r.now));
    EXPECT_EQ(until ? to_rfc3339(*until) : "", r.until) << r.zone << " " << r.now;
  }
  EXPECT_FALSE(quiet_until({}, at("2026-11-21T23:00:00Z")));
}

TEST(Digests, ComeAtTheNextFullHourOrAtTheDaysTime) {
  notification_preferences p;
  EXPECT_FALSE(next_digest(p, at("2026-11-21T10:00:00Z")));
  p.digest = digest_mode::hourly;
  EXPECT_EQ(to_rfc3339(*next_digest(p, at("2026-11-21T10:00:00Z"))), "2026-11-21T11:00:00Z");
  EXPECT_EQ(to_rfc3339(*next_digest(p, at("2026-11-21T10:59:59Z"))), "2026-11-21T11:00:00Z");
  p.digest = digest_mode::daily;
  p.digest_minute = *parse_minute("07:30");
  p.time_zone = "Africa/Johannesburg";
  EXPECT_EQ(to_rfc3339(*next_digest(p, at("2026-11-21T05:29:59Z"))), "2026-11-21T05:30:00Z");
  EXPECT_EQ(to_rfc3339(*next_digest(p, at("2026-11-21T05:30:00Z"))), "2026-11-22T05:30:00Z");
  p.time_zone = "Europe/Berlin";
  p.digest_minute = *parse_minute("02:30");  // which 2026-03-29 does not have
  EXPECT_EQ(to_rfc3339(*next_digest(p, at("2026-03-28T12:00:00Z"))), "2026-03-29T01:00:00Z");
}

TEST(Plan, KeepsQuietHoursButForWhatIsUrgent) {
  auto p = quiet("Africa/Johannesburg", "22:00", "06:00");
  const instant night = at("2026-11-21T21:00:00Z"), morning = at("2026-11-22T04:00:00Z");
  const reachable all{true, true};
  const auto assigned = plan_notice(notice_kind::assigned, ticket_priority::high, p, all, night);
  EXPECT_TRUE(assigned.in_app);
  EXPECT_EQ(assigned.email_at, morning);
  EXPECT_EQ(assigned.whatsapp_at, morning);
  const auto critical =
      plan_notice(notice_kind::assigned, ticket_priority::critical, p, all, night);
  EXPECT_EQ(critical.email_at, night);
  EXPECT_EQ(critical.whatsapp_at, night);
  const auto breach = plan_notice(notice_kind::clock_breached, ticket_priority::low, p, all, night);
  EXPECT_EQ(breach.whatsapp_at, night);
  p.urgent_breaks_through = false;
  EXPECT_EQ(plan_notice(notice_kind::clock_breached, ticket_priority::critical, p, all, night)
                .whatsapp_at,
            morning);
}

TEST(Plan, UsesWhatsAppWhenThePriorityOrTheChoiceSaysSo) {
  struct row {
    whatsapp_choice choice;
    ticket_priority priority;
    bool sent;
  };
  const row rows[] = {
      {whatsapp_choice::off, ticket_priority::critical, false},
      {whatsapp_choice::urgent, ticket_priority::critical, true},
      {whatsapp_choice::urgent, ticket_priority::high, true},
      {whatsapp_choice::urgent, ticket_priority::medium, false},
      {whatsapp_choice::urgent, ticket_priority::low, false},
      {whatsapp_choice::always, ticket_priority::low, true},
  };
  const instant now = at("2026-11-21T10:00:00Z");
  for (const row& r : rows) {
    notification_preferences p;
    p.chosen[notice_kind::mention] = {true, false, r.choice};
    const auto plan = plan_notice(notice_kind::mention, r.priority, p, {true, true}, now);
    EXPECT_EQ(plan.whatsapp_at.has_value(), r.sent);
    EXPECT_FALSE(plan.email_at);
    EXPECT_FALSE(plan_notice(notice_kind::mention, r.priority, p, {true, false}, now).whatsapp_at)
        << "without a number";
  }
}

TEST(Plan, PutsEMailsIntoTheDigestAndItsTimeOutOfQuietHours) {
  auto p = quiet("UTC", "22:00", "06:00");
  p.digest = digest_mode::hourly;
  const reachable all{true, true};
  const auto day =
      plan_notice(notice_kind::mention, ticket_priority::low, p, all, at("2026-11-21T10:10:00Z"));
  EXPECT_TRUE(day.email_in_digest);
  EXPECT_EQ(day.email_at, at("2026-11-21T11:00:00Z"));
  const auto late =
      plan_notice(notice_kind::mention, ticket_priority::low, p, all, at("2026-11-21T21:10:00Z"));
  EXPECT_EQ(late.email_at, at("2026-11-22T06:00:00Z"));
  const auto urgent = plan_notice(notice_kind::mention, ticket_priority::critical, p, all,
                                  at("2026-11-21T21:10:00Z"));
  EXPECT_FALSE(urgent.email_in_digest);
  EXPECT_EQ(urgent.email_at, at("2026-11-21T21:10:00Z"));
}

TEST(Plan, IsEmptyForWhoWantsNothingOrCannotBeReached) {
  notification_preferences p;
  p.chosen[notice_kind::mention] = {false, false, whatsapp_choice::off};
  const instant now = at("2026-11-21T10:00:00Z");
  EXPECT_TRUE(
      plan_notice(notice_kind::mention, ticket_priority::low, p, {true, true}, now).empty());
  p.chosen[notice_kind::mention] = {false, true, whatsapp_choice::always};
  EXPECT_TRUE(
      plan_notice(notice_kind::mention, ticket_priority::low, p, {false, false}, now).empty());
}

}  // namespace
}  // namespace fibrehub::domain
