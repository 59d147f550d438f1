// The audit log: what people and programs did that is no change of a ticket. Every row's hash
// covers the one before, as in a ticket's history (domain/history.hpp), so that a changed, missing
// or added row shows; the table itself refuses changes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/change.hpp"
#include "store/people/records.hpp"

namespace fibrehub::store {

/// Adds a row in `tx`. `subject` is what it is about ("user:12", "session:AbC…"), `detail_json` a
/// JSON object without secrets. Also safe beside another process that writes to the log.
void append_audit(connection& db, pqxx::transaction_base& tx, const write_origin& origin,
                  std::string_view action, std::string_view subject,
                  std::string_view detail_json = "{}");

struct audit_page {
  std::vector<audit_view> items;
  std::optional<std::int64_t> next_before;
};

/// The newest first. Empty texts mean all.
struct list_audit {
  using result = audit_page;
  std::string action{};  // exactly
  std::string actor{};   // exactly, the id: "user:12"
  std::string subject{};
  std::optional<domain::instant> since{}, until{};
  std::optional<std::int64_t> before_seq{};
  std::int64_t limit = 50;
};
std::optional<audit_page> run(connection& db, const list_audit& request);

/// The first row whose hash does not fit, or 0 when the chain holds. Reads all of it.
std::int64_t first_broken_audit_row(connection& db);

}  // namespace fibrehub::store
