#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

#include "config/core_sections.hpp"
#include "config/render.hpp"
#include "support.hpp"

namespace fibrehub::config {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string sample_file() {
  std::ifstream stream{FIBREHUB_SOURCE_DIR "/config/fibrehub.sample.toml"};
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// The file as if somebody had removed the "# " before every setting and every section.
std::string with_settings_in_effect(const std::string& sample) {
  static const std::regex commented{"^# ((?:[a-z_]+ = |\\[[a-z_.]+\\]$).*)$"};
  std::istringstream lines{sample};
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    out += (std::regex_match(line, found, commented) ? found[1].str() : line) + '\n';
  }
  return out;
}

TEST(SampleFile, ItsCorePartIsWhatTheDeclarationsSay) {
  EXPECT_THAT(sample_file(), HasSubstr(render_sample(core_sections())))
      << "config/fibrehub.sample.toml is behind config/core_sections.cpp: `fibrehub config sample` "
         "prints what it should contain";
}

TEST(SampleFile, MentionsEveryCoreSettingAtItsDefault) {
  const auto text = with_settings_in_effect(sample_file());
  for (const auto& section : core_sections()) {
    EXPECT_THAT(text, HasSubstr("\n[" + section.name + "]\n"));
    for (const auto& s : section.settings)
      EXPECT_THAT(text, HasSubstr("\n" + s.name + " = "));
  }
}

TEST(SampleFile, LoadsAsItIs) {
  const auto loaded = testing::load_text(sample_file(), {}, {}, core_sections());
  ASSERT_TRUE(loaded.has_value()) << loaded.error().front();
}

TEST(SampleFile, LoadsWithEverySettingInEffectToTheDefaults) {
  auto all = core_sections();
  // The channels declare these; here only the core's own settings are judged.
  const std::map<std::string, std::vector<std::string>> channels{
      {"waha",
       {"hmac_keys",
        "direct_without_drop",
        "group_without_drop",
        "url",
        "api_key",
        "send_timeout",
        "session_gap",
        "chat_gap",
        "notices_session",
        "country_code",
        "media_timeout",
        "typing",
        "offline_after",
        "first_contact_gap",
        "first_contacts_per_hour",
        "check_numbers",
        "restricted_for",
        "session_check",
        "silence_alarm",
        "restart_silent_sessions",
        "catch_up_every",
        "catch_up_days",
        "webhook_url",
        "media",
        "media_max_bytes",
        "media_hosts",
        "media_give_up_after"}},
      {"qcontact", {"base_url", "username", "password", "queue", "statuses", "interval"}}};
  for (const auto& [name, keys] : channels) {
    section channel{.name = name, .text = "A channel.", .is_repeatable = true};
    const std::set<std::string> lists{"hmac_keys", "statuses", "media_hosts"};
    const std::set<std::string> booleans{"media", "typing", "offline_after", "check_numbers",
                                         "restart_silent_sessions"};
    const std::set<std::string> numbers{"first_contacts_per_hour", "catch_up_days"};
    for (const auto& key : keys) {
      channel.settings.push_back(lists.contains(key)      ? list(key, {}, "Any.")
                                 : booleans.contains(key) ? boolean(key, true, "Any.")
                                 : numbers.contains(key)  ? integer(key, 3, 1, 30, "Any.")
                                                          : text(key, "", "Any."));
    }
    all.push_back(channel);
  }
  const auto loaded = testing::load_text(with_settings_in_effect(sample_file()), {}, {}, all);
  ASSERT_TRUE(loaded.has_value()) << ::testing::PrintToString(loaded.error());
  EXPECT_NE(loaded->find("waha", "main"), nullptr);
  EXPECT_NE(loaded->find("qcontact", "velocity"), nullptr);
  for (const auto& section : core_sections()) {
    for (const auto& s : section.settings) {
      EXPECT_TRUE(loaded->section(section.name).is_given(s.name)) << s.name;
      EXPECT_EQ(loaded->section(section.name).at(s.name).current, s.fallback) << s.name;
    }
  }
}

TEST(SampleFile, RepeatableSectionsAreCommentedOutAsAWhole) {
  const auto text = render_sample(testing::sample_schema());
  EXPECT_THAT(text, StartsWith("# The web.\n[web]\n# A title.\n# title = \"Hub\"\n"));
  EXPECT_THAT(text,
              HasSubstr("\n# A peer.\n# [peer.name]\n# Where it is. Required.\n# url = \"\"\n"));
}

}  // namespace
}  // namespace fibrehub::config
