#include "actors/channel_registry.hpp"

#include <spdlog/spdlog.h>

#include <map>
#include <memory>
#include <utility>

#include "store/caf/caf.hpp"

namespace fibrehub::actors {
namespace {

// Silence is measured on the actor system's steady clock: a wall clock that jumps by two hours must
// not restart every channel.
using clock = std::chrono::steady_clock;

class registry {
 public:
  explicit registry(channel_registry_options options) : options_(std::move(options)) {}

  void update(const channel_update& news, clock::time_point now) {
    auto [it, is_new] = channels_.try_emplace({news.kind, news.name});
    auto& c = it->second;
    auto& s = c.status;
    if (is_new) {
      s.kind = news.kind;
      s.name = news.name;
      c.quiet_since = now;
      c.well_until = now;
    }
    const auto before = std::pair{s.state, s.silent};
    if (health_of(s.state, s.silent) != channel_health::in_trouble) c.well_until = now;
    if (news.started) {
      if (c.ever_started) ++s.restarts;
      c.ever_started = true;
      c.quiet_since = now;
      s.state = channel_state::starting;
    }
    merge(s, news);
    if (news.last_success) heard(c, now);
    if (is_new || before != std::pair{s.state, s.silent}) tell(s);
  }

  void forget(const forget_channel& message) { channels_.erase({message.kind, message.name}); }

  std::vector<channel_status> list(clock::time_point now) const {
    std::vector<channel_status> all;
    all.reserve(channels_.size());
    for (const auto& [key, c] : channels_) {
      channel_status& s = all.emplace_back(c.status);
      if (health_of(s.state, s.silent) == channel_health::in_trouble)
        s.trouble_for = std::chrono::duration_cast<std::chrono::milliseconds>(now - c.well_until);
    }
    return all;
  }

  void check(clock::time_point now) {
    for (auto& [key, c] : channels_) {
      auto& s = c.status;
      if (s.silence_deadline.count() <= 0) continue;
      if (s.state == channel_state::stopped || s.state == channel_state::standby ||
          s.state == channel_state::failed) {
        c.quiet_since = now;  // the deadline starts when it comes back
        continue;
      }
      if (now - c.quiet_since < s.silence_deadline) continue;
      c.quiet_since = now;  // gives the restart a whole deadline
      if (health_of(s.state, s.silent) != channel_health::in_trouble) c.well_until = now;
      const bool was_silent = std::exchange(s.silent, true);
      const auto why = fmt::format("no success for {} s", s.silence_deadline.count() / 1000);
      spdlog::error("channel {}/{} is silent: {}; restarting it", s.kind, s.name, why);
      if (!was_silent) tell(s);
      if (options_.restart) options_.restart(s, why);
    }
  }

 private:
  struct entry {
    channel_status status;
    bool ever_started = false;
    clock::time_point quiet_since{};
    clock::time_point well_until{};  // as of the last news before it was in trouble
  };

  static void merge(channel_status& s, const channel_update& news) {
    if (news.state) s.state = *news.state;
    if (news.detail) s.detail = *news.detail;
    if (news.sessions_json) s.sessions_json = *news.sessions_json;
    if (news.last_attempt) s.last_attempt = news.last_attempt;
    if (news.last_success) s.last_success = news.last_success;
    if (news.lag_s) s.lag_s = news.lag_s;
    if (news.backlog) s.backlog = *news.backlog;
    if (news.silence_deadline) s.silence_deadline = *news.silence_deadline;
    s.counters += news.add;
  }

  static void heard(entry& c, clock::time_point now) {
    c.quiet_since = now;
    if (std::exchange(c.status.silent, false))
      spdlog::info("channel {}/{} is heard again", c.status.kind, c.status.name);
  }

  void tell(const channel_status& s) const {
    if (options_.changed) options_.changed(s);
  }

  channel_registry_options options_;
  std::map<std::pair<std::string, std::string>, entry> channels_;
};

struct registry_state {
  registry_state() = default;
  static inline const char* name = "channel_registry";
  std::unique_ptr<registry> it;
};

channel_registry::behavior_type registry_actor(
    channel_registry::stateful_pointer<registry_state> self, channel_registry_options options) {
  const auto every = std::max(options.check_every, std::chrono::milliseconds{10});
  self->state.it = std::make_unique<registry>(std::move(options));
  auto& it = *self->state.it;
  store::remind(self, every, detail::silence_check{});
  return {
      [self, &it](const channel_update& news) { it.update(news, self->clock().now()); },
      [&it](const forget_channel& message) { it.forget(message); },
      [self, &it](const list_channels& message) {
        message.to.answer(it.list(self->clock().now()));
      },
      [self, &it, every](const detail::silence_check&) {
        store::remind(self, every, detail::silence_check{});
        it.check(self->clock().now());
      },
  };
}

}  // namespace

std::string_view name_of(channel_state state) {
  switch (state) {
    case channel_state::starting:
      return "starting";
    case channel_state::connected:
      return "connected";
    case channel_state::polling:
      return "polling";
    case channel_state::backing_off:
      return "backing_off";
    case channel_state::failed:
      return "failed";
    case channel_state::stopped:
      return "stopped";
    case channel_state::standby:
      return "standby";
  }
  return "unknown";
}

channel_health health_of(channel_state state, bool silent) {
  switch (state) {
    case channel_state::stopped:
    case channel_state::standby:
      return channel_health::neither;
    case channel_state::connected:
    case channel_state::polling:
      return silent ? channel_health::in_trouble : channel_health::well;
    case channel_state::starting:
    case channel_state::backing_off:
    case channel_state::failed:
      break;
  }
  return channel_health::in_trouble;
}

channel_counters& channel_counters::operator+=(const channel_counters& more) {
  received += more.received;
  stored += more.stored;
  duplicates += more.duplicates;
  conflicts += more.conflicts;
  reviews += more.reviews;
  errors += more.errors;
  return *this;
}

channel_registry spawn_channel_registry(caf::actor_system& system,
                                        channel_registry_options options) {
  return store::spawn(system, registry_actor, std::move(options));
}

}  // namespace fibrehub::actors
