// One pull: reads from the bridge what no webhook told of a session, page by page, the next only
// when the store has the last, and ends. Whatever it has not finished stays owed in the database.
#pragma once

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>
#include <functional>

#include "channels/waha/catch_up_plan.hpp"
#include "channels/waha/rest.hpp"
#include "channels/waha/session_silence.hpp"

namespace fibrehub::channels::waha {

/// The rest of the hub, as far as a pull needs it. All may be called from any thread; answers come
/// after the commit.
struct pull_ports {
  std::function<void(protocols::transport::http_request, std::function<void(rest_outcome)>)> fetch;
  std::function<void(store::begin_catch_up, store::reply<store::catch_up_round>)> begin;
  std::function<void(store::find_known_messages, store::reply<std::set<std::string>>)> find_known;
  std::function<void(store::ingest_batch, store::reply<store::ingest_batch_result>)> submit;
  std::function<void(store::chat_caught_up, store::reply<bool>)> finish_chat;
  std::function<void(store::end_catch_up, store::reply<bool>)> end;
  std::function<void(store::catch_up_failed, store::reply<bool>)> fail;
  std::function<domain::instant()> now;
};

struct pull_options {
  std::string channel;
  session_identity who;
  rest_address address;
  std::chrono::milliseconds overlap{std::chrono::minutes(10)};
  std::chrono::milliseconds at_most{std::chrono::hours(72)};
  /// A message younger than this may still come by webhook: it does not count as missed.
  std::chrono::milliseconds webhook_patience{std::chrono::minutes(1)};
  /// A chat that failed again and again, which is left out this time: the others go on.
  std::string left_out;
};

/// How a pull has ended.
struct pull_result {
  bool is_complete = false;
  bool more = false;         // it is somebody else's turn, there is more to do
  std::string failure;       // empty: none
  bool is_transient = true;  // of a failure: false: somebody has to change something
  std::string failed_chat;   // the failure may be this chat's own
  std::optional<std::chrono::seconds> retry_after;
  std::uint64_t looked_at = 0, found = 0;   // messages
  std::optional<domain::instant> round_at;  // what was before is in it
  std::optional<domain::instant> newest_missed, newest_inbound;
};

namespace detail {
/// To itself: begin.
struct begin_pull {};
struct pull_begun {
  tl::expected<store::catch_up_round, store::error> round;
};
/// From the HTTP client.
struct pull_answered {
  rest_outcome outcome;
};
/// From the store.
struct known_found {
  tl::expected<std::set<std::string>, store::error> known;
};
struct page_stored {
  tl::expected<store::ingest_batch_result, store::error> outcome;
};
struct step_written {
  tl::expected<bool, store::error> outcome;
};
}  // namespace detail

using pull_actor =
    caf::typed_actor<caf::reacts_to<detail::begin_pull>, caf::reacts_to<detail::pull_begun>,
                     caf::reacts_to<detail::pull_answered>, caf::reacts_to<detail::known_found>,
                     caf::reacts_to<detail::page_stored>, caf::reacts_to<detail::step_written>>;

/// `ended` is told once, before the actor ends; never when it ends with an error.
pull_actor spawn_pull(caf::actor_system& system, pull_options options, pull_ports ports,
                      std::function<void(pull_result)> ended);

}  // namespace fibrehub::channels::waha

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::detail::begin_pull)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::detail::pull_begun)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::detail::pull_answered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::detail::known_found)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::detail::page_stored)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::waha::detail::step_written)
