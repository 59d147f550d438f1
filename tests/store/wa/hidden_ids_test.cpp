// Whose number is behind a hidden id: asked when it is seen, rarely again, and two become one.
#include "store/wa/hidden_ids.hpp"

#include <gmock/gmock.h>

#include "domain/hidden_ids.hpp"
#include "tests/store/wa/wa_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using standing = answer_hidden_id::standing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string hidden = "98765432109876@lid";

class HiddenIds : public wa_fixture {
 protected:
  void SetUp() override { session("WORKING"); }
  std::vector<std::string> due() {
    connection c(db_.options());
    find_hidden_ids ask;
    ask.channel = "main";
    ask.now = now_;
    std::vector<std::string> out;
    const auto found = run(c, ask).value();
    for (const hidden_id& h : found)
      out.push_back(h.session + " " + h.lid);
    return out;
  }
  void answer(standing what, const std::string& person = {}) {
    answer_hidden_id told;
    told.channel = "main";
    told.about = {"default", hidden};
    told.what = what;
    told.person = person;
    ASSERT_TRUE(change_by_admin(std::move(told)));
  }
};

TEST_F(HiddenIds, AreAskedAboutWhenTheyAreSeenAndRarelyAgain) {
  EXPECT_THAT(due(), IsEmpty());
  says(hidden, "A1", "no light");
  EXPECT_THAT(due(), ElementsAre("default " + hidden));
  answer(standing::said_nothing);
  EXPECT_THAT(due(), IsEmpty());
  pass(hidden_id_again_after);
  EXPECT_THAT(due(), ElementsAre("default " + hidden));
  for (const int hours : {1, 6, 24, 168, 168}) {
    answer(standing::unknown);
    pass(std::chrono::hours(hours) - std::chrono::seconds(1));
    EXPECT_THAT(due(), IsEmpty()) << hours;
    pass(std::chrono::seconds(1));
    EXPECT_THAT(due(), ElementsAre("default " + hidden)) << hours;
  }
  session("STOPPED");
  EXPECT_THAT(due(), IsEmpty()) << "nobody there would answer";
  session("WORKING");
  answer(standing::known, technician_chat);
  pass(std::chrono::hours(1000));
  EXPECT_THAT(due(), IsEmpty());
}

TEST_F(HiddenIds, AreNotAskedAboutWhereTheMessageTellsTheNumber) {
  ingest item = chat_item("A1", "no light", hidden, false, false);
  auto& m = std::get<domain::chat_message>(item.what);
  m.chat_alt = m.author_alt = customer;
  hear(std::move(item));
  EXPECT_THAT(due(), IsEmpty());
}

TEST_F(HiddenIds, OneOfEachSessionIsAskedAboutAtATime) {
  says(hidden, "A1", "no light");
  says("111@lid", "A2", "no light");
  session_ = "second";
  session("WORKING");
  says("222@lid", "A3", "no light");
  EXPECT_THAT(due(), testing::UnorderedElementsAre("default " + hidden, "second 222@lid"));
}

TEST_F(HiddenIds, ATechnicianIsKnownByTheNumber) {
  const std::string uid = receive("A1", "no light");
  give_to_technician(uid);
  ASSERT_NE(says(hidden, "T1", "on my way"), uid) << "nobody knows who that is";
  close(ticket_of("T1"));
  answer(standing::known, technician_chat);
  EXPECT_EQ(says(hidden, "T2", "on my way"), uid);
  EXPECT_EQ(ticket_of("T2"), uid + " internal");
  EXPECT_EQ(says(technician_chat, "T3", "arrived"), uid);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM chats WHERE ext_id = '" + technician_chat + "'"), "0")
      << "it is the same conversation";
}

TEST_F(HiddenIds, TwoPeopleAndTheirConversationsBecomeOne) {
  const std::string by_phone = says(customer, "A1", "DR77 no light");
  pass(std::chrono::seconds(10));
  const std::string by_hidden = says(hidden, "A2", "DR78 no light");
  answer(standing::known, customer);
  EXPECT_EQ(db_.ask("SELECT count(DISTINCT contact_id) || ' ' || count(*) FROM contact_aliases"),
            "1 2");
  EXPECT_EQ(db_.ask("SELECT ext_id || ' ' || address FROM chats WHERE merged_into IS NULL"),
            customer + " " + hidden)
      << "the older one stays, answers go to where the newest message came from";
  EXPECT_EQ(says(customer, "A3", "DR78 still"), by_hidden);
  EXPECT_EQ(says(hidden, "A4", "DR77 still"), by_phone);
  EXPECT_EQ(db_.ask("SELECT count(DISTINCT contact_id) FROM messages WHERE ext_id IN ('A3', 'A4')"),
            "1");
  answer(standing::known, customer);
  EXPECT_EQ(db_.ask("SELECT count(*) FROM contacts WHERE merged_into IS NULL"), "1")
      << "told twice is as told once";
}

}  // namespace
}  // namespace fibrehub::store::tests
