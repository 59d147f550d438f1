#include "protocols/ical/ical.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "protocols/ical/lines.hpp"
#include "protocols/ical/values.hpp"

namespace fibrehub::protocols {
namespace {

using ical::property;
using std::chrono::days;
using std::chrono::sys_days;

/// An event while its lines are read; the first thing that is not understood is kept.
struct draft {
  std::size_t line = 0;
  std::optional<sys_days> begin;
  std::optional<sys_days> end;
  std::optional<int> length_days;
  std::string rule;
  std::string summary;
  std::optional<ical_skipped> skipped;

  void skip(std::size_t at, std::string reason) {
    if (!skipped) skipped = ical_skipped{at, std::move(reason)};
  }
};

class reader {
 public:
  reader(std::string_view bytes, const ical_limits& limits)
      : lines_(bytes, limits.line_bytes), limits_(limits) {}

  tl::expected<ical_calendar, ical_error> run();

 private:
  std::optional<ical_error> take(const ical::logical_line& line);
  std::optional<ical_error> begin(const std::string& component, std::size_t line);
  std::optional<ical_error> end(const std::string& component, std::size_t line);
  void take_event_line(const property& p, std::size_t line);
  void finish_event();
  ical_error error(std::size_t line, std::string message) const { return {line, message}; }

  ical::line_reader lines_;
  const ical_limits& limits_;
  std::vector<std::string> open_;  // components
  bool has_calendar_ = false;
  std::optional<draft> event_;
  ical_calendar out_;
};

tl::expected<ical_calendar, ical_error> reader::run() {
  while (const auto line = lines_.next())
    if (auto wrong = take(*line)) return tl::unexpected(std::move(*wrong));
  if (lines_.too_long())
    return tl::unexpected(
        error(lines_.line(), fmt::format("a line is longer than {} bytes", limits_.line_bytes)));
  if (!open_.empty())
    return tl::unexpected(error(lines_.line(), "the file ends before END:" + open_.back()));
  if (!has_calendar_)
    return tl::unexpected(error(1, "this is no iCalendar file: it has no BEGIN:VCALENDAR"));
  return std::move(out_);
}

std::optional<ical_error> reader::take(const ical::logical_line& line) {
  const auto p = ical::cut(line.text);
  if (open_.empty() && (!p || p->name != "BEGIN" || ical::upper(p->value) != "VCALENDAR"))
    return error(line.number, "this is no iCalendar file: expected BEGIN:VCALENDAR");
  if (!p) return error(line.number, "expected NAME:value");
  if (p->name == "BEGIN") return begin(ical::upper(p->value), line.number);
  if (p->name == "END") return end(ical::upper(p->value), line.number);
  // Only the event's own lines, not those of an alarm inside of it.
  if (event_ && open_.back() == "VEVENT") take_event_line(*p, line.number);
  return std::nullopt;
}

std::optional<ical_error> reader::begin(const std::string& component, std::size_t line) {
  if (open_.size() >= limits_.depth)
    return error(line, fmt::format("components are nested deeper than {}", limits_.depth));
  open_.push_back(component);
  if (component == "VCALENDAR") has_calendar_ = true;
  if (component != "VEVENT" || event_) return std::nullopt;
  if (out_.events.size() + out_.skipped.size() >= limits_.events)
    return error(line, fmt::format("more than {} events", limits_.events));
  event_.emplace();
  event_->line = line;
  return std::nullopt;
}

std::optional<ical_error> reader::end(const std::string& component, std::size_t line) {
  if (open_.back() != component)
    return error(line,
                 fmt::format("END:{} where END:{} is expected", ical::unescaped(component, 40),
                             ical::unescaped(open_.back(), 40)));
  open_.pop_back();
  const bool is_inner = std::find(open_.begin(), open_.end(), "VEVENT") != open_.end();
  if (component == "VEVENT" && event_ && !is_inner) finish_event();
  return std::nullopt;
}

void reader::take_event_line(const property& p, std::size_t line) {
  draft& e = *event_;
  const auto date = [&]() -> std::optional<sys_days> {
    auto day = ical::date(p.value);
    if (!day)
      e.skip(line, p.value.find('T') != std::string_view::npos
                       ? fmt::format("{} has a time of day: only whole days are read", p.name)
                       : fmt::format("{} is no date", p.name));
    return day;
  };
  if (p.name == "DTSTART") {
    e.begin = date();
  } else if (p.name == "DTEND") {
    e.end = date();
  } else if (p.name == "DURATION") {
    e.length_days = ical::duration_days(p.value);
    if (!e.length_days) e.skip(line, "DURATION is no number of days");
  } else if (p.name == "SUMMARY") {
    e.summary = ical::unescaped(p.value, limits_.summary_bytes);
  } else if (p.name == "RRULE") {
    if (!e.rule.empty()) e.skip(line, "a second RRULE is not understood");
    e.rule = ical::upper(p.value);
  } else if (p.name == "STATUS" && ical::upper(p.value) == "CANCELLED") {
    e.skip(line, "the event is cancelled");
  } else if (p.name == "RDATE" || p.name == "EXDATE" || p.name == "EXRULE" ||
             p.name == "RECURRENCE-ID") {
    e.skip(line, p.name + " is not understood");
  }
}

void reader::finish_event() {
  draft e = std::move(*event_);
  event_.reset();
  if (!e.begin) e.skip(e.line, "DTSTART is missing");
  ical_event out{e.line, e.begin.value_or(sys_days{}), {}, std::move(e.summary), std::nullopt};
  out.end = e.end ? *e.end : out.begin + days{e.length_days.value_or(1)};
  if (e.begin && out.end <= out.begin) e.skip(e.line, "DTEND is not after DTSTART");
  if (static_cast<std::size_t>(std::max<std::int64_t>(0, (out.end - out.begin).count())) >
      limits_.event_days)
    e.skip(e.line, fmt::format("it is longer than {} days", limits_.event_days));
  if (!e.rule.empty() && e.begin) {
    auto rule = ical::yearly_rule(e.rule, out.begin);
    if (rule)
      out.yearly = *rule;
    else
      e.skip(e.line, rule.error());
  }
  if (e.skipped) {
    out_.skipped.push_back(std::move(*e.skipped));
  } else {
    out_.events.push_back(std::move(out));
  }
}

}  // namespace

tl::expected<ical_calendar, ical_error> parse_ical(std::string_view bytes,
                                                   const ical_limits& limits) {
  if (bytes.size() > limits.file_bytes)
    return tl::unexpected(
        ical_error{1, fmt::format("the file is larger than {} bytes", limits.file_bytes)});
  return reader(bytes, limits).run();
}

std::vector<sys_days> days_of(const ical_event& event, int first_year, int last_year) {
  using namespace std::chrono;
  std::vector<sys_days> out;
  const auto add = [&](sys_days begin) {
    for (sys_days day = begin; day < begin + (event.end - event.begin); day += days{1}) {
      const int y = static_cast<int>(year_month_day{day}.year());
      if (y >= first_year && y <= last_year) out.push_back(day);
    }
  };
  const year_month_day first{event.begin};
  if (!event.yearly) {
    add(event.begin);
    return out;
  }
  std::uint32_t n = 0;
  // An occurrence may begin in a year and reach into the next.
  for (year y = first.year(); static_cast<int>(y) <= last_year;
       y += years{event.yearly->interval}) {
    const year_month_day date{y / first.month() / first.day()};
    if (!date.ok()) continue;
    if (event.yearly->until && sys_days{date} > *event.yearly->until) break;
    if (event.yearly->count && n++ >= *event.yearly->count) break;
    add(sys_days{date});
  }
  // Yearly events longer than a year would overlap themselves.
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace fibrehub::protocols
