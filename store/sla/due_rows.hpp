// Clocks whose time has come, with no more than a look at them needs and changes: when a hundred
// thousand are due at one instant, every column counts. For .cpp files of this folder only.
#pragma once

#include <span>
#include <vector>

#include "store/pq_fwd.hpp"
#include "store/sla/clock_rows.hpp"
#include "store/sla/evaluate_clocks.hpp"

namespace fibrehub::store {

/// The last cycle of each of these, without the reason of its target and without its ticket's type,
/// priority and client: good to be looked at, not to be given other terms.
std::vector<stored_clock> load_due_clocks(connection& db, pqxx::transaction_base& tx,
                                          const sla_book& book, std::span<const clock_key> clocks);

/// Writes what a look has changed of the brief ones among these; leaves out the others.
void write_looked_at(connection& db, pqxx::transaction_base& tx,
                     std::span<const stored_clock> clocks);

}  // namespace fibrehub::store
