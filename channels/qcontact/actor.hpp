// Keeps the hub's copy of one QContact queue current: does what the poll plan says, one request at
// a time, hands what it read to the store and says how it is doing. Everything it holds may be
// lost: a restarted one imports the queue again, and the store knows what it has.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>
#include <functional>
#include <tl/expected.hpp>

#include "channels/qcontact/settings.hpp"
#include "protocols/transport/http_types.hpp"
#include "store/inbox.hpp"
#include "store/reply.hpp"

namespace fibrehub::actors {
struct channel_update;
}

namespace fibrehub::channels::qcontact {

using http_outcome = tl::expected<http_response, protocols::transport::http_error>;

/// The rest of the hub, as far as this actor needs it. All may be called from any thread.
struct ports {
  /// http_client::fetch.
  std::function<void(http_request, std::function<void(http_outcome)>)> fetch;
  /// To the store's writer; answered after the commit.
  std::function<void(store::ingest_batch, store::reply<store::ingest_batch_result>)> submit;
  /// The cases of this channel that are open as the store has them. None: nothing is expected.
  std::function<void(store::reply<std::vector<std::string>>)> find_open;
  /// To the channel registry.
  std::function<void(actors::channel_update)> publish;
  /// The wall clock; none: the system's.
  std::function<domain::instant()> now;
  /// For jitter; channels with different seeds do not poll in step.
  std::uint64_t seed = 1;
};

/// Poll at once; answered true when it has begun or is under way.
struct sync_now {
  store::reply<bool> to;
};
/// Fetch one case by its id at QContact; answered true when it is queued, `invalid` for an id that
/// cannot be one, `overloaded` when too many wait.
struct sync_case {
  std::string id;
  store::reply<bool> to;
};

namespace detail {
/// To itself: begin.
struct start {};
/// To itself: the wait is over.
struct wake {
  std::uint64_t generation = 0;
};
/// To itself: what is under way should have ended long ago.
struct overdue {
  std::uint64_t generation = 0;
};
/// From the HTTP client.
struct http_done {
  std::uint64_t generation = 0;
  http_outcome outcome;
};
/// From the store.
struct committed {
  std::uint64_t generation = 0;
  tl::expected<store::ingest_batch_result, store::error> outcome;
};
/// From the store: what is open.
struct open_found {
  std::uint64_t generation = 0;
  tl::expected<std::vector<std::string>, store::error> outcome;
};
}  // namespace detail

using poller =
    caf::typed_actor<caf::reacts_to<sync_now>, caf::reacts_to<sync_case>,
                     caf::reacts_to<detail::start>, caf::reacts_to<detail::wake>,
                     caf::reacts_to<detail::overdue>, caf::reacts_to<detail::http_done>,
                     caf::reacts_to<detail::committed>, caf::reacts_to<detail::open_found>>;

poller spawn_poller(caf::actor_system& system, settings s, ports p);

}  // namespace fibrehub::channels::qcontact

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::qcontact::sync_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::qcontact::sync_case)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::qcontact::detail::start)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::qcontact::detail::wake)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::qcontact::detail::overdue)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::qcontact::detail::http_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::qcontact::detail::committed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::channels::qcontact::detail::open_found)
