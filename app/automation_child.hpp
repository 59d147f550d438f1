// Has the automation rules asked again and again: a reader finds what there is to do, the writer
// does it.
#pragma once

#include <atomic>
#include <memory>

#include "actors/reader_pool.hpp"
#include "actors/rounds.hpp"
#include "app/children.hpp"
#include "config/values.hpp"
#include "store/automation/run.hpp"
#include "store/writer.hpp"

namespace fibrehub::app {

/// For metrics; outlives the actor.
struct automation_figures {
  std::atomic<std::uint64_t> done{0}, refused{0}, stopped{0}, failed{0};  // since the start
  std::atomic<std::uint64_t> waiting{0};    // changes, counted up to 10 000
  std::atomic<std::uint64_t> latest_us{0};  // after it came due, of the last round that acted
};

actors::child_spec automation_child(actors::slot<actors::rounds>& slot,
                                    actors::slot<store::writer_actor>& writer,
                                    actors::reader_pool& readers,
                                    std::shared_ptr<const store::automation_setup> setup,
                                    std::shared_ptr<automation_figures> figures);

/// What rules need to know, from the configuration.
std::shared_ptr<const store::automation_setup> automation_setup_from(const config::values& values);

}  // namespace fibrehub::app
