// An SLA clock as data: what a ticket's actor and the store keep of it, and what can be read off it
// at any instant. Nothing here reads the time or writes anything.
//
// A clock belongs to (ticket, kind) and runs in cycles; each cycle has a start, pauses and perhaps
// a stop. What it is measured by (hours, target, levels) is kept apart as its terms, because they
// change for many clocks at once.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "domain/sla/target.hpp"
#include "domain/sla/working_time.hpp"

namespace fibrehub::domain::sla {

/// Levels are shares of the target in basis points: 7 500 is 75 %.
inline constexpr int whole_bp = 10'000;
inline constexpr std::size_t max_levels = 10;

struct terms {
  calendar::handle hours;
  seconds target{0};
  /// Ascending, the last is always `whole_bp`, the breach.
  std::vector<int> levels_bp{7'500, 9'000, whole_bp};
};
/// Target between one second and `longest_target`, levels as described; or what is wrong.
std::optional<fault> check(const terms& t);

/// What was recorded of one level. The epoch rises when a change moves a recorded level into the
/// future again; it never falls, so that (ticket, clock, cycle, level, epoch) stays unique.
struct level_mark {
  int level_bp = 0;
  int epoch = 0;
  bool recorded = false;
  bool operator==(const level_mark&) const = default;
};

struct clock_state {
  instant start;
  std::vector<pause> pauses;    // as `check` wants them
  std::optional<instant> stop;  // no pause is open then
  bool withdrawn = false;       // stopped without a verdict: the ticket was merged or deleted
  int cycle = 1;
  /// The latest change of terms: what only follows from it is dated at it.
  std::optional<instant> changed_at;
  /// Crossings before this are recorded and told to nobody: history of an imported ticket.
  std::optional<instant> silent_before;
  std::vector<level_mark> marks;  // of levels that were recorded once; others have none
};

/// A pause is open.
bool is_paused(const clock_state& c);

enum class clock_status { running, paused, breached, met, stopped };
std::string_view name_of(clock_status v);
enum class verdict { met, breached };
std::string_view name_of(verdict v);

struct level_instant {
  int level_bp = 0;
  std::optional<instant> at;  // nothing while a pause is open before it
};

struct clock_view {
  /// running: within the target. paused: likewise, with a pause open. breached: beyond the due
  /// instant, stopped or not. met: stopped in time. stopped: withdrawn.
  clock_status status = clock_status::running;
  bool paused = false;            // also shown when breached
  std::optional<instant> due_at;  // nothing while a pause is open before it
  std::vector<level_instant> levels;
  microseconds elapsed{0};         // E(now), or E(stop)
  microseconds remaining{0};       // T − E; negative when overdue
  std::int64_t share_bp = 0;       // E / T, rounded down
  std::optional<verdict> outcome;  // once stopped: met iff stop ≤ due
};

clock_view view(const terms& t, const clock_state& c, instant now);
/// `due_at` of the view, alone.
std::optional<instant> due_at(const terms& t, const clock_state& c);

/// q·T exactly: targets are whole seconds.
constexpr microseconds share_of(seconds target, int level_bp) {
  return microseconds{target.count() * 100 * level_bp};
}

// What status changes do to a clock, at the instant of their commit. Each answers the clock
// afterwards; where it makes no sense (to pause a paused or stopped clock) the clock is unchanged.
clock_state paused_at(clock_state c, instant at);
clock_state resumed_at(clock_state c, instant at);
/// Ends an open pause too.
clock_state stopped_at(clock_state c, instant at);
/// Stops without a verdict.
clock_state withdrawn_at(clock_state c, instant at);
/// The cycle goes on, [stop, at) becomes a pause, the provisional verdict is withdrawn.
clock_state reopened_at(clock_state c, instant at);
/// The next cycle, with the full target.
clock_state next_cycle(const clock_state& c, instant at);

enum class clock_effect { none, pause, resume, stop, reopen, next_cycle };
/// What a move in the workflow does to a clock. `is_told`: the client is told of it, which is what
/// the response clock waits for (besides the first public reply, which is no move).
clock_effect effect_of(clock_kind kind, ticket_status from, ticket_status to, bool is_told);
clock_state apply(clock_state c, clock_effect effect, instant at);

/// The first cycle of a ticket made in this status.
clock_state started_at(clock_kind kind, ticket_status status, instant at);
/// The clock after a move in the workflow: its effect, and a pause when the status it leads to is
/// one that pauses, also out of a closed ticket.
clock_state moved(clock_state c, clock_kind kind, ticket_status from, ticket_status to,
                  bool is_told, instant at);

}  // namespace fibrehub::domain::sla
