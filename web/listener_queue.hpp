// The bounded queue between whoever makes events and one listener, server-sent events and WebSocket
// alike. A listener that reads too slowly overflows it and is dropped: memory stays bounded.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace fibrehub::web {

/// A text that several listeners may share.
using text_ptr = std::shared_ptr<const std::string>;

struct listener_limits {
  std::size_t events = 256;                      // waiting
  std::size_t bytes = std::size_t{1024} * 1024;  // waiting
  std::chrono::milliseconds heartbeat{15'000};
};

/// Why a feed ends; the codes are those of WebSocket (RFC 6455, 7.4).
struct feed_ending {
  static constexpr unsigned going_away = 1001;
  static constexpr unsigned policy = 1008;
  static constexpr unsigned try_again = 1013;
  unsigned code = try_again;
  std::string reason;
};

/// Filled from any thread, emptied on the io thread.
class listener_queue : public std::enable_shared_from_this<listener_queue> {
 public:
  explicit listener_queue(boost::asio::any_io_executor executor, listener_limits limits = {});

  /// Queues a text. False: this listener is gone or too slow; forget it.
  bool offer(text_ptr text);
  bool offer(std::string text);
  /// An event that is not for this listener went by. False: forget the listener.
  bool pass(text_ptr position);
  /// While true, what is offered does not count against the limits: it is what the listener has
  /// missed, bounded by what the event hub remembers and shared with it.
  void catching_up(bool on);
  /// No more events come; what is queued is still sent, then the feed ends.
  void close(feed_ending why = {});
  /// Ends the feed at once: what is queued is not sent any more.
  void end(feed_ending why);

  bool overflowed() const;
  bool closed() const;
  std::size_t waiting() const;
  std::optional<feed_ending> ending() const;
  const listener_limits& limits() const { return limits_; }

  // On the io thread:
  /// Whole texts from the front, about `max_bytes` of them together; empty when nothing waits.
  std::string take(std::size_t max_bytes);
  /// The next text, or null.
  text_ptr take_one();
  /// The id up to which everything was taken or went by; null when texts wait or nothing has
  /// happened since it was last told or sent.
  text_ptr take_position();
  /// Called when there is something to take, or the end has come.
  void on_wake(std::function<void()> f) { on_wake_ = std::move(f); }
  /// The listener is gone: nothing is called any more, everything is thrown away.
  void abandon();

 private:
  struct item {
    text_ptr text;
    bool counted = true;
  };
  bool add(text_ptr text);
  text_ptr pop();
  void clear();
  void wake();

  boost::asio::any_io_executor executor_;
  const listener_limits limits_;
  mutable std::mutex mutex_;
  std::deque<item> waiting_;
  std::size_t counted_ = 0;
  std::size_t bytes_ = 0;  // of those counted
  text_ptr position_;      // told to nobody yet
  std::optional<feed_ending> ending_;
  bool catching_up_ = false;
  bool closed_ = false;
  bool overflow_ = false;
  bool abandoned_ = false;
  bool waking_ = false;            // a wake-up is on its way already
  std::function<void()> on_wake_;  // io thread only
};

}  // namespace fibrehub::web
