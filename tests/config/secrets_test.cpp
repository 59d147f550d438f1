#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.hpp"

namespace fibrehub::config {
namespace {

using ::testing::ElementsAre;
using testing::folder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

tl::expected<values, errors> resolved(const std::vector<std::string>& overrides,
                                      const environment& environ = {}) {
  return load_and_resolve(testing::sample_schema(), {{}, overrides}, environ);
}

TEST(Secrets, AreTakenFromTheEnvironmentAndFromFilesOnlyTheOwnerCanRead) {
  const folder dir;
  const auto key = dir.write("key", "from-the-file\n", 0600);
  const auto loaded = resolved({"web.token=env:TOKEN", "peer.main.url=http://a",
                                "peer.main.keys=file:" + key + ",env:OLD_KEY"},
                               {{"TOKEN", "t"}, {"OLD_KEY", "from-the-environment"}});
  ASSERT_TRUE(loaded.has_value()) << loaded.error().front();
  EXPECT_EQ(loaded->secret("web", "token"), "t");
  EXPECT_THAT(loaded->section("peer", "main").secrets("keys"),
              ElementsAre("from-the-file", "from-the-environment"));
}

TEST(Secrets, LoseOneLineEndAndNothingElse) {
  const folder dir;
  const struct {
    const char* content;
    const char* expected;
  } cases[] = {{"key", "key"}, {"key\n", "key"}, {"key\r\n", "key"}, {" key \n\n", " key \n"}};
  for (const auto& c : cases) {
    const auto loaded = resolved({"web.token=file:" + dir.write("key", c.content, 0400)});
    ASSERT_TRUE(loaded.has_value());
    EXPECT_EQ(loaded->secret("web", "token"), c.expected);
  }
}

TEST(Secrets, FilesThatOthersCanReadAreRefusedWithTheCommandThatHelps) {
  const folder dir;
  for (const mode_t mode : {0644, 0640, 0604, 0620}) {
    const auto key = dir.write("key", "very-secret", mode);
    const auto loaded = resolved({"web.token=file:" + key});
    ASSERT_FALSE(loaded.has_value());
    EXPECT_THAT(loaded.error(), ElementsAre(HasSubstr("run: chmod 600 " + key)));
    EXPECT_THAT(loaded.error().front(), Not(HasSubstr("very-secret")));
  }
}

TEST(Secrets, EveryOneThatCannotBeReadIsNamedWithItsOrigin) {
  const folder dir;
  const auto empty = dir.write("empty", "\n");
  const auto huge = dir.write("huge", std::string(70'000, 'x'));
  const auto loaded =
      resolved({"web.token=env:NOT_SET", "web.database=file:" + dir.path() + "/none",
                "peer.a.url=http://a", "peer.a.keys=file:" + dir.path() + ",file:" + empty,
                "peer.b.url=http://b", "peer.b.keys=env:SHORT,file:" + huge},
               {{"SHORT", "1234567"}});
  ASSERT_FALSE(loaded.has_value());
  EXPECT_THAT(loaded.error(),
              ElementsAre("command line: web.database: " + dir.path() +
                              "/none cannot be read: No such file or directory",
                          "command line: web.token: the environment variable NOT_SET is not set",
                          "command line: peer.a.keys: " + dir.path() + " is not a file",
                          "command line: peer.a.keys: file:" + empty + " is empty",
                          "command line: peer.b.keys: env:SHORT has 7 bytes, at least 8 are needed",
                          "command line: peer.b.keys: " + huge +
                              " is larger than 64KB, this cannot be a secret"));
}

TEST(Secrets, ATextThatMayBeASecretIsTakenAsItIsOrFetched) {
  const auto literal = resolved({"web.database=postgresql://u:pw@h/db"});
  ASSERT_TRUE(literal.has_value());
  EXPECT_EQ(literal->secret("web", "database"), "postgresql://u:pw@h/db");
  const auto fetched = resolved({"web.database=env:DB"}, {{"DB", "postgresql://h/db"}});
  ASSERT_TRUE(fetched.has_value());
  EXPECT_EQ(fetched->secret("web", "database"), "postgresql://h/db");
}

TEST(Secrets, ThatAreNotSetAreEmpty) {
  const auto loaded = resolved({"peer.a.url=http://a"});
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->secret("web", "token"), "");
  EXPECT_EQ(loaded->secret("web", "database"), "");
  EXPECT_THAT(loaded->section("peer", "a").secrets("keys"), IsEmpty());
}

TEST(Secrets, LoadingAloneDoesNotFetchThem) {
  const auto loaded = load(testing::sample_schema(), {{}, {"web.token=env:NOT_SET"}}, {});
  ASSERT_TRUE(loaded.has_value());
  EXPECT_FALSE(loaded->section("web").at("token").is_resolved);
  EXPECT_DEATH((void)loaded->secret("web", "token"), "token is asked before resolving");
}

}  // namespace
}  // namespace fibrehub::config
