#include "domain/sla/holidays.hpp"

#include <algorithm>
#include <array>

namespace fibrehub::domain::sla {
namespace {

using std::chrono::days;

struct yearly_day {
  unsigned month;
  unsigned day;
  const char* name;
};

constexpr std::array<yearly_day, 10> fixed_za{{{1, 1, "New Year's Day"},
                                               {3, 21, "Human Rights Day"},
                                               {4, 27, "Freedom Day"},
                                               {5, 1, "Workers' Day"},
                                               {6, 16, "Youth Day"},
                                               {8, 9, "National Women's Day"},
                                               {9, 24, "Heritage Day"},
                                               {12, 16, "Day of Reconciliation"},
                                               {12, 25, "Christmas Day"},
                                               {12, 26, "Day of Goodwill"}}};

struct declared_day {
  int year;
  unsigned month;
  unsigned day;
  const char* name;
};

// Section 2A of the Act: by proclamation. Nothing computes these.
constexpr std::array<declared_day, 18> declared_za{{
    {1999, 6, 2, "Elections"},
    {1999, 12, 31, "Millennium"},
    {2000, 1, 2, "Millennium"},
    {2000, 1, 3, "Millennium (observed)"},
    {2004, 4, 14, "Elections"},
    {2006, 3, 1, "Municipal elections"},
    {2008, 5, 2, "Public holiday"},
    {2009, 4, 22, "Elections"},
    {2011, 5, 18, "Municipal elections"},
    {2011, 12, 27, "Public holiday"},
    {2014, 5, 7, "Elections"},
    {2016, 8, 3, "Municipal elections"},
    {2016, 12, 27, "Public holiday"},
    {2019, 5, 8, "Elections"},
    {2021, 11, 1, "Municipal elections"},
    {2022, 12, 27, "Public holiday"},
    {2023, 12, 15, "Rugby World Cup"},
    {2024, 5, 29, "Elections"},
}};

local_day date_of(int year, unsigned month, unsigned day) {
  return local_day{std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day}};
}

/// Section 2(2): the Monday after, unless it is a holiday anyway.
void add_mondays(std::vector<holiday>& all) {
  const std::vector<holiday> of_the_act = all;
  for (const holiday& h : of_the_act) {
    if (std::chrono::weekday{h.date} != std::chrono::Sunday) continue;
    const local_day monday = h.date + days{1};
    const bool is_taken =
        std::any_of(of_the_act.begin(), of_the_act.end(),
                    [monday](const holiday& other) { return other.date == monday; });
    if (!is_taken) all.push_back({monday, h.name + " (observed)"});
  }
}

}  // namespace

// The anonymous Gregorian computus (Meeus, Jones, Butcher).
local_day easter_sunday(int year) {
  const int a = year % 19;
  const int b = year / 100, c = year % 100;
  const int d = b / 4, e = b % 4;
  const int f = (b + 8) / 25;
  const int g = (b - f + 1) / 3;
  const int h = (19 * a + b - d - g + 15) % 30;
  const int i = c / 4, k = c % 4;
  const int l = (32 + 2 * e + 2 * i - h - k) % 7;
  const int m = (a + 11 * h + 22 * l) / 451;
  const int n = h + l - 7 * m + 114;
  return date_of(year, static_cast<unsigned>(n / 31), static_cast<unsigned>(n % 31 + 1));
}

std::vector<holiday> south_african_holidays(int year) {
  std::vector<holiday> all;
  if (year < first_holiday_year_za || year > last_holiday_year) return all;
  for (const yearly_day& d : fixed_za)
    all.push_back({date_of(year, d.month, d.day), d.name});
  const local_day easter = easter_sunday(year);
  all.push_back({easter - days{2}, "Good Friday"});
  all.push_back({easter + days{1}, "Family Day"});
  add_mondays(all);
  for (const declared_day& d : declared_za)
    if (d.year == year) all.push_back({date_of(d.year, d.month, d.day), d.name});
  return joined(std::move(all));
}

std::optional<std::vector<holiday>> holidays_of(std::string_view country, int year) {
  if (country == "ZA") return south_african_holidays(year);
  return std::nullopt;
}

std::vector<holiday> joined(std::vector<holiday> all) {
  std::stable_sort(all.begin(), all.end(),
                   [](const holiday& a, const holiday& b) { return a.date < b.date; });
  std::vector<holiday> out;
  for (holiday& h : all) {
    if (out.empty() || out.back().date != h.date) {
      out.push_back(std::move(h));
    } else if (out.back().name.find(h.name) == std::string::npos) {
      out.back().name += " / " + h.name;
    }
  }
  return out;
}

}  // namespace fibrehub::domain::sla
