#include "actors/clock_service.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "actors/timing_wheel.hpp"
#include "store/caf/caf.hpp"

namespace fibrehub::actors {
namespace {

using key = timing_wheel::key;

key key_of(const store::clock_key& k) {
  return static_cast<key>(k.ticket_id) << 1 | (k.is_resolution ? 1 : 0);
}
store::clock_key clock_of(key k) {
  return {static_cast<std::int64_t>(k >> 1), (k & 1) != 0};
}

struct clock_service_state {
  clock_service_state() = default;
  static inline const char* name = "clock service";
  clock_service_options options;
  std::optional<timing_wheel> wheel;
  time_gate gate;
  std::unordered_map<std::int64_t, sla_clock> clocks;  // by ticket
  std::shared_ptr<const clock_answers> answers;
  // Reminded and not answered yet; what does not answer is taken for due after a while.
  std::vector<timing_wheel::fired> reminded;
  std::size_t unanswered = 0;
  std::uint64_t round = 0;
  time_gate::steady reminded_at{};
  // Due, as they answered; in a storm they wait for the round before to end.
  std::vector<timing_wheel::fired> due;
  // Being looked at, each with the time it was armed for.
  std::vector<timing_wheel::fired> under_way;
  bool is_storm = false;  // more are due than fitted into the round before
  bool evaluating = false;
  bool failing = false;            // said so already
  bool drifting = false;           // hub and database differ about the time
  time_gate::steady not_before{};  // a round failed: the next one waits
  // Reading all of them.
  std::uint64_t reading = 0;
  store::clock_key read_up_to;
  bool loading = false;
  std::unordered_set<key> newer;  // heard of since the reading began: pages are older
  std::optional<time_gate::steady> read_again_at;
  // Looking for those that were not heard of.
  bool sweeping = false;
  time_gate::steady sweep_at{};
};

using self_pointer = clock_service::stateful_pointer<clock_service_state>;

/// The ticket's clock actor, started when it has none.
sla_clock& clock_of_ticket(self_pointer self, std::int64_t ticket) {
  clock_service_state& s = self->state;
  sla_clock& clock = s.clocks[ticket];
  if (!clock) {
    clock = s.options.start_clock(self->system(), ticket, s.answers);
    self->monitor(clock);
  }
  return clock;
}

void arm(self_pointer self, key k, domain::instant at) {
  self->state.wheel->arm(k, at);
  const store::clock_key clock = clock_of(k);
  store::send(clock_of_ticket(self, clock.ticket_id), clock_set{clock.is_resolution, at});
}

/// A ticket whose clocks both stand needs no actor.
void cancel(self_pointer self, key k) {
  clock_service_state& s = self->state;
  s.wheel->cancel(k);
  const store::clock_key clock = clock_of(k);
  const auto known = s.clocks.find(clock.ticket_id);
  if (known == s.clocks.end()) return;
  if (s.wheel->armed_for(k ^ 1)) {
    store::send(known->second, clock_set{clock.is_resolution, std::nullopt});
  } else {
    store::ask_to_stop(known->second);
    s.clocks.erase(known);
  }
}

/// A clock that failed is started anew, with what the wheel knows of it.
void replace(self_pointer self, const caf::down_msg& down) {
  if (store::is_orderly(down.reason)) return;
  clock_service_state& s = self->state;
  const auto dead = std::find_if(s.clocks.begin(), s.clocks.end(),
                                 [&](const auto& c) { return c.second == down.source; });
  if (dead == s.clocks.end()) return;
  const std::int64_t ticket = dead->first;
  spdlog::warn("clocks: the clock of a ticket failed, starting it anew: {}",
               store::reason_text(down.reason));
  s.clocks.erase(dead);
  for (const bool is_resolution : {false, true})
    if (const key k = key_of({ticket, is_resolution}); const auto at = s.wheel->armed_for(k))
      arm(self, k, *at);
}

void hear(self_pointer self, const clocks_moved& news) {
  clock_service_state& s = self->state;
  for (const store::clock_wake& w : news.wakes) {
    if (w.ticket_id == 0) {
      s.sweep_at = s.options.monotonic();
      continue;
    }
    const key k = key_of({w.ticket_id, w.is_resolution});
    if (s.loading) s.newer.insert(k);
    if (w.at) {
      arm(self, k, *w.at);
    } else {
      cancel(self, k);
    }
  }
}

template <class Request>
void ask_for_page(
    self_pointer self, bool is_sweep, Request request,
    const std::function<void(Request, store::reply<std::vector<store::clock_wake>>)>& ask) {
  ask(std::move(request),
      store::reply<std::vector<store::clock_wake>>(
          [to = self->address(), reading = self->state.reading,
           is_sweep](tl::expected<std::vector<store::clock_wake>, store::error> page) {
            if (auto there = caf::actor_cast<caf::strong_actor_ptr>(to))
              store::send(caf::actor_cast<clock_service>(there),
                          detail::clocks_read{reading, is_sweep, std::move(page)});
          }));
}

void read_next_page(self_pointer self) {
  store::list_clocks request;
  request.after = self->state.read_up_to;
  ask_for_page(self, false, request, self->state.options.list);
}

void begin_reading(self_pointer self) {
  clock_service_state& s = self->state;
  ++s.reading;
  s.loading = true;
  s.read_up_to = {};
  s.newer.clear();
  s.read_again_at.reset();
  s.options.figures->loaded = false;
  read_next_page(self);
}

bool is_under_way(const clock_service_state& s, key k) {
  const auto is_it = [k](const timing_wheel::fired& f) { return f.what == k; };
  return std::any_of(s.under_way.begin(), s.under_way.end(), is_it) ||
         std::any_of(s.due.begin(), s.due.end(), is_it) ||
         std::any_of(s.reminded.begin(), s.reminded.end(), is_it);
}

void take_page(self_pointer self, const std::vector<store::clock_wake>& page) {
  clock_service_state& s = self->state;
  for (const store::clock_wake& w : page) {
    const store::clock_key clock{w.ticket_id, w.is_resolution};
    if (const key k = key_of(clock); !s.newer.contains(k)) arm(self, k, *w.at);
    s.read_up_to = clock;
  }
  if (!page.empty()) return read_next_page(self);
  s.loading = false;
  s.newer.clear();
  s.options.figures->loaded = true;
  spdlog::info("clocks: {} are armed", s.wheel->size());
}

/// What was read may be older than what was heard: a clock is looked at too early rather than late.
void take_sweep(self_pointer self, const std::vector<store::clock_wake>& found) {
  clock_service_state& s = self->state;
  s.sweeping = false;
  for (const store::clock_wake& w : found) {
    const key k = key_of({w.ticket_id, w.is_resolution});
    if (is_under_way(s, k)) continue;
    // The epoch stands for "now": its calendar was changed.
    const domain::instant at = *w.at == domain::instant{} ? s.options.now() : *w.at;
    const auto armed = s.wheel->armed_for(k);
    if (!armed || at < *armed) arm(self, k, at);
  }
}

void take(self_pointer self, const detail::clocks_read& read) {
  clock_service_state& s = self->state;
  if (read.is_sweep) {
    if (read.page) return take_sweep(self, *read.page);
    s.sweeping = false;
    return;
  }
  if (read.reading != s.reading) return;
  if (read.page) return take_page(self, *read.page);
  s.read_again_at = s.options.monotonic() + s.options.retry;
}

void begin_round(self_pointer self, domain::instant now, time_gate::steady monotonic);

/// The round before failed: those that are due wait as well.
void hold_back(self_pointer self) {
  clock_service_state& s = self->state;
  const std::vector<timing_wheel::fired> held = std::exchange(s.due, {});
  for (const timing_wheel::fired& f : held)
    if (!s.wheel->armed_for(f.what)) arm(self, f.what, f.at);
}

/// Has those that are due looked at, together; while the writer is at it, those after them may be
/// reminded already.
void look_at_due(self_pointer self) {
  clock_service_state& s = self->state;
  if (s.evaluating || s.due.empty()) return;
  if (s.failing && s.options.monotonic() < s.not_before) return hold_back(self);
  s.evaluating = true;
  s.under_way = std::exchange(s.due, {});
  const domain::instant now = s.options.now();
  const std::vector<timing_wheel::fired>& fired = s.under_way;
  std::vector<store::clock_key> clocks;
  std::uint64_t latest = 0;
  for (const timing_wheel::fired& f : fired) {
    clocks.push_back(clock_of(f.what));
    const auto late = static_cast<std::uint64_t>(std::max<std::int64_t>(0, (now - f.at).count()));
    latest = std::max(latest, late);
  }
  s.options.figures->fired += fired.size();
  s.options.figures->max_late_us = latest;
  if (std::chrono::microseconds(latest) >= s.options.late_from)
    s.not_before = s.options.monotonic() +
                   std::chrono::microseconds(1'000'000 * fired.size() / s.options.late_per_second);
  s.options.evaluate(
      std::move(clocks),
      store::reply<store::evaluated_clocks>(
          [to = self->address()](tl::expected<store::evaluated_clocks, store::error> outcome) {
            if (auto there = caf::actor_cast<caf::strong_actor_ptr>(to))
              store::send(caf::actor_cast<clock_service>(there),
                          detail::clocks_evaluated{std::move(outcome)});
          }));
  if (s.is_storm) begin_round(self, now, s.options.monotonic());
}

void remind(self_pointer self, std::vector<timing_wheel::fired> fired,
            time_gate::steady monotonic) {
  clock_service_state& s = self->state;
  ++s.round;
  s.unanswered = fired.size();
  s.reminded_at = monotonic;
  s.reminded = std::move(fired);
  for (const timing_wheel::fired& f : s.reminded) {
    const store::clock_key clock = clock_of(f.what);
    store::send(clock_of_ticket(self, clock.ticket_id),
                clock_reminder{clock.is_resolution, f.at, s.round});
  }
}

void hear_answer(self_pointer self, const clock_answer& a) {
  clock_service_state& s = self->state;
  if (a.round != s.round || s.unanswered == 0) return;
  if (a.is_due) {
    s.due.push_back({key_of(a.clock), a.at});
  } else {
    ++s.options.figures->stale;
  }
  if (--s.unanswered > 0) return;
  s.reminded.clear();
  if (!s.due.empty()) return look_at_due(self);
  if (s.is_storm) begin_round(self, s.options.now(), s.options.monotonic());
}

/// To look at a clock once too often does no harm.
void give_up_waiting(self_pointer self) {
  clock_service_state& s = self->state;
  spdlog::warn("clocks: {} did not answer a reminder; all {} are looked at", s.unanswered,
               s.reminded.size());
  s.unanswered = 0;
  s.due = std::exchange(s.reminded, {});
  look_at_due(self);
}

/// A round of those that are due, unless one is on its way or has to wait.
void begin_round(self_pointer self, domain::instant now, time_gate::steady monotonic) {
  clock_service_state& s = self->state;
  const bool is_busy = s.unanswered > 0 || !s.due.empty() || (s.evaluating && !s.is_storm);
  if (s.gate.is_closed() || is_busy || monotonic < s.not_before) return;
  const std::size_t most = s.is_storm ? s.options.storm_batch : s.options.batch;
  auto fired = s.wheel->turn(now, most);
  s.is_storm = fired.size() == most;
  if (!fired.empty()) return remind(self, std::move(fired), monotonic);
  s.drifting = false;  // nothing is held back
}

/// The clocks themselves were heard of as news of the commit.
void end_round(self_pointer self, const detail::clocks_evaluated& done) {
  clock_service_state& s = self->state;
  s.evaluating = false;
  const bool drifted = s.drifting = done.outcome && done.outcome->drifted;
  if (!done.outcome || drifted) {
    if (drifted) s.gate.close();
    if (std::exchange(s.failing, true)) {
      spdlog::debug("clocks: still not looked at: {}", s.under_way.size());
    } else if (drifted) {
      spdlog::warn("clocks: the hub and the database differ about the time; nothing is looked at");
    } else {
      spdlog::warn("clocks: looking at {} failed, trying again: {}", s.under_way.size(),
                   done.outcome.error().message);
    }
    // What was heard of meanwhile is newer. They keep their own time: that of now may be wrong.
    for (const timing_wheel::fired& f : s.under_way)
      if (!s.wheel->armed_for(f.what)) arm(self, f.what, f.at);
    s.not_before = s.options.monotonic() + s.options.retry;
  } else {
    s.failing = false;
    s.options.figures->recorded += done.outcome->recorded;
    s.options.figures->sent += done.outcome->sent;
    const domain::instant now = s.options.now();
    for (const timing_wheel::fired& f : s.under_way)
      s.options.figures->late.observe(now - f.at);
  }
  s.under_way.clear();
  if (!s.due.empty()) return look_at_due(self);
  if (s.is_storm) begin_round(self, s.options.now(), s.options.monotonic());
}

void tick(self_pointer self) {
  clock_service_state& s = self->state;
  store::remind(self, s.options.tick, detail::clock_tick{});
  const domain::instant now = s.options.now();
  // Waits are measured by the clock that does not jump.
  const time_gate::steady monotonic = s.options.monotonic();
  const bool open = s.gate.is_open(now, monotonic);
  s.options.figures->armed = s.wheel->size();
  s.options.figures->actors = s.clocks.size();
  s.options.figures->held = !open || s.drifting;
  if (s.read_again_at && monotonic >= *s.read_again_at) begin_reading(self);
  if (!s.sweeping && !s.loading && monotonic >= s.sweep_at) {
    s.sweeping = true;
    s.sweep_at = monotonic + s.options.sweep;
    store::list_due_clocks request;
    request.until = now + 2 * s.options.sweep;
    ask_for_page(self, true, request, s.options.list_due);
  }
  if (s.unanswered > 0 && monotonic - s.reminded_at >= s.options.retry) give_up_waiting(self);
  begin_round(self, now, monotonic);
}

clock_service::behavior_type clock_service_actor(self_pointer self, clock_service_options options) {
  clock_service_state& s = self->state;
  s.options = std::move(options);
  s.wheel.emplace(s.options.now(), s.options.tick);
  s.sweep_at = s.options.monotonic() + s.options.sweep;
  s.answers = std::make_shared<const clock_answers>([to = self->address()](clock_answer answer) {
    if (auto there = caf::actor_cast<caf::strong_actor_ptr>(to))
      store::send(caf::actor_cast<clock_service>(there), answer);
  });
  self->set_down_handler([self](const caf::down_msg& down) { replace(self, down); });
  begin_reading(self);
  store::remind(self, s.options.tick, detail::clock_tick{});
  return {
      [self](const clocks_moved& news) { hear(self, news); },
      [self](clocks_unknown) { begin_reading(self); },
      [self](const clock_answer& answer) { hear_answer(self, answer); },
      [self](detail::clock_tick) { tick(self); },
      [self](const detail::clocks_read& read) { take(self, read); },
      [self](const detail::clocks_evaluated& done) { end_round(self, done); },
  };
}

}  // namespace

clock_service spawn_clock_service(caf::actor_system& system, clock_service_options options) {
  return store::spawn(system, clock_service_actor, std::move(options));
}

}  // namespace fibrehub::actors
