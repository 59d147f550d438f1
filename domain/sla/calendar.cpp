#include "domain/sla/calendar.hpp"

#include <algorithm>

#include "domain/sla/calendar_check.hpp"

namespace fibrehub::domain::sla {
namespace {

using std::chrono::days;
using std::chrono::minutes;

constexpr instant start_of_year(std::size_t index) {
  const std::chrono::year y{first_calendar_year + static_cast<int>(index)};
  return instant{std::chrono::sys_days{y / std::chrono::January / 1}};
}

constexpr instant first_instant = start_of_year(0);
constexpr instant last_instant =
    start_of_year(std::size_t{last_calendar_year - first_calendar_year + 1});

/// `t` lies within the years.
std::size_t year_index(instant t) {
  const std::chrono::year_month_day d{std::chrono::floor<days>(t)};
  return static_cast<std::size_t>(static_cast<int>(d.year()) - first_calendar_year);
}

}  // namespace

tl::expected<calendar::handle, fault> calendar::make(std::vector<calendar_version> versions) {
  if (auto wrong = check(versions)) return tl::unexpected(std::move(*wrong));
  std::vector<time_zone> zones;
  for (const calendar_version& v : versions)
    zones.push_back(*time_zone::find(v.zone));
  return std::make_shared<const calendar>(key{}, std::move(versions), std::move(zones));
}

calendar::calendar(key, std::vector<calendar_version> versions, std::vector<time_zone> zones)
    : versions_(std::move(versions)), zones_(std::move(zones)) {}

calendar::~calendar() {
  for (auto& year : unrolled_)
    delete year.load(std::memory_order_relaxed);
}

std::size_t calendar::version_at(instant t) const {
  const auto later =
      std::partition_point(versions_.begin() + 1, versions_.end(),
                           [t](const calendar_version& v) { return *v.effective_from <= t; });
  return static_cast<std::size_t>(later - versions_.begin()) - 1;
}

const day_hours& calendar::hours_of(const calendar_version& version, local_day day) const {
  static const day_hours closed;
  if (const auto replaced = version.exceptions.find(day); replaced != version.exceptions.end())
    return replaced->second;
  if (std::binary_search(version.holidays.begin(), version.holidays.end(), day)) return closed;
  return version.weekly[std::chrono::weekday{day}.iso_encoding() - 1];
}

// Within one offset, local time is UTC moved by a constant: each interval of each local date the
// span touches is moved back and cut to the span. Skipped and repeated hours need no further care.
void calendar::unroll_version(std::size_t version, instant from, instant to,
                              year_of_hours& out) const {
  const calendar_version& rules = versions_[version];
  while (from < to) {
    const auto span = zones_[version].offset_at(from);
    const instant end = std::min(to, span.end);
    const local_day last = std::chrono::floor<days>(end + span.east - microseconds{1});
    for (local_day day = std::chrono::floor<days>(from + span.east); day <= last; day += days{1})
      for (const day_interval& open : hours_of(rules, day)) {
        const instant midnight = instant{day} - span.east;
        const std::int64_t begin_us = to_us(std::max(from, midnight + minutes{open.begin_min}));
        const std::int64_t end_us = to_us(std::min(end, midnight + minutes{open.end_min}));
        if (begin_us >= end_us) continue;
        if (!out.segments.empty() && out.segments.back().end_us == begin_us)
          out.segments.back().end_us = end_us;
        else
          out.segments.push_back({begin_us, end_us, out.open_us});
        out.open_us += end_us - begin_us;
      }
    from = end;
  }
}

std::unique_ptr<calendar::year_of_hours> calendar::unroll(std::size_t index) const {
  auto out = std::make_unique<year_of_hours>();
  instant from = start_of_year(index);
  const instant to = start_of_year(index + 1);
  for (std::size_t v = version_at(from); v < versions_.size() && from < to; ++v) {
    const bool is_last = v + 1 == versions_.size();
    const instant end = is_last ? to : std::min(to, *versions_[v + 1].effective_from);
    unroll_version(v, from, end, *out);
    from = std::max(from, end);
  }
  out->segments.shrink_to_fit();
  return out;
}

const calendar::year_of_hours& calendar::year(std::size_t index) const {
  auto& slot = unrolled_[index];
  if (const year_of_hours* known = slot.load(std::memory_order_acquire)) return *known;
  auto mine = unroll(index);
  const year_of_hours* published = nullptr;
  if (slot.compare_exchange_strong(published, mine.get(), std::memory_order_acq_rel,
                                   std::memory_order_acquire))
    return *mine.release();
  return *published;  // another thread was first, with the same
}

std::int64_t calendar::year_of_hours::until(std::int64_t t_us) const {
  const auto next = std::partition_point(segments.begin(), segments.end(),
                                         [t_us](const segment& s) { return s.begin_us < t_us; });
  if (next == segments.begin()) return 0;
  const segment& s = *(next - 1);
  return s.before_us + std::min(t_us, s.end_us) - s.begin_us;
}

/// 0 < wanted ≤ open_us.
std::int64_t calendar::year_of_hours::at_open_time(std::int64_t wanted_us) const {
  const auto next =
      std::partition_point(segments.begin(), segments.end(),
                           [wanted_us](const segment& s) { return s.before_us < wanted_us; });
  const segment& s = *(next - 1);
  return s.begin_us + (wanted_us - s.before_us);
}

bool calendar::is_open(instant t) const {
  return open_time(t, t + microseconds{1}).count() > 0;
}

microseconds calendar::open_time(instant from, instant to) const {
  from = std::max(from, first_instant);
  to = std::min(to, last_instant);
  if (from >= to) return microseconds{0};
  const std::size_t first = year_index(from);
  const std::size_t last = year_index(to - microseconds{1});
  std::int64_t sum = year(last).until(to_us(to)) - year(first).until(to_us(from));
  for (std::size_t y = first; y < last; ++y)
    sum += year(y).open_us;
  return microseconds{sum};
}

std::optional<instant> calendar::advance(instant from, microseconds work) const {
  if (work.count() <= 0) return from;
  from = std::max(from, first_instant);
  if (from >= last_instant) return std::nullopt;
  std::size_t index = year_index(from);
  std::int64_t wanted_us = work.count() + year(index).until(to_us(from));
  for (; index < years; ++index) {
    const year_of_hours& y = year(index);
    if (wanted_us <= y.open_us) return from_us(y.at_open_time(wanted_us));
    wanted_us -= y.open_us;
  }
  return std::nullopt;
}

std::vector<stretch> calendar::open_stretches(instant from, instant to, std::size_t limit) const {
  std::vector<stretch> out;
  from = std::max(from, first_instant);
  to = std::min(to, last_instant);
  if (from >= to) return out;
  for (std::size_t y = year_index(from); y <= year_index(to - microseconds{1}); ++y)
    for (const segment& s : year(y).segments) {
      const stretch cut{std::max(from, from_us(s.begin_us)), std::min(to, from_us(s.end_us))};
      if (cut.begin >= cut.end) continue;
      if (!out.empty() && out.back().end == cut.begin) {
        out.back().end = cut.end;
        continue;
      }
      if (out.size() == limit) return out;
      out.push_back(cut);
    }
  return out;
}

tl::expected<std::vector<calendar_version>, fault> edited(std::vector<calendar_version> versions,
                                                          calendar_version added, instant now,
                                                          bool is_repair) {
  if (!added.effective_from) added.effective_from = now;
  const instant from = *added.effective_from;
  if (from < now && !is_repair)
    return tl::unexpected(fault{"effective_from", "lies in the past, which is not rewritten"});
  if (versions.empty()) {
    versions.push_back(std::move(added));
    return versions;
  }
  // The first version holds from ever, also before the instant it names: to replace it rewrites
  // the past.
  if (versions.front().effective_from && *versions.front().effective_from >= from) {
    if (!is_repair)
      return tl::unexpected(fault{"effective_from", "has to be after that of the first version"});
    versions.front() = std::move(added);
    return versions;
  }
  const auto place = std::partition_point(
      versions.begin() + 1, versions.end(),
      [from](const auto& v) { return v.effective_from && *v.effective_from < from; });
  if (place != versions.end() && place->effective_from == from)
    *place = std::move(added);
  else
    versions.insert(place, std::move(added));
  return versions;
}

}  // namespace fibrehub::domain::sla
