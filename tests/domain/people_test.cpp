#include "domain/people.hpp"

#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

principal somebody(role as) {
  principal p;
  p.as = as;
  p.user_id = 1;
  p.teams = {10};
  if (as == role::team_lead) {
    p.led = {10};
    p.crew = {2};
  }
  if (as == role::client) p.client_id = 5;
  return p;
}

TEST(Visibility, FollowsRoleAssignmentTeamAndCompany) {
  struct row {
    ticket_ownership ticket;
    bool lead, technician, client;
  };
  const row rows[] = {
      {{0, 0, 0}, false, false, false},   // nobody's
      {{1, 0, 0}, true, true, false},     // one's own
      {{2, 0, 0}, true, false, false},    // a crew member's
      {{3, 0, 0}, false, false, false},   // a stranger's
      {{0, 10, 0}, true, true, false},    // the team's, unclaimed
      {{2, 10, 0}, true, false, false},   // the team's, claimed by a colleague
      {{3, 10, 0}, true, false, false},   // the team's, claimed by a guest
      {{0, 11, 0}, false, false, false},  // another team's
      {{0, 0, 5}, false, false, true},    // the client's
      {{0, 0, 6}, false, false, false},   // another client's
  };
  for (const row& r : rows) {
    for (const role all : {role::admin, role::manager, role::viewer})
      EXPECT_TRUE(may_see(somebody(all), r.ticket));
    EXPECT_EQ(may_see(somebody(role::team_lead), r.ticket), r.lead);
    EXPECT_EQ(may_see(somebody(role::technician), r.ticket), r.technician);
    EXPECT_EQ(may_see(somebody(role::client), r.ticket), r.client);
  }
}

TEST(Visibility, OfSomebodyWithoutIdTeamOrCompanyIsNothing) {
  principal empty;
  for (const role as : {role::team_lead, role::technician, role::client}) {
    empty.as = as;
    EXPECT_FALSE(may_see(empty, {0, 0, 0}));
  }
}

TEST(Permissions, GrowWithTheRole) {
  for (int p = 0; p <= static_cast<int>(permission::manage_channels); ++p) {
    const auto wanted = static_cast<permission>(p);
    EXPECT_TRUE(allows(role::admin, wanted));
    EXPECT_GE(allows(role::manager, wanted), allows(role::team_lead, wanted)) << p;
    EXPECT_GE(allows(role::team_lead, wanted), allows(role::technician, wanted)) << p;
  }
  EXPECT_FALSE(allows(role::manager, permission::manage_people));
  EXPECT_FALSE(allows(role::manager, permission::manage_outbox));
  EXPECT_FALSE(allows(role::manager, permission::manage_channels));
  EXPECT_FALSE(allows(role::viewer, permission::write_note));
  EXPECT_FALSE(allows(role::client, permission::read_internal_notes));
  EXPECT_TRUE(allows(role::client, permission::create_ticket));
}

}  // namespace
}  // namespace fibrehub::domain
