#include "app/figures.hpp"

#include <unistd.h>

#include <fstream>

#include "actors/bridge.hpp"
#include "actors/clock_service.hpp"
#include "actors/delivery.hpp"
#include "app/automation_child.hpp"
#include "channels/waha/session_board.hpp"
#include "store/caf/caf.hpp"

namespace fibrehub::app {
namespace {

double resident_bytes() {
  std::ifstream in("/proc/self/statm");
  long pages = 0, resident = 0;
  in >> pages >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

void add_outbox_figures(store::metrics_registry& metrics,
                        const std::shared_ptr<store::store_status>& status) {
  using count = std::atomic<std::uint64_t> store::store_status::*;
  const auto add = [&](const char* state, count field) {
    metrics.add_gauge_reader(
        "fibrehub_outbox_rows", "What is owed to the outside, by state; read every 30 s",
        {{"state", state}},
        [status, field] { return static_cast<double>(((*status).*field).load()); });
  };
  add("ready", &store::store_status::outbox_ready);
  add("inflight", &store::store_status::outbox_inflight);
  add("done", &store::store_status::outbox_done);
  add("dead", &store::store_status::outbox_dead);
  metrics.add_gauge_reader("fibrehub_outbox_oldest_seconds",
                           "Age of the oldest row that could leave; 0 without one", {}, [status] {
                             const std::int64_t since_us = status->outbox_oldest_us;
                             if (since_us == 0) return 0.0;
                             const auto age = std::chrono::system_clock::now().time_since_epoch() -
                                              std::chrono::microseconds{since_us};
                             return std::chrono::duration<double>(age).count();
                           });
}

}  // namespace

void add_figures(store::metrics_registry& metrics, std::shared_ptr<store::store_status> status,
                 const actors::in_flight_gate& gate) {
  using source = std::atomic<std::uint64_t> store::store_status::*;
  const auto add = [&](const char* name, const char* help, source field) {
    metrics.add_gauge_reader(
        name, help, {}, [status, field] { return static_cast<double>(((*status).*field).load()); });
  };
  add("fibrehub_store_batches", "Transactions committed by the writer",
      &store::store_status::batches);
  add("fibrehub_store_messages", "Messages settled by the writer", &store::store_status::messages);
  add("fibrehub_store_duplicates", "Messages received before", &store::store_status::duplicates);
  add("fibrehub_store_conflicts", "Messages with a known id and another content",
      &store::store_status::conflicts);
  add("fibrehub_store_reviews", "Messages kept for a person", &store::store_status::reviews);
  add("fibrehub_store_refused", "Messages not stored: the sender was asked to come again",
      &store::store_status::refused);
  add("fibrehub_store_reconnects", "Times the writer got a new connection",
      &store::store_status::reconnects);
  metrics.add_gauge_reader(
      "fibrehub_store_connected", "1 while the writer holds the database", {},
      [status] { return status->state() == store::writer_state::connected ? 1.0 : 0.0; });
  metrics.add_gauge_reader("fibrehub_store_waiting", "Messages waiting for their commit", {},
                           [status] { return static_cast<double>(status->waiting.load()); });
  metrics.add_gauge_reader(
      "fibrehub_store_commit_seconds", "Time spent in transactions, in all", {},
      [status] { return static_cast<double>(status->commit_us.load()) / 1e6; });
  metrics.add_gauge_reader("fibrehub_search_due", "Texts that wait to be indexed for searching", {},
                           [status] { return static_cast<double>(status->search_due.load()); });
  add("fibrehub_notifications", "Notifications made in the application",
      &store::store_status::notifications);
  add("fibrehub_outbox_given_up", "Rows of the outbox that could not be delivered in time",
      &store::store_status::outbox_given_up);
  add("fibrehub_upkeep_deleted", "Rows deleted because nobody needs them any more",
      &store::store_status::rows_tidied);
  add_outbox_figures(metrics, status);
  metrics.add_gauge_reader("fibrehub_store_incarnation", "Number of this start of the hub", {},
                           [status] { return static_cast<double>(status->incarnation.load()); });
  metrics.add_gauge_reader("fibrehub_requests_in_flight", "Questions to actors under way", {},
                           [&gate] { return static_cast<double>(gate.in_flight()); });
  metrics.add_gauge_reader("fibrehub_requests_refused",
                           "Questions refused because too many were under way", {},
                           [&gate] { return static_cast<double>(gate.count().refused.load()); });
  metrics.add_gauge_reader("fibrehub_actor_exceptions", "Actors ended by an exception", {},
                           [] { return static_cast<double>(store::faults_so_far().exceptions); });
  metrics.add_gauge_reader("fibrehub_resident_bytes", "Memory of the process", {}, resident_bytes);
}

void add_clock_figures(store::metrics_registry& metrics,
                       const std::shared_ptr<actors::clock_figures>& figures) {
  const auto add = [&](const char* name, const char* help, auto field, double unit = 1) {
    metrics.add_gauge_reader(name, help, {}, [figures, field, unit] {
      return static_cast<double>(((*figures).*field).load()) * unit;
    });
  };
  using f = actors::clock_figures;
  constexpr double microsecond = 1e-6;
  add("fibrehub_clocks_armed", "SLA clocks that wait for their next level", &f::armed);
  add("fibrehub_clocks_fired", "SLA clocks looked at", &f::fired);
  add("fibrehub_clocks_recorded", "Levels of SLA clocks that were crossed", &f::recorded);
  add("fibrehub_clocks_sent", "Of them, those that people were told of", &f::sent);
  add("fibrehub_clock_actors", "Tickets with an SLA clock that runs", &f::actors);
  add("fibrehub_clocks_stale", "Reminders that a clock did not believe", &f::stale);
  metrics.add_histogram("fibrehub_clocks_late_seconds",
                        "Between a clock's time and the commit of the look at it", {},
                        std::shared_ptr<const store::histogram>(figures, &figures->late));
  add("fibrehub_clocks_latest_seconds", "Between the time and the look, latest of the last round",
      &f::max_late_us, microsecond);
  add("fibrehub_clocks_held", "1 while the time is not believed and nothing is looked at",
      &f::held);
  add("fibrehub_clocks_loaded", "1 when all open clocks are known", &f::loaded);
}

void add_automation_figures(store::metrics_registry& metrics,
                            const std::shared_ptr<automation_figures>& figures) {
  using count = std::atomic<std::uint64_t> automation_figures::*;
  const auto add = [&](const char* outcome, count field) {
    metrics.add_gauge_reader(
        "fibrehub_automation_runs", "What automation rules did, by outcome", {{"outcome", outcome}},
        [figures, field] { return static_cast<double>(((*figures).*field).load()); });
  };
  add("done", &automation_figures::done);
  add("refused", &automation_figures::refused);
  add("stopped", &automation_figures::stopped);
  add("failed", &automation_figures::failed);
  metrics.add_gauge_reader("fibrehub_automation_changes_waiting",
                           "Changes that automation rules still have to look at", {},
                           [figures] { return static_cast<double>(figures->waiting.load()); });
  metrics.add_gauge_reader(
      "fibrehub_automation_latest_seconds",
      "Between a rule's time and its run, of the latest of the last round", {},
      [figures] { return static_cast<double>(figures->latest_us.load()) * 1e-6; });
}

void add_delivery_figures(
    store::metrics_registry& metrics,
    const std::vector<std::pair<std::string, std::shared_ptr<actors::delivery_figures>>>& bridges) {
  using count = std::atomic<std::uint64_t> actors::delivery_figures::*;
  for (const auto& [name, figures] : bridges) {
    const auto add = [&metrics, name = name, figures = figures](const char* outcome, count field) {
      metrics.add_gauge_reader(
          "fibrehub_wa_attempts", "Attempts to send a WhatsApp message, by bridge and outcome",
          {{"bridge", name}, {"outcome", outcome}},
          [figures, field] { return static_cast<double>(((*figures).*field).load()); });
    };
    using f = actors::delivery_figures;
    add("accepted", &f::done);
    add("again", &f::again);
    add("in_doubt", &f::in_doubt);
    add("refused", &f::refused);
    add("held", &f::held);
    metrics.add_gauge_reader(
        "fibrehub_wa_in_flight", "WhatsApp messages on their way to the bridge", {{"bridge", name}},
        [figures = figures] { return static_cast<double>(figures->in_flight.load()); });
    metrics.add_gauge_reader(
        "fibrehub_wa_resting", "1 while the bridge is left alone because it fails or says so",
        {{"bridge", name}}, [figures = figures] { return figures->resting ? 1.0 : 0.0; });
  }
}

void add_session_figures(
    store::metrics_registry& metrics,
    const std::vector<std::pair<std::string, std::shared_ptr<const channels::waha::session_board>>>&
        bridges) {
  using channels::waha::counted_states;
  for (const auto& [name, board] : bridges) {
    const auto add = [&metrics, name = name, board = board](const char* metric, const char* help,
                                                            auto field, const char* outcome) {
      store::metric_labels labels{{"bridge", name}};
      if (*outcome != 0) labels.emplace_back("outcome", outcome);
      metrics.add_gauge_reader(metric, help, labels, [board, field] {
        return static_cast<double>(((*board).*field).load());
      });
    };
    for (std::size_t i = 0; i < counted_states.size(); ++i)
      metrics.add_gauge_reader(
          "fibrehub_wa_sessions", "Sessions of a WhatsApp bridge, by state",
          {{"bridge", name}, {"state", std::string(counted_states[i])}},
          [board = board, i] { return static_cast<double>(board->by_state[i].load()); });
    using b = channels::waha::session_board;
    add("fibrehub_wa_sessions_silent", "Sessions that say WORKING and tell nothing", &b::silent,
        "");
    add("fibrehub_wa_catch_ups", "Pulls of what no webhook told of, by outcome", &b::pulls_done,
        "done");
    add("fibrehub_wa_catch_ups", "Pulls of what no webhook told of, by outcome", &b::pulls_failed,
        "failed");
    add("fibrehub_wa_catch_ups_waiting", "Sessions that wait for a pull", &b::pulls_waiting, "");
    add("fibrehub_wa_catch_up_messages", "Messages that pulls looked at", &b::looked_at, "");
    add("fibrehub_wa_catch_up_found", "Of them, those that no webhook had told of", &b::found, "");
  }
}

}  // namespace fibrehub::app
