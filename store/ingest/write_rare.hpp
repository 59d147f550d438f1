// The tables most messages do not touch: new tickets, new people and chats, links, acks, sessions,
// reviews.
#pragma once

#include "store/ingest/rows.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {

bool has_rare_rows(const ingest_rows& rows);

/// Chats, contacts, counters, new tickets and changes of foreign cases; before the hot rows.
void write_tickets_and_people(connection& db, pqxx::transaction_base& tx, const ingest_rows& rows);

/// Links, acks, sessions and reviews; after the hot rows: review items refer to their inbox row.
/// Adds events of what acks and echoes change.
void write_what_follows(connection& db, pqxx::transaction_base& tx, ingest_rows& rows);

std::string media_json(const domain::media_ref& media);

}  // namespace fibrehub::store
