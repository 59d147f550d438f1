// History for changes of a ticket that are no commands: an attachment, an automatic assignment. The
// ticket is locked, its rows are chained to the last one, and whoever keeps its state in memory is
// told to look again.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "domain/ticket_commands.hpp"
#include "store/change.hpp"

namespace fibrehub::store {

/// The ticket with this UID as it stands, locked until the end of the transaction; nothing when
/// there is none that `by` may see.
std::optional<domain::ticket_record> lock_ticket(connection& db, pqxx::transaction_base& tx,
                                                 const std::string& uid,
                                                 const domain::principal& by);

/// What is answered when `lock_ticket` finds nothing.
error no_such_ticket();

/// Appends `entries` as the origin's doing: writes the rows and moves the ticket's version, last
/// row and time on, in `ticket`. The caller writes the ticket afterwards, with `write_head` or
/// with all its fields (store/tickets/columns.hpp).
void append_history(connection& db, pqxx::transaction_base& tx, domain::ticket_record& ticket,
                    const std::vector<domain::change_entry>& entries, change_context& context);

/// The same for many tickets, in one statement.
struct ticket_entries {
  domain::ticket_record* ticket = nullptr;
  std::vector<domain::change_entry> entries;
};
void append_histories(connection& db, pqxx::transaction_base& tx,
                      std::span<const ticket_entries> changes, change_context& context);

/// Writes what `append_history` has moved on.
void write_head(connection& db, pqxx::transaction_base& tx, const domain::ticket_record& ticket);

}  // namespace fibrehub::store
