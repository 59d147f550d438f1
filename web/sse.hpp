// Server-sent events: how they are written, and how a listener is served from its queue. A listener
// that reads too slowly is dropped; it reconnects with Last-Event-ID.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "web/listener_queue.hpp"
#include "web/stream.hpp"

namespace fibrehub::web {

/// `id:`, `event:` and `data:` lines and the empty line that ends them. Line breaks in `data`
/// become several data lines; in `id` and `event` they are dropped. Empty parts are left out.
std::string format_event(std::string_view id, std::string_view event, std::string_view data);

/// Starts the stream and sends what the queue gets until the listener leaves, is too slow, the
/// queue is closed, or the server stops. A comment every `heartbeat` keeps proxies from hanging up,
/// and carries the id of what has passed by unsent.
boost::asio::awaitable<response> serve_events(stream_writer& out,
                                              std::shared_ptr<listener_queue> queue);

}  // namespace fibrehub::web
