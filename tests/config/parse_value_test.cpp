#include "config/parse_value.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.hpp"

namespace fibrehub::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using words = std::vector<std::string>;

const setting& declared(const schema& all, std::string_view section_name, std::string_view name) {
  return *find_section(all, section_name)->find(name);
}

TEST(ParseValue, TakesWhatTheKindAllows) {
  const auto all = testing::sample_schema();
  const struct {
    const char* name;
    raw given;
    value expected;
  } cases[] = {
      {"title", std::string{"A"}, std::string{"A"}},
      {"title", loose{""}, std::string{}},
      {"port", std::int64_t{0}, std::int64_t{0}},
      {"port", loose{"65535"}, std::int64_t{65535}},
      {"quiet", true, true},
      {"quiet", loose{"true"}, true},
      {"quiet", loose{"false"}, false},
      {"timeout", std::string{"5m"}, std::int64_t{300'000}},
      {"timeout", loose{"1h"}, std::int64_t{3'600'000}},
      {"limit", std::string{"2MB"}, std::int64_t{2 * mb}},
      {"limit", std::int64_t{4096}, std::int64_t{4096}},
      {"limit", loose{"4096"}, std::int64_t{4096}},
      {"mode", std::string{"safe"}, std::string{"safe"}},
      {"proxies", words{"10.0.0.0/8", "::1"}, words{"10.0.0.0/8", "::1"}},
      {"proxies", loose{" 10.0.0.0/8 ,::1"}, words{"10.0.0.0/8", "::1"}},
      {"proxies", loose{" "}, words{}},
      {"public_url", std::string{"https://a.example"}, std::string{"https://a.example"}},
      {"public_url", std::string{}, std::string{}},
      {"folder", loose{"/var/lib"}, std::string{"/var/lib"}},
      {"token", std::string{"env:TOKEN"}, std::string{"env:TOKEN"}},
      {"token", std::string{}, std::string{}},
      {"database", std::string{"host=/run dbname=x"}, std::string{"host=/run dbname=x"}},
      {"database", loose{"file:/etc/db"}, std::string{"file:/etc/db"}},
  };
  for (const auto& c : cases) {
    const auto parsed = parse_value(declared(all, "web", c.name), c.given);
    ASSERT_TRUE(parsed.has_value()) << c.name << ": " << parsed.error();
    EXPECT_EQ(*parsed, c.expected) << c.name;
  }
}

TEST(ParseValue, SaysWhatIsWrongAndWhatIsAllowed) {
  const auto all = testing::sample_schema();
  const struct {
    const char* name;
    raw given;
    const char* message;
  } cases[] = {
      {"port", std::int64_t{70000}, "70000 is out of range, allowed is 0 to 65535"},
      {"port", std::int64_t{-1}, "-1 is out of range, allowed is 0 to 65535"},
      {"port", loose{"80x"}, "\"80x\" is not a whole number, allowed is 0 to 65535"},
      {"port", loose{""}, "\"\" is not a whole number, allowed is 0 to 65535"},
      {"port", std::string{"8080"}, "\"8080\" is text, a whole number without quotes is needed"},
      {"port", foreign{"a decimal number"},
       "this is a decimal number, a whole number without quotes is needed"},
      {"quiet", loose{"yes"}, "\"yes\" is not allowed, write true or false"},
      {"quiet", std::int64_t{1}, "1 is a number, true or false without quotes is needed"},
      {"timeout", std::int64_t{75},
       "75 has no unit, write \"75s\" or \"75ms\" (units: ms, s, m, h, d)"},
      {"timeout", loose{"75"},
       "\"75\" has no unit, write \"75s\" or \"75ms\" (units: ms, s, m, h, d)"},
      {"timeout", std::string{"2h"}, "2h is out of range, allowed is 1s to 1h"},
      {"timeout", false, "false is a truth value, a duration in quotes, like \"30s\" is needed"},
      {"limit", std::string{"2GB"}, "2GB is out of range, allowed is 1KB to 1GB"},
      {"mode", std::string{"quick"}, "\"quick\" is not allowed, allowed are fast, safe"},
      {"mode", std::string{"fats"},
       "\"fats\" is not allowed, allowed are fast, safe; did you mean fast?"},
      {"proxies", std::string{"::1"},
       "\"::1\" is text, a list in brackets, like [\"one\", \"two\"] is needed"},
      {"proxies", loose{"::1,,::2"}, "the list has an empty entry"},
      {"proxies", words(257, "::1"), "the list has 257 entries, at most 256 are allowed"},
      {"proxies", words{"x"},
       "\"x\" is not an address range, write one like 10.0.0.0/8 or 2001:db8::/32"},
      {"public_url", std::string{"example.com"},
       "\"example.com\" is not a URL, it must begin with http:// or https://"},
      {"folder", std::string{"~/x"}, "\"~/x\" is not expanded, write the whole path"},
      {"title", std::string{"a\nb"},
       "the text contains a control character (such as a line break)"},
      {"title", std::string(5000, 'x'), "the text is longer than 4096 bytes"},
      {"title", words{"a"}, "this is a list, text in quotes is needed"},
  };
  for (const auto& c : cases) {
    const auto parsed = parse_value(declared(all, "web", c.name), c.given);
    ASSERT_FALSE(parsed.has_value()) << c.name;
    EXPECT_EQ(parsed.error(), c.message);
  }
}

TEST(ParseValue, LiteralSecretsAreRefusedWithAnExplanationThatDoesNotRepeatThem) {
  const auto all = testing::sample_schema();
  const raw literals[] = {std::string{"hunter2"}, loose{"hunter2"}};
  for (const auto& literal : literals) {
    const auto parsed = parse_value(declared(all, "web", "token"), literal);
    ASSERT_FALSE(parsed.has_value());
    EXPECT_THAT(parsed.error(), HasSubstr("\"env:NAME\" or \"file:/absolute/path\""));
    EXPECT_THAT(parsed.error(), HasSubstr("0600"));
    EXPECT_THAT(parsed.error(), Not(HasSubstr("hunter2")));
  }
  const auto number = parse_value(declared(all, "web", "token"), std::int64_t{123456});
  EXPECT_THAT(number.error(), Not(HasSubstr("123456")));
  EXPECT_FALSE(parse_value(declared(all, "peer", "keys"), words{"env:OK", "hunter2"}).has_value());
}

TEST(ParseValue, ReferencesMustBeWellFormed) {
  const auto all = testing::sample_schema();
  for (const auto* name : {"token", "database"}) {
    for (const auto* bad : {"env:", "env:1A", "env:A-B", "file:", "file:key", "file:./key"}) {
      EXPECT_FALSE(parse_value(declared(all, "web", name), std::string{bad}).has_value()) << bad;
    }
  }
}

TEST(ParseValue, AtMostTheDeclaredNumberOfKeysIsTaken) {
  const auto all = testing::sample_schema();
  const auto& keys = declared(all, "peer", "keys");
  EXPECT_TRUE(parse_value(keys, words{"env:NEW", "env:OLD"}).has_value());
  EXPECT_TRUE(parse_value(keys, loose{"env:NEW,file:/old"}).has_value());
  EXPECT_EQ(parse_value(keys, words{"env:A", "env:B", "env:C"}).error(),
            "the list has 3 entries, at most 2 are allowed");
}

TEST(ParseValue, ARequiredSettingMustNotBeEmpty) {
  const auto all = testing::sample_schema();
  EXPECT_EQ(parse_value(declared(all, "peer", "url"), std::string{}).error(), "must not be empty");
}

}  // namespace
}  // namespace fibrehub::config
