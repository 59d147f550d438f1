// Looks every now and then whether the admins have to be told of a channel or a session in trouble.
#pragma once

#include "actors/channel_registry.hpp"
#include "actors/rounds.hpp"
#include "actors/slot.hpp"
#include "store/writer.hpp"

namespace fibrehub::app {

/// Asks the database only when something has changed, or the last time did not come to its end.
actors::rounds_options channel_alarm_options_for(actors::slot<store::writer_actor>& writer,
                                                 actors::slot<actors::channel_registry>& registry,
                                                 std::chrono::milliseconds trouble_after);

/// Sessions of WhatsApp that nobody has paired, or that failed.
actors::rounds_options session_alarm_options_for(actors::slot<store::writer_actor>& writer,
                                                 std::chrono::milliseconds trouble_after);

}  // namespace fibrehub::app
