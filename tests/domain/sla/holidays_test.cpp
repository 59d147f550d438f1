#include "domain/sla/holidays.hpp"

#include <gmock/gmock.h>

#include "tests/domain/sla/support.hpp"

namespace fibrehub::domain::sla {
namespace {

std::vector<std::string> lines(const std::vector<holiday>& all) {
  std::vector<std::string> out;
  for (const holiday& h : all)
    out.push_back(date_text(h.date).substr(5) + " " + h.name);
  return out;
}

TEST(Easter, FallsWhereTheTablesSay) {
  // The earliest and the latest possible among them.
  for (const char* date :
       {"1818-03-22", "1943-04-25", "2000-04-23", "2008-03-23", "2011-04-24", "2024-03-31",
        "2025-04-20", "2026-04-05", "2027-03-28", "2038-04-25", "2285-03-22"})
    EXPECT_EQ(date_text(easter_sunday(std::stoi(std::string(date, 4)))), date);
}

TEST(SouthAfricanHolidays, Of2026) {
  EXPECT_THAT(lines(south_african_holidays(2026)),
              testing::ElementsAre(
                  "01-01 New Year's Day", "03-21 Human Rights Day", "04-03 Good Friday",
                  "04-06 Family Day", "04-27 Freedom Day", "05-01 Workers' Day", "06-16 Youth Day",
                  "08-09 National Women's Day", "08-10 National Women's Day (observed)",
                  "09-24 Heritage Day", "12-16 Day of Reconciliation", "12-25 Christmas Day",
                  "12-26 Day of Goodwill"));
}

TEST(SouthAfricanHolidays, AfterASundayTheMondayIsOneUnlessItIsAnyway) {
  // Christmas 2033 is a Sunday, and Monday is the Day of Goodwill: no third day.
  const auto y2033 = lines(south_african_holidays(2033));
  EXPECT_THAT(y2033, testing::Contains("12-26 Day of Goodwill"));
  EXPECT_THAT(y2033, testing::Not(testing::Contains(testing::HasSubstr("12-27"))));
  EXPECT_THAT(y2033,
              testing::Not(testing::Contains(testing::HasSubstr("Christmas Day (observed)"))));
  // In 2021 the Day of Goodwill itself was a Sunday.
  EXPECT_THAT(lines(south_african_holidays(2021)),
              testing::Contains("12-27 Day of Goodwill (observed)"));
  EXPECT_THAT(lines(south_african_holidays(2027)), testing::Contains("08-09 National Women's Day"));
  EXPECT_THAT(lines(south_african_holidays(2027)),
              testing::Contains("03-22 Human Rights Day (observed)"));
  EXPECT_THAT(lines(south_african_holidays(2027)),
              testing::Contains("12-27 Day of Goodwill (observed)"));
}

TEST(SouthAfricanHolidays, IncludeDeclaredDays) {
  EXPECT_THAT(lines(south_african_holidays(2022)), testing::Contains("12-27 Public holiday"));
  EXPECT_THAT(lines(south_african_holidays(2024)), testing::Contains("05-29 Elections"));
}

TEST(SouthAfricanHolidays, OnOneDateAreOneEntry) {
  EXPECT_THAT(lines(south_african_holidays(2008)),
              testing::Contains("03-21 Human Rights Day / Good Friday"));
}

TEST(SouthAfricanHolidays, AscendAndNeverNameADateTwiceInAnyYear) {
  for (int year = first_holiday_year_za; year <= 2400; ++year) {
    const auto all = south_african_holidays(year);
    EXPECT_GE(all.size(), 11U);
    for (std::size_t i = 1; i < all.size(); ++i) {
      EXPECT_LT(all[i - 1].date, all[i].date);
      if (std::chrono::weekday{all[i - 1].date} != std::chrono::Sunday) continue;
      EXPECT_EQ(all[i].date, all[i - 1].date + std::chrono::days{1}) << year;
    }
  }
  EXPECT_TRUE(south_african_holidays(1994).empty());
  EXPECT_EQ(holidays_of("XX", 2026), std::nullopt);
}

}  // namespace
}  // namespace fibrehub::domain::sla
