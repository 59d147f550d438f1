#include "store/migrations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::store {
namespace {

using fixtures::temporary_database;
using testing::HasSubstr;

constexpr migration first{1, "001_first", "CREATE TABLE a (x int)"};
constexpr migration second{2, "002_second", "CREATE TABLE b (x int)"};
constexpr migration broken{3, "003_broken", "CREATE TABLE c (x int); SELECT nothing_there()"};

class Migrations : public testing::Test {
 protected:
  tl::expected<std::vector<std::string>, std::string> apply(std::vector<migration> all) {
    return migrate(connection_, all);
  }
  temporary_database db_{temporary_database::schema::empty};
  connection connection_{db_.options()};
};

TEST_F(Migrations, ApplyWhatIsMissingInOrderAndOnce) {
  EXPECT_THAT(*apply({first}), testing::ElementsAre("001_first"));
  EXPECT_THAT(*apply({first, second}), testing::ElementsAre("002_second"));
  EXPECT_THAT(*apply({first, second}), testing::IsEmpty());
}

TEST_F(Migrations, RefuseAFileThatChangedAfterItWasApplied) {
  ASSERT_TRUE(apply({first}));
  EXPECT_THAT(apply({{1, "001_first", "CREATE TABLE z (x int)"}}).error(),
              HasSubstr("001_first) differs"));
}

TEST_F(Migrations, RefuseADatabaseOfANewerVersion) {
  ASSERT_TRUE(apply({first, second}));
  EXPECT_THAT(apply({first}).error(), HasSubstr("newer fibrehub"));
}

TEST_F(Migrations, RefuseADatabaseThatHoldsSomethingElse) {
  db_.ask("CREATE TABLE customers (x int)");
  EXPECT_THAT(apply({first}).error(), HasSubstr("none of fibrehub's"));
}

TEST_F(Migrations, LeaveNothingBehindWhenOneFails) {
  EXPECT_THROW(apply({first, broken}), bad_statement);
  EXPECT_EQ(
      db_.ask("SELECT count(*) FROM pg_class WHERE relname IN ('a', 'c', 'schema_migrations')"),
      "0");
}

TEST_F(Migrations, CarryNumberedFilesInOrder) {
  int last = 0;
  for (const migration& m : migrations()) {
    EXPECT_GT(m.number, last);
    EXPECT_FALSE(m.text.empty());
    last = m.number;
  }
  EXPECT_GE(last, 1);
}

}  // namespace
}  // namespace fibrehub::store
