#include "domain/notices.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const instant noon = *parse_rfc3339("2026-11-21T10:00:00Z");

// Who there is: 1 and 2 technicians of team 20, 3 leads it, 4 manager, 5 admin, 6 viewer, 7 of the
// client with company 5, who is in team 20 by mistake, 8 technician of another team.
notice_person somebody(std::int64_t id, role as, std::vector<std::int64_t> teams) {
  notice_person p;
  p.who.what = principal::kind::user;
  p.who.user_id = id;
  p.who.as = as;
  p.who.teams = std::move(teams);
  p.email = std::to_string(id) + "@x";
  p.phone = "+2783000000" + std::to_string(id);
  return p;
}

notice_directory people() {
  notice_directory d;
  d.people.emplace(1, somebody(1, role::technician, {20}));
  d.people.emplace(2, somebody(2, role::technician, {20}));
  d.people.emplace(3, somebody(3, role::team_lead, {}));
  d.people.at(3).who.led = {20};
  d.people.at(3).who.crew = {1, 2};
  d.people.emplace(4, somebody(4, role::manager, {}));
  d.people.emplace(5, somebody(5, role::admin, {}));
  d.people.emplace(6, somebody(6, role::viewer, {}));
  d.people.emplace(7, somebody(7, role::client, {20}));
  d.people.at(7).who.client_id = 5;
  d.people.emplace(8, somebody(8, role::technician, {21}));
  d.teams = {{20, "North", "Zone A", {}}, {21, "Splicers", "", {"build"}}};
  return d;
}

ticket_record ticket() {
  ticket_record t;
  t.id = 100;
  t.uid = "FF-0001";
  t.history_seq = 4;
  at(t.values, field::title) = "No light";
  at(t.values, field::source) = "ff_internal";
  at(t.values, field::type) = "fault";
  at(t.values, field::zone) = "Zone A";
  at(t.values, field::priority) = "high";
  at(t.values, field::status) = "new";
  return t;
}

ticket_news news_of(const ticket_record& t, std::vector<change_entry> entries, std::int64_t by = 0,
                    std::vector<std::int64_t> mentioned = {}) {
  ticket_news n;
  n.by_user = by;
  n.by_name = "Mandla";
  n.at = noon;
  read_entries(n, t, entries, mentioned);
  return n;
}

/// "kind:user", in order.
std::vector<std::string> told(const ticket_news& n, const notice_directory& d = people()) {
  std::vector<std::string> out;
  for (const owed_notice& o : owed_notices(n, d))
    out.push_back(fmt::format("{}:{}", name_of(o.kind), o.user_id));
  return out;
}

TEST(ResponsibleTeam, IsTheOneThatFitsBest) {
  struct row {
    std::vector<notice_team> teams;
    const char *zone, *type;
    std::int64_t team;
  };
  const notice_team zone{1, "Z", "Zone A", {}}, both{2, "B", "zone a", {"fault"}},
      type{3, "T", "", {"Fault"}}, other_zone{4, "O", "Zone B", {"fault"}},
      other_type{5, "P", "Zone A", {"build"}}, everything{6, "E", "", {}},
      triage{7, "triage", "", {"build"}}, sorting{8, "Desk", "", {"triage"}};
  const row rows[] = {
      {{zone, both, type}, "Zone A", "fault", 2},
      {{zone, type}, "Zone A", "fault", 1},
      {{other_zone, type}, "Zone A", "fault", 3},
      {{other_type, type}, "Zone A", "fault", 3},
      {{other_zone, other_type}, "Zone A", "fault", 0},
      {{everything}, "Zone A", "fault", 0},  // named by nothing: no answer
      {{other_zone, triage}, "Zone A", "fault", 7},
      {{sorting, triage}, "", "fault", 8},
      {{zone, sorting}, "", "fault", 8},  // without a zone it is nobody's
      {{zone, {9, "Z2", "Zone A", {}}}, "Zone A", "fault", 1},
      {{}, "Zone A", "fault", 0},
  };
  for (const row& r : rows)
    EXPECT_EQ(responsible_team(r.zone, r.type, r.teams), r.team) << &r - rows;
}

TEST(News, OfANewTicketGoesToItsTeamOrToTriageOrToManagers) {
  const change_entry made{"created", "ticket", "", "ff_internal"};
  EXPECT_THAT(told(news_of(ticket(), {made})), ElementsAre("created:1", "created:2"));
  EXPECT_THAT(told(news_of(ticket(), {made}, 1)), ElementsAre("created:2")) << "not who made it";
  ticket_record far = ticket();
  at(far.values, field::zone) = "Zone Z";
  EXPECT_THAT(told(news_of(far, {made})), ElementsAre("created:4"));
  notice_directory d = people();
  d.teams.push_back({21, "Triage", "", {}});
  EXPECT_THAT(told(news_of(far, {made}), d), ElementsAre("created:8"));
}

TEST(News, OfAnAssignmentGoesToWhoGotIt) {
  ticket_record t = ticket();
  at(t.values, field::assigned_to) = "1";
  at(t.values, field::status) = "assigned";
  const change_entry given{"assigned", "assigned_to", "", "1"},
      moved{"status", "status", "new", "assigned"};
  EXPECT_THAT(told(news_of(t, {given, moved}, 4)), ElementsAre("assigned:1"));
  EXPECT_THAT(told(news_of(t, {{"assigned", "assigned_to", "2", "1"}}, 4)),
              ElementsAre("reassigned:1"));
  EXPECT_THAT(told(news_of(t, {given, moved}, 1)), IsEmpty()) << "claimed";
  at(t.values, field::assigned_to).reset();
  EXPECT_THAT(told(news_of(t, {{"assigned", "assigned_to", "1", ""}}, 4)), IsEmpty());
  at(t.values, field::assigned_team) = "20";
  EXPECT_THAT(told(news_of(t, {{"assigned", "assigned_team", "", "20"}}, 4)),
              ElementsAre("assigned:1", "assigned:2"))
      << "a team without anybody";
  at(t.values, field::assigned_to) = "2";
  EXPECT_THAT(told(news_of(t, {{"assigned", "assigned_team", "", "20"}, given}, 4)),
              ElementsAre("assigned:2"));
}

TEST(News, OfAMentionGoesToThoseNamedOnce) {
  const change_entry note{"note", "internal", "", "@thabo please look"};
  EXPECT_THAT(told(news_of(ticket(), {note}, 4, {1, 6})), ElementsAre("mention:1", "mention:6"));
  EXPECT_THAT(told(news_of(ticket(), {note}, 1, {1})), IsEmpty()) << "oneself";
  EXPECT_THAT(told(news_of(ticket(), {note}, 4, {99})), IsEmpty()) << "gone meanwhile";
  EXPECT_THAT(told(news_of(ticket(), {note}, 4)), IsEmpty());
}

TEST(News, OfANoteReachesAClientOnlyWhenItIsPublicAndTheirs) {
  const change_entry inside{"note", "internal", "", "@ann"}, outside{"note", "public", "", "@ann"};
  ticket_record theirs = ticket();
  at(theirs.values, field::client_id) = "5";
  EXPECT_THAT(told(news_of(theirs, {outside}, 4, {7})), ElementsAre("mention:7"));
  EXPECT_THAT(told(news_of(theirs, {inside}, 4, {7})), IsEmpty());
  EXPECT_THAT(told(news_of(ticket(), {outside}, 4, {7})), IsEmpty());
}

TEST(News, QuotesANoteOnlyToThoseWhoSeeTheTicket) {
  ticket_record t = ticket();
  at(t.values, field::assigned_to) = "1";
  const auto owed = owed_notices(
      news_of(t, {{"note", "internal", "", "@thabo the gate code is 1234"}}, 4, {1, 8}), people());
  ASSERT_EQ(owed.size(), 2U);
  EXPECT_THAT(owed[0].text, HasSubstr("1234"));
  EXPECT_THAT(owed[1].text, Not(HasSubstr("1234")));
  EXPECT_THAT(owed[1].subject, "Mandla named you in FF-0001");
}

TEST(News, OfAMoveGoesToFollowersWhoStillSeeTheTicket) {
  notice_directory d = people();
  d.followers[100] = {1, 4, 6, 7, 8};
  ticket_record t = ticket();
  at(t.values, field::assigned_to) = "1";
  const change_entry moved{"status", "status", "assigned", "in_progress"};
  const auto owed = owed_notices(news_of(t, {moved}, 4), d);
  ASSERT_EQ(owed.size(), 2U);
  EXPECT_EQ(owed[0].user_id, 1);
  EXPECT_EQ(owed[1].user_id, 6);
  EXPECT_TRUE(owed[0].plan.in_app);
  EXPECT_FALSE(owed[0].plan.email_at);
  EXPECT_EQ(owed[0].subject, "FF-0001 is in_progress: No light");
  // As another desk writes it.
  EXPECT_THAT(told(news_of(t, {{"field", "status", "assigned", "closed"}}), d),
              ElementsAre("status_changed:1", "status_changed:4", "status_changed:6"));
}

TEST(News, OfApprovalGoToManagersAndBackToWhoAsked) {
  ticket_record t = ticket();
  notice_directory d = people();
  const change_entry wanted{"status", "status", "new", "pending_approval"},
      decided{"status", "status", "pending_approval", "assigned"};
  EXPECT_THAT(told(news_of(t, {wanted}, 3), d), ElementsAre("approval_wanted:4"));
  EXPECT_THAT(told(news_of(t, {decided}, 4), d), IsEmpty()) << "nobody asked";
  d.approval_wanted_by[100] = 3;
  EXPECT_THAT(told(news_of(t, {decided}, 4), d), ElementsAre("approval_decided:3"));
  d.people.erase(4);
  EXPECT_THAT(told(news_of(t, {wanted}, 3), d), ElementsAre("approval_wanted:5"));
}

TEST(News, OfOneChangeReachEachPersonOnceByWhatConcernsThemMost) {
  notice_directory d = people();
  d.followers[100] = {1, 2, 4};
  ticket_record t = ticket();
  at(t.values, field::assigned_to) = "1";
  at(t.values, field::assigned_team) = "20";
  const std::vector<change_entry> entries{{"status", "status", "new", "assigned"},
                                          {"assigned", "assigned_to", "", "1"}};
  EXPECT_THAT(told(news_of(t, entries, 5), d), ElementsAre("assigned:1", "status_changed:4"));
  // Who does not want to hear of the one is told of the other.
  d.people.at(1).preferences.chosen[notice_kind::assigned] = {false, false, whatsapp_choice::off};
  EXPECT_THAT(told(news_of(t, entries, 5), d), ElementsAre("status_changed:1", "status_changed:4"));
}

TEST(News, AreNoneOfOtherChanges) {
  EXPECT_TRUE(news_of(ticket(), {{"field", "title", "a", "b"},
                                 {"attachment", "added", "", "x.png"},
                                 {"field", "tags", "", "storm, info-needed-soon"},
                                 {"message", "inbound", "", "ABC"}})
                  .empty());
}

TEST(NoticeKeys, HoldTheEventAndThePerson) {
  const auto owed = owed_notices(news_of(ticket(), {{"created", "ticket", "", ""}}, 1), people());
  ASSERT_EQ(owed.size(), 1U);
  EXPECT_EQ(notice_key(100, owed[0]), "notify:100:5:created:2");
}

TEST(ClientNews, GoThroughTheChannelTheTicketCameBy) {
  ticket_record t = ticket();
  const std::vector<change_entry> entries{{"created", "message", "", "A"},
                                          {"status", "status", "assigned", "in_progress"},
                                          {"status", "status", "qa", "in_progress"},
                                          {"status", "status", "in_progress", "resolved"},
                                          {"field", "tags", "storm", "info-needed, storm"},
                                          {"field", "tags", "info-needed", "info-needed, x"}};
  EXPECT_THAT(owed_client_notices(news_of(t, entries)), IsEmpty()) << "made by staff";
  at(t.values, field::source) = "wa_inbound";
  EXPECT_THAT(owed_client_notices(news_of(t, entries)), IsEmpty()) << "no chat";
  t.chat_id = 9;
  const auto by_chat = owed_client_notices(news_of(t, entries));
  ASSERT_EQ(by_chat.size(), 4U);
  std::vector<std::string> keys;
  for (const auto& n : by_chat) {
    EXPECT_EQ(n.channel, "whatsapp");
    EXPECT_THAT(n.text, HasSubstr("FF-0001"));
    keys.push_back(client_notice_key(100, n));
  }
  EXPECT_THAT(keys, ElementsAre("client:100:received", "client:100:started",
                                "client:100:8:resolved", "client:100:9:info_needed"));
  at(t.values, field::source) = "email";
  EXPECT_THAT(owed_client_notices(news_of(t, entries)), IsEmpty()) << "no address";
  at(t.values, field::contact_email) = "ann@x";
  const auto by_mail = owed_client_notices(news_of(t, entries));
  ASSERT_EQ(by_mail.size(), 4U);
  EXPECT_EQ(by_mail[0].channel, "email");
  EXPECT_EQ(by_mail[0].address, "ann@x");
}

ticket_news clock_news(notice_kind kind, std::int64_t assignee, std::int64_t team,
                       std::string late = {}) {
  ticket_record t = ticket();
  if (assignee != 0) at(t.values, field::assigned_to) = std::to_string(assignee);
  if (team != 0) at(t.values, field::assigned_team) = std::to_string(team);
  ticket_news n;
  n.ticket = noticed(t);
  n.by_name = "SLA clock";
  n.at = noon;
  ticket_notice& notice = n.notices.emplace_back();
  notice.kind = kind;
  notice.detail = "resolution of 4 h was exceeded";
  notice.key = "resolution:1:10000:0";
  notice.late = std::move(late);
  return n;
}

TEST(Clocks, AreToldToMorePeopleTheLaterItGets) {
  using enum notice_kind;
  EXPECT_THAT(told(clock_news(clock_75, 1, 0)), ElementsAre("clock_75:1"));
  EXPECT_THAT(told(clock_news(clock_90, 1, 0)), ElementsAre("clock_90:1", "clock_90:3"));
  EXPECT_THAT(told(clock_news(clock_breached, 1, 20)),
              ElementsAre("clock_breached:1", "clock_breached:3", "clock_breached:4"));
  EXPECT_THAT(told(clock_news(clock_75, 0, 20)), ElementsAre("clock_75:1", "clock_75:2"));
  EXPECT_THAT(told(clock_news(clock_90, 8, 0)), ElementsAre("clock_90:8")) << "no lead";
  EXPECT_THAT(told(clock_news(clock_75, 0, 0)), ElementsAre("clock_75:1", "clock_75:2"))
      << "nobody has it: the team of its zone";
}

TEST(Clocks, HaveKeysOfTheirOwnAndAreGatheredWhenTheyAreLate) {
  const ticket_news now = clock_news(notice_kind::clock_breached, 1, 0);
  const owed_notice n = owed_notices(now, people()).front();
  EXPECT_EQ(notice_key(100, n), "notify:100:resolution:1:10000:0:clock_breached:1");
  EXPECT_FALSE(n.plan.email_in_digest);
  EXPECT_TRUE(n.plan.whatsapp_at);
  EXPECT_THAT(n.text, HasSubstr("resolution of 4 h was exceeded"));
  const ticket_news late = clock_news(notice_kind::clock_breached, 1, 0, "3 h");
  const owed_notice m = owed_notices(late, people()).front();
  EXPECT_TRUE(m.plan.email_in_digest);
  EXPECT_EQ(m.plan.email_at, noon);
  EXPECT_FALSE(m.plan.whatsapp_at);
  EXPECT_EQ(m.subject, "FF-0001 has taken too long (noticed 3 h late): No light");
}

}  // namespace
}  // namespace fibrehub::domain
