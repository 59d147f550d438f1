// What an SLA clock has to record, and when to look again: the decisions that clock actors and the
// store carry out. Pure: clock in, decisions out, the time is a parameter. Evaluating twice, late,
// or after a crash that lost an answer gives the same events under the same keys.
//
// How to use it. Keep a `clock_state` (store: its row, its pauses, its recorded levels). At a
// reminder and at start call `evaluate`; write its events under the unique key (ticket, clock,
// cycle, level, epoch) together with the outbox rows of those to be sent, keep `marks`, and ask to
// be woken at `wake`. Before applying a status change call `evaluate` at the commit instant, then
// `moved` (clock.hpp), then `evaluate` again; before changing target, calendar or levels there is
// nothing to call, `change_terms` does all of it.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "domain/sla/clock.hpp"

namespace fibrehub::domain::sla {

enum class disposition {
  send,        // tell people
  superseded,  // recorded only: a higher level was crossed too, or it no longer matters
  silent       // recorded only: it was crossed before an import
};
std::string_view name_of(disposition v);

struct level_event {
  int level_bp = 0;
  int epoch = 0;
  instant at;               // when the level was crossed, or the change that made it so
  microseconds late_by{0};  // how long after that it was noticed
  disposition what = disposition::send;
  bool operator==(const level_event&) const = default;
};

struct decision {
  std::vector<level_event> events;  // ascending by level; at most one of them is to be sent
  std::vector<level_mark> marks;    // of the clock, once the events are recorded
  /// When something can be crossed next; nothing while it is paused or stopped, or all is recorded.
  std::optional<instant> wake;
};

/// Levels crossed up to `now` and not recorded yet.
///
/// A warning counts as crossed at T_q. The breach counts once the due instant has passed: a clock
/// that stops exactly then is met. A stopped clock crosses what it had crossed before its stop;
/// warnings noticed only then are superseded by it. What a change of terms put into the past is
/// dated at the change. A clock that was stopped before the change records nothing for it.
decision evaluate(const terms& t, const clock_state& c, instant now);

struct changed_clock {
  clock_state state;                // with the marks and the change's instant
  decision decided;                 // events under both terms, those before the change included
  std::vector<level_mark> rearmed;  // levels whose epoch rose, as they are now
};

/// The clock under other terms from `at` on: another target (type, priority, contract), calendar
/// or levels. Start and pauses stay. Events that were due under the former terms are recorded
/// first. A recorded level that lies in the future now is re-armed under the next epoch; one that
/// is still past is not repeated.
changed_clock change_terms(const terms& before, const terms& after, clock_state c, instant at);

}  // namespace fibrehub::domain::sla
