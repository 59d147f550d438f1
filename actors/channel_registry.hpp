// What every channel is doing, for the operator and the health check, and the watch over silence: a
// channel that has had no success within its own deadline is restarted.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/time.hpp"
#include "store/reply.hpp"

namespace fibrehub::actors {

enum class channel_state {
  starting,
  connected,    // waits for the peer to speak
  polling,      // asks the peer again and again
  backing_off,  // the last attempt failed, the next one waits
  failed,       // needs a person: the detail says what to do
  stopped,      // by configuration or by request
  standby       // another hub has the database
};
std::string_view name_of(channel_state state);

/// How a channel is, as far as somebody has to be told: what is stopped or on standby is neither.
enum class channel_health { well, in_trouble, neither };
channel_health health_of(channel_state state, bool silent);

struct channel_counters {
  std::uint64_t received = 0;
  std::uint64_t stored = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t conflicts = 0;
  std::uint64_t reviews = 0;
  std::uint64_t errors = 0;
  channel_counters& operator+=(const channel_counters& more);
};

struct channel_status {
  std::string kind;  // "waha"
  std::string name;  // as configured
  channel_state state = channel_state::starting;
  std::string detail;         // one sentence for a person, or empty
  std::string sessions_json;  // of a bridge: how its sessions are, a JSON object, or empty
  std::optional<domain::instant> last_attempt;
  std::optional<domain::instant> last_success;
  std::optional<double> lag_s;  // how far behind the peer it is
  std::uint64_t restarts = 0;
  std::uint64_t backlog = 0;  // received or owed and not yet dealt with
  channel_counters counters;
  bool silent = false;                            // no success within its deadline
  std::chrono::milliseconds silence_deadline{0};  // 0: it may be silent for ever
  /// Since it was well the last time; 0: it is well, or nobody expects it to be.
  std::chrono::milliseconds trouble_for{0};
};

/// News from a channel: what is absent stays as it was, counters are added.
struct channel_update {
  std::string kind;
  std::string name;
  bool started = false;  // the channel's actor has just started; from the second time on a restart
  std::optional<channel_state> state = std::nullopt;
  std::optional<std::string> detail = std::nullopt;
  std::optional<std::string> sessions_json = std::nullopt;
  std::optional<domain::instant> last_attempt = std::nullopt;
  std::optional<domain::instant> last_success = std::nullopt;  // also ends a silence
  std::optional<double> lag_s = std::nullopt;
  std::optional<std::uint64_t> backlog = std::nullopt;
  std::optional<std::chrono::milliseconds> silence_deadline = std::nullopt;
  channel_counters add{};
};
/// Forgets a channel that is no longer configured.
struct forget_channel {
  std::string kind;
  std::string name;
};
/// All channels, by kind and name.
struct list_channels {
  store::reply<std::vector<channel_status>> to;
};
namespace detail {
/// To itself: look who has been silent for too long.
struct silence_check {};
}  // namespace detail

using channel_registry =
    caf::typed_actor<caf::reacts_to<channel_update>, caf::reacts_to<forget_channel>,
                     caf::reacts_to<list_channels>, caf::reacts_to<detail::silence_check>>;

struct channel_registry_options {
  std::chrono::milliseconds check_every{1'000};
  /// Asked when a channel is silent: restart its child. Called on the registry's thread, once per
  /// deadline. Channels that are stopped, on standby or failed are left alone.
  std::function<void(const channel_status&, const std::string& why)> restart;
  /// Told when a channel's state or silence has changed.
  std::function<void(const channel_status&)> changed;
};

/// Put it before the channels in a rest_for_one supervisor: when it restarts, they report anew.
channel_registry spawn_channel_registry(caf::actor_system& system,
                                        channel_registry_options options);

}  // namespace fibrehub::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::channel_update)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::forget_channel)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::list_channels)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::detail::silence_check)
