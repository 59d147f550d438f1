// Taking in reference data: a batch of checked rows of one kind is inserted or changed by code, as
// a whole in a handful of statements, each row with a result of its own. Doing it twice changes
// nothing the second time.
#pragma once

#include <string>
#include <vector>

#include "domain/reference_check.hpp"
#include "store/change.hpp"

namespace fibrehub::store {

inline constexpr std::size_t max_reference_rows = 1000;  // in one request

/// Rows of one kind, at most max_reference_rows. Runs alone among those of its kind.
struct upsert_reference {
  domain::reference_kind kind = domain::reference_kind::projects;
  std::vector<domain::reference_row> rows;  // those with problems are answered, not stored
  bool dry_run = false;                     // do everything, keep nothing
  bool raise_tickets = true;                // for reviews that fail
};

enum class row_outcome { created, updated, unchanged, error };
std::string_view name_of(row_outcome outcome);

struct upserted_row {
  std::string code;
  row_outcome outcome = row_outcome::error;
  std::vector<domain::row_problem> problems;  // of an error
  std::string ticket_uid;                     // of the ticket it has raised, or empty
};

struct upsert_summary {
  std::vector<upserted_row> rows;  // one per row of the request, in its order
  std::size_t created = 0, updated = 0, unchanged = 0, failed = 0, tickets_raised = 0;
};

/// Throws the causes of store/pq.hpp; the error is a request that cannot be right.
tl::expected<upsert_summary, error> upsert_rows(connection& db, pqxx::transaction_base& tx,
                                                const upsert_reference& request,
                                                change_context& context);

/// The same as a change, answering what the API says.
write_outcome run(connection& db, pqxx::transaction_base& tx, const upsert_reference& request,
                  change_context& context);

}  // namespace fibrehub::store
