#include "domain/reports/period.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace fibrehub::domain {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 3> steps{"day", "week", "month"};
constexpr sys_days earliest = year{1970} / January / 1, latest = year{2200} / January / 1;

std::optional<sys_days> read_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto at = parse_rfc3339(std::string(text) + "T00:00:00Z");
  if (!at) return std::nullopt;
  return floor<days>(*at);
}

sys_days next(sys_days day, report_step by) {
  switch (by) {
    case report_step::day:
      return day + days{1};
    case report_step::week:
      return day + (Monday - weekday{day + days{1}}) + days{1};
    case report_step::month:
      break;
  }
  const year_month_day d{day};
  return sys_days{(d.year() / d.month() + months{1}) / 1};
}

tl::unexpected<bad_input> wrong(std::string field, std::string reason) {
  return tl::unexpected(bad_input{std::move(field), std::move(reason)});
}

tl::unexpected<bad_input> no_moment(std::string field) {
  return wrong(std::move(field),
               "must be a date such as 2026-01-31 or a time such as 2026-01-31T08:00:00Z, between "
               "1970 and 2199");
}

bool too_long(const period& p, const time_zone& zone) {
  const year_month_day begins{zone.day_of(p.from)};
  year_month_day ends = begins + years{max_period_years};
  if (!ends.ok()) ends = ends.year() / ends.month() / last;
  return p.to > zone.start_of(sys_days{ends}) + (p.from - zone.start_of(sys_days{begins}));
}

}  // namespace

std::optional<instant> read_moment(std::string_view text, const time_zone& zone) {
  const auto day = read_date(text);
  const auto at = day ? std::optional<instant>(*day) : parse_rfc3339(text);
  if (!at || *at < earliest || *at >= latest) return std::nullopt;
  return day ? zone.start_of(*day) : *at;
}

tl::expected<period, bad_input> read_period(std::optional<std::string_view> from,
                                            std::optional<std::string_view> to,
                                            const time_zone& zone, instant now) {
  period out;
  const auto ends = to ? read_moment(*to, zone) : zone.start_of(zone.day_of(now) + days{1});
  if (!ends) return no_moment("to");
  out.to = *ends;
  const auto begins = from ? read_moment(*from, zone)
                           : zone.start_of(zone.day_of(out.to) - days{default_period_days});
  if (!begins) return no_moment("from");
  out.from = *begins;
  if (out.from >= out.to)
    return wrong("from", fmt::format("must be before to, which is {}", to_rfc3339(out.to)));
  if (too_long(out, zone))
    return wrong("to", fmt::format("must be at most {} years after from", max_period_years));
  return out;
}

std::string_view name_of(report_step s) {
  return steps[static_cast<std::size_t>(s)];
}

std::optional<report_step> report_step_from(std::string_view name) {
  const auto* const it = std::find(steps.begin(), steps.end(), name);
  if (it == steps.end()) return std::nullopt;
  return static_cast<report_step>(it - steps.begin());
}

std::span<const std::string_view> report_step_names() {
  return steps;
}

report_step fitting_step(const period& p) {
  if (p.to - p.from <= days{62}) return report_step::day;
  return p.to - p.from <= days{427} ? report_step::week : report_step::month;
}

period any_time() {
  return {earliest, latest};
}

std::vector<instant> cut(const period& p, report_step by, const time_zone& zone) {
  std::vector<instant> out{p.from};
  for (sys_days day = next(zone.day_of(p.from), by);; day = next(day, by)) {
    const instant at = zone.start_of(day);
    if (at >= p.to) break;
    // A day that a zone left out has no piece of its own.
    if (at > out.back()) out.push_back(at);
  }
  out.push_back(p.to);
  return out;
}

instant start_of_week(instant at, const time_zone& zone) {
  const sys_days day = zone.day_of(at);
  return zone.start_of(day - (weekday{day} - Monday));
}

instant start_of_month(instant at, const time_zone& zone) {
  const year_month_day d{zone.day_of(at)};
  return zone.start_of(d.year() / d.month() / 1);
}

std::string local_date(instant at, const time_zone& zone) {
  return to_rfc3339(zone.day_of(at)).substr(0, 10);
}

std::string iso_week(instant at, const time_zone& zone) {
  const sys_days day = zone.day_of(at);
  const sys_days thursday = day - (weekday{day} - Monday) + days{3};
  const year of = year_month_day{thursday}.year();
  const auto week = (thursday - sys_days{of / January / 1}) / weeks{1} + 1;
  return fmt::format("{:04}-W{:02}", static_cast<int>(of), week);
}

}  // namespace fibrehub::domain
