// Business hours: which instants count. A calendar is what people write down (weekly hours in a
// time zone, holidays, dates with hours of their own, in versions); asked for working time between
// two instants, or for the instant at which some working time has passed, it answers in well under
// a microsecond: a million clocks are recomputed when the hub starts.
//
// Open(t) holds when the local civil time of t, under the version in force at t, lies in an
// interval of that local date. So an hour that clocks skip counts nothing, one they repeat counts
// twice. Years are unrolled into stretches of UTC once, when first asked about, and kept.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "domain/time.hpp"
#include "domain/time_zone.hpp"

namespace fibrehub::domain::sla {

/// A local date, counted as if it were one of UTC.
using local_day = std::chrono::sys_days;
using std::chrono::microseconds;

/// [begin, end) of a local date, in minutes since its midnight; end may be 1 440 (24:00).
struct day_interval {
  int begin_min = 0;
  int end_min = 0;
  bool operator==(const day_interval&) const = default;
};
/// Ascending, without overlaps; may touch. Empty: closed all day.
using day_hours = std::vector<day_interval>;

struct calendar_version {
  /// From when on it holds. The first version holds from ever, whatever it says here.
  std::optional<instant> effective_from;
  std::string zone;                           // IANA name
  std::array<day_hours, 7> weekly;            // Monday first
  std::vector<local_day> holidays;            // closed
  std::map<local_day, day_hours> exceptions;  // replace the day, also when it is a holiday
};

/// What is wrong: `field` is a path as in the calendar's JSON ("weekly.mon[1]"; with several
/// versions "versions[2].weekly.mon[1]"), `reason` a phrase that follows it.
struct fault {
  std::string field;
  std::string reason;
};

inline constexpr std::size_t max_intervals_per_day = 48;
inline constexpr std::size_t max_special_days =
    5'000;  // holidays and exceptions of a version, each
inline constexpr std::size_t max_calendar_versions = 500;
/// Outside of these years calendars are closed.
inline constexpr int first_calendar_year = 1970;
inline constexpr int last_calendar_year = 2999;

/// The English names in JSON and messages: "mon" … "sun".
inline constexpr std::array<const char*, 7> weekday_names{"mon", "tue", "wed", "thu",
                                                          "fri", "sat", "sun"};

struct stretch {
  instant begin;
  instant end;
  bool operator==(const stretch&) const = default;
};

/// Immutable, and safe to be asked by many threads at once.
class calendar {
  struct key {};

 public:
  using handle = std::shared_ptr<const calendar>;

  /// Refuses unknown zones, intervals that are reversed, overlap or leave the day, a holiday given
  /// twice, versions that do not ascend, too much of anything, and a version that never opens.
  static tl::expected<handle, fault> make(std::vector<calendar_version> versions);

  bool is_open(instant t) const;
  /// Working time in [from, to); zero when `to` is not after `from`.
  microseconds open_time(instant from, instant to) const;
  /// The least t ≥ from with open_time(from, t) ≥ work; nothing when that is beyond the last year.
  std::optional<instant> advance(instant from, microseconds work) const;
  /// The open stretches of [from, to), at most `limit`; stretches that touch are one.
  std::vector<stretch> open_stretches(instant from, instant to, std::size_t limit) const;

  const std::vector<calendar_version>& versions() const { return versions_; }
  /// Index into `versions`.
  std::size_t version_at(instant t) const;

  calendar(key, std::vector<calendar_version> versions, std::vector<time_zone> zones);
  ~calendar();
  calendar(const calendar&) = delete;
  calendar& operator=(const calendar&) = delete;

 private:
  struct segment {
    std::int64_t begin_us;
    std::int64_t end_us;
    std::int64_t before_us;  // open time of the year before this segment
  };
  struct year_of_hours {
    std::vector<segment> segments;
    std::int64_t open_us = 0;
    /// Open time of the year before `t_us`.
    std::int64_t until(std::int64_t t_us) const;
    std::int64_t at_open_time(std::int64_t wanted_us) const;
  };
  static constexpr std::size_t years = last_calendar_year - first_calendar_year + 1;

  const year_of_hours& year(std::size_t index) const;
  std::unique_ptr<year_of_hours> unroll(std::size_t index) const;
  void unroll_version(std::size_t version, instant from, instant to, year_of_hours& out) const;
  const day_hours& hours_of(const calendar_version& version, local_day day) const;

  std::vector<calendar_version> versions_;
  std::vector<time_zone> zones_;  // of the versions
  /// Filled when first asked for; whoever is first publishes, and nothing changes afterwards.
  mutable std::array<std::atomic<const year_of_hours*>, years> unrolled_{};
};

/// The versions after an edit: `added` takes effect at its `effective_from`, in place of a version
/// with the same instant. The past is not rewritten: refused when it would take effect before
/// `now`, unless `is_repair` (which callers audit) says that this is wanted.
tl::expected<std::vector<calendar_version>, fault> edited(std::vector<calendar_version> versions,
                                                          calendar_version added, instant now,
                                                          bool is_repair = false);

}  // namespace fibrehub::domain::sla
