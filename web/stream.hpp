// How a handler sends an answer piece by piece (server-sent events, large exports).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>

#include "web/response.hpp"

namespace fibrehub::web {

class stream_writer {
 public:
  stream_writer() = default;
  stream_writer(const stream_writer&) = delete;
  stream_writer& operator=(const stream_writer&) = delete;
  virtual ~stream_writer() = default;

  /// Sends status and headers (`head.body` is the first piece); once, before any `write`.
  /// A handler that never starts has its returned response sent as an ordinary answer.
  virtual boost::asio::awaitable<bool> start(response head) = 0;
  /// Sends one piece; waits while the peer reads slowly. False: nobody listens any more (the peer
  /// left, was cut for reading too slowly, or the server stops) and the handler should return.
  virtual boost::asio::awaitable<bool> write(std::string piece) = 0;
  /// False once nobody listens.
  virtual bool open() const = 0;
  /// Calls `f` once on the io thread as soon as nobody listens; replaces an earlier `f`.
  virtual void on_close(std::function<void()> f) = 0;
  /// Closes the connection at once.
  virtual void cut() = 0;
};

}  // namespace fibrehub::web
