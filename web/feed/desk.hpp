// What live feeds need of the rest of the hub, and their limits. Lives as long as the server.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "actors/event_hub.hpp"
#include "actors/presence.hpp"
#include "actors/slot.hpp"
#include "web/feed/access_watch.hpp"
#include "web/feed/sink.hpp"
#include "web/web_socket.hpp"

namespace fibrehub::web {

struct feed_options {
  listener_limits queue;
  access_watch_options access;
  web_socket_limits socket;
  std::chrono::milliseconds sign_in_within{5'000};  // by the first message
  std::chrono::milliseconds goodbye_within{5'000};  // for a peer to read why it ends
};

struct feed_desk {
  actors::slot<actors::event_hub>& events;
  std::shared_ptr<authenticator> auth;
  boost::asio::any_io_executor io;
  feed_options options = {};
  /// Hears who listens, where it is given.
  actors::slot<actors::presence_board>* presence = nullptr;

  /// Everybody whose role lets them read tickets; the feed is cut to what they see.
  static auth_requirement wanted() { return allowed_to(domain::permission::read_tickets); }
};

/// One listener among those of the event hub, and the watch over whether they still may listen.
/// `leave` ends it; the destructor does without the hub, which may be gone by then. Lives on the io
/// thread.
class feed_listener {
 public:
  feed_listener(feed_desk& desk, std::shared_ptr<listener_queue> queue,
                std::shared_ptr<const principal> who, credential shown, feed_format format);
  ~feed_listener();
  feed_listener(const feed_listener&) = delete;
  feed_listener& operator=(const feed_listener&) = delete;

  /// Begins to listen; once. False: there is no event hub now.
  bool begin(feed_filter filter, std::optional<std::string> last_event_id);
  void leave();
  void change(feed_filter filter) {
    if (sink_) sink_->refilter(std::move(filter));
  }

 private:
  feed_desk& desk_;
  const std::shared_ptr<listener_queue> queue_;
  const std::shared_ptr<const principal> who_;
  const feed_format format_;
  const std::shared_ptr<access_watch> watch_;
  std::shared_ptr<feed_sink> sink_;
  const std::shared_ptr<const int> here_ = std::make_shared<int>(0);  // lives as long as this
};

}  // namespace fibrehub::web
