#include "domain/drop_number.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

struct spelling {
  const char* text;
  std::vector<std::string> drops;
};

class DropNumber : public testing::TestWithParam<spelling> {};

TEST_P(DropNumber, IsFoundAsPeopleWriteIt) {
  EXPECT_EQ(find_drop_numbers(GetParam().text), GetParam().drops) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Spellings, DropNumber,
    testing::Values(spelling{"No signal at DR1730654", {"1730654"}},
                    spelling{"dr1730654 down", {"1730654"}}, spelling{"Dr 1730654.", {"1730654"}},
                    spelling{"DR-1730654!", {"1730654"}}, spelling{"DR001234", {"001234"}},
                    spelling{"DR5", {"5"}}, spelling{"see Dr 5 at the clinic", {}},
                    spelling{"ticket DR1730654-01", {"1730654"}}, spelling{"XDR1730654", {}},
                    spelling{"DR1730654A", {}}, spelling{"DR", {}}, spelling{"", {}},
                    spelling{"address", {}}, spelling{"DR1 and DR2, DR1 again", {"1", "2"}},
                    spelling{"DR1234567890123", {}}, spelling{"(DR77)", {"77"}},
                    spelling{"DR77\nDR78", {"77", "78"}},
                    spelling{"\xC3\xA9"
                             "DR12",
                             {}},
                    spelling{"DR  1730654", {}}));

}  // namespace
}  // namespace fibrehub::domain
