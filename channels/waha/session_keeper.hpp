// Keeps the sessions of one bridge: learns them from one list call a minute, which feeds them all,
// and from what they tell; holds an actor for each, started again when it fails; and hands out the
// pulls, four at a time. What it holds may be lost: rows know what is owed.
#pragma once

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>
#include <functional>
#include <memory>
#include <unordered_map>

#include "channels/waha/catch_up.hpp"
#include "channels/waha/session_actor.hpp"
#include "channels/waha/session_board.hpp"
#include "channels/waha/settings.hpp"
#include "channels/waha/traffic.hpp"
#include "store/wa/sessions.hpp"

namespace fibrehub::channels::waha {

/// A wish of somebody; passed on to the session's actor.
struct call_session {
  actors::session_call call;
  store::reply<actors::session_result> to;
};
/// A session told its state, and the store has it.
struct session_told {
  domain::session_status status;
};

namespace detail {
/// To itself: begin.
struct keeper_begin {};
struct keeper_loaded {
  tl::expected<store::wa_session_page, store::error> sessions;
};
/// To itself: time for a look.
struct check_due {
  std::uint64_t generation = 0;
};
/// From the HTTP client.
struct check_answered {
  std::uint64_t generation = 0;
  rest_outcome outcome;
};
/// From a session's actor.
struct session_shown {
  session_info info;
};
struct pull_wanted {
  std::string session, reason;
};
struct session_silent {
  std::string session;
  std::optional<domain::instant> since;
  std::string why;
};
/// From the store: what was wanted is owed now, or not.
struct pulls_owed {
  std::vector<std::string> sessions;
  std::string reason;
  bool is_written = false;
};
/// From a pull.
struct pull_over {
  std::string session;
  pull_result result;
};
/// To itself: a pull that failed may be tried again.
struct pull_due {
  std::string session;
};
/// To itself: a session's actor that failed is started again.
struct respawn_due {
  std::string session;
};
/// From the store: what a look has shown, or that a session is silent, could not be written.
struct not_written {
  std::vector<std::string> sessions;
  bool is_silence = false;
};
/// To itself: show how the sessions are.
struct refresh_board {};
}  // namespace detail

using session_keeper =
    caf::typed_actor<caf::reacts_to<call_session>, caf::reacts_to<session_told>,
                     caf::reacts_to<detail::keeper_begin>, caf::reacts_to<detail::keeper_loaded>,
                     caf::reacts_to<detail::check_due>, caf::reacts_to<detail::check_answered>,
                     caf::reacts_to<detail::session_shown>, caf::reacts_to<detail::pull_wanted>,
                     caf::reacts_to<detail::session_silent>, caf::reacts_to<detail::pulls_owed>,
                     caf::reacts_to<detail::pull_over>, caf::reacts_to<detail::pull_due>,
                     caf::reacts_to<detail::respawn_due>, caf::reacts_to<detail::not_written>,
                     caf::reacts_to<detail::refresh_board>>;

/// The rest of the hub, as far as the keeper needs it. All may be called from any thread; answers
/// come after the commit.
struct keeper_ports {
  std::function<void(protocols::transport::http_request, std::function<void(rest_outcome)>)> fetch;
  std::function<void(store::list_wa_sessions, store::reply<store::wa_session_page>)> load;
  std::function<void(store::note_sessions, store::reply<bool>)> note;
  std::function<void(store::note_silence, store::reply<bool>)> note_silence;
  std::function<void(store::note_session_call)> note_call;
  std::function<void(store::want_catch_up, store::reply<bool>)> want;
  pull_ports pull;
  std::function<std::unordered_map<std::string, last_heard>()> take_heard;
  std::shared_ptr<session_board> board;
  std::function<domain::instant()> now;
  std::uint64_t seed = 1;
};

session_keeper spawn_session_keeper(caf::actor_system& system, std::string bridge,
                                    session_settings settings, keeper_ports ports);

}  // namespace fibrehub::channels::waha

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::call_session)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::session_told)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::detail::keeper_begin)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::detail::keeper_loaded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::detail::check_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::detail::check_answered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::detail::session_shown)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::detail::pull_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::detail::session_silent)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::detail::pulls_owed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::detail::pull_over)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::detail::pull_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::detail::respawn_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::detail::not_written)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::detail::refresh_board)
