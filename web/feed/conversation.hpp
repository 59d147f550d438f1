// One listener on a WebSocket, from the handshake to the last word.
#pragma once

#include "web/feed/desk.hpp"
#include "web/request.hpp"

namespace fibrehub::web {

/// What the address of the request asks for; nothing: the listener will say so in a message.
struct feed_wish {
  feed_filter filter;
  std::optional<std::string> last_event_id;
};

/// Returns when it is over; the answer counts only when the socket was never accepted.
boost::asio::awaitable<response> converse(feed_desk& desk, request_context& ctx, web_socket& socket,
                                          std::optional<feed_wish> wish);

}  // namespace fibrehub::web
