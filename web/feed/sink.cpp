#include "web/feed/sink.hpp"

#include <fmt/format.h>

#include "store/tickets/json.hpp"

namespace fibrehub::web {

feed_sink::feed_sink(std::shared_ptr<listener_queue> queue, std::shared_ptr<const principal> who,
                     feed_filter filter, feed_format format)
    : queue_(std::move(queue)), who_(std::move(who)), format_(format), filter_(std::move(filter)) {}

/// A listener that is cut before its first event can resume as well.
void feed_sink::begins(const std::string& after_id) {
  queue_->catching_up(true);
  queue_->offer(format_ == feed_format::sse ? fmt::format("id: {}\n\n", after_id)
                                            : fmt::format(R"({{"type":"subscribed","id":{}}})",
                                                          store::json_string(after_id)));
}

bool feed_sink::offer(const std::shared_ptr<const actors::event>& what) {
  const domain::hearing much = domain::hears(who_->who, what->access);
  if (much == domain::hearing::nothing || !is_wanted(*what)) return queue_->pass({what, &what->id});
  return queue_->offer(event_text(what, much, format_));
}

void feed_sink::closed() noexcept {
  try {
    queue_->close({feed_ending::try_again, "feed_restarted"});
  } catch (...) {
    // Out of memory or a broken mutex: the listener finds out by its own clock.
    return;
  }
}

void feed_sink::refilter(feed_filter filter) {
  const std::lock_guard lock{mutex_};
  filter_ = std::move(filter);
}

bool feed_sink::is_wanted(const actors::event& e) const {
  const std::lock_guard lock{mutex_};
  return wants(filter_, e);
}

}  // namespace fibrehub::web
