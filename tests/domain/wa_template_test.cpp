#include "domain/wa_template.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

using ::testing::ElementsAre;

std::string rendered(std::string_view text, const std::map<std::string, std::string>& values) {
  const auto form = parse_template(text);
  return form ? render(*form, values).value_or("(missing)") : "(no template)";
}

TEST(WaTemplate, IsFilledIn) {
  const std::map<std::string, std::string> values{{"contact.name", "Nomsa"}, {"drop", "1730654"}};
  struct row {
    const char *text, *out;
  };
  for (const row& r :
       {row{"no blanks", "no blanks"}, row{"", ""}, row{"{{contact.name}}", "Nomsa"},
        row{"Hello {{ contact.name }}, DR{{drop}}!", "Hello Nomsa, DR1730654!"},
        row{"{{drop}}{{drop}}", "17306541730654"}, row{"{not one} } {", "{not one} } {"},
        row{"{{contact.name}} {{address}}", "(missing)"}})
    EXPECT_EQ(rendered(r.text, values), r.out) << r.text;
}

TEST(WaTemplate, PutsValuesInAsTheyAre) {
  EXPECT_EQ(rendered("{{note}}!", {{"note", "{{drop}} }} \"x\""}}), "{{drop}} }} \"x\"!");
}

TEST(WaTemplate, NamesEveryValueThatIsMissingOnce) {
  const auto form = parse_template("{{address}} {{contact.name}} {{address}} {{drop}}");
  ASSERT_TRUE(form);
  EXPECT_THAT(variables_of(*form), ElementsAre("address", "contact.name", "drop"));
  const auto done = render(*form, {{"drop", "1"}, {"contact.name", ""}});
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error(), ElementsAre("address", "contact.name"));
}

TEST(WaTemplate, SaysWhereAMistakeIs) {
  struct row {
    const char* text;
    std::size_t line, column;
    const char* reason;
  };
  for (const row& r : {row{"{{nobody}}", 1, 1, "there is no variable nobody"},
                       row{"Dear ü {{ nobody }}", 1, 8, "there is no variable nobody"},
                       row{"a\nb {{}}", 2, 3, "{{}} names no variable"},
                       row{"{{drop}}\n{{contact.name", 2, 1, "{{ has no }} behind it"},
                       row{"{{{{drop}}", 1, 1, "there is no variable {{drop"}}) {
    const auto form = parse_template(r.text);
    ASSERT_FALSE(form) << r.text;
    EXPECT_EQ(form.error().line, r.line) << r.text;
    EXPECT_EQ(form.error().column, r.column) << r.text;
    EXPECT_EQ(form.error().reason, r.reason) << r.text;
  }
}

TEST(WaTemplate, KnowsItsOwnVariables) {
  for (const template_variable& v : template_variables()) {
    EXPECT_TRUE(is_template_variable(v.name));
    EXPECT_FALSE(v.text.empty());
  }
  EXPECT_FALSE(is_template_variable(""));
  EXPECT_FALSE(is_template_variable("ticket"));
}

TEST(WaTemplate, IsCalledSomethingSimple) {
  for (const char* good : {"on_the_way", "a", "client-2"})
    EXPECT_TRUE(is_template_name(good)) << good;
  for (const char* bad : {"", "On the way", "ä", "a/b"})
    EXPECT_FALSE(is_template_name(bad)) << bad;
  for (const char* good : {"en", "af", "en-ZA", "nso"})
    EXPECT_TRUE(is_language(good)) << good;
  for (const char* bad : {"", "e", "english", "EN", "en_ZA", "en-za", "en-"})
    EXPECT_FALSE(is_language(bad)) << bad;
}

}  // namespace
}  // namespace fibrehub::domain
