// Automation rules: what makes a rule look at a ticket, when its time has come, what it does then,
// and what keeps rules from chasing each other. The condition is a query of the query language.
// Pure; store/automation asks it with rows.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/audience.hpp"
#include "domain/query/query.hpp"
#include "domain/ticket.hpp"
#include "domain/ticket_commands.hpp"
#include "domain/time.hpp"

namespace fibrehub::domain {

inline constexpr std::size_t max_automation_actions = 10;
inline constexpr std::chrono::seconds longest_automation_wait{std::chrono::hours{24 * 366}};

/// What may happen to a ticket.
enum class automation_event {
  created,
  changed,  // any field, or one of those that the rule names
  status_changed,
  assigned,
  message_received,  // from the client
  note_added
};
std::string_view name_of(automation_event e);
std::optional<automation_event> automation_event_from(std::string_view name);
std::span<const std::string_view> automation_event_names();

/// Since when something has been as it is; a ticket for which it is not so has no such instant.
enum class automation_anchor {
  created,
  unassigned,  // nobody has it
  status,      // it has its status
  unanswered,  // the client waits for the first answer to what they wrote last
  resolved,    // it is resolved, not closed
  closed,
  last_message,
  due,       // may lie in the future
  scheduled  // may lie in the future
};
std::string_view name_of(automation_anchor a);
std::optional<automation_anchor> automation_anchor_from(std::string_view name);
std::span<const std::string_view> automation_anchor_names();
/// Never before the ticket was made, so that young tickets need not be looked at.
bool follows_creation(automation_anchor a);

struct automation_trigger {
  bool on_time = false;
  std::vector<automation_event> events;  // on change: one of these
  std::vector<std::string> fields;       // of `changed`: one of these; none: whichever
  automation_anchor anchor = automation_anchor::created;  // on time:
  std::chrono::seconds after{0};                          // so long since the anchor
  bool operator==(const automation_trigger&) const = default;
};

struct automation_action {
  enum class kind { notify, set_status, set_priority, assign, add_tag, add_note, follow };
  kind what = kind::notify;
  audience who{};      // notify
  std::string text{};  // what people are told, the tag, the note, or the reason of a move
  ticket_status status = ticket_status::new_;
  ticket_priority priority = ticket_priority::medium;
  std::optional<std::int64_t> user{}, team{};  // assign; 0: nobody
  bool by_rules = false;                       // assign as the assignment rules say
  std::vector<std::int64_t> people{};          // follow
  bool operator==(const automation_action&) const = default;
};
std::string_view name_of(automation_action::kind k);
std::optional<automation_action::kind> automation_action_from(std::string_view name);
std::span<const std::string_view> automation_action_names();
/// "set status closed", for people.
std::string describe(const automation_action& a);

struct automation_rule {
  std::string name;
  automation_trigger trigger;
  std::string query;
  std::vector<automation_action> actions;
};

/// Why a query cannot be a rule's condition though it is one: a rule is nobody, so that `me`,
/// `mine` and `is:mine` mean nothing.
std::optional<query::syntax_error> objection_to(const query::node& condition);

/// What one change of a ticket was.
struct automation_change {
  std::vector<automation_event> events;
  std::vector<std::string> fields;
};
bool concerns(const automation_trigger& t, const automation_change& change);

/// Whether a rule on time has to act.
enum class automation_time {
  no_anchor,    // it is not so
  not_yet,      // not for so long
  before_rule,  // since before the rule was switched on
  now
};
/// `active_from`: nothing counts that came due before or at it; nothing: whatever there is counts.
automation_time time_of(const automation_trigger& t, const std::optional<instant>& anchor,
                        const std::optional<instant>& active_from, instant now);

/// What keeps rules from chasing each other.
struct automation_limits {
  int depth_max = 3;      // rules that follow from each other
  int runs_per_hour = 5;  // of one rule on one ticket
};
/// Why the rule must not act, or nothing. `depth` is 1 for what a person or a program caused.
std::optional<std::string> loop_guard(const automation_limits& limits, int depth,
                                      std::int64_t runs_in_last_hour);

/// What an action means for a ticket, nothing for an assignment by the rules: the caller asks them.
std::optional<ticket_command> command_of(const automation_action& a, const automation_rule& rule,
                                         const std::string& uid);
std::vector<std::string> describe_actions(const automation_rule& rule);

}  // namespace fibrehub::domain
