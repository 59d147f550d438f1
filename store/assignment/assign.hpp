// Assigning tickets by the rules: one that somebody asks about, or all that have come since the
// last time. Which of them the rules have looked at stands in the database (rules_passed), so that
// nothing is left out or done twice when the hub is started again.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "domain/ticket_commands.hpp"
#include "store/change.hpp"

namespace fibrehub::store {

/// Decides and, unless it is a rehearsal, assigns. Answers the decision with its explanation.
/// Refuses a ticket that somebody works on already (409 `assigned`), unless it is a rehearsal.
struct auto_assign_ticket {
  std::string ticket_uid;
  bool dry_run = false;
};

/// What one run over the new tickets came to.
struct assignment_run {
  bool active = false;   // there is a rule that is switched on
  bool more = false;     // there are further tickets: run again
  std::size_t seen = 0;  // new tickets nobody works on
  std::size_t assigned = 0;
};

/// Assigns new tickets nobody works on, the oldest first, at most `limit`. Each is looked at once:
/// what no rule fits waits for a person.
struct assign_new_tickets {
  std::size_t limit = 100;
  std::shared_ptr<assignment_run> result;  // filled in before the answer
};

write_outcome run(connection& db, pqxx::transaction_base& tx, const auto_assign_ticket& request,
                  change_context& context);
write_outcome run(connection& db, pqxx::transaction_base& tx, const assign_new_tickets& request,
                  change_context& context);

/// Whom the assignment rules would give the ticket to now, as a command that gives it to them;
/// `take_turn`: the rule's turn passes on. Nothing: no rule fits, or there is no such ticket.
std::optional<domain::assign_ticket> choose_assignee(connection& db, pqxx::transaction_base& tx,
                                                     const std::string& ticket_uid, bool take_turn);

/// Who assigns when nobody asked.
domain::principal assignment_principal();

}  // namespace fibrehub::store
