// Who follows a ticket: people who want to hear of it though it is not theirs.
#pragma once

#include <string>

#include "store/change.hpp"

namespace fibrehub::store {

/// The caller, who has to be a person and to see the ticket, begins or ceases to follow it. Doing
/// it again changes nothing. Answers {"ticket_uid","following"}. Leaves no history: nothing about
/// the ticket changes.
struct follow_ticket {
  std::string ticket_uid;
  bool follow = true;
};

write_outcome run(connection& db, pqxx::transaction_base& tx, const follow_ticket& request,
                  change_context& context);

}  // namespace fibrehub::store
