#include "domain/sla/clock.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fibrehub::domain::sla {
namespace {

clock_status status_of(const clock_state& c, bool is_late, bool is_paused_now) {
  if (c.withdrawn) return clock_status::stopped;
  if (is_late) return clock_status::breached;
  if (c.stop) return clock_status::met;
  return is_paused_now ? clock_status::paused : clock_status::running;
}

/// The pauses of a ticket's status.
bool pauses_resolution(ticket_status s) {
  return s == ticket_status::blocked || s == ticket_status::pending_approval;
}
bool ends_resolution(ticket_status s) {
  return s == ticket_status::resolved || s == ticket_status::closed;
}

clock_effect effect_on_resolution(ticket_status from, ticket_status to) {
  if (ends_resolution(to)) return ends_resolution(from) ? clock_effect::none : clock_effect::stop;
  if (ends_resolution(from)) return clock_effect::reopen;
  if (pauses_resolution(to))
    return pauses_resolution(from) ? clock_effect::none : clock_effect::pause;
  return pauses_resolution(from) ? clock_effect::resume : clock_effect::none;
}

clock_effect effect_on_response(ticket_status from, ticket_status to, bool is_told) {
  if (to == ticket_status::closed) return clock_effect::stop;
  const bool leaves = (from == ticket_status::new_ || from == ticket_status::triaged) &&
                      to != ticket_status::new_ && to != ticket_status::triaged;
  return leaves && is_told ? clock_effect::stop : clock_effect::none;
}

}  // namespace

std::string_view name_of(clock_status v) {
  switch (v) {
    case clock_status::running:
      return "running";
    case clock_status::paused:
      return "paused";
    case clock_status::breached:
      return "breached";
    case clock_status::met:
      return "met";
    case clock_status::stopped:
      return "stopped";
  }
  return "";
}

std::string_view name_of(verdict v) {
  return v == verdict::met ? "met" : "breached";
}

std::optional<fault> check(const terms& t) {
  if (t.target.count() <= 0) return fault{"target_seconds", "has to be above 0"};
  if (t.target > longest_target)
    return fault{"target_seconds",
                 fmt::format("has to be at most {} (a year)", longest_target.count())};
  if (t.levels_bp.empty() || t.levels_bp.size() > max_levels)
    return fault{"levels", fmt::format("has to hold 1 to {} levels", max_levels)};
  for (std::size_t i = 0; i < t.levels_bp.size(); ++i)
    if (t.levels_bp[i] <= (i == 0 ? 0 : t.levels_bp[i - 1]))
      return fault{fmt::format("levels[{}]", i), "has to be above 0 and above the one ahead of it"};
  if (t.levels_bp.back() != whole_bp) return fault{"levels", "has to end with 100 %"};
  return std::nullopt;
}

bool is_paused(const clock_state& c) {
  return !c.pauses.empty() && !c.pauses.back().end;
}

std::optional<instant> due_at(const terms& t, const clock_state& c) {
  return reach(*t.hours, c.start, c.pauses, share_of(t.target, whole_bp));
}

clock_view view(const terms& t, const clock_state& c, instant now) {
  const instant at = c.stop ? std::min(*c.stop, now) : now;
  clock_view out;
  out.elapsed = elapsed(*t.hours, c.start, c.pauses, at);
  out.remaining = t.target - out.elapsed;
  out.share_bp = out.elapsed.count() / (t.target.count() * 100);
  for (const int level : t.levels_bp)
    out.levels.push_back({level, reach(*t.hours, c.start, c.pauses, share_of(t.target, level))});
  out.due_at = out.levels.back().at;
  const bool is_late = out.due_at && *out.due_at < at;
  out.paused = !c.stop && is_paused(c);
  out.status = status_of(c, is_late, out.paused);
  if (c.stop && !c.withdrawn) out.outcome = is_late ? verdict::breached : verdict::met;
  return out;
}

clock_state paused_at(clock_state c, instant at) {
  if (!c.stop && !is_paused(c)) c.pauses.push_back({std::max(at, c.start), std::nullopt});
  return c;
}

clock_state resumed_at(clock_state c, instant at) {
  if (is_paused(c)) c.pauses.back().end = std::max(at, c.pauses.back().begin);
  return c;
}

clock_state stopped_at(clock_state c, instant at) {
  if (c.stop) return c;
  c = resumed_at(std::move(c), at);
  c.stop = std::max(at, c.start);
  return c;
}

clock_state withdrawn_at(clock_state c, instant at) {
  c = stopped_at(std::move(c), at);
  c.withdrawn = true;
  return c;
}

clock_state reopened_at(clock_state c, instant at) {
  if (!c.stop) return c;
  const instant from = *c.stop;
  const instant to = std::max(at, from);
  c.pauses.push_back({from, to});
  // What was changed while it stood still shows when it runs again.
  if (c.changed_at && *c.changed_at >= from) c.changed_at = to;
  c.stop.reset();
  c.withdrawn = false;
  return c;
}

clock_state next_cycle(const clock_state& c, instant at) {
  clock_state next;
  next.start = at;
  next.cycle = c.cycle + 1;
  return next;
}

clock_effect effect_of(clock_kind kind, ticket_status from, ticket_status to, bool is_told) {
  if (from == to) return clock_effect::none;
  if (from == ticket_status::closed) return clock_effect::next_cycle;
  return kind == clock_kind::resolution ? effect_on_resolution(from, to)
                                        : effect_on_response(from, to, is_told);
}

clock_state apply(clock_state c, clock_effect effect, instant at) {
  switch (effect) {
    case clock_effect::none:
      return c;
    case clock_effect::pause:
      return paused_at(std::move(c), at);
    case clock_effect::resume:
      return resumed_at(std::move(c), at);
    case clock_effect::stop:
      return stopped_at(std::move(c), at);
    case clock_effect::reopen:
      return reopened_at(std::move(c), at);
    case clock_effect::next_cycle:
      return next_cycle(c, at);
  }
  return c;
}

clock_state started_at(clock_kind kind, ticket_status status, instant at) {
  clock_state c;
  c.start = at;
  if (kind == clock_kind::resolution && pauses_resolution(status)) c = paused_at(std::move(c), at);
  return c;
}

clock_state moved(clock_state c, clock_kind kind, ticket_status from, ticket_status to,
                  bool is_told, instant at) {
  c = apply(std::move(c), effect_of(kind, from, to, is_told), at);
  if (kind == clock_kind::resolution && pauses_resolution(to)) c = paused_at(std::move(c), at);
  return c;
}

}  // namespace fibrehub::domain::sla
