#include "channels/waha/monitor.hpp"

#include <fmt/format.h>

#include "actors/channel_registry.hpp"

namespace fibrehub::channels::waha {
namespace {

constexpr std::chrono::seconds publish_interval{1};

/// What was published so far.
struct monitor_data {
  monitor_data() = default;
  std::string name;
  std::shared_ptr<traffic> counts;
  std::shared_ptr<const session_board> board;
  std::function<void(actors::channel_update)> publish;
  actors::channel_counters published;
  bool first = true;
};

using monitor_self = monitor::stateful_pointer<monitor_data>;

std::uint64_t news(const std::atomic<std::uint64_t>& now, std::uint64_t& before) {
  const std::uint64_t total = now.load();
  const std::uint64_t more = total - before;
  before = total;
  return more;
}

/// What there is to say of files; empty when all is well.
std::string word_of_files(const traffic& counts) {
  const std::int64_t waiting = counts.files_waiting;
  const std::uint64_t lost = counts.files_lost;
  std::string out;
  if (waiting > 0) out = fmt::format("files to be fetched: {}", waiting);
  if (lost > 0) out += fmt::format("{}files not kept: {}", out.empty() ? "" : ", ", lost);
  return out;
}

void publish(monitor_data& s) {
  actors::channel_update update;
  update.kind = "waha";
  update.name = s.name;
  update.started = std::exchange(s.first, false);
  update.state = s.board->now().state;
  update.add = {news(s.counts->received, s.published.received),
                news(s.counts->stored, s.published.stored),
                news(s.counts->duplicates, s.published.duplicates),
                news(s.counts->conflicts, s.published.conflicts),
                news(s.counts->reviews, s.published.reviews),
                news(s.counts->errors, s.published.errors)};
  if (const std::int64_t us = s.counts->last_success_us; us != 0) {
    update.last_attempt = domain::from_us(us);
    update.last_success = domain::from_us(us);
    update.detail = "";
  } else {
    update.detail = "no delivery since the start";
  }
  // No url is no trouble of receiving: it is said without a colour of its own.
  if (const std::string trouble = s.counts->sending_trouble(); !trouble.empty())
    *update.detail += (update.detail->empty() ? "" : "; ") + trouble;
  if (const std::string sessions = s.board->detail(); !sessions.empty())
    *update.detail += (update.detail->empty() ? "" : "; ") + sessions;
  update.sessions_json = s.board->to_json();
  if (const std::string files = word_of_files(*s.counts); !files.empty())
    *update.detail += (update.detail->empty() ? "" : "; ") + files;
  update.backlog = static_cast<std::uint64_t>(std::max<std::int64_t>(0, s.counts->waiting.load()));
  s.publish(std::move(update));
}

monitor::behavior_type monitor_behavior(monitor_self self, std::string name,
                                        std::shared_ptr<traffic> counts,
                                        std::shared_ptr<const session_board> board,
                                        std::function<void(actors::channel_update)> publish_fn) {
  monitor_data& s = self->state;
  s.name = std::move(name);
  // A restarted monitor goes on from here: what was counted before was published before.
  s.published = {counts->received,  counts->stored,  counts->duplicates,
                 counts->conflicts, counts->reviews, counts->errors};
  s.counts = std::move(counts);
  s.board = std::move(board);
  s.publish = std::move(publish_fn);
  self->send(self, publish_now{});
  return {[self](publish_now) {
    publish(self->state);
    store::remind(self, publish_interval, publish_now{});
  }};
}

}  // namespace

monitor spawn_monitor(caf::actor_system& system, std::string name, std::shared_ptr<traffic> counts,
                      std::shared_ptr<const session_board> board,
                      std::function<void(actors::channel_update)> publish) {
  return store::spawn(system, monitor_behavior, std::move(name), std::move(counts),
                      std::move(board), std::move(publish));
}

}  // namespace fibrehub::channels::waha
