// Actors that read: each on a thread with a connection of its own, a time limit on every statement,
// and read-only transactions, so that nothing they do can delay or change a write.
#pragma once

#include <caf/fwd.hpp>
#include <caf/typed_actor.hpp>
#include <chrono>
#include <string>

#include "store/queries/review.hpp"
#include "store/queries/tickets.hpp"
#include "store/queries/tokens.hpp"
#include "store/reference/drop_lookup.hpp"
#include "store/reference/read.hpp"
#include "store/reply.hpp"

namespace fibrehub::store {

/// A question and who waits for the answer.
template <class Request>
struct query {
  Request request;
  reply<typename Request::result> done;
};

using reader_actor = caf::typed_actor<
    // A page of tickets.
    caf::reacts_to<query<list_tickets>>,
    // One ticket with messages and history.
    caf::reacts_to<query<get_ticket>>,
    // A page of a ticket's history.
    caf::reacts_to<query<get_history>>,
    // A page of the review queue.
    caf::reacts_to<query<list_review>>,
    // A page of reference data of one kind.
    caf::reacts_to<query<list_reference>>,
    // One row of reference data by its code.
    caf::reacts_to<query<get_reference>>,
    // Everything known of a drop.
    caf::reacts_to<query<lookup_drop>>,
    // An API token by its public half.
    caf::reacts_to<query<find_token>>>;

struct reader_options {
  std::string url;
  std::chrono::milliseconds connect_timeout{3000};
  std::chrono::milliseconds statement_timeout{5000};
};

/// Starts a reader on a thread of its own; it connects on the first question.
reader_actor spawn_reader(caf::actor_system& system, reader_options options);

}  // namespace fibrehub::store

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::list_tickets>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::get_ticket>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::get_history>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::list_review>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::list_reference>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::get_reference>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::lookup_drop>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::find_token>)
