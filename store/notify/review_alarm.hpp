// Tells the admins that input waits for a person: when the review queue is no longer empty, and
// once a day as long as it is not.
#pragma once

#include "domain/time.hpp"
#include "store/change.hpp"
#include "store/pq_fwd.hpp"

namespace fibrehub::store {

/// As of `now`; true when they were told. Throws the causes of store/pq.hpp.
bool alarm_of_review(connection& db, pqxx::transaction_base& tx, domain::instant now,
                     change_context& context);

}  // namespace fibrehub::store
