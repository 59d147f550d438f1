// The second half of a supervisor's decisions: one child's life, and groups on their way back.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "actors/supervision.hpp"

namespace fibrehub::actors {
namespace {

constexpr std::size_t max_failed_temporaries = 100;

}  // namespace

// ---- one child ---------------------------------------------------------------------------------

child_report supervision::report(const child& c) const {
  return {c.spec.id, c.state, c.restarts, c.last_reason, c.since};
}

void supervision::enter(child& c, child_state state) {
  if (c.state != state) c.since = options_.now();
  c.state = state;
}

void supervision::answer_waiting(child& c) {
  for (const auto& to : std::exchange(c.waiting, {}))
    to.answer(report(c));
}

void supervision::drop(const std::string& id) {
  children_.remove_if([&](const child& c) { return c.spec.id == id; });
}

/// Starts one child now; a failure to start is a failure like any other.
void supervision::launch(child& c) {
  if (try_start(c)) {
    answer_waiting(c);
  } else {
    fail(c);
  }
}

bool supervision::try_start(child& c) {
  if (c.ever_started) ++c.restarts;
  c.ever_started = true;
  std::string why = "it has no start function";
  try {
    if (c.spec.start) {
      auto started = c.spec.start(self_->system());
      if (started && *started) {
        c.handle = std::move(*started);
        c.up_since = self_->clock().now();
        self_->monitor(c.handle);
        enter(c, child_state::running);
        return true;
      }
      why = started ? "its start function gave no actor" : started.error();
    }
  } catch (const std::exception& e) {
    why = e.what();
  } catch (...) {
    why = "unknown exception";
  }
  c.last_reason = "could not start: " + why;
  c.up_since = self_->clock().now();
  return false;
}

void supervision::begin_stop(child& c) {
  enter(c, child_state::stopping);
  c.kill_sent = false;
  c.stop_generation = ++generation_;
  store::ask_to_stop(c.handle);
  store::remind(self_, c.spec.stop_within, detail::stop_overdue{c.spec.id, c.stop_generation});
}

/// The actor of a child is gone, whoever wanted it.
void supervision::ended(child& c, const caf::error& reason) {
  c.handle = nullptr;
  const bool expected = c.state == child_state::stopping || is_queued_to_stop(c);
  if (!expected || !store::is_orderly(reason)) c.last_reason = store::reason_text(reason);
  if (shutting_down_) {
    enter(c, store::is_orderly(reason) ? child_state::stopped : child_state::failed);
    answer_waiting(c);
    pump_shutdown();
  } else if (expected) {
    after_stop(c);
  } else if (c.spec.restart == restart_policy::permanent ||
             (c.spec.restart == restart_policy::transient && !store::is_orderly(reason))) {
    fail(c);
  } else {
    settle_down(c, store::is_orderly(reason));
  }
}

/// It ended because the supervisor asked: nothing to count.
void supervision::after_stop(child& c) {
  const std::string id = c.spec.id;
  const std::string group = group_of(c);
  const auto found = recoveries_.find(group);
  if (!c.wanted) {
    enter(c, child_state::stopped);
    answer_waiting(c);
    if (c.forget || c.spec.restart == restart_policy::temporary) drop(id);
  } else if (found == recoveries_.end() || !found->second.members.contains(id)) {
    launch(c);
  } else {
    enter(c, child_state::backing_off);
  }
  pump(group);
}

/// It ended by itself and is not started again.
void supervision::settle_down(child& c, bool orderly) {
  c.wanted = false;
  enter(c, orderly ? child_state::stopped : child_state::failed);
  spdlog::info("supervisor {}: {} ended: {}", options_.name, c.spec.id, c.last_reason);
  answer_waiting(c);
  if (c.spec.restart != restart_policy::temporary) return;
  if (orderly) {
    drop(c.spec.id);
    return;
  }
  // Failures stay to be looked at, but not without end.
  const auto is_old = [](const child& x) {
    return x.spec.restart == restart_policy::temporary && x.state == child_state::failed;
  };
  if (std::count_if(children_.begin(), children_.end(), is_old) >
      static_cast<std::ptrdiff_t>(max_failed_temporaries))
    children_.erase(std::find_if(children_.begin(), children_.end(), is_old));
}

/// It failed and is started again, unless that has happened too often.
void supervision::fail(child& c) {
  if (c.spec.restart == restart_policy::temporary) {
    settle_down(c, false);
    return;
  }
  if (too_often(c)) {
    auto why = fmt::format("child {} failed more than {} times within {} s, last: {}", c.spec.id,
                           options_.max_restarts, options_.window.count() / 1000, c.last_reason);
    spdlog::error("supervisor {}: {}", options_.name, why);
    enter(c, child_state::failed);
    shut_down(store::failure(std::move(why)));
    return;
  }
  if (self_->clock().now() - c.up_since >= options_.healthy_after) c.attempt = 0;
  // Never at once: a start that fails without a pause in between would go round in circles.
  const auto delay =
      std::max(std::chrono::milliseconds{1},
               protocols::full_jitter(options_.backoff, c.attempt, options_.random()));
  ++c.attempt;
  spdlog::warn("supervisor {}: {} failed: {}; next start in {} ms", options_.name, c.spec.id,
               c.last_reason, delay.count());
  recover(c, delay);
}

bool supervision::too_often(child& c) {
  const auto now = self_->clock().now();
  c.failures.push_back(now);
  while (now - c.failures.front() > options_.window)
    c.failures.pop_front();
  return c.failures.size() > options_.max_restarts;
}

// ---- groups ------------------------------------------------------------------------------------

/// Children that come back together share a group: each its own, or all of them one.
std::string supervision::group_of(const child& c) const {
  return options_.strategy == restart_strategy::one_for_one ? c.spec.id : std::string{};
}

std::vector<std::string> supervision::affected_by(const child& c) const {
  if (options_.strategy == restart_strategy::one_for_one) return {c.spec.id};
  std::vector<std::string> ids;
  bool reached = options_.strategy == restart_strategy::one_for_all;
  for (const auto& other : children_) {
    if (&other == &c) reached = true;
    if (reached && other.wanted) ids.push_back(other.spec.id);
  }
  return ids;
}

bool supervision::is_queued_to_stop(const child& c) const {
  const auto found = recoveries_.find(group_of(c));
  if (found == recoveries_.end()) return false;
  for (const auto& stage : found->second.to_stop)
    if (std::find(stage.begin(), stage.end(), c.spec.id) != stage.end()) return true;
  return false;
}

supervision::stages supervision::stop_plan(const std::vector<std::string>& ids) {
  // The key decides the stage: shutdown order first, then the reverse of the list where order
  // counts.
  std::map<std::pair<int, long>, std::vector<std::string>> by_key;
  long position = 0;
  for (const auto& c : children_) {
    ++position;
    if (std::find(ids.begin(), ids.end(), c.spec.id) == ids.end()) continue;
    const bool together = options_.strategy == restart_strategy::one_for_one;
    by_key[{c.spec.shutdown_order, together ? 0 : -position}].push_back(c.spec.id);
  }
  stages plan;
  for (auto& [key, stage] : by_key)
    plan.push_back(std::move(stage));
  return plan;
}

void supervision::recover(child& c, std::chrono::milliseconds delay) {
  const auto group = group_of(c);
  auto& r = recoveries_[group];
  for (const auto& id : affected_by(c)) {
    r.members.insert(id);
    auto* member = find(id);
    if (!member->handle) enter(*member, child_state::backing_off);
    // It goes down with its siblings and, by its policy, does not come back.
    if (member != &c && member->spec.restart == restart_policy::temporary) member->wanted = false;
  }
  r.to_stop = stop_plan({r.members.begin(), r.members.end()});
  r.generation = ++generation_;
  r.due = delay <= std::chrono::milliseconds::zero();
  if (!r.due) store::remind(self_, delay, detail::recovery_due{group, r.generation});
  if (!r.due && c.state == child_state::backing_off) answer_waiting(c);
  pump(group);
}

void supervision::pump(const std::string& group) {
  const auto found = recoveries_.find(group);
  if (found == recoveries_.end() || shutting_down_) return;
  if (!advance_stages(found->second.to_stop) || !found->second.due) return;
  const auto done = std::move(found->second);
  recoveries_.erase(found);
  start_members(done);
}

void supervision::start_members(const recovery& done) {
  std::vector<std::string> in_order;
  for (const auto& c : children_)
    if (done.members.contains(c.spec.id)) in_order.push_back(c.spec.id);
  for (const auto& id : in_order) {
    auto* c = find(id);
    if (!c || !c->wanted || c->handle) continue;
    if (try_start(*c)) {
      answer_waiting(*c);
      continue;
    }
    fail(*c);
    // Under the other strategies the failure has gathered those that were still to start.
    if (options_.strategy != restart_strategy::one_for_one || shutting_down_) return;
  }
}

bool supervision::advance_stages(stages& plan) {
  while (!plan.empty()) {
    bool waiting = false;
    for (const auto& id : plan.front()) {
      auto* c = find(id);
      if (!c || !c->handle) continue;
      if (c->state == child_state::running) begin_stop(*c);
      waiting = true;
    }
    if (waiting) return false;
    plan.pop_front();
  }
  return true;
}

void supervision::pump_shutdown() {
  if (advance_stages(shutdown_plan_)) self_->quit(std::move(shutdown_reason_));
}

}  // namespace fibrehub::actors
