// How somebody is told of something: the kinds of news with the channels they take by default, what
// a person may choose instead, quiet hours and digests. Pure; the time is a parameter, and local
// times follow the person's own time zone with its changes of the clocks.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "domain/ticket.hpp"
#include "domain/time.hpp"

namespace fibrehub::domain {

enum class notice_kind {
  created,
  assigned,
  reassigned,
  mention,
  status_changed,
  approval_wanted,
  approval_decided,
  clock_75,
  clock_90,
  clock_breached,
  delivery_dead,
  channel_trouble,
  review_waiting,
  automation,          // a rule tells of a ticket
  automation_stopped,  // the loop guard stopped a rule
  import_summary       // late tickets came with an import
};
inline constexpr std::size_t notice_kind_count =
    static_cast<std::size_t>(notice_kind::import_summary) + 1;

std::string_view name_of(notice_kind kind);
std::optional<notice_kind> notice_kind_from(std::string_view name);
std::span<const std::string_view> notice_kind_names();

/// `urgent`: when the ticket's priority is high or critical.
enum class whatsapp_choice { off, urgent, always };
std::string_view name_of(whatsapp_choice choice);
std::optional<whatsapp_choice> whatsapp_choice_from(std::string_view name);
std::span<const std::string_view> whatsapp_choice_names();

struct notice_channels {
  bool in_app = true;
  bool email = false;
  whatsapp_choice whatsapp = whatsapp_choice::off;
  bool operator==(const notice_channels&) const = default;
};

/// What a kind takes when the person has chosen nothing else.
notice_channels default_channels(notice_kind kind);

/// E-mails of the interval come as one.
enum class digest_mode { off, hourly, daily };
std::string_view name_of(digest_mode mode);
std::optional<digest_mode> digest_mode_from(std::string_view name);
std::span<const std::string_view> digest_mode_names();

inline constexpr int minutes_a_day = 24 * 60;

/// Local minutes of the day, from `from` to before `to`; over midnight when `to` is smaller. Never
/// equal.
struct quiet_hours {
  int from_minute = 0;
  int to_minute = 0;
  bool operator==(const quiet_hours&) const = default;
};

struct notification_preferences {
  std::map<notice_kind, notice_channels> chosen{};  // the other kinds are as by default
  std::string time_zone{};  // an IANA name; empty: the hub's, which the store fills in
  std::optional<quiet_hours> quiet{};
  bool urgent_breaks_through = true;  // a breach, or a critical ticket, waits for nothing
  digest_mode digest = digest_mode::off;
  int digest_minute = 8 * 60;  // of a daily one, local

  notice_channels of(notice_kind kind) const;
  bool operator==(const notification_preferences&) const = default;
};

/// The minute of the day in `HH:MM` (00:00 to 23:59), and back.
std::optional<int> parse_minute(std::string_view text);
std::string minute_text(int minute);

/// When the quiet hours that `now` lies in end; nothing when it lies in none. A time zone that is
/// not known counts as UTC.
std::optional<instant> quiet_until(const notification_preferences& p, instant now);

/// The first digest after `now`: the next full hour, or the next day's time. Nothing without one.
std::optional<instant> next_digest(const notification_preferences& p, instant now);

/// Where one piece of news goes, and when.
struct notice_plan {
  bool in_app = false;  // at once, always
  std::optional<instant> email_at;
  bool email_in_digest = false;
  std::optional<instant> whatsapp_at;
  bool empty() const { return !in_app && !email_at && !whatsapp_at; }
};

/// Who can be reached how.
struct reachable {
  bool by_email = false;
  bool by_phone = false;
};

notice_plan plan_notice(notice_kind kind, ticket_priority priority,
                        const notification_preferences& p, reachable who, instant now);

}  // namespace fibrehub::domain
