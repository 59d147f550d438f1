#include "actors/terminator.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <future>
#include <optional>
#include <utility>

#include "store/caf/caf.hpp"

namespace fibrehub::actors {
namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// What a killed actor gets to look into its mailbox.
constexpr milliseconds kill_grace{250};

milliseconds since(clock::time_point from, clock::time_point now) {
  return std::chrono::duration_cast<milliseconds>(now - from);
}

class ending {
 public:
  ending(terminator::pointer self, terminate order)
      : self_(self), order_(std::move(order)), begun_(self->clock().now()) {}

  void next_stage() {
    while (true) {
      if (index_ == order_.stages.size()) {
        finish();
        return;
      }
      begin_stage(order_.stages[index_]);
      if (!waiting_for_.empty()) return;
      end_stage();
    }
  }

  void down(const caf::down_msg& gone) {
    const auto who = std::find_if(waiting_for_.begin(), waiting_for_.end(),
                                  [&](const auto& a) { return a.handle.address() == gone.source; });
    if (who == waiting_for_.end()) return;
    if (killing_) report_.stages.back().killed.push_back(who->name);
    waiting_for_.erase(who);
    if (!waiting_for_.empty()) return;
    end_stage();
    next_stage();
  }

  void overdue(std::uint64_t generation) {
    if (generation != generation_ || waiting_for_.empty()) return;
    if (!killing_) {
      kill_the_rest();
      return;
    }
    for (const auto& a : waiting_for_) {
      spdlog::error("shutdown: {} is stuck in a call and cannot be killed", a.name);
      self_->demonitor(a.handle);
      report_.stages.back().stuck.push_back(a.name);
    }
    waiting_for_.clear();
    end_stage();
    next_stage();
  }

 private:
  void begin_stage(const stop_stage& stage) {
    stage_begun_ = self_->clock().now();
    killing_ = false;
    auto& report = report_.stages.emplace_back();
    report.name = stage.name;
    try {
      if (stage.act) stage.act();
      if (stage.actors) waiting_for_ = stage.actors();
    } catch (const std::exception& e) {
      report.error = e.what();
    } catch (...) {
      report.error = "unknown exception";
    }
    if (!report.error.empty()) spdlog::error("shutdown: stage {}: {}", stage.name, report.error);
    std::erase_if(waiting_for_, [](const named_actor& a) { return !a.handle; });
    if (waiting_for_.empty()) return;
    for (const auto& a : waiting_for_) {
      self_->monitor(a.handle);
      store::ask_to_stop(a.handle);
    }
    const auto patience = std::min(stage.budget, left());
    if (patience <= milliseconds::zero()) {
      kill_the_rest();
    } else {
      store::remind(self_, patience, detail::stage_overdue{++generation_});
    }
  }

  /// What is left of the total for asking politely, with the grace of this and all later stages
  /// set aside.
  milliseconds left() const {
    const auto stages_left = static_cast<milliseconds::rep>(order_.stages.size() - index_);
    return order_.total - since(begun_, self_->clock().now()) - kill_grace * stages_left;
  }

  void kill_the_rest() {
    killing_ = true;
    for (const auto& a : waiting_for_) {
      spdlog::warn("shutdown: {} did not stop in time; killing it", a.name);
      store::kill(a.handle);
    }
    store::remind(self_, kill_grace, detail::stage_overdue{++generation_});
  }

  void end_stage() {
    auto& report = report_.stages.back();
    report.took = since(stage_begun_, self_->clock().now());
    spdlog::info("shutdown: stage {} took {} ms", report.name, report.took.count());
    ++index_;
  }

  void finish() {
    report_.took = since(begun_, self_->clock().now());
    order_.to.answer(std::move(report_));
    self_->quit();
  }

  terminator::pointer self_;
  terminate order_;
  clock::time_point begun_;
  clock::time_point stage_begun_{};
  std::size_t index_ = 0;
  std::uint64_t generation_ = 0;
  bool killing_ = false;
  std::vector<named_actor> waiting_for_;
  shutdown_report report_;
};

struct terminator_state {
  terminator_state() = default;
  static inline const char* name = "terminator";
  std::optional<ending> it;
};

terminator::behavior_type terminator_actor(terminator::stateful_pointer<terminator_state> self) {
  auto& it = self->state.it;
  self->set_down_handler([&it](caf::down_msg& gone) {
    if (it) it->down(gone);
  });
  // Nothing but its own work ends it.
  self->set_exit_handler([](caf::exit_msg&) {});
  return {
      [self, &it](terminate& order) {
        if (it) {
          order.to.answer(
              tl::unexpected(store::error{store::errc::conflict, "a shutdown is under way"}));
          return;
        }
        it.emplace(self, std::move(order));
        it->next_stage();
      },
      [&it](const detail::stage_overdue& message) {
        if (it) it->overdue(message.generation);
      },
  };
}

shutdown_report broken_off(const store::error& why) {
  shutdown_report report;
  report.stages.push_back({.name = "shutdown", .error = why.message});
  return report;
}

}  // namespace

bool shutdown_report::clean() const {
  return std::all_of(stages.begin(), stages.end(), [](const stage_report& s) {
    return s.killed.empty() && s.stuck.empty() && s.error.empty();
  });
}

bool shutdown_report::somebody_is_stuck() const {
  return std::any_of(stages.begin(), stages.end(),
                     [](const stage_report& s) { return !s.stuck.empty(); });
}

terminator spawn_terminator(caf::actor_system& system) {
  return store::spawn(system, terminator_actor);
}

shutdown_report shut_down(caf::actor_system& system, std::vector<stop_stage> stages,
                          milliseconds total) {
  auto promise = std::make_shared<std::promise<shutdown_report>>();
  auto answer = promise->get_future();
  const auto who = store::spawn<caf::detached>(system, terminator_actor);
  store::send(
      who,
      terminate{std::move(stages), total, store::reply<shutdown_report>{[promise](auto outcome) {
                  promise->set_value(outcome ? std::move(*outcome) : broken_off(outcome.error()));
                }}});
  return answer.get();
}

}  // namespace fibrehub::actors
