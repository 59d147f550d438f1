#include "domain/reference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "domain/reference_check.hpp"

namespace fibrehub::domain {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const reference_declaration& drops = declaration_of(reference_kind::drops);
const reference_declaration& teams = declaration_of(reference_kind::teams);
const reference_declaration& reviews = declaration_of(reference_kind::qa_photo_reviews);

reference_row check(const reference_declaration& of, std::vector<given_cell> cells) {
  return check_row(of, cells);
}

std::vector<std::string> complaints(const reference_row& row) {
  std::vector<std::string> out;
  for (const row_problem& p : row.problems)
    out.push_back(p.field + " " + p.reason);
  return out;
}

std::string cell(const reference_declaration& of, const reference_row& row, std::string_view name) {
  return row.cells[*find_column(of, name)].value_or("(not given)");
}

TEST(Reference, DeclaresEveryKindOnceWithItsCodeFirst) {
  std::set<std::string_view> names;
  for (const reference_declaration& d : reference_declarations()) {
    EXPECT_TRUE(names.insert(d.name).second) << d.name;
    EXPECT_EQ(find_reference(d.name), &declaration_of(d.kind));
    EXPECT_TRUE(d.columns.front().required) << d.name;
    EXPECT_FALSE(d.text.empty());
    std::set<std::string_view> columns;
    for (const reference_column& c : d.columns) {
      EXPECT_TRUE(columns.insert(c.name).second) << d.name << "." << c.name;
      EXPECT_FALSE(c.text.empty()) << d.name << "." << c.name;
      EXPECT_EQ(c.type == column_type::reference, c.refers_to.has_value());
    }
  }
  EXPECT_EQ(find_reference("splitters"), nullptr);
}

TEST(Reference, GivesAnExampleOfEveryColumnThatPassesItsOwnCheck) {
  for (const reference_declaration& d : reference_declarations())
    for (const reference_column& c : d.columns) {
      const auto value = canonical_cell(c, c.example);
      ASSERT_TRUE(value) << d.name << "." << c.name << " " << value.error();
      EXPECT_FALSE(value->empty()) << d.name << "." << c.name;
    }
}

TEST(Reference, TakesADropNumberHoweverItIsWritten) {
  for (const char* text : {"DR1730654", "dr 1730654", "1730654", "Dr-1730654", "  1730654 "})
    EXPECT_EQ(check(drops, {{"code", text}}).code(), "1730654") << text;
  for (const char* text : {"DR", "DRX1", "17 30654", "1234567890123", "P-4521", "DR  5"})
    EXPECT_THAT(complaints(check(drops, {{"code", text}})),
                ElementsAre("code must be a drop number such as DR1730654"))
        << text;
}

TEST(Reference, KeepsApartWhatWasNotGivenAndWhatIsToBeNothing) {
  const reference_row row = check(drops, {{"code", "DR1"}, {"zone", " "}, {"pon", "PON-1"}});
  EXPECT_THAT(row.problems, IsEmpty());
  EXPECT_EQ(cell(drops, row, "zone"), "");
  EXPECT_EQ(cell(drops, row, "pon"), "PON-1");
  EXPECT_EQ(cell(drops, row, "address"), "(not given)");
}

TEST(Reference, NamesEveryFieldThatIsWrong) {
  const reference_row row = check(drops, {{"latitude", "91"},
                                          {"longitude", "east"},
                                          {"install_date", "14/03/2025"},
                                          {"zone", std::string(101, 'z')},
                                          {"colour", "red"}});
  EXPECT_THAT(complaints(row), ElementsAre("latitude must be a number from -90 to 90",
                                           "longitude must be a number from -180 to 180",
                                           "install_date must be a date such as 2025-03-14",
                                           "zone must be at most 100 characters",
                                           HasSubstr("colour is not known here; known are code"),
                                           "code is required"));
}

TEST(Reference, RefusesAnEmptyRequiredFieldButNotAnAbsentOne) {
  const reference_declaration& projects = declaration_of(reference_kind::projects);
  EXPECT_THAT(complaints(check(projects, {{"code", "P1"}, {"name", ""}})),
              ElementsAre("name must not be empty"));
  EXPECT_THAT(complaints(check(projects, {{"code", "P1"}})), IsEmpty());
}

struct spelling {
  std::string_view column;
  std::string_view text;
  std::string_view value;  // empty: refused
};

class DropSpelling : public testing::TestWithParam<spelling> {};

TEST_P(DropSpelling, HasOneFormOrNone) {
  const auto [column, text, expected] = GetParam();
  const auto value = canonical_cell(drops.columns[*find_column(drops, column)], text);
  EXPECT_EQ(value.value_or(""), expected) << text;
}

INSTANTIATE_TEST_SUITE_P(
    Cells, DropSpelling,
    testing::Values(
        spelling{"latitude", "-26.2041", "-26.2041"}, spelling{"latitude", "-26,2041", "-26.2041"},
        spelling{"latitude", "+26", "26"}, spelling{"latitude", "-90", "-90"},
        spelling{"latitude", "-90.1", ""}, spelling{"latitude", "1e1", ""},
        spelling{"latitude", "nan", ""}, spelling{"latitude", "inf", ""},
        spelling{"latitude", ".5", ""}, spelling{"latitude", "5.", ""},
        spelling{"latitude", "1.2.3", ""}, spelling{"latitude", "--1", ""},
        spelling{"latitude", "0x10", ""}, spelling{"latitude", "-", ""},
        spelling{"longitude", "179.999999999999", "179.999999999999"},
        spelling{"longitude", "180.00000001", ""},
        spelling{"install_date", "2024-02-29", "2024-02-29"},
        spelling{"install_date", "2025-02-29", ""}, spelling{"install_date", "2025-3-1", ""},
        spelling{"install_date", "2025-03-01T00:00:00Z", ""},
        spelling{"install_date", "0001-01-01", ""}, spelling{"archived", "TRUE", "true"},
        spelling{"archived", "no", "false"}, spelling{"archived", "perhaps", ""},
        spelling{"zone", "Z\xC3\xB4ne", "Z\xC3\xB4ne"}, spelling{"zone", "\xFF", ""},
        spelling{"zone", "a\x1b[2J", ""},
        spelling{"address", "1 Long St\nGate 4", "1 Long St\nGate 4"}));

TEST(Reference, KeepsInstantsInUtcAndOutcomesInSmallLetters) {
  const reference_row row = check(reviews, {{"code", "R1"},
                                            {"drop", "DR5"},
                                            {"outcome", "Failed"},
                                            {"reviewed_at", "2025-12-01T11:30:00+02:00"}});
  EXPECT_THAT(complaints(row), IsEmpty());
  EXPECT_EQ(cell(reviews, row, "reviewed_at"), "2025-12-01T09:30:00Z");
  EXPECT_EQ(cell(reviews, row, "outcome"), "failed");
  EXPECT_THAT(complaints(check(reviews, {{"code", "R1"}, {"reviewed_at", "yesterday"}})),
              ElementsAre(HasSubstr("reviewed_at must be a time")));
  EXPECT_THAT(complaints(check(reviews, {{"code", "R1"}, {"outcome", "unclear"}})),
              ElementsAre("outcome must be one of passed, failed"));
}

TEST(Reference, ReadsListsWithoutRepeatsAndEmptyItems) {
  const reference_row row = check(teams, {{"name", "North"},
                                          {"specialties", "splicing | otdr||splicing"},
                                          {"lead", "Lerato@Example.com"},
                                          {"members", "a@x.org|B@x.org| A@X.ORG "}});
  EXPECT_THAT(complaints(row), IsEmpty());
  EXPECT_EQ(row.code(), "North");
  EXPECT_EQ(cell(teams, row, "specialties"), "splicing|otdr");
  EXPECT_EQ(cell(teams, row, "lead"), "lerato@example.com");
  EXPECT_EQ(cell(teams, row, "members"), "a@x.org|b@x.org");
  EXPECT_THAT(complaints(check(teams, {{"name", "North"}, {"members", "a@x.org|Thabo"}})),
              ElementsAre("members must hold e-mail addresses, with | between them"));
  std::string crowd;
  for (std::size_t i = 0; i <= max_list_items; ++i)
    crowd += std::to_string(i) + "@x.org|";
  EXPECT_THAT(complaints(check(teams, {{"name", "North"}, {"members", crowd}})),
              ElementsAre("members must hold at most 200 items"));
}

TEST(Reference, MatchesTheHeaderOfAFileByNameCaseAndBlanksAside) {
  const std::vector<std::string> header{" Code", "ADDRESS", "pole"};
  const auto match = match_header(drops, header, {});
  ASSERT_TRUE(match) << match.error();
  EXPECT_THAT(*match, ElementsAre(find_column(drops, "code"), find_column(drops, "address"),
                                  find_column(drops, "pole")));
}

TEST(Reference, RenamesAndLeavesOutColumnsOfAFile) {
  const std::vector<std::string> header{"DR Number", "Street", "Remarks"};
  const auto match =
      match_header(drops, header, {{"dr number", "code"}, {"Street", "address"}, {"Remarks", ""}});
  ASSERT_TRUE(match) << match.error();
  EXPECT_THAT(*match,
              ElementsAre(find_column(drops, "code"), find_column(drops, "address"), std::nullopt));
}

TEST(Reference, SaysWhatIsWrongWithAHeader) {
  const auto complaint = [](std::vector<std::string> header,
                            const std::map<std::string, std::string>& renamed = {}) {
    const auto match = match_header(drops, header, renamed);
    return match ? std::string("(nothing)") : match.error();
  };
  EXPECT_THAT(complaint({"code", "colour"}), HasSubstr("\"colour\" is not known here"));
  EXPECT_THAT(complaint({"zone"}), HasSubstr("\"code\" is missing"));
  EXPECT_THAT(complaint({"code", "zone", "Zone"}), HasSubstr("\"zone\" is there twice"));
  EXPECT_THAT(complaint({"code"}, {{"Area", "zone"}}), HasSubstr("no column \"area\" in the file"));
  EXPECT_THAT(complaint({"code"}, {{"code", "number"}}), HasSubstr("no column \"number\""));
}

}  // namespace
}  // namespace fibrehub::domain
