// Recognises a repeated request by its Idempotency-Key, and keeps what the first one was answered.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "store/change.hpp"

namespace fibrehub::store {

/// A request that was carried out, and its answer; both must stay where they are.
struct answered_request {
  const write_origin* origin = nullptr;
  const write_answer* answer = nullptr;
};

/// For each request: the answer kept for its key, nothing when it is new, or the refusal of a key
/// that was used for another request.
std::vector<std::optional<write_outcome>> find_repeated(
    connection& db, pqxx::transaction_base& tx, std::span<const write_origin* const> requests);

/// The same for one request with a key, before anything is done for it: what has to be checked
/// first (a password, a code) would not hold a second time. Not found: it is new.
struct find_answer {
  using result = write_outcome;
  write_origin origin;
};
std::optional<write_outcome> run(connection& db, const find_answer& request);

/// Keeps the answers; those without a key or replayed themselves are passed over.
void remember_answers(connection& db, pqxx::transaction_base& tx,
                      std::span<const answered_request> done);

/// Forgets keys older than a day, at most `limit` of them; answers how many.
std::size_t forget_old_keys(connection& db, pqxx::transaction_base& tx, domain::instant now,
                            std::size_t limit);

}  // namespace fibrehub::store
