// Server-sent events: formatting, and the bounded queue between whoever makes events and one
// listener. A listener that reads too slowly is dropped; it reconnects with Last-Event-ID.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "web/stream.hpp"

namespace fibrehub::web {

/// `id:`, `event:` and `data:` lines and the empty line that ends them. Line breaks in `data`
/// become several data lines; in `id` and `event` they are dropped. Empty parts are left out.
std::string format_event(std::string_view id, std::string_view event, std::string_view data);

struct sse_limits {
  std::size_t events = 256;
  std::size_t bytes = 1024 * 1024;
  std::chrono::milliseconds heartbeat{15'000};
};

/// Filled from any thread, emptied on the io thread.
class sse_queue : public std::enable_shared_from_this<sse_queue> {
 public:
  sse_queue(boost::asio::any_io_executor executor, sse_limits limits = {});

  /// Queues formatted events. False: this listener is gone or too slow; forget it.
  bool offer(std::string text);
  /// No more events come; what is queued is still sent, then the stream ends.
  void close();

  bool overflowed() const;
  bool closed() const;
  std::size_t waiting() const;
  const sse_limits& limits() const { return limits_; }

 private:
  friend boost::asio::awaitable<response> serve_events(stream_writer&, std::shared_ptr<sse_queue>);
  struct attachment;
  std::string take_all();
  void wake();

  boost::asio::any_io_executor executor_;
  const sse_limits limits_;
  mutable std::mutex mutex_;
  std::deque<std::string> waiting_;
  std::size_t bytes_ = 0;
  bool closed_ = false;
  bool overflow_ = false;
  bool waking_ = false;            // a wake-up is on its way already
  std::function<void()> on_wake_;  // io thread only
};

/// Starts the stream and sends what the queue gets until the listener leaves, is too slow, the
/// queue is closed, or the server stops. A comment every `heartbeat` keeps proxies from hanging up.
boost::asio::awaitable<response> serve_events(stream_writer& out, std::shared_ptr<sse_queue> queue);

}  // namespace fibrehub::web
