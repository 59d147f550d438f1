#include "domain/ack.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace fibrehub::domain {
namespace {

TEST(Ack, OnlyRises) {
  for (int known = 0; known <= 4; ++known)
    for (int seen = 0; seen <= 4; ++seen)
      EXPECT_EQ(merge_ack(known, seen), std::max(known, seen));
}

TEST(Ack, CountsAnErrorOnlyBeforeTheMessageLeft) {
  EXPECT_EQ(merge_ack(0, -1), -1);
  for (int known = 1; known <= 4; ++known)
    EXPECT_EQ(merge_ack(known, -1), known);
}

TEST(Ack, ForgetsAnErrorOnceAStepArrives) {
  EXPECT_EQ(merge_ack(-1, 0), -1);
  EXPECT_EQ(merge_ack(-1, 2), 2);
}

TEST(Ack, IgnoresLevelsThatDoNotExist) {
  EXPECT_EQ(merge_ack(1, 9), 1);
  EXPECT_EQ(merge_ack(1, -7), 1);
}

TEST(Ack, EndsTheSameWhateverTheOrder) {
  std::vector<int> steps{-1, 0, 1, 2, 3};
  do {
    int level = 0;
    for (int s : steps)
      level = merge_ack(level, s);
    EXPECT_EQ(level, 3);
  } while (std::next_permutation(steps.begin(), steps.end()));
}

}  // namespace
}  // namespace fibrehub::domain
