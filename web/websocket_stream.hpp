// The WebSocket protocol on an accepted connection, done by Beast; kept apart from the session
// because Beast's WebSocket costs seconds to compile. Internal to the server.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <optional>
#include <string>

#include "web/web_socket.hpp"

namespace fibrehub::web {

class websocket_stream {
 public:
  websocket_stream() = default;
  websocket_stream(const websocket_stream&) = delete;
  websocket_stream& operator=(const websocket_stream&) = delete;
  virtual ~websocket_stream() = default;
  virtual boost::asio::awaitable<bool> accept(std::string key, std::string request_id) = 0;
  virtual boost::asio::awaitable<std::optional<std::string>> receive() = 0;
  virtual boost::asio::awaitable<bool> send(std::shared_ptr<const std::string> text) = 0;
  virtual boost::asio::awaitable<void> close(unsigned code, std::string reason) = 0;
};

/// The connection must outlive it; it is used by nobody else meanwhile.
std::unique_ptr<websocket_stream> make_websocket(boost::asio::ip::tcp::socket& connection,
                                                 const web_socket_limits& limits);
std::unique_ptr<websocket_stream> make_websocket(
    boost::asio::ssl::stream<boost::asio::ip::tcp::socket>& connection,
    const web_socket_limits& limits);

}  // namespace fibrehub::web
