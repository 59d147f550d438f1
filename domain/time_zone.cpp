#include "domain/time_zone.hpp"

#include <date/tz.h>

#include <algorithm>
#include <string>

namespace fibrehub::domain {
namespace {

constexpr std::chrono::seconds far{std::int64_t{200'000} * 365 * 86'400};

instant cut(date::sys_seconds t) {
  return instant{std::clamp(std::chrono::seconds(t.time_since_epoch()), -far, far)};
}

}  // namespace

time_zone::time_zone() = default;

std::optional<time_zone> time_zone::find(std::string_view name) {
  constexpr std::size_t max_name_bytes = 64;
  if (name.empty() || name.size() > max_name_bytes) return std::nullopt;
  if (name == "UTC") return time_zone();
  try {
    return time_zone(date::locate_zone(std::string(name)));
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

instant time_zone::start_of(std::chrono::sys_days day) const {
  if (!rules_) return day;
  const date::local_days local{std::chrono::floor<date::days>(day.time_since_epoch())};
  const auto at = rules_->to_sys(date::local_seconds{local}, date::choose::earliest);
  return instant{at.time_since_epoch()};
}

std::chrono::sys_days time_zone::day_of(instant at) const {
  if (!rules_) return std::chrono::floor<std::chrono::days>(at);
  const auto local = rules_->to_local(std::chrono::floor<std::chrono::seconds>(at));
  return std::chrono::sys_days{std::chrono::floor<std::chrono::days>(local.time_since_epoch())};
}

int time_zone::minute_of(instant at) const {
  using std::chrono::minutes;
  const auto in_day = [](auto local) {
    return static_cast<int>(
        std::chrono::floor<minutes>(local - std::chrono::floor<date::days>(local)).count());
  };
  if (!rules_) return in_day(at.time_since_epoch());
  const auto local = rules_->to_local(std::chrono::floor<std::chrono::seconds>(at));
  return in_day(local.time_since_epoch());
}

instant time_zone::time_of(std::chrono::sys_days day, int minute) const {
  if (!rules_) return day + std::chrono::minutes(minute);
  const date::local_days local{std::chrono::floor<date::days>(day.time_since_epoch())};
  const auto at = rules_->to_sys(local + std::chrono::minutes(minute), date::choose::latest);
  return instant{at.time_since_epoch()};
}

time_zone::offset_span time_zone::offset_at(instant at) const {
  if (!rules_) return {instant{-far}, instant{far}, std::chrono::seconds{0}};
  const date::sys_info info = rules_->get_info(std::chrono::floor<std::chrono::seconds>(at));
  return {cut(info.begin), cut(info.end), info.offset};
}

}  // namespace fibrehub::domain
