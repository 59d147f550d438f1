#include "domain/event_access.hpp"

#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

using circle = event_access::circle;

constexpr role all_roles[] = {role::admin,      role::manager, role::team_lead,
                              role::technician, role::viewer,  role::client};

/// User 1 of team 10 and company 5; a lead leads team 11 with user 2.
principal somebody(role as) {
  principal p;
  p.as = as;
  p.user_id = 1;
  p.teams = {10};
  if (as == role::team_lead) {
    p.led = {11};
    p.crew = {2};
  }
  if (as == role::client) p.client_id = 5;
  return p;
}

TEST(EventAccess, FollowsWhatMaySeeSaysOfTheTicket) {
  int heard = 0;
  for (const role r : all_roles)
    for (const std::int64_t user : {0, 1, 2, 3})
      for (const std::int64_t team : {0, 10, 11, 12})
        for (const std::int64_t client : {0, 5, 6}) {
          const ticket_ownership owner{user, team, client};
          const auto who = somebody(r);
          const hearing h = hears(who, {circle::ticket, owner});
          EXPECT_EQ(h != hearing::nothing, may_see(who, owner));
          EXPECT_EQ(h == hearing::outside, r == role::client && may_see(who, owner));
          heard += h == hearing::nothing ? 0 : 1;
        }
  EXPECT_GT(heard, 0);
}

TEST(EventAccess, TellsThoseWhoLoseSightThatTheyDoAndNoMore) {
  const event_access handed_on{circle::ticket, {3, 0, 0}, ticket_ownership{1, 0, 0}};
  EXPECT_EQ(hears(somebody(role::technician), handed_on), hearing::farewell);
  EXPECT_EQ(hears(somebody(role::admin), handed_on), hearing::all);
  const event_access given{circle::ticket, {1, 0, 0}, ticket_ownership{3, 0, 0}};
  EXPECT_EQ(hears(somebody(role::technician), given), hearing::all);
  const event_access others{circle::ticket, {3, 0, 0}, ticket_ownership{2, 0, 0}};
  EXPECT_EQ(hears(somebody(role::technician), others), hearing::nothing);
  EXPECT_EQ(hears(somebody(role::team_lead), others), hearing::farewell);
  const event_access claimed{circle::ticket, {3, 10, 0}, ticket_ownership{0, 10, 0}};
  EXPECT_EQ(hears(somebody(role::technician), claimed), hearing::farewell);
}

TEST(EventAccess, KeepsWhatIsForStaffFromClients) {
  const ticket_ownership of_company{1, 10, 5};
  EXPECT_EQ(hears(somebody(role::client), {circle::ticket, of_company}), hearing::outside);
  EXPECT_EQ(hears(somebody(role::client), {circle::ticket_staff, of_company}), hearing::nothing);
  EXPECT_EQ(hears(somebody(role::technician), {circle::ticket_staff, of_company}), hearing::all);
  EXPECT_EQ(hears(somebody(role::technician), {circle::ticket_staff, {3, 0, 5}}), hearing::nothing);
}

TEST(EventAccess, AsksForThePermissionOfWhatBelongsToNoTicket) {
  const auto heard_by = [](circle c) {
    std::string out;
    for (const role r : all_roles)
      if (hears(somebody(r), {c}) == hearing::all) out += std::string(name_of(r)) + " ";
    return out;
  };
  EXPECT_EQ(heard_by(circle::overseers), "admin manager viewer ");
  EXPECT_EQ(heard_by(circle::channels), "admin manager team_lead viewer ");
  EXPECT_EQ(heard_by(circle::people), "admin manager team_lead technician viewer ");
  EXPECT_EQ(heard_by(circle::review), "admin manager team_lead viewer ");
  EXPECT_EQ(heard_by(circle::rules), "admin manager ");
  EXPECT_EQ(heard_by(circle::everybody), "admin manager team_lead technician viewer client ");
  EXPECT_EQ(event_access{}.who, circle::overseers) << "what nobody thought about is not for all";
}

TEST(SameAccess, IgnoresTheOrderOfTeamsAndNothingElse) {
  principal a = somebody(role::team_lead);
  a.teams = {10, 12};
  principal b = a;
  b.teams = {12, 10};
  b.name = "renamed";
  EXPECT_TRUE(have_same_access(a, b));
  for (auto change :
       {+[](principal& p) { p.as = role::viewer; }, +[](principal& p) { p.teams.push_back(13); },
        +[](principal& p) { p.crew.clear(); }, +[](principal& p) { p.led = {12}; },
        +[](principal& p) { p.client_id = 6; }}) {
    principal other = a;
    change(other);
    EXPECT_FALSE(have_same_access(a, other));
  }
}

}  // namespace
}  // namespace fibrehub::domain
