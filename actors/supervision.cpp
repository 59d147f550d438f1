#include "actors/supervision.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace fibrehub::actors {
namespace {

store::error shutting_down() {
  return {store::errc::unavailable, "the supervisor is shutting down"};
}

}  // namespace

supervision::supervision(supervisor::pointer self, supervisor_options options,
                         std::vector<child_spec> children)
    : self_(self), options_(std::move(options)) {
  for (auto& spec : children) {
    if (find(spec.id)) {
      spdlog::error("supervisor {}: child {} is listed twice; the second one is ignored",
                    options_.name, spec.id);
      continue;
    }
    children_.push_back({.spec = std::move(spec), .since = options_.now()});
  }
}

supervision::~supervision() {
  for (auto& c : children_)
    if (c.handle) store::kill(c.handle);
}

void supervision::boot() {
  recovery all{.members = {}, .to_stop = {}, .due = true};
  for (const auto& c : children_)
    all.members.insert(c.spec.id);
  start_members(all);
}

supervision::child* supervision::find(const std::string& id) {
  const auto found = std::find_if(children_.begin(), children_.end(),
                                  [&](const child& c) { return c.spec.id == id; });
  return found == children_.end() ? nullptr : &*found;
}

supervision::child* supervision::find_known(const std::string& id,
                                            const store::reply<child_report>& to) {
  if (shutting_down_) {
    to.answer(tl::unexpected(shutting_down()));
    return nullptr;
  }
  auto* c = find(id);
  if (!c) {
    to.answer(
        tl::unexpected(store::error{store::errc::not_found, "there is no child called " + id}));
  }
  return c;
}

// ---- what is asked from outside -------------------------------------------------------------

void supervision::handle(const list_children& message) {
  std::vector<child_report> all;
  for (const auto& c : children_)
    all.push_back(report(c));
  message.to.answer(std::move(all));
}

void supervision::handle(add_child& message) {
  if (shutting_down_) {
    message.to.answer(tl::unexpected(shutting_down()));
    return;
  }
  if (find(message.spec.id)) {
    message.to.answer(tl::unexpected(
        store::error{store::errc::conflict, "there is a child " + message.spec.id + " already"}));
    return;
  }
  auto& c = children_.emplace_back(child{.spec = std::move(message.spec), .since = options_.now()});
  c.waiting.push_back(message.to);
  launch(c);
}

void supervision::handle(const start_child& message) {
  auto* c = find_known(message.id, message.to);
  if (!c) return;
  c->wanted = true;
  c->forget = false;
  c->waiting.push_back(message.to);
  if (c->state == child_state::stopping) return;  // starts when it has ended
  if (c->state == child_state::running) {
    answer_waiting(*c);
    return;
  }
  c->attempt = 0;
  if (c->state == child_state::backing_off) {
    recover(*c, std::chrono::milliseconds::zero());
  } else {
    launch(*c);
  }
}

void supervision::handle(const stop_child& message) {
  auto* c = find_known(message.id, message.to);
  if (!c) return;
  c->wanted = false;
  c->waiting.push_back(message.to);
  if (c->state == child_state::running) {
    begin_stop(*c);
  } else if (c->state != child_state::stopping) {
    if (c->state == child_state::backing_off) enter(*c, child_state::stopped);
    answer_waiting(*c);
  }
}

void supervision::handle(const restart_child& message) {
  auto* c = find_known(message.id, message.to);
  if (!c) return;
  spdlog::warn("supervisor {}: restarting {}: {}", options_.name, message.id, message.why);
  c->wanted = true;
  c->forget = false;
  c->attempt = 0;
  c->waiting.push_back(message.to);
  if (c->state == child_state::stopped || c->state == child_state::failed) {
    launch(*c);
  } else {
    c->last_reason = "restarted: " + message.why;
    recover(*c, std::chrono::milliseconds::zero());
  }
}

void supervision::handle(const remove_child& message) {
  auto* c = find_known(message.id, message.to);
  if (!c) return;
  c->wanted = false;
  c->forget = true;
  c->waiting.push_back(message.to);
  if (c->state == child_state::running) {
    begin_stop(*c);
  } else if (c->state != child_state::stopping) {
    enter(*c, child_state::stopped);
    answer_waiting(*c);
    drop(message.id);
  }
}

// ---- reminders ---------------------------------------------------------------------------------

void supervision::handle(const detail::recovery_due& message) {
  const auto found = recoveries_.find(message.group);
  if (found == recoveries_.end() || found->second.generation != message.generation) return;
  found->second.due = true;
  pump(message.group);
}

void supervision::handle(const detail::stop_overdue& message) {
  auto* c = find(message.id);
  if (!c || c->state != child_state::stopping || c->stop_generation != message.generation) return;
  if (!c->kill_sent) {
    spdlog::warn("supervisor {}: {} did not end within {} ms; killing it", options_.name,
                 message.id, c->spec.stop_within.count());
    c->kill_sent = true;
    store::kill(c->handle);
    store::remind(self_, c->spec.stop_within, message);
    return;
  }
  // It sits in a call that does not return. It dies when it comes back; life goes on without it.
  spdlog::error("supervisor {}: {} is stuck in a call and cannot be killed; going on without it",
                options_.name, message.id);
  self_->demonitor(c->handle);
  ended(*c, store::failure("stuck in a call"));
}

void supervision::handle_down(const caf::down_msg& down) {
  const auto found = std::find_if(children_.begin(), children_.end(), [&](const child& c) {
    return c.handle && c.handle.address() == down.source;
  });
  if (found != children_.end()) ended(*found, down.reason);
}

void supervision::shut_down(caf::error reason) {
  if (shutting_down_) return;
  shutting_down_ = true;
  shutdown_reason_ = std::move(reason);
  recoveries_.clear();
  std::vector<std::string> ids;
  for (auto& c : children_) {
    c.wanted = false;
    ids.push_back(c.spec.id);
    if (!c.handle) {
      if (c.state == child_state::backing_off) enter(c, child_state::stopped);
      answer_waiting(c);
    }
  }
  shutdown_plan_ = stop_plan(ids);
  pump_shutdown();
}

}  // namespace fibrehub::actors
