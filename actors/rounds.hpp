// Has something done again and again: what is due stands in the database, so that a restart leaves
// nothing out and repeats nothing. One round at a time; the next comes soon when one was not
// enough.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>
#include <chrono>
#include <functional>
#include <string>

#include "store/error.hpp"
#include "store/reply.hpp"

namespace fibrehub::actors {

namespace detail {
/// To itself: begin a round.
struct begin_round {};
/// To itself: a round has come to its end; true: there is more to do.
struct round_ended {
  tl::expected<bool, store::error> more;
};
}  // namespace detail

using rounds =
    caf::typed_actor<caf::reacts_to<detail::begin_round>, caf::reacts_to<detail::round_ended>>;

struct rounds_options {
  std::string name;  // for the log, where a round that fails is told
  /// One round; answers through the token, from any thread: whether there is more to do.
  std::function<void(store::reply<bool>)> run;
  std::chrono::milliseconds period{30'000};
  std::chrono::milliseconds next{50};  // after the start, and when there is more
};

rounds spawn_rounds(caf::actor_system& system, rounds_options options);

}  // namespace fibrehub::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::detail::begin_round)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::actors::detail::round_ended)
