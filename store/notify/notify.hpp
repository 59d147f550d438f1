// The one hook by which changes become notifications: whatever changes tickets hands over what
// happened, inside its transaction, and the rows of the people and of the outbox are written with
// it, for all of it together. What was written before (same key) is left alone.
#pragma once

#include <span>
#include <vector>

#include "domain/notices.hpp"
#include "store/events.hpp"
#include "store/pq_fwd.hpp"

namespace fibrehub::store {

/// Adds a `notification.created` event for each new notification; answers whether something is to
/// leave by the outbox, of which no event need tell. Costs nothing for no news, one to four reads
/// by index otherwise. Throws the causes of store/pq.hpp.
bool notify(connection& db, pqxx::transaction_base& tx, std::vector<domain::ticket_news> news,
            std::vector<committed_event>& events);

/// Something about the hub itself rather than about a ticket.
struct hub_notice {
  domain::notice_kind kind = domain::notice_kind::delivery_dead;
  std::string key;  // the same thing is told once; the person is added to it
  std::string subject, text;
  domain::instant at{};
};
/// Tells everybody with this role, each as they prefer; answers as `notify`.
bool notify_role(connection& db, pqxx::transaction_base& tx, domain::role role,
                 const hub_notice& what, std::vector<committed_event>& events);

}  // namespace fibrehub::store
