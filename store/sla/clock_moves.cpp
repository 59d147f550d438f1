#include "store/sla/clock_moves.hpp"

#include <algorithm>
#include <tuple>

namespace fibrehub::store {
namespace {

namespace sla = domain::sla;
using enum sla::clock_kind;

/// What of a state a move may change.
auto shape_of(const sla::clock_state& c) {
  return std::tuple(c.cycle, c.stop, c.withdrawn, c.pauses.size(), is_paused(c));
}

bool same_terms(const clock_terms& a, const clock_terms& b) {
  return a.target == b.target && a.calendar_id == b.calendar_id &&
         a.calendar_version == b.calendar_version && a.terms.levels_bp == b.terms.levels_bp;
}

}  // namespace

bool is_outdated(const stored_clock& c) {
  return c.worked_out_by != 0 && c.worked_out_by != c.terms.calendar_version && !c.state.stop;
}

const sla_book& clock_moves::book() {
  if (!book_) book_ = source_();
  return *book_;
}

void clock_moves::add(stored_clock c) {
  const key k{c.ticket_id, c.kind};
  clocks_.insert_or_assign(k, std::move(c));
}

stored_clock* clock_moves::find(std::int64_t ticket, sla::clock_kind kind) {
  const auto it = clocks_.find({ticket, kind});
  return it == clocks_.end() ? nullptr : &it->second;
}

void clock_moves::touch(const stored_clock& c, domain::instant at) {
  touched_.insert({c.ticket_id, c.kind});
  latest_ = std::max(latest_, at);
}

void clock_moves::touch_due(const stored_clock& c, domain::instant at) {
  touch(c, at);
  if (c.kind == resolution) due_moved_.insert(c.ticket_id);
}

void clock_moves::settle(stored_clock& c, const sla::decision& d, domain::instant now) {
  for (const sla::level_event& e : d.events)
    events_.push_back({c.ticket_id, c.kind, c.state.cycle, e, now});
  c.state.marks = d.marks;
  c.wake = d.wake;
  if (!d.events.empty()) touch(c, now);
}

template <class F>
void clock_moves::change(stored_clock& c, domain::instant at, F&& f) {
  if (is_outdated(c)) work_out_anew(c, at);
  const auto before = shape_of(c.state);
  stored_clock former = c;
  settle(former, evaluate(former.terms.terms, former.state, at), at);
  sla::clock_state after = f(former.state);
  if (after.cycle != former.state.cycle) {
    former.wake.reset();
    over_.push_back(former);
    former.known_pauses = 0;
    former.is_new = true;
  }
  c = std::move(former);
  c.state = std::move(after);
  settle(c, evaluate(c.terms.terms, c.state, at), at);
  if (shape_of(c.state) != before) touch_due(c, at);
}

stored_clock clock_moves::made_for(const clocked_ticket& t, sla::clock_kind kind,
                                   domain::instant at) {
  stored_clock c;
  c.ticket_id = t.id;
  c.kind = kind;
  c.is_new = true;
  c.type = t.type;
  c.priority = t.priority;
  c.client_id = t.client_id;
  c.terms = book().terms_for(kind, t.type, t.priority, t.client_id, at);
  return c;
}

void clock_moves::start(const clocked_ticket& t, domain::instant at) {
  for (const sla::clock_kind kind : {response, resolution}) {
    stored_clock c = made_for(t, kind, at);
    c.state = started_at(kind, t.status, t.start);
    if (t.start < at) c.state.silent_before = at;
    if (t.ended) c.state = stopped_at(std::move(c.state), *t.ended);
    settle(c, evaluate(c.terms.terms, c.state, at), at);
    touch(c, at);
    clocks_.insert_or_assign(key{t.id, kind}, std::move(c));
  }
  fresh_.insert(t.id);
}

void clock_moves::restore(const clock_past& past, domain::instant now) {
  const clocked_ticket& t = past.ticket;
  for (const sla::clock_kind kind : {response, resolution}) {
    stored_clock c = made_for(t, kind, now);
    c.state = started_at(kind, past.moves.empty() ? t.status : past.moves.front().from, t.start);
    for (const clock_past::move& m : past.moves)
      c.state = moved(std::move(c.state), kind, m.from, m.to, past.is_told, m.at);
    if (kind == response && past.answered && *past.answered >= c.state.start)
      c.state = stopped_at(std::move(c.state), *past.answered);
    c.state.silent_before = now;
    settle(c, evaluate(c.terms.terms, c.state, now), now);
    touch_due(c, now);
    clocks_.insert_or_assign(key{t.id, kind}, std::move(c));
  }
}

void clock_moves::move(std::int64_t ticket, domain::ticket_status from, domain::ticket_status to,
                       bool is_told, domain::instant at) {
  for (const sla::clock_kind kind : {response, resolution})
    if (stored_clock* c = find(ticket, kind))
      change(*c, at,
             [&](const sla::clock_state& s) { return moved(s, kind, from, to, is_told, at); });
  // Whoever assigned it, that staff go on with it is an answer as well.
  using enum domain::ticket_status;
  if (is_told && to != new_ && to != triaged) answer(ticket, at);
}

void clock_moves::answer(std::int64_t ticket, domain::instant at) {
  stored_clock* c = find(ticket, response);
  if (!c || c->state.stop) return;
  change(*c, at, [&](const sla::clock_state& s) { return stopped_at(s, at); });
}

void clock_moves::withdraw(std::int64_t ticket, domain::instant at) {
  for (const sla::clock_kind kind : {response, resolution})
    if (stored_clock* c = find(ticket, kind); c && !c->state.stop)
      change(*c, at, [&](const sla::clock_state& s) { return withdrawn_at(s, at); });
}

void clock_moves::retarget(stored_clock& c, const clock_terms& after, domain::instant at) {
  sla::changed_clock changed = change_terms(c.terms.terms, after.terms, c.state, at);
  c.terms = after;
  c.worked_out_by = 0;
  c.state = std::move(changed.state);
  settle(c, changed.decided, at);
  touch_due(c, at);
}

void clock_moves::work_out_anew(stored_clock& c, domain::instant at) {
  const auto calendar = book().calendars.find(c.terms.calendar_id);
  if (calendar != book().calendars.end() && calendar->second.repaired_in > c.worked_out_by) {
    // It rewrote the past: what it put there came about when it was made.
    const domain::instant repaired = std::min(calendar->second.repaired_at, at);
    c.state.changed_at = std::max(c.state.changed_at.value_or(repaired), repaired);
  }
  retarget(c, c.terms, at);
}

void clock_moves::retarget(std::int64_t ticket, std::optional<domain::ticket_type> type,
                           std::optional<domain::ticket_priority> priority,
                           std::optional<std::int64_t> client_id, domain::instant at) {
  for (const sla::clock_kind kind : {response, resolution}) {
    stored_clock* c = find(ticket, kind);
    if (!c) continue;
    c->type = type.value_or(c->type);
    c->priority = priority.value_or(c->priority);
    c->client_id = client_id.value_or(c->client_id);
    const clock_terms after = book().terms_for(kind, c->type, c->priority, c->client_id, at);
    if (!same_terms(c->terms, after)) retarget(*c, after, at);
  }
}

void clock_moves::follow_targets(std::int64_t ticket, domain::instant at) {
  for (const sla::clock_kind kind : {response, resolution}) {
    stored_clock* c = find(ticket, kind);
    if (!c || c->state.stop) continue;
    const clock_terms after = book().terms_for(kind, c->type, c->priority, c->client_id, at);
    if (same_terms(c->terms, after)) continue;
    const auto shown = [&] {
      return target_change::terms{c->terms.target.length,
                                  view(c->terms.terms, c->state, at).due_at};
    };
    target_change change{ticket, kind, shown(), {}};
    retarget(*c, after, at);
    change.after = shown();
    target_changes_.push_back(change);
  }
}

void clock_moves::look(std::int64_t ticket, sla::clock_kind kind, domain::instant now) {
  stored_clock* c = find(ticket, kind);
  if (!c) return;
  if (is_outdated(*c)) {
    work_out_anew(*c, now);
    if (kind == resolution) worked_out_anew_.push_back(ticket);
    return;
  }
  const auto wake = c->wake;
  settle(*c, evaluate(c->terms.terms, c->state, now), now);
  if (wake != c->wake) touch(*c, now);
}

std::optional<std::optional<domain::instant>> clock_moves::due_of(std::int64_t ticket) const {
  const auto it = clocks_.find({ticket, resolution});
  if (it == clocks_.end() || !touched_.contains(it->first)) return std::nullopt;
  return view(it->second.terms.terms, it->second.state, latest_).due_at;
}

std::optional<domain::instant> clock_moves::wake_of(std::int64_t ticket,
                                                    sla::clock_kind kind) const {
  const auto it = clocks_.find({ticket, kind});
  return it == clocks_.end() ? std::nullopt : it->second.wake;
}

std::vector<std::pair<std::int64_t, std::optional<domain::instant>>> clock_moves::moved_due(
    domain::instant now) const {
  std::vector<std::pair<std::int64_t, std::optional<domain::instant>>> out;
  for (const std::int64_t ticket : due_moved_) {
    if (fresh_.contains(ticket)) continue;
    const stored_clock& c = clocks_.at({ticket, resolution});
    out.emplace_back(ticket, view(c.terms.terms, c.state, now).due_at);
  }
  return out;
}

clock_changes clock_moves::take() {
  clock_changes out{std::move(over_), std::move(events_), {}, latest_};
  for (const key& k : touched_) {
    stored_clock& c = clocks_.at(k);
    out.clocks.push_back(c);
    c.is_new = false;
    c.known_pauses = c.state.pauses.size();
    out.wakes.push_back({c.ticket_id, c.kind == resolution, c.wake});
  }
  over_.clear();
  events_.clear();
  touched_.clear();
  due_moved_.clear();
  return out;
}

}  // namespace fibrehub::store
