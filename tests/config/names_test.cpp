#include "config/names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibrehub::config {
namespace {

using ::testing::ElementsAre;

TEST(Names, AllowOnlyWhatMapsToAnEnvironmentVariableAndBack) {
  for (const auto* good : {"a", "web", "max_in_flight", "peer2", "a_1"})
    EXPECT_TRUE(is_name(good));
  for (const auto* bad : {"", "Web", "_a", "a_", "a__b", "1a", "a-b", "a.b", "ä"}) {
    EXPECT_FALSE(is_name(bad)) << bad;
  }
  EXPECT_TRUE(is_name(std::string(40, 'a')));
  EXPECT_FALSE(is_name(std::string(41, 'a')));
}

TEST(Names, AreSpelledForFilesAndForTheEnvironment) {
  EXPECT_EQ(full_name("web", "", "port"), "web.port");
  EXPECT_EQ(full_name("waha", "main", "url"), "waha.main.url");
  EXPECT_EQ(full_name("", "", "port"), "port");
  EXPECT_EQ(environment_name("web", "", "port"), "FIBREHUB__WEB__PORT");
  EXPECT_EQ(environment_name("waha", "main", "hmac_keys"), "FIBREHUB__WAHA__MAIN__HMAC_KEYS");
}

TEST(Names, SplitKeepsEmptyParts) {
  EXPECT_THAT(split("a__b", "__"), ElementsAre("a", "b"));
  EXPECT_THAT(split("", "."), ElementsAre(""));
  EXPECT_THAT(split(".a.", "."), ElementsAre("", "a", ""));
}

TEST(Names, TheNearestCandidateIsGuessedOnlyWhenItIsNear) {
  const std::vector<std::string> names{"port", "address", "body_limit", "idle_timeout"};
  EXPECT_EQ(nearest("prot", names), "port");
  EXPECT_EQ(nearest("adress", names), "address");
  EXPECT_EQ(nearest("BODY_LIMIT", names), "body_limit");
  EXPECT_EQ(nearest("body_limits", names), "body_limit");
  EXPECT_EQ(nearest("colour", names), std::nullopt);
  EXPECT_EQ(nearest("", names), std::nullopt);
  EXPECT_EQ(nearest(std::string(100'000, 'a'), names), std::nullopt);
}

}  // namespace
}  // namespace fibrehub::config
