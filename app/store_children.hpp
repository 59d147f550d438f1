// The store's subtree: one writer, several readers, the indexer of words.
#pragma once

#include <vector>

#include "actors/clock_service.hpp"
#include "actors/event_hub.hpp"
#include "actors/reader_pool.hpp"
#include "app/children.hpp"
#include "app/database.hpp"
#include "config/values.hpp"
#include "store/find/indexer.hpp"
#include "store/writer.hpp"

namespace fibrehub::app {

struct store_slots {
  actors::slot<store::writer_actor> writer;
  actors::reader_pool readers;
  actors::slot<store::indexer_actor> indexer{};
};

/// `outbox_grew` is called on the writer's thread after commits that may have added to the outbox.
store::writer_options writer_options_from(const config::values& values, database& db,
                                          std::shared_ptr<store::store_status> status,
                                          actors::slot<actors::event_hub>& events,
                                          actors::slot<actors::clock_service>& clocks,
                                          std::function<void()> outbox_grew);

std::vector<actors::child_spec> store_children(const config::values& values, const database& db,
                                               const store::writer_options& writer,
                                               store_slots& slots);

}  // namespace fibrehub::app
