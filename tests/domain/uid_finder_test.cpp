#include "domain/uid_finder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> found(std::string_view text,
                               const uid_templates& templates = uid_templates::defaults()) {
  std::vector<std::string> out;
  for (const found_uid& f : uid_finder(templates).find(text))
    out.push_back(f.uid);
  return out;
}

TEST(UidFinder, FindsEveryUsualFormatInAnyCase) {
  EXPECT_THAT(found("FT18 and dr1730654-01, (wa-0007) eml-0001; Ff-0123! AH-0001 tkt-2026-00012."),
              ElementsAre("FT18", "DR1730654-01", "WA-0007", "EML-0001", "FF-0123"))
      << "the first five";
  EXPECT_THAT(found("AH-0001 tkt-2026-00012."), ElementsAre("AH-0001", "TKT-2026-00012"));
}

TEST(UidFinder, TakesWordsOnly) {
  EXPECT_THAT(found("XFT18 FT18x-y é FT18é ÉFT18 _FT18"), ElementsAre("FT18x-y"))
      << "a peer's own number may be anything with a digit";
  EXPECT_THAT(found("after the ftth soft ff- wa- DR1730654 WA-07 FF-12"), IsEmpty())
      << "too few digits, and a drop is no ticket";
}

TEST(UidFinder, SaysWhereItStands) {
  const auto f = uid_finder(uid_templates::defaults()).find("see ft18.");
  ASSERT_EQ(f.size(), 1U);
  EXPECT_EQ(f[0].at, 4U);
  EXPECT_EQ(f[0].size, 4U);
}

TEST(UidFinder, FollowsTheConfiguredFormats) {
  uid_templates t = uid_templates::defaults();
  t.by_source.at(ticket_source::qcontact) = *uid_template::parse("Q/{ref}");
  t.chat_without_drop = *uid_template::parse("{YYYY}/{nnn}");
  EXPECT_THAT(found("q/77 and 2026/0012, not 26/0012 nor FT18", t),
              ElementsAre("Q/77", "2026/0012"));
}

TEST(UidFinder, CountsEachOnce) {
  EXPECT_THAT(found("FT18 ft18 FT18"), ElementsAre("FT18"));
}

}  // namespace
}  // namespace fibrehub::domain
