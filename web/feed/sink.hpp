// One listener of the event hub: picks what they may hear and asked for, and puts it into their
// queue. Called on the hub's thread.
#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "web/feed/event_text.hpp"
#include "web/request.hpp"

namespace fibrehub::web {

/// What a listener asked for; an empty list: everything.
struct feed_filter {
  std::vector<std::string> kinds;
  std::vector<std::string> tickets;  // UIDs; then nothing comes that is about no ticket
};
inline bool wants(const feed_filter& filter, const store::committed_event& e) {
  const auto has = [](const std::vector<std::string>& list, const std::string& one) {
    return list.empty() || std::find(list.begin(), list.end(), one) != list.end();
  };
  return e.kind == "reset" || (has(filter.kinds, e.kind) && has(filter.tickets, e.ticket_uid));
}

class feed_sink final : public actors::event_sink {
 public:
  feed_sink(std::shared_ptr<listener_queue> queue, std::shared_ptr<const principal> who,
            feed_filter filter, feed_format format);

  void begins(const std::string& after_id) override;
  void caught_up() override { queue_->catching_up(false); }
  bool offer(const std::shared_ptr<const actors::event>& what) override;
  void closed() noexcept override;

  /// From now on it is this that is asked for; from any thread.
  void refilter(feed_filter filter);

 private:
  bool is_wanted(const actors::event& e) const;

  const std::shared_ptr<listener_queue> queue_;
  const std::shared_ptr<const principal> who_;
  const feed_format format_;
  mutable std::mutex mutex_;
  feed_filter filter_;
};

}  // namespace fibrehub::web
