// What SLA clocks ask of the store when their time has come: to be looked at, by the database's own
// time, many in one transaction. What they crossed is recorded under its unique key together with
// what people are told, so that nothing is said twice, whoever asks how often.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "store/change.hpp"

namespace fibrehub::store {

struct clock_key {
  std::int64_t ticket_id = 0;
  bool is_resolution = true;
  auto operator<=>(const clock_key&) const = default;
};

/// What a round came to.
struct evaluated_clocks {
  std::size_t recorded = 0;       // levels
  std::size_t sent = 0;           // of them, those that people are told of
  bool drifted = false;           // hub and database differ about the time: nothing was looked at
  std::vector<clock_wake> wakes;  // of all that were asked for
};

/// Their wakes go with the commit's events; drifting clocks are left alone. `origin.at` is the
/// hub's time.
struct evaluate_clocks {
  std::vector<clock_key> clocks;
  std::chrono::milliseconds max_drift{5'000};
  std::optional<domain::instant> now = {};  // nothing: the database's
  std::shared_ptr<evaluated_clocks> result = {};
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const evaluate_clocks& request,
                  change_context& context);

/// Clocks that something can be crossed of, by their key.
struct list_clocks {
  using result = std::vector<clock_wake>;
  clock_key after{};  // the page before ended with it
  std::size_t limit = 10'000;
};
std::optional<std::vector<clock_wake>> run(connection& db, const list_clocks& request);

/// Clocks that have to be looked at by `until`: their time comes, or their calendar was changed.
struct list_due_clocks {
  using result = std::vector<clock_wake>;
  domain::instant until{};
  std::size_t limit = 10'000;
};
std::optional<std::vector<clock_wake>> run(connection& db, const list_due_clocks& request);

/// In whose name clocks write.
domain::principal clock_principal();

}  // namespace fibrehub::store
