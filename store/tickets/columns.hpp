// The columns of tickets, made from the declaration of their fields: what a read selects, what a
// set-based insert or update writes, and how a row becomes a record.
#pragma once

#include <span>
#include <string>

#include "domain/ticket_commands.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {

/// For `SELECT … FROM tickets t`; `ticket_column_count` columns, read by `to_ticket`.
const std::string& ticket_columns();
std::size_t ticket_column_count();
/// Reads the columns from position `first` on.
domain::ticket_record to_ticket(const pqxx::row& row, std::size_t first = 0);

/// Writes new tickets, or all fields of known ones, in one statement each.
void insert_tickets(connection& db, pqxx::transaction_base& tx,
                    std::span<const domain::ticket_record* const> tickets);
void update_tickets(connection& db, pqxx::transaction_base& tx,
                    std::span<const domain::ticket_record* const> tickets);

/// The tickets with these UIDs that are not deleted, in no order.
std::vector<domain::ticket_record> load_tickets(connection& db, pqxx::transaction_base& tx,
                                                const std::vector<std::string>& uids);

}  // namespace fibrehub::store
