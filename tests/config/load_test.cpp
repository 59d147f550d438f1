#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.hpp"

namespace fibrehub::config {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using testing::errors_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::load_text;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(Load, WithoutAnySourceEverythingHasItsDefault) {
  const auto loaded = load(testing::sample_schema(), {}, {});
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->text("web", "title"), "Hub");
  EXPECT_EQ(loaded->integer("web", "port"), 8080);
  EXPECT_FALSE(loaded->boolean("web", "quiet"));
  EXPECT_EQ(loaded->duration("web", "timeout"), 30s);
  EXPECT_EQ(loaded->bytes("web", "limit"), 1 * mb);
  EXPECT_EQ(loaded->choice("web", "mode"), "fast");
  EXPECT_THAT(loaded->list("web", "proxies"), IsEmpty());
  EXPECT_EQ(loaded->url("web", "public_url"), "");
  EXPECT_EQ(loaded->path("web", "folder"), "");
  EXPECT_EQ(loaded->secret("web", "token"), "");
  EXPECT_THAT(loaded->instances("peer"), IsEmpty());
  EXPECT_EQ(loaded->section("web").at("port").from.where, "default");
  EXPECT_EQ(loaded->file(), "");
}

TEST(Load, TheFileIsOverriddenByTheEnvironmentAndThatByTheCommandLine) {
  const std::string toml = "[web]\nport = 1\ntitle = \"file\"\nquiet = true\n";
  const environment environ{{"FIBREHUB__WEB__PORT", "2"},
                            {"FIBREHUB__WEB__TITLE", "environment"},
                            {"PATH", "/bin"},
                            {"FIBREHUB_OTHER", "not ours"}};
  const auto loaded = load_text(toml, environ, {"web.port=3", "web.port=4"});
  ASSERT_TRUE(loaded.has_value());
  const auto& web = loaded->section("web");
  EXPECT_EQ(web.integer("port"), 4);
  EXPECT_EQ(web.at("port").from.where, "command line");
  EXPECT_EQ(web.text("title"), "environment");
  EXPECT_EQ(web.at("title").from.where, "FIBREHUB__WEB__TITLE");
  EXPECT_TRUE(web.boolean("quiet"));
  EXPECT_THAT(web.at("quiet").from.where, EndsWith("hub.toml:4"));
  EXPECT_TRUE(web.is_given("quiet"));
  EXPECT_FALSE(web.is_given("mode"));
  EXPECT_THAT(loaded->file(), EndsWith("hub.toml"));
}

TEST(Load, RepeatableSectionsComeFromAnySource) {
  const std::string toml = "[peer.main]\nurl = \"http://a\"\nkeys = [\"env:A\"]\n";
  const environment environ{{"FIBREHUB__PEER__LAWLEY__URL", "http://b"},
                            {"FIBREHUB__PEER__MAIN__KEYS", "env:B, env:C"}};
  const auto loaded = load_text(toml, environ, {"peer.x_1.url=http://c?a=b", "peer.main.weight=3"});
  ASSERT_TRUE(loaded.has_value());
  std::vector<std::string> names;
  for (const auto* peer : loaded->instances("peer"))
    names.push_back(peer->instance());
  EXPECT_THAT(names, ElementsAre("lawley", "main", "x_1"));
  EXPECT_EQ(loaded->section("peer", "lawley").url("url"), "http://b");
  EXPECT_EQ(loaded->section("peer", "x_1").url("url"), "http://c?a=b");
  EXPECT_EQ(loaded->section("peer", "main").integer("weight"), 3);
  EXPECT_EQ(loaded->section("peer", "main").at("keys").current,
            (value{std::vector<std::string>{"env:B", "env:C"}}));
  EXPECT_EQ(loaded->find("peer", "other"), nullptr);
}

TEST(Load, NamesEveryMistakeOfTheFileInTheOrderOfItsLines) {
  const auto lines = errors_of(
      "port = 1\n"
      "[web]\n"
      "prot = 8080\n"
      "port = 70000\n"
      "timeout = 75\n"
      "weight = 5\n"
      "completely_unknown = 1\n"
      "title = 1979-05-27\n"
      "proxies = [1, 2]\n"
      "[peer]\n"
      "url = \"http://a\"\n"
      "[peer.Big-Name]\n"
      "[peers.main]\n"
      "[web.extra]\n");
  EXPECT_THAT(
      lines,
      ElementsAre(
          "hub.toml:1: port is not a setting, did you mean web.port?",
          "hub.toml:3: web.prot is not a setting, did you mean web.port?",
          "hub.toml:4: web.port: 70000 is out of range, allowed is 0 to 65535",
          "hub.toml:5: web.timeout: 75 has no unit, write \"75s\" or \"75ms\" (units: ms, s, m, h, "
          "d)",
          "hub.toml:6: web.weight is not a setting, did you mean peer.name.weight?",
          "hub.toml:7: web.completely_unknown is not a setting (`fibrehub config reference` lists "
          "them all)",
          "hub.toml:8: web.title: this is a date, text in quotes is needed",
          "hub.toml:9: web.proxies: this is a list of something else than text, a list in "
          "brackets, like [\"one\", \"two\"] is needed",
          "hub.toml:11: peer.url: the section peer exists once per name, write it below "
          "[peer.name]",
          StartsWith("hub.toml:12: [peer.Big-Name]: a name must be lower-case"),
          "hub.toml:13: [peers] is not a section, did you mean [peer]?",
          StartsWith("hub.toml:14: web.extra is not a setting")));
}

TEST(Load, ASectionWrittenAsAValueIsExplained) {
  EXPECT_THAT(errors_of("web = 5\npeer = 6\n"),
              ElementsAre("hub.toml:1: web is a section, write it as [web]",
                          "hub.toml:2: peer is a section, write it as [peer.name]"));
  EXPECT_THAT(errors_of("[[peer]]\nurl = \"http://a\"\n"), SizeIs(1));
  EXPECT_THAT(errors_of("[metrics]\n"),
              ElementsAre("hub.toml:1: [metrics] is not a section, there are web, peer"));
}

TEST(Load, MistakesOfAllSourcesAreCollected) {
  const auto lines =
      errors_of("[web]\nport = -1\n", {{"FIBREHUB__WEB__MODE", "slow"}}, {"web.limit=huge"});
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_EQ(lines[0], "hub.toml:2: web.port: -1 is out of range, allowed is 0 to 65535");
  EXPECT_EQ(lines[1],
            "FIBREHUB__WEB__MODE: web.mode: \"slow\" is not allowed, allowed are fast, safe");
  EXPECT_THAT(lines[2], StartsWith("command line: web.limit: \"huge\" is not a size"));
}

TEST(Load, AMistakeInALowerLayerIsNotHiddenByAHigherOne) {
  EXPECT_THAT(errors_of("[web]\nport = -1\n", {}, {"web.port=80"}), SizeIs(1));
}

TEST(Load, VariablesWithOurPrefixThatMatchNothingAreMistakes) {
  const struct {
    const char* name;
    const char* message;
  } cases[] = {
      {"FIBREHUB__WEB__PROT", "no setting has this name, did you mean FIBREHUB__WEB__PORT?"},
      {"FIBREHUB__web__port", "no setting has this name, did you mean FIBREHUB__WEB__PORT?"},
      {"FIBREHUB__PEER__MAIN__WIEGHT",
       "no setting has this name, did you mean FIBREHUB__PEER__MAIN__WEIGHT?"},
      {"FIBREHUB__PEER__URL",
       "the section peer exists once per name, write FIBREHUB__PEER__NAME__URL"},
      {"FIBREHUB__", "no setting has this name (`fibrehub config reference` lists them all)"},
      {"FIBREHUB__NOTHING__LIKE__ANY__OF__IT",
       "no setting has this name (`fibrehub config reference` lists them all)"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(errors_of("", {{c.name, "1"}}),
                ElementsAre(std::string{c.name} + ": " + c.message));
  }
  EXPECT_THAT(errors_of("", {{"FIBREHUB__PEER__9X__URL", "http://a"}}),
              ElementsAre(HasSubstr("a name must be lower-case")));
}

TEST(Load, OverridesThatMatchNothingAreMistakes) {
  const struct {
    const char* text;
    const char* message;
  } cases[] = {
      {"web.prot=1", "web.prot is not a setting, did you mean web.port?"},
      {"port=1", "port is not a setting, did you mean web.port?"},
      {"web.port", "--set web.port: write --set section.key=value"},
      {"peer.url=1", "peer.url: the section peer exists once per name, write peer.name.url"},
      {"peer.m.ulr=1", "peer.m.ulr is not a setting, did you mean peer.m.url?"},
      {"a.b.c.d=1", "a.b.c.d is not a setting, write section.key or section.name.key"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(errors_of("", {}, {c.text}),
                ElementsAre(std::string{"command line: "} + c.message));
  }
}

TEST(Load, ARequiredSettingThatIsMissingIsNamedWithWhereToSetIt) {
  EXPECT_THAT(errors_of("\n[peer.main]\nweight = 2\n"),
              ElementsAre("hub.toml:2: peer.main.url is required and not set: Where it is. Set it "
                          "below [peer.main] or as FIBREHUB__PEER__MAIN__URL"));
  EXPECT_THAT(errors_of("[peer.main]\n", {{"FIBREHUB__PEER__MAIN__URL", "http://a"}}), IsEmpty());
  EXPECT_THAT(errors_of("[peer.main]\nurl = \"\"\n"),
              ElementsAre("hub.toml:2: peer.main.url: must not be empty"));
}

TEST(Load, BrokenTomlIsReportedWithLineAndColumn) {
  EXPECT_THAT(errors_of("[web]\nport = \n"),
              ElementsAre(StartsWith("hub.toml:2:8: not valid TOML: ")));
  EXPECT_THAT(errors_of("[web]\nport = 1\nport = 2\n"), ElementsAre(StartsWith("hub.toml:3:")));
  EXPECT_THAT(errors_of("[web]\ntitle = \"\xff\"\n"), ElementsAre(StartsWith("hub.toml:2:")));
  EXPECT_THAT(errors_of("a = " + std::string(100'000, '[')), SizeIs(1));
}

TEST(Load, FilesThatCannotBeReadAreNamed) {
  const testing::folder dir;
  const auto missing = load(testing::sample_schema(), {dir.path() + "/none.toml", {}}, {});
  ASSERT_FALSE(missing.has_value());
  EXPECT_THAT(missing.error(),
              ElementsAre(dir.path() + "/none.toml: cannot be read: No such file or directory"));
  const auto is_folder = load(testing::sample_schema(), {dir.path(), {}}, {});
  ASSERT_FALSE(is_folder.has_value());
  EXPECT_THAT(is_folder.error(), ElementsAre(HasSubstr("is a folder")));
  EXPECT_THAT(errors_of("# " + std::string(2 * mb, 'x')),
              ElementsAre(HasSubstr("larger than 1MB")));
}

TEST(Load, RulesOverASectionAreAskedOnlyWhenItsSettingsAreRight) {
  auto all = testing::sample_schema();
  all[0].rule = [](const section_values& web) -> std::vector<fault> {
    if (web.boolean("quiet") && web.integer("port") == 1) return {{"quiet", "not on port 1"}};
    return {};
  };
  const auto lines_of = [&](const std::string& toml) {
    const auto loaded = load_text(toml, {}, {}, all);
    return loaded ? errors{} : loaded.error();
  };
  EXPECT_THAT(lines_of("[web]\nport = 1\nquiet = true\n"),
              ElementsAre("hub.toml:3: web.quiet: not on port 1"));
  EXPECT_THAT(lines_of("[web]\nport = 2\nquiet = true\n"), IsEmpty());
  EXPECT_THAT(lines_of("[web]\nport = 1\nquiet = true\nmode = \"x\"\n"),
              ElementsAre(HasSubstr("web.mode")));
}

TEST(Load, TheFileAskedForIsTakenWhetherItExistsOrNot) {
  EXPECT_EQ(find_file("/some/where.toml"), "/some/where.toml");
}

TEST(Load, TheEnvironmentOfTheProcessIsRead) {
  ASSERT_EQ(::setenv("FIBREHUB_TEST_OF_ENVIRONMENT", "a=b", 1), 0);
  EXPECT_EQ(current_environment().at("FIBREHUB_TEST_OF_ENVIRONMENT"), "a=b");
  ::unsetenv("FIBREHUB_TEST_OF_ENVIRONMENT");
}

}  // namespace
}  // namespace fibrehub::config
