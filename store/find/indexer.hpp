// Keeps the tables of words (migration 010) up to date behind the commits, so that taking a message
// or making a ticket never waits for its words to be indexed. What is due stands in the database: a
// restart leaves nothing out. Works on a connection of its own and rests as long as it worked, or
// longer while commits are waited for: a flood leaves it behind for a while rather than being
// slowed down by it. Searches look through what is due as well, as far as it is little
// (store/find/lookup.hpp).
#pragma once

#include <caf/fwd.hpp>
#include <caf/typed_actor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "store/pq_fwd.hpp"
#include "store/store_status.hpp"

namespace fibrehub::store {

/// To itself: index what is due.
struct index_due {};

using indexer_actor = caf::typed_actor<
    // Indexes some of what is due, and comes back for more.
    caf::reacts_to<index_due>>;

struct indexer_options {
  std::string url;
  std::chrono::milliseconds connect_timeout{3000};
  std::chrono::milliseconds statement_timeout{5000};
  std::chrono::milliseconds idle{200};   // between two looks when nothing was due
  std::chrono::milliseconds away{2000};  // between two attempts to reach the database
  std::int64_t rows_max = 2000;          // in one transaction
  std::shared_ptr<store_status> status;  // told how much is due
};

/// How long to rest after it worked for so long: as long, and up to nine times as long the more of
/// the time commits took meanwhile (0 to 1; half is enough). What is under way at one instant says
/// little: between two batches of a flood there is nothing.
std::chrono::milliseconds rest_after(std::chrono::milliseconds worked, double commits);

/// Starts the indexer on a thread of its own.
indexer_actor spawn_indexer(caf::actor_system& system, indexer_options options);

/// Indexes at most `rows_max` of what is due, in a transaction; answers how many rows that were.
std::int64_t index_some(connection& db, std::int64_t rows_max);
/// Makes some of what was there before the tables of words due; false when nothing is left.
bool backfill_some(connection& db, std::int64_t rows_max);
/// A text that cannot be indexed: the message, or with 0 the ticket itself.
struct due_text {
  std::int64_t ticket_id = 0, message_id = 0;
};
/// Indexes one due text. One that can never be indexed leaves the line without, and is answered;
/// what fails for now stays due and throws.
std::optional<due_text> index_or_set_aside(connection& db);
/// Moves what the indexes collected into their trees and clears the room of what is done; without
/// it searches read a long list one by one. Not inside a transaction.
void tidy_indexes(connection& db);
/// How many rows are due, counted up to `most`.
std::int64_t count_due(connection& db, std::int64_t most);

}  // namespace fibrehub::store

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fibrehub::store::index_due)
