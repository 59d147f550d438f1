#include "domain/custom_fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fibrehub::domain {
namespace {

using kind = field_input::kind;
using members = std::map<std::string, field_input>;
using ::testing::HasSubstr;

custom_fields declared(std::vector<std::string> lines) {
  auto out = custom_fields::parse(lines);
  EXPECT_TRUE(out) << out.error();
  return out.value_or(custom_fields{});
}

TEST(CustomFields, LetAnythingPassWhenNothingIsDeclared) {
  EXPECT_FALSE(custom_fields{}.problem("fault", {{"any", {kind::number, "1", {}}}}));
}

TEST(CustomFields, HoldWhatWasDeclaredForTheTypeAndForAll) {
  const auto f = declared({"fault.meter_reading: number, required", "*.site_code: text",
                           "build.inspected: boolean", "build.due: date"});
  const field_input reading{kind::number, "12", {}};
  EXPECT_FALSE(f.problem("fault", {{"meter_reading", reading}}));
  EXPECT_FALSE(
      f.problem("fault", {{"meter_reading", reading}, {"site_code", {kind::text, "A", {}}}}));
  EXPECT_THAT(*f.problem("fault", {}), HasSubstr("needs \"meter_reading\""));
  EXPECT_THAT(*f.problem("fault", {{"meter_reading", {kind::text, "12", {}}}}),
              HasSubstr("number"));
  EXPECT_THAT(*f.problem("build", {{"meter_reading", reading}}), HasSubstr("no field"));
  EXPECT_FALSE(f.problem("build", {{"due", {kind::text, "2026-02-28", {}}}}));
  EXPECT_TRUE(f.problem("build", {{"due", {kind::text, "2026-02-30", {}}}}));
  EXPECT_TRUE(f.problem("build", {{"inspected", {kind::text, "yes", {}}}}));
}

TEST(CustomFields, SayWhichLineIsWrong) {
  for (const char* line : {"meter", "fault.meter", "flood.x: text", "fault.X: text",
                           "fault.x: json", "fault.x: text, maybe"}) {
    const auto refused = custom_fields::parse(std::vector<std::string>{line});
    ASSERT_FALSE(refused) << line;
    EXPECT_THAT(refused.error(), HasSubstr(line));
  }
  EXPECT_FALSE(custom_fields::parse(std::vector<std::string>{"*.x: text", "*.x: number"}));
}

}  // namespace
}  // namespace fibrehub::domain
