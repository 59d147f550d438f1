// Who pays for the work that received messages ask for.
#pragma once

#include "store/billing/bill.hpp"
#include "store/ingest/drop_facts.hpp"
#include "store/ingest/rows.hpp"

namespace fibrehub::store {

/// Before the rows are written.
void bill_new_tickets(ingest_rows& rows, const known_drops& drops, const sla_book& book);

}  // namespace fibrehub::store
