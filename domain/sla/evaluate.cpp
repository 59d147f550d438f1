#include "domain/sla/evaluate.hpp"

#include <algorithm>

namespace fibrehub::domain::sla {
namespace {

/// When a level is crossed and from when on that is certain.
struct crossing {
  instant at;
  instant certain_from;
};

/// The due instant itself is still in time.
instant certain_from(instant reached, int level_bp) {
  return level_bp == whole_bp ? reached + microseconds{1} : reached;
}

std::optional<crossing> crossing_of(const terms& t, const clock_state& c, int level_bp) {
  const auto reached = reach(*t.hours, c.start, c.pauses, share_of(t.target, level_bp));
  if (!reached) return std::nullopt;
  crossing out{*reached, certain_from(*reached, level_bp)};
  if (c.changed_at && *reached < *c.changed_at) out = {*c.changed_at, *c.changed_at};
  // Of a stopped clock only what came before the stop.
  if (c.stop && out.certain_from > *c.stop) return std::nullopt;
  return out;
}

const level_mark* mark_of(const std::vector<level_mark>& marks, int level_bp) {
  const auto it = std::find_if(marks.begin(), marks.end(),
                               [level_bp](const level_mark& m) { return m.level_bp == level_bp; });
  return it == marks.end() ? nullptr : &*it;
}

level_mark& mark_at(std::vector<level_mark>& marks, int level_bp) {
  if (const level_mark* known = mark_of(marks, level_bp))
    return marks[static_cast<std::size_t>(known - marks.data())];
  return marks.emplace_back(level_mark{level_bp, 0, false});
}

/// Whether a level above this one was recorded and so has been told already.
bool has_higher(const std::vector<level_mark>& marks, int level_bp) {
  return std::any_of(marks.begin(), marks.end(), [level_bp](const level_mark& m) {
    return m.recorded && m.level_bp > level_bp;
  });
}

/// The highest is sent, the others are superseded by it.
void supersede_lower(std::vector<level_event>& events) {
  bool is_highest = true;
  for (auto e = events.rbegin(); e != events.rend(); ++e) {
    if (e->what != disposition::send) continue;
    if (!is_highest) e->what = disposition::superseded;
    is_highest = false;
  }
}

disposition disposition_of(const clock_state& c, const level_event& e) {
  if (c.silent_before && e.at < *c.silent_before) return disposition::silent;
  if (has_higher(c.marks, e.level_bp)) return disposition::superseded;
  if (c.stop && (e.level_bp != whole_bp || c.withdrawn)) return disposition::superseded;
  return disposition::send;
}

bool is_recorded(const clock_state& c, int level_bp) {
  const level_mark* mark = mark_of(c.marks, level_bp);
  return mark && mark->recorded;
}

}  // namespace

std::string_view name_of(disposition v) {
  switch (v) {
    case disposition::send:
      return "send";
    case disposition::superseded:
      return "superseded";
    case disposition::silent:
      return "silent";
  }
  return "";
}

decision evaluate(const terms& t, const clock_state& c, instant now) {
  decision out;
  out.marks = c.marks;
  for (const int level : t.levels_bp) {
    if (is_recorded(c, level)) continue;
    const auto crossed = crossing_of(t, c, level);
    if (!crossed) continue;
    if (crossed->certain_from > now) {
      if (!out.wake || crossed->certain_from < *out.wake) out.wake = crossed->certain_from;
      continue;
    }
    level_mark& mark = mark_at(out.marks, level);
    mark.recorded = true;
    level_event event{level, mark.epoch, crossed->at, now - crossed->at};
    event.what = disposition_of(c, event);
    out.events.push_back(event);
  }
  supersede_lower(out.events);
  return out;
}

namespace {

/// Whether the clock, by these terms alone, has crossed the level up to `at` or its stop.
bool lies_past(const terms& t, const clock_state& c, int level_bp, instant at) {
  const instant until = c.stop ? std::min(*c.stop, at) : at;
  const auto reached = reach(*t.hours, c.start, c.pauses, share_of(t.target, level_bp));
  return reached && certain_from(*reached, level_bp) <= until;
}

/// Raises the epoch of recorded levels that the change moved into the future. For a stopped clock
/// the future is what comes after its stop: it may be reopened.
std::vector<level_mark> rearm(const terms& t, clock_state& c, instant at) {
  std::vector<level_mark> out;
  for (level_mark& mark : c.marks) {
    if (!mark.recorded) continue;
    if (std::find(t.levels_bp.begin(), t.levels_bp.end(), mark.level_bp) == t.levels_bp.end())
      continue;
    if (lies_past(t, c, mark.level_bp, at)) continue;
    ++mark.epoch;
    mark.recorded = false;
    out.push_back(mark);
  }
  return out;
}

/// Events noticed under the former terms, and those the new ones bring: one of all is sent.
std::vector<level_event> joined(std::vector<level_event> former, std::vector<level_event> brought,
                                const std::vector<level_mark>& rearmed) {
  for (level_event& e : former)
    if (e.what == disposition::send && mark_of(rearmed, e.level_bp))
      e.what = disposition::superseded;
  former.insert(former.end(), brought.begin(), brought.end());
  std::stable_sort(former.begin(), former.end(), [](const level_event& a, const level_event& b) {
    return a.level_bp < b.level_bp;
  });
  supersede_lower(former);
  return former;
}

}  // namespace

changed_clock change_terms(const terms& before, const terms& after, clock_state c, instant at) {
  changed_clock out;
  decision former = evaluate(before, c, at);
  c.marks = std::move(former.marks);
  c.changed_at = c.changed_at ? std::max(*c.changed_at, at) : at;
  out.rearmed = rearm(after, c, at);
  decision brought = evaluate(after, c, at);
  c.marks = brought.marks;
  out.decided.marks = std::move(brought.marks);
  out.decided.wake = brought.wake;
  out.decided.events = joined(std::move(former.events), std::move(brought.events), out.rearmed);
  out.state = std::move(c);
  return out;
}

}  // namespace fibrehub::domain::sla
