#include "store/attachments/attachments.hpp"

#include <gmock/gmock.h>

#include "store/followers.hpp"
#include "tests/store/work_fixture.hpp"

namespace fibrehub::store::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string hash_a(64, 'a'), hash_b(64, 'b');

class Attachments : public work_fixture {
 protected:
  static add_attachments one(const std::string& uid, std::int64_t bytes = 100,
                             const std::string& hash = hash_a) {
    return {uid, {{hash, "photo.jpg", "image/jpeg", bytes}}};
  }
  std::int64_t only_id(const std::string& uid) { return ticket(uid).attachments.at(0).id; }
};

TEST_F(Attachments, BelongToTheirTicketAndItsHistory) {
  const std::string uid = make_ticket();
  const auto done = change(add_attachments{
      uid, {{hash_a, "photo.jpg", "image/jpeg", 100}, {hash_b, "plan.pdf", "application/pdf", 7}}});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->status, 201U);
  EXPECT_THAT(done->data_json, HasSubstr(R"("version":3)"));
  const ticket_detail d = ticket(uid);
  ASSERT_EQ(d.attachments.size(), 2U);
  EXPECT_EQ(d.attachments[0].name, "photo.jpg");
  EXPECT_EQ(d.attachments[0].sha256_hex, hash_a);
  EXPECT_EQ(d.attachments[0].author, "Mandla");
  EXPECT_EQ(d.attachments[1].content_type, "application/pdf");
  EXPECT_THAT(
      history(uid),
      ElementsAre(
          "attachment attachment:  → photo.jpg (image/jpeg, 100 bytes, sha256 " + hash_a + ")",
          "attachment attachment:  → plan.pdf (application/pdf, 7 bytes, sha256 " + hash_b + ")"));
  ASSERT_EQ(events_.size(), 2U);
  EXPECT_EQ(events_[0].kind, "attachment.created");
  EXPECT_EQ(events_[0].ticket_uid, uid);
  EXPECT_THAT(events_[1].data_json, HasSubstr("plan.pdf"));
  EXPECT_THAT(touched_, ElementsAre(d.ticket.id));
}

TEST_F(Attachments, AreRefusedWhenTheTicketWouldCarryMoreThan50Megabytes) {
  const std::string uid = make_ticket();
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(change(one(uid, max_attachment_bytes - (i == 4 ? 1 : 0))));
  EXPECT_TRUE(change(one(uid, 1)));
  const auto full = change(one(uid, 1));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, errc::conflict);
  EXPECT_EQ(full.error().reason, "ticket_full");
  EXPECT_EQ(ticket(uid).attachments.size(), 6U);
  EXPECT_EQ(history(uid).size(), 6U);
  ASSERT_TRUE(change(delete_attachment{only_id(uid)}));
  EXPECT_TRUE(change(one(uid, max_attachment_bytes)));
}

TEST_F(Attachments, OfTicketsThatAreNotToBeSeenAreNotThere) {
  const std::string uid = make_ticket();
  EXPECT_EQ(change(one(uid), technician(1)).error().code, errc::not_found);
  EXPECT_EQ(change(one("FT1")).error().code, errc::not_found);
  ASSERT_TRUE(change(one(uid)));
  const std::int64_t id = only_id(uid);
  EXPECT_TRUE(read(find_attachment{id, manager()}));
  EXPECT_FALSE(read(find_attachment{id, technician(1)}));
  EXPECT_FALSE(read(find_attachment{id + 1, manager()}));
  EXPECT_FALSE(read(get_ticket_load{uid, technician(1)}));
  EXPECT_EQ(change(delete_attachment{id}, technician(1)).error().code, errc::not_found);
  execute("UPDATE tickets SET assigned_to = 1");
  EXPECT_EQ(read(find_attachment{id, technician(1)})->ticket_uid, uid);
  EXPECT_EQ(read(get_ticket_load{uid, technician(1)})->bytes, 100);
}

TEST_F(Attachments, AreHiddenWhenDeletedAndStayInTheHistory) {
  const std::string uid = make_ticket();
  ASSERT_TRUE(change(one(uid)));
  const std::int64_t id = only_id(uid);
  ASSERT_TRUE(change(delete_attachment{id}));
  EXPECT_EQ(events_.at(0).kind, "attachment.deleted");
  EXPECT_THAT(ticket(uid).attachments, IsEmpty());
  EXPECT_FALSE(read(find_attachment{id, manager()}));
  EXPECT_EQ(change(delete_attachment{id}).error().code, errc::not_found);
  EXPECT_THAT(history(uid).back(), HasSubstr(hash_a + ") → "));
  EXPECT_EQ(read(get_ticket_load{uid, manager()})->files, 0);
}

TEST_F(Attachments, FilesThatNoRowNamesAreFoundAndDeletedRowsName) {
  const std::string uid = make_ticket();
  ASSERT_TRUE(change(one(uid)));
  ASSERT_TRUE(change(delete_attachment{only_id(uid)}));
  EXPECT_THAT(read(find_unnamed_blobs{{hash_a, hash_b}}).value(), ElementsAre(hash_b));
}

TEST_F(Attachments, FollowersAreShownToStaffAndFollowOnce) {
  const std::string uid = make_ticket();
  execute("UPDATE tickets SET assigned_team = 20");
  const auto lerato = technician(2, {20});
  ASSERT_TRUE(change(follow_ticket{uid, true}, lerato));
  const auto again = change(follow_ticket{uid, true}, lerato);
  ASSERT_TRUE(again);
  EXPECT_THAT(again->data_json, HasSubstr(R"("following":true)"));
  const ticket_detail d = ticket(uid);
  ASSERT_EQ(d.followers.size(), 1U);
  EXPECT_EQ(d.followers[0].id, 2);
  EXPECT_EQ(d.followers[0].name, "Lerato");
  EXPECT_EQ(d.ticket.version, 1) << "following changes nothing about the ticket";
  execute("UPDATE tickets SET client_id = 1");
  domain::principal client = manager();
  client.as = domain::role::client;
  client.client_id = 1;
  EXPECT_THAT(ticket(uid, client).followers, IsEmpty());
  ASSERT_TRUE(change(follow_ticket{uid, false}, lerato));
  EXPECT_THAT(ticket(uid).followers, IsEmpty());
  EXPECT_TRUE(change(follow_ticket{uid, false}, lerato));
}

TEST_F(Attachments, OnlyPeopleWhoSeeATicketCanFollowIt) {
  const std::string uid = make_ticket();
  EXPECT_EQ(change(follow_ticket{uid, true}).error().code, errc::forbidden) << "no person";
  EXPECT_EQ(change(follow_ticket{uid, true}, technician(1)).error().code, errc::not_found);
}

}  // namespace
}  // namespace fibrehub::store::tests
