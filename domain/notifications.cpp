#include "domain/notifications.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "domain/time_zone.hpp"

namespace fibrehub::domain {
namespace {

constexpr std::array<std::string_view, notice_kind_count> kinds{
    "created",        "assigned",        "reassigned",         "mention",
    "status_changed", "approval_wanted", "approval_decided",   "clock_75",
    "clock_90",       "clock_breached",  "delivery_dead",      "channel_trouble",
    "review_waiting", "automation",      "automation_stopped", "import_summary"};
constexpr std::array<std::string_view, 3> choices{"off", "urgent", "always"};
constexpr std::array<std::string_view, 3> modes{"off", "hourly", "daily"};

template <class Enum, std::size_t N>
std::optional<Enum> find_name(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end()) return std::nullopt;
  return static_cast<Enum>(it - names.begin());
}

time_zone zone_of(const notification_preferences& p) {
  return time_zone::find(p.time_zone).value_or(time_zone());
}

bool breaks_through(notice_kind kind, ticket_priority priority, const notification_preferences& p) {
  return p.urgent_breaks_through &&
         (kind == notice_kind::clock_breached || priority == ticket_priority::critical);
}

bool wanted(whatsapp_choice choice, ticket_priority priority) {
  const bool urgent = priority == ticket_priority::critical || priority == ticket_priority::high;
  return choice == whatsapp_choice::always || (choice == whatsapp_choice::urgent && urgent);
}

}  // namespace

std::string_view name_of(notice_kind kind) {
  return kinds[static_cast<std::size_t>(kind)];
}
std::optional<notice_kind> notice_kind_from(std::string_view name) {
  return find_name<notice_kind>(kinds, name);
}
std::span<const std::string_view> notice_kind_names() {
  return kinds;
}

std::string_view name_of(whatsapp_choice choice) {
  return choices[static_cast<std::size_t>(choice)];
}
std::optional<whatsapp_choice> whatsapp_choice_from(std::string_view name) {
  return find_name<whatsapp_choice>(choices, name);
}
std::span<const std::string_view> whatsapp_choice_names() {
  return choices;
}

std::string_view name_of(digest_mode mode) {
  return modes[static_cast<std::size_t>(mode)];
}
std::optional<digest_mode> digest_mode_from(std::string_view name) {
  return find_name<digest_mode>(modes, name);
}
std::span<const std::string_view> digest_mode_names() {
  return modes;
}

notice_channels default_channels(notice_kind kind) {
  switch (kind) {
    case notice_kind::assigned:
    case notice_kind::reassigned:
      return {true, true, whatsapp_choice::urgent};
    case notice_kind::clock_breached:
      return {true, true, whatsapp_choice::always};
    case notice_kind::status_changed:
    case notice_kind::import_summary:
      return {true, false, whatsapp_choice::off};
    default:
      return {true, true, whatsapp_choice::off};
  }
}

notice_channels notification_preferences::of(notice_kind kind) const {
  const auto it = chosen.find(kind);
  return it == chosen.end() ? default_channels(kind) : it->second;
}

std::optional<int> parse_minute(std::string_view text) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4))
    return std::nullopt;
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  if (hour > 23 || minute > 59) return std::nullopt;
  return hour * 60 + minute;
}

std::string minute_text(int minute) {
  return fmt::format("{:02}:{:02}", minute / 60, minute % 60);
}

std::optional<instant> quiet_until(const notification_preferences& p, instant now) {
  if (!p.quiet) return std::nullopt;
  const time_zone zone = zone_of(p);
  const std::chrono::sys_days day = zone.day_of(now);
  const int minute = zone.minute_of(now);
  const auto [from, to] = *p.quiet;
  const bool over_midnight = to < from;
  const bool evening = over_midnight && minute >= from;
  const bool morning = minute < to && (over_midnight || minute >= from);
  if (!evening && !morning) return std::nullopt;
  return zone.time_of(evening ? day + std::chrono::days(1) : day, to);
}

std::optional<instant> next_digest(const notification_preferences& p, instant now) {
  using namespace std::chrono;
  if (p.digest == digest_mode::off) return std::nullopt;
  if (p.digest == digest_mode::hourly) return instant{floor<hours>(now) + hours(1)};
  const time_zone zone = zone_of(p);
  const sys_days day = zone.day_of(now);
  const instant today = zone.time_of(day, p.digest_minute);
  return today > now ? today : zone.time_of(day + days(1), p.digest_minute);
}

notice_plan plan_notice(notice_kind kind, ticket_priority priority,
                        const notification_preferences& p, reachable who, instant now) {
  const notice_channels channels = p.of(kind);
  const bool at_once = breaks_through(kind, priority, p);
  const auto awake = [&](instant at) { return at_once ? at : quiet_until(p, at).value_or(at); };
  notice_plan out;
  out.in_app = channels.in_app;
  if (channels.email && who.by_email) {
    const auto digest = at_once ? std::nullopt : next_digest(p, now);
    out.email_in_digest = digest.has_value();
    out.email_at = awake(digest.value_or(now));
  }
  if (who.by_phone && wanted(channels.whatsapp, priority)) out.whatsapp_at = awake(now);
  return out;
}

}  // namespace fibrehub::domain
