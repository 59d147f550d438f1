#include "domain/ticket_commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

using kind = field_input::kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr instant noon = from_us(1'795'300'000'000'000);

class TicketCommands : public testing::Test {
 protected:
  TicketCommands() {
    at(drop_, field::zone) = "North";
    at(drop_, field::project_id) = "4";
    at(drop_, field::address) = "1 Main Road";
    by_.as = role::team_lead;
    by_.what = principal::kind::user;
    by_.user_id = 7;
    by_.name = "Marcus";
    ticket_.version = 3;
    set(field::status, "new");
    set(field::title, "No light");
    set(field::rework_count, "0");
  }
  void set(field f, const char* value) { at(ticket_.values, f) = value; }
  std::string value(field f) const { return at(ticket_.values, f).value_or("nothing"); }
  surroundings around() {
    return {rules_,
            by_,
            noon,
            [this](const std::string& d) {
              return d == "77" ? &drop_ : d == "78" ? &next_drop_ : nullptr;
            },
            [this](std::int64_t u) { return u == 7 || u == 8 ? &name_ : nullptr; },
            [this](std::int64_t t) { return t == 1 ? &name_ : nullptr; },
            [](std::int64_t user, std::int64_t team) { return user == 7 && team == 1; }};
  }
  template <class C>
  verdict run(const C& command) {
    ticket_draft draft(ticket_);
    const surroundings s = around();
    const verdict out = apply(draft, command, s);
    entries_ = draft.entries();
    return out;
  }
  verdict move_to(ticket_status to, const std::string& reason = {}) {
    return run(move_ticket{to, reason});
  }
  static given_fields fields(std::vector<std::pair<field, field_input>> items) { return {items}; }

  ticket_rules rules_;
  principal by_;
  ticket_record ticket_;
  field_values drop_, next_drop_;
  std::string name_ = "Thabo";
  std::vector<change_entry> entries_;
};

TEST_F(TicketCommands, ANewTicketHasDefaultsAPriorityOfThePairAndWhatIsKnownOfItsDrop) {
  ticket_ = {};
  ASSERT_TRUE(run(create_ticket{fields({{field::title, {kind::text, "No light", {}}},
                                        {field::drop_number, {kind::text, "DR77", {}}},
                                        {field::address, {kind::text, "2 Side Street", {}}},
                                        {field::urgency, {kind::text, "critical", {}}},
                                        {field::importance, {kind::text, "high", {}}}})}));
  EXPECT_EQ(value(field::priority), "critical");
  EXPECT_EQ(value(field::source), "ff_internal");
  EXPECT_EQ(value(field::status), "new");
  EXPECT_EQ(value(field::zone), "North");
  EXPECT_EQ(value(field::project_id), "4");
  EXPECT_EQ(value(field::address), "2 Side Street") << "what was given stays";
  EXPECT_EQ(value(field::drop_known), "true");
  EXPECT_EQ(value(field::created_by), "Marcus");
}

TEST_F(TicketCommands, AnUnknownDropIsKeptAndFlagged) {
  ticket_ = {};
  ASSERT_TRUE(run(create_ticket{fields(
      {{field::title, {kind::text, "x", {}}}, {field::drop_number, {kind::text, "DR5", {}}}})}));
  EXPECT_EQ(value(field::drop_number), "5");
  EXPECT_EQ(value(field::drop_known), "false");
}

TEST_F(TicketCommands, AClientLearnsNothingOfAnotherCompanysDrop) {
  at(drop_, field::client_id) = "5";
  by_.as = role::client;
  for (const std::int64_t client : {5, 6}) {
    ticket_ = {};
    by_.client_id = client;
    ASSERT_TRUE(run(create_ticket{fields(
        {{field::title, {kind::text, "x", {}}}, {field::drop_number, {kind::text, "DR77", {}}}})}));
    EXPECT_EQ(value(field::drop_number), "77");
    EXPECT_EQ(value(field::client_id), std::to_string(client));
    EXPECT_EQ(value(field::address), client == 5 ? "1 Main Road" : "nothing");
    EXPECT_EQ(value(field::drop_known), client == 5 ? "true" : "false") << "as if there were none";
  }
}

TEST_F(TicketCommands, ACorrectedDropTakesWhatTheWrongOneSaidWithIt) {
  at(drop_, field::client_id) = "5";
  at(next_drop_, field::client_id) = "6";
  at(next_drop_, field::zone) = "South";
  set(field::drop_number, "77");
  set(field::client_id, "5");
  set(field::zone, "North");
  set(field::project_id, "9");  // somebody said so
  set(field::address, "1 Main Road");
  ASSERT_TRUE(run(edit_ticket{fields({{field::drop_number, {kind::text, "DR78", {}}}})}));
  EXPECT_EQ(value(field::client_id), "6");
  EXPECT_EQ(value(field::zone), "South");
  EXPECT_EQ(value(field::project_id), "9");
  EXPECT_EQ(value(field::address), "nothing");
  ASSERT_TRUE(run(edit_ticket{fields(
      {{field::drop_number, {kind::text, "DR5", {}}}, {field::zone, {kind::text, "South", {}}}})}));
  EXPECT_EQ(value(field::client_id), "nothing");
  EXPECT_EQ(value(field::zone), "South") << "it was named with the change";
}

TEST_F(TicketCommands, AMoveMayAskForFields) {
  const std::string lines[] = {"new > qa: team_lead, reason, test_results, signal_level_dbm"};
  rules_.moves = *workflow::parse(lines);
  set(field::assigned_to, "8");
  set(field::signal_level_dbm, "-20.5");
  const auto refused = move_to(ticket_status::qa, "measured");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "invalid_field");
  ASSERT_EQ(refused.error().fields.size(), 1U);
  EXPECT_EQ(refused.error().fields[0],
            (std::pair<std::string, std::string>{"test_results", "is required for this move"}));
  set(field::test_results, "clean");
  EXPECT_TRUE(move_to(ticket_status::qa, "measured"));
}

TEST_F(TicketCommands, WhatIsClosedWithoutBeingResolvedIsNotResolved) {
  ASSERT_TRUE(move_to(ticket_status::closed, "spam"));
  EXPECT_EQ(value(field::resolved_at), "nothing");
  EXPECT_EQ(value(field::closed_at), to_rfc3339(noon));
}

TEST_F(TicketCommands, AReopenedTicketIsNotMergedAnyMore) {
  set(field::status, "closed");
  set(field::merged_into, "DR1-01");
  ASSERT_TRUE(move_to(ticket_status::new_, "another fault"));
  EXPECT_EQ(value(field::merged_into), "nothing");
  EXPECT_THAT(entries_, testing::Contains(testing::Field(&change_entry::action, "unmerged")));
}

TEST_F(TicketCommands, EverythingWrongWithANewTicketIsSaidAtOnce) {
  ticket_ = {};
  const auto refused = run(create_ticket{fields({{field::type, {kind::text, "flood", {}}},
                                                 {field::status, {kind::text, "closed", {}}},
                                                 {field::penalty, {kind::text, "much", {}}}})});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fields.size(), 3U);
  EXPECT_EQ(refused.error().reason, "invalid_field");
  ticket_ = {};
  const auto untitled = run(create_ticket{});
  ASSERT_FALSE(untitled);
  EXPECT_EQ(untitled.error().message, "title is required");
  ticket_ = {};
  const auto forged = run(create_ticket{fields(
      {{field::title, {kind::text, "x", {}}}, {field::source, {kind::text, "qcontact", {}}}})});
  ASSERT_FALSE(forged);
  EXPECT_THAT(forged.error().message, HasSubstr("made by their channel only"));
}

TEST_F(TicketCommands, AnIllegalMoveNamesTheLegalOnes) {
  const auto refused = move_to(ticket_status::resolved);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, refusal::kind::conflict);
  EXPECT_EQ(refused.error().reason, "illegal_move");
  EXPECT_THAT(refused.error().legal_moves,
              ElementsAre("triaged", "assigned", "pending_approval", "closed"));
  EXPECT_TRUE(entries_.empty());
  EXPECT_EQ(value(field::status), "new");
}

TEST_F(TicketCommands, AMoveTakesTheRoleTheReasonAndSomebodyWhoWorks) {
  by_.as = role::technician;
  EXPECT_EQ(move_to(ticket_status::triaged).error().what, refusal::kind::forbidden);
  by_.as = role::team_lead;
  EXPECT_EQ(move_to(ticket_status::closed).error().fields.front().first, "reason");
  EXPECT_EQ(move_to(ticket_status::assigned).error().reason, "not_assigned");
  EXPECT_TRUE(move_to(ticket_status::closed, "not ours"));
  EXPECT_EQ(value(field::closed_at), to_rfc3339(noon));
  EXPECT_TRUE(move_to(ticket_status::new_, "it is ours"));
  EXPECT_EQ(value(field::closed_at), "nothing");
  EXPECT_EQ(value(field::resolved_at), "nothing");
}

TEST_F(TicketCommands, WorkSentBackByQualityAssuranceCountsAsRework) {
  set(field::status, "qa");
  set(field::assigned_to, "8");
  ASSERT_TRUE(move_to(ticket_status::in_progress, "photo missing"));
  EXPECT_EQ(value(field::rework_count), "1");
  EXPECT_EQ(value(field::rework_required), "true");
}

TEST_F(TicketCommands, AssigningMovesANewTicketAndReassigningTakesAReason) {
  ASSERT_TRUE(run(assign_ticket{8, 1, {}}));
  EXPECT_EQ(value(field::status), "assigned");
  EXPECT_EQ(value(field::assigned_to), "8");
  EXPECT_EQ(run(assign_ticket{7, {}, {}}).error().fields.front().first, "reason");
  EXPECT_EQ(value(field::assigned_to), "8");
  ASSERT_TRUE(run(assign_ticket{7, {}, "on leave"}));
  EXPECT_EQ(entries_.front().action, "assigned");
  EXPECT_EQ(entries_.front().old_value, "8");
  ASSERT_TRUE(run(assign_ticket{0, 0, "nobody there"}));
  EXPECT_EQ(value(field::status), "triaged");
  EXPECT_FALSE(run(assign_ticket{99, {}, "x"}));
  EXPECT_FALSE(run(assign_ticket{{}, {}, "x"}));
}

TEST_F(TicketCommands, AMemberClaimsTheTeamsWorkOnce) {
  EXPECT_EQ(run(claim_ticket{}).error().reason, "not_your_team");
  set(field::assigned_team, "1");
  ASSERT_TRUE(run(claim_ticket{}));
  EXPECT_EQ(value(field::assigned_to), "7");
  EXPECT_EQ(value(field::status), "assigned");
  ASSERT_TRUE(run(claim_ticket{})) << "claiming one's own again changes nothing";
  EXPECT_TRUE(entries_.empty());
  set(field::assigned_to, "8");
  EXPECT_EQ(run(claim_ticket{}).error().reason, "claimed");
}

TEST_F(TicketCommands, ATechnicianChangesWhatIsMeasuredAndNothingElse) {
  by_.as = role::technician;
  EXPECT_TRUE(run(edit_ticket{fields({{field::splice_count, {kind::number, "4", {}}}})}));
  const auto refused = run(edit_ticket{fields({{field::title, {kind::text, "x", {}}}})});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("technician"));
}

TEST_F(TicketCommands, AClientSaysWhatIsWrongAndNoMore) {
  ticket_ = {};
  by_.as = role::client;
  by_.client_id = 12;
  ASSERT_TRUE(run(create_ticket{fields({{field::title, {kind::text, "No light", {}}}})}));
  EXPECT_EQ(value(field::client_id), "12");
  ticket_ = {};
  EXPECT_FALSE(run(create_ticket{fields(
      {{field::title, {kind::text, "x", {}}}, {field::priority, {kind::text, "critical", {}}}})}));
  EXPECT_FALSE(run(edit_ticket{fields({{field::title, {kind::text, "y", {}}}})}));
}

TEST_F(TicketCommands, SettingAFieldToWhatItIsChangesNothing) {
  ASSERT_TRUE(run(edit_ticket{fields({{field::title, {kind::text, "No light", {}}}})}));
  EXPECT_TRUE(entries_.empty());
}

TEST_F(TicketCommands, BeginOnlyWhenSeenAllowedAndUpToDate) {
  ticket_command c;
  c.uid = "FF-0001";
  c.what = note_ticket{"x", true};
  principal stranger;
  stranger.as = role::technician;
  stranger.user_id = 9;
  EXPECT_EQ(may_begin(ticket_, c, stranger).error().what, refusal::kind::not_found);
  by_.as = role::viewer;
  EXPECT_EQ(may_begin(ticket_, c, by_).error().what, refusal::kind::forbidden);
  by_.as = role::manager;
  c.version = 2;
  EXPECT_EQ(may_begin(ticket_, c, by_).error().reason, "stale_version");
  c.version = 3;
  EXPECT_TRUE(may_begin(ticket_, c, by_));
}

TEST(Mentions, AreNamesAfterAnAtSignThatIsNoAddress) {
  EXPECT_THAT(mentions_in("@thabo.m please, and @\"Sarah van Wyk\"; mail x@y.example. @thabo.m"),
              ElementsAre("thabo.m", "Sarah van Wyk"));
  EXPECT_THAT(mentions_in("@ nobody @\"open"), ElementsAre());
}

}  // namespace
}  // namespace fibrehub::domain
