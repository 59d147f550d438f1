// What goes on around tickets: who is present on one, the automatic assignment, what people are
// told, the clocks of tickets, and the upkeep of that.
#pragma once

#include "actors/assigner.hpp"
#include "actors/channel_registry.hpp"
#include "actors/clock_service.hpp"
#include "actors/event_hub.hpp"
#include "actors/presence.hpp"
#include "actors/reader_pool.hpp"
#include "actors/rounds.hpp"
#include "app/automation_child.hpp"
#include "app/children.hpp"
#include "config/values.hpp"
#include "store/notify/upkeep.hpp"
#include "store/writer.hpp"

namespace fibrehub::app {

/// What they use of the hub, and where they are found; all must outlive them.
struct work_slots {
  actors::slot<actors::presence_board> presence;
  actors::slot<actors::assigner> assigner;
  actors::slot<actors::rounds> notifier, upkeep, older_clocks, channel_alarms, session_alarms,
      retargets, automation, chat_commands;
  actors::slot<actors::clock_service> clocks;
  std::shared_ptr<actors::clock_figures> clock_figures = std::make_shared<actors::clock_figures>();
  std::shared_ptr<automation_figures> automation_counts = std::make_shared<automation_figures>();
};

struct work_times {
  store::upkeep_times upkeep;
  std::chrono::milliseconds channel_trouble_after{300'000};
};

std::vector<actors::child_spec> work_children(
    work_slots& slots, actors::slot<store::writer_actor>& writer, actors::reader_pool& readers,
    actors::slot<actors::event_hub>& events, actors::slot<actors::channel_registry>& registry,
    std::shared_ptr<store::store_status> status, const work_times& times);

work_times work_times_from(const config::values& values);

}  // namespace fibrehub::app
