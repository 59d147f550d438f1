#include "domain/uid.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

struct name_of_source {
  ticket_source source;
  uid_inputs in;
  std::int64_t number;
  const char* uid;
  const char* scope;
};

class DefaultUid : public testing::TestWithParam<name_of_source> {};

TEST_P(DefaultUid, IsMadeFromTheSource) {
  const auto& p = GetParam();
  const uid_templates templates = uid_templates::defaults();
  const uid_template& form = templates.select(p.source, p.in);
  EXPECT_EQ(form.render(p.in, p.number), p.uid);
  if (form.counts()) {
    EXPECT_EQ(form.scope(p.in), p.scope);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Sources, DefaultUid,
    testing::Values(
        name_of_source{ticket_source::qcontact, {"4711", "", 2026}, 0, "FT4711", ""},
        name_of_source{
            ticket_source::wa_inbound, {"", "1730654", 2026}, 1, "DR1730654-01", "DR1730654-#"},
        name_of_source{ticket_source::construction,
                       {"", "1730654", 2026},
                       123,
                       "DR1730654-123",
                       "DR1730654-#"},
        name_of_source{ticket_source::wa_inbound, {"", "", 2026}, 7, "WA-0007", "WA-#"},
        name_of_source{ticket_source::email, {"", "", 2026}, 12345, "EML-12345", "EML-#"},
        name_of_source{ticket_source::ff_internal, {"", "", 2026}, 123, "FF-0123", "FF-#"},
        name_of_source{ticket_source::adhoc, {"", "", 2026}, 1, "AH-0001", "AH-#"},
        name_of_source{
            ticket_source::fibertime, {"", "", 2026}, 42, "TKT-2026-00042", "TKT-2026-#"},
        name_of_source{
            ticket_source::preventative, {"", "", 2027}, 1, "TKT-2027-00001", "TKT-2027-#"},
        name_of_source{ticket_source::api, {"", "", 2026}, 43, "TKT-2026-00043", "TKT-2026-#"}));

TEST(UidTemplate, SharesOneCounterOfADropBetweenWhatsAppAndConstruction) {
  const uid_templates t = uid_templates::defaults();
  const uid_inputs in{"", "99", 2026};
  EXPECT_EQ(t.select(ticket_source::wa_inbound, in).scope(in),
            t.select(ticket_source::construction, in).scope(in));
}

TEST(UidTemplate, RefusesWhatWouldNameTwoTicketsAlike) {
  EXPECT_THAT(uid_template::parse("FIXED").error(), testing::HasSubstr("two tickets alike"));
  EXPECT_THAT(uid_template::parse("DR{drop}").error(), testing::HasSubstr("two tickets alike"));
}

TEST(UidTemplate, RefusesUnknownPlaceholdersTwoCountersAndOpenBraces) {
  EXPECT_THAT(uid_template::parse("X{zone}-{n}").error(),
              testing::HasSubstr("unknown placeholder {zone}"));
  EXPECT_THAT(uid_template::parse("{n}-{nn}").error(), testing::HasSubstr("counts twice"));
  EXPECT_THAT(uid_template::parse("X{nn").error(), testing::HasSubstr("unbalanced brace"));
  EXPECT_THAT(uid_template::parse("X}n{").error(), testing::HasSubstr("unbalanced brace"));
}

}  // namespace
}  // namespace fibrehub::domain
