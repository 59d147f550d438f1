// Actors that read: each on a thread with a connection of its own, a time limit on every statement,
// and read-only transactions, so that nothing they do can delay or change a write.
#pragma once

#include <caf/fwd.hpp>
#include <caf/typed_actor.hpp>
#include <chrono>
#include <string>

#include "store/assignment/rules.hpp"
#include "store/attachments/attachments.hpp"
#include "store/notify/notifications.hpp"
#include "store/notify/outbox.hpp"
#include "store/notify/preferences.hpp"
#include "store/people/access.hpp"
#include "store/people/api_tokens.hpp"
#include "store/people/audit.hpp"
#include "store/people/sign_in.hpp"
#include "store/people/teams.hpp"
#include "store/people/users.hpp"
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
    // How many files a ticket carries, and whether there is such a ticket.
    caf::reacts_to<query<get_ticket_load>>,
    // A file of a ticket by its id.
    caf::reacts_to<query<find_attachment>>,
    // Which of these kept files no ticket names.
    caf::reacts_to<query<find_unnamed_blobs>>,
    // The assignment rules.
    caf::reacts_to<query<list_assignment_rules>>,
    // A page of somebody's notifications.
    caf::reacts_to<query<list_notifications>>,
    // How somebody wants to be told.
    caf::reacts_to<query<get_notification_preferences>>,
    // A page of what is owed to the outside.
    caf::reacts_to<query<list_outbox>>,
    // How much that is.
    caf::reacts_to<query<get_outbox_figures>>,
    // A page of the review queue.
    caf::reacts_to<query<list_review>>,
    // A page of reference data of one kind.
    caf::reacts_to<query<list_reference>>,
    // One row of reference data by its code.
    caf::reacts_to<query<get_reference>>,
    // Everything known of a drop.
    caf::reacts_to<query<lookup_drop>>,
    // An API token by its public half.
    caf::reacts_to<query<find_token>>,
    // A session and whose it is.
    caf::reacts_to<query<find_session>>,
    // Somebody the identity provider knows.
    caf::reacts_to<query<find_person>>,
    // What a sign-in is checked against.
    caf::reacts_to<query<find_credentials>>,
    // Somebody's sessions.
    caf::reacts_to<query<list_sessions>>,
    // A page of people.
    caf::reacts_to<query<list_users>>,
    // One person.
    caf::reacts_to<query<get_user>>,
    // A page of teams.
    caf::reacts_to<query<list_teams>>,
    // One team.
    caf::reacts_to<query<get_team>>,
    // All API tokens.
    caf::reacts_to<query<list_api_tokens>>,
    // A page of the audit log.
    caf::reacts_to<query<list_audit>>>;

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
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::get_ticket_load>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::find_attachment>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::find_unnamed_blobs>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::list_assignment_rules>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::list_notifications>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::get_notification_preferences>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::list_outbox>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::get_outbox_figures>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::list_review>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::list_reference>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::get_reference>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::lookup_drop>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::find_token>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::find_session>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::find_person>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::find_credentials>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::list_sessions>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::list_users>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::get_user>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::list_teams>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::get_team>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::list_api_tokens>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::query<fibrehub::store::list_audit>)
