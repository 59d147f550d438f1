#include "domain/reports/report.hpp"

#include <gtest/gtest.h>

#include <set>

namespace fibrehub::domain {
namespace {

TEST(Reports, AreFoundByNameAndByKind) {
  for (const report_definition& r : reports()) {
    EXPECT_EQ(find_report(r.name), &r);
    EXPECT_EQ(&definition(r.kind), &r);
    std::set<std::string_view> names;
    for (const report_column& c : r.columns)
      EXPECT_TRUE(names.insert(c.name).second) << r.name << " " << c.name;
  }
  EXPECT_EQ(find_report("tickets"), nullptr);
}

TEST(Reports, AreReadByTheOfficeAndByTechniciansAboutThemselves) {
  for (const report_definition& r : reports()) {
    for (const role as : {role::admin, role::manager, role::team_lead, role::viewer})
      EXPECT_EQ(reach_of(as, r.kind), report_reach::all);
    EXPECT_EQ(reach_of(role::technician, r.kind),
              r.kind == report_kind::technicians ? report_reach::own : report_reach::none);
    EXPECT_EQ(reach_of(role::client, r.kind), report_reach::none);
  }
}

TEST(Reports, RoundPercentagesHalfUpToTenths) {
  EXPECT_EQ(percent(0, 0), std::nullopt);
  EXPECT_EQ(percent(0, 7), "0.0");
  EXPECT_EQ(percent(7, 7), "100.0");
  EXPECT_EQ(percent(1, 3), "33.3");
  EXPECT_EQ(percent(2, 3), "66.7");
  EXPECT_EQ(percent(1, 2000), "0.1");
  EXPECT_EQ(percent(1, 2001), "0.0");
  EXPECT_EQ(percent(1999, 2000), "100.0");
}

}  // namespace
}  // namespace fibrehub::domain
