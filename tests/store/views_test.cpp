#include "store/views/views.hpp"

#include <gtest/gtest.h>

#include "tests/store/work_fixture.hpp"

namespace fibrehub::store {
namespace {

class Views : public tests::work_fixture {
 protected:
  template <class Request>
  write_outcome make(const Request& request, const domain::principal& by) {
    const write_origin origin{by, tests::noon, {}, {}};
    change_context context{origin, [] { return 0; }, {}, {}};
    connection c(db_.options());
    return c.transact([&](auto& tx) { return run(c, tx, request, context); });
  }
  std::vector<view> seen_by(const domain::principal& by) {
    connection c(db_.options());
    return *run(c, list_views{by});
  }
  static save_view named(std::string name, bool shared = false) {
    save_view v;
    v.name = std::move(name);
    v.query = "status:open";
    v.shared = shared;
    return v;
  }
};

TEST_F(Views, AreSeenByTheirOwnerAndSharedOnesByAll) {
  const auto thabo = technician(1), lerato = technician(2);
  ASSERT_TRUE(make(named("Mine"), thabo));
  ASSERT_TRUE(make(named("Ours", true), thabo));
  EXPECT_EQ(seen_by(thabo).size(), 2u);
  ASSERT_EQ(seen_by(lerato).size(), 1u);
  EXPECT_EQ(seen_by(lerato)[0].name, "Ours");
  EXPECT_EQ(seen_by(lerato)[0].owner_name, "Thabo");
  connection c(db_.options());
  const auto mine = seen_by(thabo)[0];
  EXPECT_TRUE(run(c, get_view{mine.id, thabo}));
  EXPECT_FALSE(run(c, get_view{mine.id, lerato}));
}

TEST_F(Views, AreChangedAndDeletedByTheirOwnerOnly) {
  const auto thabo = technician(1), lerato = technician(2);
  ASSERT_TRUE(make(named("Ours", true), thabo));
  const view v = seen_by(thabo)[0];
  save_view edit;
  edit.id = v.id;
  edit.query = "status:new";
  EXPECT_EQ(make(edit, lerato).error().code, errc::not_found);
  EXPECT_EQ(make(delete_view{v.id}, lerato).error().code, errc::not_found);
  edit.version = v.version;
  ASSERT_TRUE(make(edit, thabo));
  EXPECT_EQ(make(edit, thabo).error().reason, "stale_version");
  EXPECT_EQ(seen_by(thabo)[0].query, "status:new");
  domain::principal admin = manager();
  admin.as = domain::role::admin;
  EXPECT_TRUE(make(delete_view{v.id}, admin));
  EXPECT_TRUE(seen_by(thabo).empty());
}

TEST_F(Views, HaveNamesThatAreUniqueForTheirOwner) {
  ASSERT_TRUE(make(named("Night shift"), technician(1)));
  EXPECT_EQ(make(named("night SHIFT"), technician(1)).error().reason, "name_taken");
  EXPECT_TRUE(make(named("Night shift"), technician(2)));
}

}  // namespace
}  // namespace fibrehub::store
