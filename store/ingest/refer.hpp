// What chat messages refer to beyond their chat: the message they answer, tickets they name by UID,
// and the tickets of the technician who writes. Asked of the database for the messages that need
// it, set-based; a message that refers to nothing, from somebody nobody knows, costs no question.
#pragma once

#include "domain/uid_finder.hpp"
#include "store/ingest/load.hpp"
#include "store/ingest/planner.hpp"

namespace fibrehub::store {

/// Phone numbers of people are asked for anew after this long, by the time messages come in.
inline constexpr std::chrono::seconds people_known_for{5};

/// The one who writes, when their number is somebody's; null for everybody else.
const known_person* writer_of(const ingest& item, const domain::chat_message& message,
                              const ingest_cache& cache, const intake_rules& rules);

/// True when where the message belongs can only be said after `load_references`.
bool refers_to_more(const ingest& item, const domain::chat_message& message,
                    const ingest_cache& cache, const intake_rules& rules,
                    const domain::uid_finder& uids);

/// Fills `cache.contexts`, after `load_context`: at most five questions for a batch, mostly none.
void load_references(connection& db, pqxx::transaction_base& tx, item_span items,
                     ingest_cache& cache, const intake_rules& rules,
                     const domain::uid_finder& uids);

}  // namespace fibrehub::store
