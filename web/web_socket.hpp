// How a handler talks over a WebSocket, whatever the connection beneath.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "web/request.hpp"
#include "web/response.hpp"

namespace fibrehub::web {

struct web_socket_limits {
  std::size_t message_bytes =
      std::size_t{16} * 1024;  // of the peer; a longer one ends it with 1009
  std::chrono::milliseconds ping_every{
      30'000};  // and it ends when nothing was heard for twice that
};

class web_socket {
 public:
  web_socket() = default;
  web_socket(const web_socket&) = delete;
  web_socket& operator=(const web_socket&) = delete;
  virtual ~web_socket() = default;

  /// Completes the handshake; once, before all else. A handler that never does has its returned
  /// response sent as an ordinary answer. False: the peer has left.
  virtual boost::asio::awaitable<bool> accept(web_socket_limits limits) = 0;
  /// The next text message (empty when it was a binary one); nothing: the end. Pings are answered,
  /// too long messages refused and closing is agreed to by itself. One call at a time; may run
  /// beside `send` and `close`.
  virtual boost::asio::awaitable<std::optional<std::string>> receive() = 0;
  /// Sends a text message; waits while the peer reads slowly. False: the end. One at a time,
  /// `close` included.
  virtual boost::asio::awaitable<bool> send(std::shared_ptr<const std::string> text) = 0;
  /// Says why it ends, and waits for the peer to agree for as long as it takes: cut it some time.
  virtual boost::asio::awaitable<void> close(unsigned code, std::string reason) = 0;
  /// False once nobody listens or the server stops.
  virtual bool open() const = 0;
  /// True when the server stops.
  virtual bool stopping() const = 0;
  /// Calls `f` once on the io thread as soon as it is not open; replaces an earlier `f`.
  virtual void on_close(std::function<void()> f) = 0;
  /// Closes the connection at once.
  virtual void cut() = 0;
};

/// Why this is no request to open a WebSocket (RFC 6455, 4.2.1), as the answer to give; nothing
/// when it is one.
std::optional<response> refuse_upgrade(const request_context& ctx, bool http11);

}  // namespace fibrehub::web
