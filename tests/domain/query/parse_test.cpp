#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "domain/query/fields.hpp"
#include "domain/query/query.hpp"

namespace fibrehub::domain::query {
namespace {

/// A tree as text, to compare it by eye: (all status=open (not tag=storm) text="no signal").
std::string show(const value& v) {
  std::string out;
  switch (v.how) {
    case op::less:
      out = "<";
      break;
    case op::at_most:
      out = "<=";
      break;
    case op::more:
      out = ">";
      break;
    case op::at_least:
      out = ">=";
      break;
    default:
      break;
  }
  if (v.phrase) return out + '"' + v.text + '"';
  if (!v.from) return out + v.text + (v.upper.empty() ? "" : ".." + v.upper);
  return out + (v.to ? "range" : "moment");
}

std::string show(const node& n) {
  if (n.what == node::kind::condition) {
    std::string out(definition(n.condition.what).name);
    char sign = '=';
    for (const value& v : n.condition.values) {
      out += sign + show(v);
      sign = ',';
    }
    return out;
  }
  std::string out = n.what == node::kind::all   ? "(all"
                    : n.what == node::kind::any ? "(any"
                                                : "(not";
  for (const node& c : n.children)
    out += " " + show(c);
  return out + ")";
}

struct example {
  const char* text;
  const char* tree;
};

class Parse : public testing::TestWithParam<example> {};

TEST_P(Parse, MakesTheTreeOfTheQuery) {
  const auto tree = parse(GetParam().text);
  ASSERT_TRUE(tree) << tree.error().column << ": " << tree.error().message;
  EXPECT_EQ(show(*tree), GetParam().tree);
}

INSTANTIATE_TEST_SUITE_P(
    Queries, Parse,
    testing::Values(
        example{"", "(all)"}, example{"   ", "(all)"}, example{"status:open", "status=open"},
        example{"status:OPEN", "status=open"},
        example{"priority:high,critical", "priority=high,critical"},
        example{"priority:>=high", "priority=>=high"},
        example{"status:open assignee:me", "(all status=open assignee=me)"},
        example{"\"no signal\" -tag:storm", "(all text=\"no signal\" (not tag=storm))"},
        example{"company:\"Acme, Ltd\"", "company=\"Acme, Ltd\""},
        example{"company:\"Say \\\"hi\\\"\"", "company=\"Say \"hi\"\""},
        example{"due:<4h", "due=<moment"}, example{"created:>=2025-12-01", "created=>=moment"},
        example{"created:2025-12-01..2025-12-31", "created=range"},
        example{"created:2025-12-01T08:00Z", "created=moment"},
        example{"created:last-week", "created=moment"}, example{"due:none", "due=none"},
        example{"signal:<-25.5", "signal=<-25.5"},
        example{"rework_count:1..3", "rework_count=1..3"}, example{"drop:DR1234", "drop=DR1234"},
        example{"fibre OR splice", "(any text=fibre text=splice)"},
        example{"a b OR c d", "(any (all text=a text=b) (all text=c text=d))"},
        example{"(a OR b) AND c", "(all (any text=a text=b) text=c)"},
        example{"NOT status:closed", "(not status=closed)"},
        example{"-(a OR b)", "(not (any text=a text=b))"}, example{"phone:-27", "phone=-27"},
        example{"no-signal", "text=no-signal"}, example{"08:30", "text=08:30"},
        example{">5", "text=>5"}, example{"team:mine", "team=mine"},
        example{"zone:\"Zone 3\",north", "zone=\"Zone 3\",north"}));

struct mistake {
  const char* text;
  std::size_t column;
  const char* says;
};

class Mistake : public testing::TestWithParam<mistake> {};

TEST_P(Mistake, IsToldWithItsColumnAndWhatWasExpected) {
  const auto tree = parse(GetParam().text);
  ASSERT_FALSE(tree) << show(*tree);
  EXPECT_EQ(tree.error().column, GetParam().column) << tree.error().message;
  EXPECT_THAT(tree.error().message, testing::HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Queries, Mistake,
    testing::Values(
        mistake{"status:opne", 8, "did you mean open?"},
        mistake{"status:", 8, "a value was expected after status:"},
        mistake{"status: open", 9, "a value was expected after status:"},
        mistake{"status:open,", 13, "a value was expected"},
        mistake{"stauts:open", 1, "did you mean status?"},
        mistake{"a frobnicate:1", 3, "there is no field"}, mistake{"a \"b", 3, "not closed"},
        mistake{"ë \"b", 3, "not closed"}, mistake{"(a b", 1, "not closed"},
        mistake{"a) b", 2, "closes none"}, mistake{"()", 2, "cannot stand here"},
        mistake{"a OR", 5, "a term was expected"}, mistake{"OR a", 1, "needs a term"},
        mistake{"a AND OR b", 7, "needs a term"}, mistake{"http://x", 1, "in quotes"},
        mistake{"created:soon", 9, "no moment"}, mistake{"created:4h", 9, "needs < or >"},
        mistake{"created:2025-13-01", 9, "no moment"},
        mistake{"created:2025-12-01..4h", 9, "no range of days"},
        mistake{"status:>open", 8, "cannot be compared"},
        mistake{"signal:weak", 8, "compared with a number"},
        mistake{"rework_count:1..x", 14, "no range of numbers"},
        mistake{"priority:urgent", 10, "it may be critical, high, medium, low"},
        mistake{",", 1, "cannot stand here"}, mistake{"assignee:>me", 10, "cannot be compared"}));

TEST(ParseLimits, AreToldInsteadOfFollowed) {
  EXPECT_EQ(parse(std::string(max_query_bytes + 1, 'a')).error().column, max_query_bytes + 1);
  std::string deep(max_depth + 1, '(');
  EXPECT_THAT(parse(deep + "a").error().message, testing::HasSubstr("too deeply"));
  std::string many;
  for (std::size_t i = 0; i <= max_terms; ++i)
    many += "a ";
  EXPECT_THAT(parse(many).error().message, testing::HasSubstr("too many terms"));
  std::string values = "tag:a";
  for (std::size_t i = 0; i < max_values; ++i)
    values += ",a";
  EXPECT_THAT(parse(values).error().message, testing::HasSubstr("too many values"));
  EXPECT_FALSE(parse("a\xff"));
  EXPECT_FALSE(parse(std::string_view("a\0b", 3)));
}

TEST(ParseFuzz, AnyTextGivesATreeOrAnErrorInsideIt) {
  // Pieces of the language in any order go deeper than single bytes would.
  const char* pieces[] = {"status:", "open", ",",   "\"", "(",    ")",    "-",          " ",  "OR",
                          "AND",     "NOT",  "<4h", ">=", "due:", "..",   "2025-12-01", "\\", "ë",
                          "tag:",    "a",    ":",   "me", "\t",   "\xc3", "signal:",    "1.5"};
  std::mt19937 random{20251201};
  std::size_t trees = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string text;
    for (auto n = random() % 12; n > 0; --n)
      text += pieces[random() % std::size(pieces)];
    const auto tree = parse(text);
    if (tree) {
      ++trees;
    } else {
      ASSERT_GE(tree.error().column, 1u) << text;
      ASSERT_LE(tree.error().column, text.size() + 1) << text;
      ASSERT_FALSE(tree.error().message.empty()) << text;
    }
  }
  EXPECT_GT(trees, 10'000u);
}

}  // namespace
}  // namespace fibrehub::domain::query
