// The time a report is about, and how it is cut into days, weeks and months of a time zone. The
// database only ever gets instants from here, so there is one place that knows when a day begins.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "domain/time.hpp"
#include "domain/time_zone.hpp"

namespace fibrehub::domain {

/// From and including `from`, to and without `to`.
struct period {
  instant from{};
  instant to{};
};

/// What is wrong with which part of a request; the reason is a phrase that follows the name.
struct bad_input {
  std::string field;
  std::string reason;
};

inline constexpr int max_period_years = 5;
inline constexpr int default_period_days = 30;

/// `2026-11-21` (the beginning of that day in the zone) or RFC 3339. Without `to`: the end of the
/// day that `now` is in; without `from`: 30 days before the day of `to`. Years 1970 to 2199, at
/// most five of them.
tl::expected<period, bad_input> read_period(std::optional<std::string_view> from,
                                            std::optional<std::string_view> to,
                                            const time_zone& zone, instant now);

/// A date or an instant by itself; nothing for anything else.
std::optional<instant> read_moment(std::string_view text, const time_zone& zone);

enum class report_step { day, week, month };
std::string_view name_of(report_step s);
std::optional<report_step> report_step_from(std::string_view name);
std::span<const std::string_view> report_step_names();

/// Days up to two months, weeks up to fourteen months, else months.
report_step fitting_step(const period& p);

/// Borders of the pieces, rising: first `from`, then each local midnight, Monday or first of a
/// month in between, last `to`. The first and the last piece may be parts of one.
std::vector<instant> cut(const period& p, report_step by, const time_zone& zone);

/// The beginning of the week (Monday) and of the month that `at` is in.
instant start_of_week(instant at, const time_zone& zone);
instant start_of_month(instant at, const time_zone& zone);

/// All the time there is to ask for.
period any_time();

/// `2026-11-21`, the local day.
std::string local_date(instant at, const time_zone& zone);
/// `2026-W47`, the week of ISO 8601 that the local day is in: it belongs to the year of its
/// Thursday.
std::string iso_week(instant at, const time_zone& zone);

}  // namespace fibrehub::domain
