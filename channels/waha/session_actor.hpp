// Looks after one session of a bridge: what is done to it is done one after the other, and what
// its state and its silence mean is told to the keeper. Asks the bridge nothing by itself; a look
// at all sessions feeds it. Everything it holds may be lost.
#pragma once

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>
#include <functional>

#include "channels/waha/session_errand.hpp"
#include "channels/waha/session_silence.hpp"

namespace fibrehub::channels::waha {

/// The session as a look at the bridge has shown it, or as it told of itself.
struct session_seen {
  session_info info;
  std::optional<domain::instant> heard_at;
};
/// A wish; answered when it is done. `busy` when four wait already.
struct do_session_call {
  actors::session_call call;
  bridge_facts facts;
  store::reply<actors::session_result> to;
};
/// A pull of this session has ended.
struct session_pulled {
  pull_evidence evidence;
};

namespace detail {
/// From the HTTP client.
struct errand_answered {
  std::uint64_t generation = 0;
  rest_outcome outcome;
};
/// To itself: see what became of what was done.
struct look_again {
  unsigned number = 0;
};
/// From the HTTP client: what became of it.
struct looked_again {
  unsigned number = 0;
  rest_outcome outcome;
};
}  // namespace detail

using session_actor =
    caf::typed_actor<caf::reacts_to<session_seen>, caf::reacts_to<do_session_call>,
                     caf::reacts_to<session_pulled>, caf::reacts_to<detail::errand_answered>,
                     caf::reacts_to<detail::look_again>, caf::reacts_to<detail::looked_again>>;

/// The rest of the hub, as far as a session needs it. All may be called from any thread.
struct session_ports {
  std::function<void(protocols::transport::http_request, std::function<void(rest_outcome)>)> fetch;
  /// What WAHA showed of it after something was done; an empty status: it is gone.
  std::function<void(const session_info&)> shown;
  /// It is owed a pull: "working", "silence".
  std::function<void(const std::string& session, const std::string& reason)> want_pull;
  /// Since when it is silent; nothing: it is not any more. With a sentence for people.
  std::function<void(const std::string& session, std::optional<domain::instant> since,
                     const std::string& why)>
      silent;
  /// It was silent and is restarted, by nobody's wish; told what came of it.
  std::function<void(const std::string& session, const std::string& outcome)> restarted;
  std::function<bridge_facts()> facts;
  std::function<domain::instant()> now;
};

struct session_options {
  std::string name;
  std::chrono::milliseconds silence_alarm{0};
  bool restart_silent = false;
  std::optional<domain::instant> silent_since;  // as it was known before
};

session_actor spawn_session(caf::actor_system& system, session_options options,
                            session_ports ports);

}  // namespace fibrehub::channels::waha

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::session_seen)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::do_session_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::session_pulled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::detail::errand_answered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::detail::look_again)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::detail::looked_again)
