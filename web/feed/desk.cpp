#include "web/feed/desk.hpp"

namespace fibrehub::web {

feed_listener::feed_listener(feed_desk& desk, std::shared_ptr<listener_queue> queue,
                             std::shared_ptr<const principal> who, credential shown,
                             feed_format format)
    : desk_(desk),
      queue_(std::move(queue)),
      who_(std::move(who)),
      format_(format),
      watch_(std::make_shared<access_watch>(desk.io, desk.auth, std::move(shown), desk.wanted(),
                                            who_, queue_, desk.options.access)) {
  watch_->start();
}

feed_listener::~feed_listener() {
  watch_->stop();
  queue_->close({feed_ending::going_away, "ended"});  // whoever still offers something finds out
}

void feed_listener::leave() {
  if (sink_) desk_.events.send(actors::unsubscribe{std::exchange(sink_, nullptr)});
}

bool feed_listener::begin(feed_filter filter, std::optional<std::string> last_event_id) {
  if (desk_.presence != nullptr)
    desk_.presence->send(actors::announce_listener{who_->who.id, who_->who.name, here_});
  sink_ = std::make_shared<feed_sink>(queue_, who_, std::move(filter), format_);
  return desk_.events.send(actors::subscribe{sink_, std::move(last_event_id)});
}

}  // namespace fibrehub::web
