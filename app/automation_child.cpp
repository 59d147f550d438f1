#include "app/automation_child.hpp"

#include <spdlog/spdlog.h>

#include <chrono>

#include "app/chat_commands_child.hpp"
#include "app/quiet_round.hpp"
#include "app/ticket_rules.hpp"
#include "store/automation/match.hpp"

namespace fibrehub::app {
namespace {

using steady = std::chrono::steady_clock;

// Rules on time are asked for a tenth of the time at most, and not more often than this.
constexpr int rest_factor = 9;
constexpr std::chrono::milliseconds shortest_rest{2'000};

domain::instant now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

/// One look at all rules after the other; one round at a time, so that nothing is shared.
class automation_worker : public std::enable_shared_from_this<automation_worker> {
 public:
  automation_worker(actors::slot<store::writer_actor>& writer, actors::reader_pool& readers,
                    std::shared_ptr<const store::automation_setup> setup,
                    std::shared_ptr<automation_figures> figures)
      : writer_(writer),
        readers_(readers),
        setup_(std::move(setup)),
        figures_(std::move(figures)) {}

  void round(store::reply<bool> to) {
    store::find_automation_work ask;
    ask.now = now();
    ask.zone = setup_->zone;
    ask.rule_id = rule_id_;
    ask.after_ticket = after_ticket_;
    ask.changes_only = steady::now() < rest_until_;
    const auto begun = steady::now();
    store::reply<store::automation_work> found(
        [self = shared_from_this(), to = std::move(to), begun,
         resting = ask.changes_only](tl::expected<store::automation_work, store::error> work) {
          if (!work) {
            to.answer(tl::unexpected(std::move(work.error())));
            return;
          }
          if (!resting) self->remember(*work, begun);
          self->act(std::move(*work), to);
        });
    readers_.ask(store::question_of(std::move(ask), std::move(found)));
  }

 private:
  void remember(const store::automation_work& work, steady::time_point begun) {
    rule_id_ = work.rule_id;
    after_ticket_ = work.after_ticket;
    worked_ += steady::now() - begun;
    if (work.more) return;
    rest_until_ = steady::now() + std::max<steady::duration>(shortest_rest, rest_factor * worked_);
    worked_ = {};
  }

  void act(store::automation_work work, const store::reply<bool>& to) {
    figures_->waiting = static_cast<std::uint64_t>(work.changes_waiting);
    if (!work.changes && work.candidates.empty()) {
      to.answer(bool{work.more});
      return;
    }
    store::run_automation request;
    request.setup = setup_;
    request.candidates = std::move(work.candidates);
    request.result = std::make_shared<store::automation_round>();
    store::write_origin origin;
    origin.by = store::automation_principal("rules");
    origin.at = now();
    store::reply<store::write_answer> done(
        [self = shared_from_this(), to, more = work.more,
         result = request.result](tl::expected<store::write_answer, store::error> outcome) {
          if (!outcome) {
            to.answer(tl::unexpected(std::move(outcome.error())));
            return;
          }
          self->count(*result);
          to.answer(more || result->more);
        });
    writer_.send(store::change_of(std::move(request), std::move(origin), std::move(done)));
  }

  void count(const store::automation_round& r) {
    figures_->done += r.done;
    figures_->refused += r.refused;
    figures_->stopped += r.stopped;
    figures_->failed += r.failed;
    if (r.runs() == 0) return;
    figures_->latest_us = static_cast<std::uint64_t>(r.latest_by.count());
    spdlog::info("automation: {} runs done, {} refused, {} stopped, {} failed", r.done, r.refused,
                 r.stopped, r.failed);
  }

  actors::slot<store::writer_actor>& writer_;
  actors::reader_pool& readers_;
  std::shared_ptr<const store::automation_setup> setup_;
  std::shared_ptr<automation_figures> figures_;
  std::int64_t rule_id_ = 0, after_ticket_ = 0;  // where the next look goes on
  steady::duration worked_{};
  steady::time_point rest_until_{};
};

}  // namespace

actors::child_spec automation_child(actors::slot<actors::rounds>& slot,
                                    actors::slot<store::writer_actor>& writer,
                                    actors::reader_pool& readers,
                                    std::shared_ptr<const store::automation_setup> setup,
                                    std::shared_ptr<automation_figures> figures) {
  actors::child_spec out;
  out.id = "automation";
  out.start = into_slot(slot, [&writer, &readers, setup = std::move(setup),
                               figures = std::move(figures)](caf::actor_system& system) {
    actors::rounds_options o;
    o.name = "automation";
    o.period = std::chrono::seconds(1);
    o.run = [worker = std::make_shared<automation_worker>(writer, readers, setup, figures)](
                store::reply<bool> to) { worker->round(quietly(std::move(to))); };
    return actors::spawn_rounds(system, std::move(o));
  });
  return out;
}

std::shared_ptr<const store::automation_setup> automation_setup_from(const config::values& values) {
  auto out = std::make_shared<store::automation_setup>();
  out->rules.tickets = ticket_rules_from(values);
  out->rules.uids = uid_templates_from(values);
  out->rules.line = wa_line_from(values);
  out->limits.depth_max = static_cast<int>(values.integer("automation", "depth_max"));
  out->limits.runs_per_hour = static_cast<int>(values.integer("automation", "runs_per_hour"));
  out->zone =
      domain::time_zone::find(values.text("hub", "time_zone")).value_or(domain::time_zone());
  return out;
}

}  // namespace fibrehub::app
