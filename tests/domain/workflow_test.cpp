#include "domain/workflow.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

using s = ticket_status;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Workflow, HasTheMovesOfTheSpecificationAndNoOthers) {
  const std::vector<std::pair<s, std::vector<s>>> wanted = {
      {s::new_, {s::triaged, s::assigned, s::pending_approval, s::closed}},
      {s::pending_approval, {s::assigned, s::new_, s::closed}},
      {s::triaged, {s::assigned, s::closed}},
      {s::assigned, {s::scheduled, s::in_progress, s::triaged, s::blocked}},
      {s::scheduled, {s::in_progress, s::assigned, s::blocked}},
      {s::in_progress, {s::blocked, s::qa, s::resolved, s::assigned}},
      {s::blocked, {s::in_progress, s::assigned, s::closed}},
      {s::qa, {s::resolved, s::in_progress}},
      {s::resolved, {s::closed, s::in_progress}},
      {s::closed, {s::new_}}};
  const workflow flow = workflow::defaults();
  std::size_t moves = 0;
  for (const auto& [from, tos] : wanted)
    for (const s to : tos) {
      EXPECT_NE(flow.find(from, to), nullptr) << name_of(from) << " to " << name_of(to);
      ++moves;
    }
  EXPECT_EQ(flow.all().size(), moves);
}

TEST(Workflow, NamesTheMovesARoleMayMake) {
  const workflow flow = workflow::defaults();
  EXPECT_THAT(flow.legal_moves(s::qa, role::technician), ElementsAre());
  EXPECT_THAT(flow.legal_moves(s::qa, role::team_lead), ElementsAre("resolved", "in_progress"));
  EXPECT_THAT(flow.legal_moves(s::pending_approval, role::team_lead), ElementsAre());
  EXPECT_THAT(flow.legal_moves(s::new_, role::client), ElementsAre());
}

TEST(Workflow, IsReadFromLinesAndSaysWhichOneIsWrong) {
  const std::vector<std::string> good{"new > closed: manager, reason", "closed>new"};
  const auto flow = workflow::parse(good);
  ASSERT_TRUE(flow) << flow.error();
  EXPECT_TRUE(flow->find(s::new_, s::closed)->needs_reason);
  EXPECT_EQ(flow->find(s::new_, s::closed)->least, role::manager);
  EXPECT_EQ(flow->find(s::closed, s::new_)->least, role::technician);
  EXPECT_EQ(flow->find(s::new_, s::triaged), nullptr);
  for (const char* bad :
       {"new", "new > new", "new > done", "new > closed: client", "new > closed: sometimes"}) {
    const auto refused = workflow::parse(std::vector<std::string>{bad});
    ASSERT_FALSE(refused) << bad;
    EXPECT_THAT(refused.error(), HasSubstr(bad));
  }
  EXPECT_FALSE(workflow::parse(std::vector<std::string>{"new > closed", "new > closed"}));
}

}  // namespace
}  // namespace fibrehub::domain
