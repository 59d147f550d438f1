// SLA clocks of received messages: of the tickets they make, of cases another desk moves, and of
// answers that staff type on the phone.
#pragma once

#include "store/ingest/planner.hpp"
#include "store/sla/clock_set.hpp"

namespace fibrehub::store {

class intake_clocks {
 public:
  intake_clocks(connection& db, pqxx::transaction_base& tx) : clocks_(db, tx) {}

  /// Before the rows are written: starts and moves the clocks, and gives new tickets their due
  /// instant. Asks nothing of the database for a batch without any of it.
  void plan(ingest_rows& rows, const known_drops& drops);
  const sla_book& book() { return clocks_.book(); }
  /// After that.
  void write(ingest_rows& rows);

 private:
  void start(ticket_row& row, const known_drops& drops);
  void follow_cases(const ingest_rows& rows);

  clock_set clocks_;
  domain::instant latest_{};
};

}  // namespace fibrehub::store
