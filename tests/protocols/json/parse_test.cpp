#include "protocols/json/parse.hpp"

#include <gtest/gtest.h>

namespace fibrehub::protocols::json {
namespace {

using namespace std::string_view_literals;

TEST(JsonParse, RefusesWhatFollowsTheDocument) {
  EXPECT_TRUE(parse("{} "));
  EXPECT_FALSE(parse("{}trash"));
  EXPECT_FALSE(parse("{}{}"));
}

TEST(JsonParse, RefusesAZeroByteWhereverItIs) {
  EXPECT_FALSE(parse("{}\0trash"sv));
  EXPECT_FALSE(parse("{}\0"sv));
  EXPECT_FALSE(parse("\0{}"sv));
  EXPECT_FALSE(parse("{\"a\":\0 1}"sv));
  EXPECT_FALSE(parse("{\"a\":\"b\0c\"}"sv));
  EXPECT_EQ(parse("{}\0trash"sv).error().offset, 2u);
  EXPECT_TRUE(parse(R"({"a":"b\u0000c"})"));  // an escaped one is the text's own business
}

}  // namespace
}  // namespace fibrehub::protocols::json
