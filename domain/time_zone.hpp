// Local days and times of day, by the IANA rules of a zone.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "domain/time.hpp"

namespace date {
class time_zone;
}

namespace fibrehub::domain {

class time_zone {
 public:
  /// UTC.
  time_zone();
  /// By its IANA name ("Africa/Johannesburg"), of 64 bytes at most; nothing for a name the system
  /// does not know.
  static std::optional<time_zone> find(std::string_view name);

  /// The first instant of a local day, also where clocks skip midnight.
  instant start_of(std::chrono::sys_days day) const;
  /// The local day, counted as if it were one of UTC.
  std::chrono::sys_days day_of(instant at) const;
  /// Minutes since the local midnight as clocks show them, 0 to 1439.
  int minute_of(instant at) const;
  /// When clocks show this minute of a local day. One that they skip is when they skip, one that
  /// they show twice is the later one.
  instant time_of(std::chrono::sys_days day, int minute) const;

  /// The stretch around an instant in which clocks differ from UTC by one amount.
  struct offset_span {
    instant begin;
    instant end;  // the next transition
    std::chrono::seconds east{0};
  };
  /// Ends of stretches that lie beyond what microseconds can count are cut to ±200 000 years.
  offset_span offset_at(instant at) const;

 private:
  explicit time_zone(const date::time_zone* rules) : rules_(rules) {}
  const date::time_zone* rules_ = nullptr;  // of the library's own database; null: UTC
};

}  // namespace fibrehub::domain
