// Questions before the first reader lives, as when somebody asks a hub that has just begun to
// listen.
#include "actors/reader_pool.hpp"

#include <gtest/gtest.h>

#include "store/pq.hpp"
#include "tests/fixtures/actor_fixture.hpp"

namespace fibrehub::store {
namespace {

struct any_question {
  using result = int;
};
std::optional<int> run(connection&, const any_question&) {
  return 1;
}

TEST(ReaderPool, SaysTryAgainWhileNoReaderLives) {
  actors::reader_pool pool(2);
  fixtures::answer<int> got;
  pool.ask(question_of(any_question{}, got.token()));
  ASSERT_EQ(got.times(), 1U);
  EXPECT_EQ(got.get().error().code, errc::unavailable);
}

}  // namespace
}  // namespace fibrehub::store
