// A question of many statements ends when they have taken too long together.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "store/pq.hpp"
#include "tests/fixtures/postgres_fixture.hpp"

namespace fibrehub::store {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

class Deadline : public testing::Test {
 protected:
  Deadline() : db_(options()) {}
  static connection_options options() {
    connection_options out = database().options();
    out.statement_timeout = 3s;
    return out;
  }
  static const fixtures::temporary_database& database() {
    static const fixtures::temporary_database it{fixtures::temporary_database::schema::empty};
    return it;
  }
  void wait(pqxx::transaction_base& tx, std::chrono::milliseconds time) {
    db_.run_text(tx, fmt::format("SELECT pg_sleep({})", time.count() / 1000.0), {});
  }
  std::string limit() {
    std::string out;
    db_.transact(
        [&](auto& tx) { out = db_.run_text(tx, "SHOW statement_timeout", {})[0][0].c_str(); });
    return out;
  }
  connection db_;
};

TEST_F(Deadline, EndsManyStatementsThatAreEachShortEnough) {
  int done = 0;
  const auto begin = clock::now();
  EXPECT_THROW(db_.within(3s,
                          [&] {
                            db_.transact([&](auto& tx) {
                              for (int i = 0; i < 20; ++i, ++done)
                                wait(tx, 900ms);
                            });
                          }),
               too_slow);
  const auto took = clock::now() - begin;
  EXPECT_GE(done, 1);
  EXPECT_LE(done, 3);
  EXPECT_GE(took, 2900ms);
  EXPECT_LT(took, 15s) << "twenty would be eighteen seconds";
}

TEST_F(Deadline, CountsThroughSeveralTransactions) {
  EXPECT_THROW(db_.within(1s,
                          [&] {
                            for (int i = 0; i < 20; ++i)
                              db_.transact([&](auto& tx) { wait(tx, 300ms); });
                          }),
               too_slow);
}

TEST_F(Deadline, TheNextQuestionHasItsWholeTime) {
  EXPECT_THROW(db_.within(3s,
                          [&] {
                            db_.transact([&](auto& tx) {
                              wait(tx, 2s);
                              wait(tx, 2s);
                            });
                          }),
               too_slow);
  db_.within(3s, [&] { db_.transact([&](auto& tx) { wait(tx, 1200ms); }); });
  EXPECT_EQ(limit(), "3s");
}

TEST_F(Deadline, WithoutOneEachStatementHasTheLimitOfTheConnection) {
  db_.transact([&](auto& tx) {
    for (int i = 0; i < 4; ++i)
      wait(tx, 900ms);
  });
  EXPECT_EQ(limit(), "3s");
}

}  // namespace
}  // namespace fibrehub::store
