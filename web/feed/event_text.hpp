// How an event is written for listeners. Each form is made once, however many listen.
#pragma once

#include "actors/event_hub.hpp"
#include "domain/event_access.hpp"
#include "web/listener_queue.hpp"

namespace fibrehub::web {

enum class feed_format {
  sse,  // a whole server-sent event
  json  // a WebSocket message
};

/// The event as somebody hears it who hears `much` (not `nothing`): an object with type "event" (or
/// "reset"), id, event, ticket_uid, at and data. The text shares the event's life.
text_ptr event_text(const std::shared_ptr<const actors::event>& what, domain::hearing much,
                    feed_format format);

}  // namespace fibrehub::web
