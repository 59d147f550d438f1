#include "domain/chat_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const uid_finder uids(uid_templates::defaults());

struct row {
  const char* text;
  bool picture;
  const char* expected;  // "verb|uid|text", or empty: an ordinary message
};

class ChatCommand : public testing::TestWithParam<row> {};

TEST_P(ChatCommand, IsReadOrIsNone) {
  const auto c = read_chat_command(GetParam().text, uids, GetParam().picture);
  EXPECT_EQ(c ? std::string(name_of(c->verb)) + "|" + c->uid + "|" + c->text : std::string(),
            GetParam().expected)
      << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Table, ChatCommand,
    testing::Values(
        row{"status", false, "status||"}, row{"  Status  ", false, "status||"},
        row{"STATUS ft18", false, "status|FT18|"}, row{"status: FT18?", false, "status|FT18|"},
        row{"/status FT18", false, "status|FT18|"}, row{"status quo is fine", false, ""},
        row{"statuses", false, ""}, row{"what is the status", false, ""},
        row{"done", false, "done||"}, row{"Done!", false, "done||"},
        row{"done DR77-01 replaced the ONT", false, "done|DR77-01|replaced the ONT"},
        row{"done\nreplaced the ONT", false, "done||replaced the ONT"},
        row{"done, customer is online", false, "done||customer is online"},
        row{"not done", false, ""}, row{"start", false, "start||"},
        row{"start FT18", false, "start|FT18|"}, row{"start tomorrow", false, ""},
        row{"note", false, ""}, row{"note FT18", false, ""},
        row{"note FT18 gate code 12", false, "note|FT18|gate code 12"},
        row{"note dog in the yard", false, "note||dog in the yard"}, row{"photo", false, "photo||"},
        row{"photo FT18", false, "photo|FT18|"}, row{"photo of the splice", false, ""},
        row{"photo of the splice", true, "photo||of the splice"},
        row{"photo FT18 splice", true, "photo|FT18|splice"}, row{"help", false, "help||"},
        row{"help me", false, ""}, row{"", false, ""}, row{"!", false, ""}));

TEST(ChatCommands, DoneGoesWhereTheWorkflowLeads) {
  const workflow usual = workflow::defaults();
  EXPECT_EQ(done_means(usual, ticket_status::in_progress, role::technician),
            ticket_status::resolved);
  EXPECT_EQ(done_means(usual, ticket_status::assigned, role::technician), ticket_status::resolved)
      << "to be refused with what is possible";
  const std::string lines[] = {"in_progress > qa", "in_progress > resolved : team_lead",
                               "qa > resolved : team_lead"};
  const workflow checked = *workflow::parse(lines);
  EXPECT_EQ(done_means(checked, ticket_status::in_progress, role::technician), ticket_status::qa);
  EXPECT_EQ(done_means(checked, ticket_status::in_progress, role::team_lead),
            ticket_status::resolved);
}

TEST(ChatCommands, AnAnswerListsTheTicketsThatCouldBeMeant) {
  std::vector<chat_candidate> many;
  for (int i = 1; i <= 12; ++i)
    many.push_back({"FT" + std::to_string(i), "No light", "assigned"});
  const std::string said = which_ticket(chat_verb::done, many);
  EXPECT_THAT(said, HasSubstr("FT10 (assigned) No light"));
  EXPECT_THAT(said, Not(HasSubstr("FT11")));
  EXPECT_THAT(said, HasSubstr("and 2 more"));
  EXPECT_THAT(said, HasSubstr("done FT1"));
  EXPECT_THAT(which_ticket(chat_verb::note, {}), HasSubstr("note with its UID"));
}

TEST(ChatCommands, AStatusLeavesOutWhatNobodyKnows) {
  chat_status s;
  s.uid = "FT18";
  s.title = "No light";
  s.status = "assigned";
  s.priority = "high";
  s.address = "1 Main Road";
  EXPECT_EQ(describe(s), "FT18: No light\nStatus: assigned\nPriority: high\nAddress: 1 Main Road");
}

}  // namespace
}  // namespace fibrehub::domain
