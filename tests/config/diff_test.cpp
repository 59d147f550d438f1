#include "config/diff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.hpp"

namespace fibrehub::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

values resolved(const std::vector<std::string>& overrides, const environment& environ = {}) {
  auto loaded = load_and_resolve(testing::sample_schema(), {{}, overrides}, environ);
  EXPECT_TRUE(loaded.has_value());
  return loaded ? *loaded : values{testing::sample_schema()};
}

std::vector<std::string> described(const values& before, const values& after) {
  std::vector<std::string> lines;
  for (const auto& c : diff(before, after))
    lines.push_back(describe(c));
  return lines;
}

TEST(Diff, TheSameValuesFromAnotherPlaceAreNoChange) {
  EXPECT_THAT(diff(resolved({}), resolved({"web.port=8080"}, {{"FIBREHUB__WEB__MODE", "fast"}})),
              IsEmpty());
}

TEST(Diff, SaysForEachChangeWhetherItNeedsARestart) {
  EXPECT_THAT(described(resolved({}), resolved({"web.port=1", "web.title=New", "web.timeout=2m"})),
              ElementsAre("web.title: \"Hub\" becomes \"New\", applied now",
                          "web.port: 8080 becomes 1, needs a restart",
                          "web.timeout: \"30s\" becomes \"2m\", needs a restart"));
}

TEST(Diff, SectionsThatComeAndGoAreOneChangeEach) {
  const auto before = resolved({"peer.a.url=http://a", "peer.b.url=http://b"});
  const auto after = resolved({"peer.b.url=http://x", "peer.c.url=http://c"});
  EXPECT_THAT(described(before, after),
              ElementsAre("peer.b.url: \"http://b\" becomes \"http://x\", applied now",
                          "[peer.c]: added, applied now", "[peer.a]: removed, applied now"));
  const auto changes = diff(before, after);
  EXPECT_EQ(changes[1].what, change_kind::added);
  EXPECT_EQ(changes[1].section, "peer");
  EXPECT_EQ(changes[1].instance, "c");
  EXPECT_TRUE(changes[1].is_reloadable);
}

TEST(Diff, ASecretThatRotatedBehindItsReferenceIsAChangeThatShowsNothingOfIt) {
  const std::vector<std::string> source{"peer.a.url=http://a", "peer.a.keys=env:K"};
  const auto before = resolved(source, {{"K", "old-secret"}});
  const auto after = resolved(source, {{"K", "new-secret"}});
  EXPECT_THAT(described(before, after),
              ElementsAre("peer.a.keys: a new secret behind [\"env:K\"], applied now"));
  EXPECT_THAT(
      described(resolved({"web.database=db://u:one@h"}), resolved({"web.database=db://u:two@h"})),
      ElementsAre("web.database: \"********\" becomes \"********\", needs a restart"));
}

}  // namespace
}  // namespace fibrehub::config
