#include "domain/history.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace fibrehub::domain {
namespace {

std::vector<chained_entry> chain_of(int length) {
  std::vector<chained_entry> rows;
  history_digest previous{};
  for (int seq = 1; seq <= length; ++seq) {
    chained_entry row;
    row.entry = {7,       seq,      from_us(seq), {"system", "waha/main", ""},
                 "field", "status", "new",        "assigned"};
    row.hash = chain(previous, row.entry);
    previous = row.hash;
    rows.push_back(row);
  }
  return rows;
}

TEST(History, HoldsWhenNothingWasTouched) {
  EXPECT_EQ(first_broken(chain_of(5)), 0);
  EXPECT_EQ(first_broken(chain_of(0)), 0);
}

TEST(History, ShowsAChangedField) {
  auto rows = chain_of(5);
  rows[2].entry.new_value = "closed";
  EXPECT_EQ(first_broken(rows), 3);
}

TEST(History, ShowsAMissingRow) {
  auto rows = chain_of(5);
  rows.erase(rows.begin() + 1);
  EXPECT_EQ(first_broken(rows), 2);
}

TEST(History, TellsFieldsApartThatReadAlikeTogether) {
  history_entry a{7, 1, from_us(1), {"system", "x", ""}, "ab", "c", "", ""};
  history_entry b{7, 1, from_us(1), {"system", "x", ""}, "a", "bc", "", ""};
  EXPECT_NE(chain({}, a), chain({}, b));
}

}  // namespace
}  // namespace fibrehub::domain
