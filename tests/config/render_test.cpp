#include "config/render.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/commands.hpp"
#include "config/core_sections.hpp"
#include "support.hpp"

namespace fibrehub::config {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::load_text;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Render, TheReferenceHasATablePerSectionAndEscapesBars) {
  const auto text = render_reference(testing::sample_schema());
  EXPECT_THAT(text, HasSubstr("\n## [web]\n\nThe web.\n\nIn the environment: "
                              "`FIBREHUB__WEB__<SETTING>`.\n"));
  EXPECT_THAT(text, HasSubstr("\n## [peer.name]\n\nA peer. Repeat it with another name"));
  EXPECT_THAT(text, HasSubstr("`FIBREHUB__PEER__<NAME>__<SETTING>`"));
  EXPECT_THAT(text, HasSubstr("| `port` | integer | `8080` | 0 to 65535 |  | A port. |\n"));
  EXPECT_THAT(text, HasSubstr("| `title` | text | `\"Hub\"` |  | yes | A title. |\n"));
  EXPECT_THAT(text, HasSubstr("| `timeout` | duration | `\"30s\"` | 1s to 1h |"));
  EXPECT_THAT(text, HasSubstr("| fast, safe |  | One way \\| or another. |"));
  EXPECT_THAT(text, HasSubstr("| `url` | URL | *required* |  | yes | Where it is. |"));
  EXPECT_THAT(text, HasSubstr("| `keys` | list of secrets | `[]` | at most 2 | yes |"));
}

TEST(Render, TheReferenceNamesEveryCoreSettingWithItsSentence) {
  const auto text = render_reference(core_sections());
  for (const auto& section : core_sections()) {
    for (const auto& s : section.settings) {
      EXPECT_THAT(text, HasSubstr("| `" + s.name + "` |"));
      EXPECT_THAT(text, HasSubstr(s.text));
    }
  }
}

TEST(Render, TheEffectiveConfigurationTellsWhereEachValueComesFrom) {
  const auto loaded = load_text("[web]\nport = 1\ntitle = \"a \\\"b\\\" \\\\\"\n",
                                {{"FIBREHUB__WEB__TIMEOUT", "60s"}},
                                {"peer.main.url=http://a", "web.proxies=::1,::2"});
  ASSERT_TRUE(loaded.has_value());
  const auto text = render_effective(*loaded);
  EXPECT_THAT(text, StartsWith("[web]\ntitle = \"a \\\"b\\\" \\\\\" "));
  EXPECT_THAT(text, ::testing::ContainsRegex("\nport = 1 +# .*hub.toml:2\n"));
  EXPECT_THAT(text, ::testing::ContainsRegex("\ntimeout = \"1m\" +# FIBREHUB__WEB__TIMEOUT\n"));
  EXPECT_THAT(text, HasSubstr("\nproxies = [\"::1\", \"::2\"]   "));
  EXPECT_THAT(text, ::testing::ContainsRegex("\nmode = \"fast\" +# default\n"));
  EXPECT_THAT(text, HasSubstr("\n\n[peer.main]\nurl = \"http://a\" "));
}

TEST(Render, TheEffectiveConfigurationLoadsAgainToTheSameValues) {
  const auto first = load_text("[web]\nlimit = 5000\ntimeout = \"90s\"\nquiet = true\n", {},
                               {"peer.main.url=http://a", "peer.main.keys=env:A,file:/b"});
  ASSERT_TRUE(first.has_value());
  const auto second = load_text(render_effective(*first));
  ASSERT_TRUE(second.has_value()) << second.error().front();
  ASSERT_EQ(first->sections().size(), second->sections().size());
  for (std::size_t i = 0; i < first->sections().size(); ++i) {
    for (const auto& s : first->sections()[i].declaration().settings) {
      EXPECT_EQ(first->sections()[i].at(s.name).current, second->sections()[i].at(s.name).current);
    }
  }
}

TEST(Render, SecretsAreNeverShown) {
  const environment environ{{"TOKEN", "hidden-one"}, {"KEY", "hidden-two"}};
  const auto loaded =
      load_and_resolve(testing::sample_schema(),
                       {{},
                        {"web.token=env:TOKEN", "web.database=postgresql://u:hidden-three@h/d",
                         "peer.a.url=http://a", "peer.a.keys=env:KEY"}},
                       environ);
  ASSERT_TRUE(loaded.has_value());
  const auto text = render_effective(*loaded);
  EXPECT_THAT(text, Not(HasSubstr("hidden")));
  EXPECT_THAT(text, AllOf(HasSubstr("token = \"env:TOKEN\""), HasSubstr("keys = [\"env:KEY\"]"),
                          HasSubstr("database = \"********\"")));
  EXPECT_THAT(render_summary(*loaded), Not(HasSubstr("hidden")));
}

TEST(Commands, CheckSaysOkAndSummarises) {
  const auto result =
      check_command(testing::sample_schema(), {{}, {"peer.b.url=http://b", "peer.a.url=http://a"}},
                    {{"FIBREHUB__WEB__PORT", "1"}});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out,
            "ok\nfile: none\nnamed sections: peer (a, b)\nsettings: 0 from the file, 1 from the "
            "environment, 2 from the command line, 14 by default\nsecrets: 0\n");
  EXPECT_EQ(result.errors, "");
}

TEST(Commands, CheckNamesTheMistakesAndExitsWithTwo) {
  const auto result =
      check_command(testing::sample_schema(), {{}, {"web.port=x", "web.mode=y"}}, {});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.errors, HasSubstr("command line: web.port: \"x\" is not a whole number"));
  EXPECT_THAT(result.errors, HasSubstr("\n2 mistakes in the configuration\n"));
}

TEST(Commands, CheckReadsTheSecretsAndShowDoesNot) {
  const config_source source{{}, {"web.token=env:NOT_SET"}};
  const auto check = check_command(testing::sample_schema(), source, {});
  EXPECT_EQ(check.exit_code, 2);
  EXPECT_EQ(check.errors,
            "command line: web.token: the environment variable NOT_SET is not set\n"
            "1 mistake in the configuration\n");
  const auto show = show_command(testing::sample_schema(), source, {});
  EXPECT_EQ(show.exit_code, 0);
  EXPECT_THAT(show.out, HasSubstr("token = \"env:NOT_SET\""));
}

}  // namespace
}  // namespace fibrehub::config
