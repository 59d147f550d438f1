#include "actors/event_hub.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <utility>
#include <vector>

#include "store/caf/caf.hpp"

namespace fibrehub::actors {
namespace {

using event_ptr = std::shared_ptr<const event>;

class hub {
 public:
  hub(std::string incarnation, std::size_t ring_size)
      : incarnation_(std::move(incarnation)), ring_size_(std::max<std::size_t>(1, ring_size)) {}
  hub(const hub&) = delete;
  hub& operator=(const hub&) = delete;
  ~hub() {
    for (const auto& sink : sinks_)
      sink->closed();
  }

  void publish(store::committed_events& commit) {
    for (auto& item : commit.items) {
      item.id = id_of(++newest_);
      auto what = std::make_shared<const event>(std::move(item));
      ring_.push_back(what);
      if (ring_.size() > ring_size_) ring_.pop_front();
      fan_out(what);
    }
  }

  void add(const subscribe& message) {
    if (!message.sink) return;
    remove(message.sink);
    event_sink& sink = *message.sink;
    const auto seen = message.last_event_id ? resumable(*message.last_event_id) : newest_;
    sink.begins(id_of(seen.value_or(newest_)));
    if (!(seen ? catch_up(sink, *seen) : offer(sink, reset()))) {
      drop(sink);
      return;
    }
    sink.caught_up();
    sinks_.push_back(message.sink);
  }

  void remove(const std::shared_ptr<event_sink>& sink) { std::erase(sinks_, sink); }

  event_hub_stats stats() const {
    return {sinks_.size(), newest_, dropped_, newest_ == 0 ? std::string{} : id_of(newest_)};
  }

 private:
  std::string id_of(std::uint64_t n) const { return fmt::format("{}-{}", incarnation_, n); }

  static bool offer(event_sink& sink, const event_ptr& what) {
    try {
      return sink.offer(what);
    } catch (...) {
      return false;
    }
  }

  void drop(event_sink& sink) {
    ++dropped_;
    spdlog::info("event hub: dropped a listener that could not keep up");
    sink.closed();
  }

  void fan_out(const event_ptr& what) {
    std::erase_if(sinks_, [&](const auto& sink) {
      if (offer(*sink, what)) return false;
      drop(*sink);
      return true;
    });
  }

  /// The number of the last event this listener saw; nothing when it is not one that can be
  /// resumed.
  std::optional<std::uint64_t> resumable(const std::string& last_id) const {
    const auto dash = last_id.rfind('-');
    if (dash == std::string::npos || last_id.compare(0, dash, incarnation_) != 0)
      return std::nullopt;
    std::uint64_t seen = 0;
    const char* end = last_id.data() + last_id.size();
    const auto parsed = std::from_chars(last_id.data() + dash + 1, end, seen);
    if (parsed.ec != std::errc{} || parsed.ptr != end || seen > newest_) return std::nullopt;
    // Event seen+1 must still be in the ring.
    return newest_ - seen <= ring_.size() ? std::optional{seen} : std::nullopt;
  }

  bool catch_up(event_sink& sink, std::uint64_t seen) const {
    const auto missing = static_cast<std::ptrdiff_t>(newest_ - seen);
    return std::all_of(ring_.end() - missing, ring_.end(),
                       [&](const event_ptr& what) { return offer(sink, what); });
  }

  event_ptr reset() const {
    store::committed_event marker;
    marker.id = id_of(newest_);
    marker.kind = "reset";
    marker.access.who = domain::event_access::circle::everybody;
    marker.at =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    marker.data_json = "{}";
    return std::make_shared<const event>(std::move(marker));
  }

  std::string incarnation_;
  std::size_t ring_size_;
  std::uint64_t newest_ = 0;
  std::uint64_t dropped_ = 0;
  std::deque<event_ptr> ring_;
  std::vector<std::shared_ptr<event_sink>> sinks_;
};

struct event_hub_state {
  event_hub_state() = default;
  static inline const char* name = "event_hub";
  std::unique_ptr<hub> it;
};

event_hub::behavior_type event_hub_actor(event_hub::stateful_pointer<event_hub_state> self,
                                         std::string incarnation, std::size_t ring_size) {
  self->state.it = std::make_unique<hub>(std::move(incarnation), ring_size);
  auto& it = *self->state.it;
  return {
      [&it](store::committed_events& commit) { it.publish(commit); },
      [&it](const subscribe& message) { it.add(message); },
      [&it](const unsubscribe& message) { it.remove(message.sink); },
      [&it](const get_event_hub_stats& message) { message.to.answer(it.stats()); },
  };
}

}  // namespace

event_hub spawn_event_hub(caf::actor_system& system, std::string incarnation,
                          std::size_t ring_size) {
  return store::spawn(system, event_hub_actor, std::move(incarnation), ring_size);
}

}  // namespace fibrehub::actors
