// The one hook by which changes of tickets move their clocks: whatever makes or changes tickets
// tells this what happened, inside its transaction; the clocks, their pauses, what they recorded
// and what people are told of it are written with it, for all of it together.
#pragma once

#include <span>
#include <vector>

#include "store/pq_fwd.hpp"
#include "store/sla/clock_moves.hpp"
#include "store/sla/evaluate_clocks.hpp"

namespace fibrehub::store {

class clock_set : public clock_moves {
 public:
  /// Loads the book when it is needed first.
  clock_set(connection& db, pqxx::transaction_base& tx)
      : clock_moves([&db, &tx] { return load_sla_book(db, tx); }), db_(db), tx_(tx) {}

  /// The clocks of these tickets; to be called before they are moved.
  void load(std::span<const std::int64_t> tickets);
  /// These clocks only, to be looked at and nothing else.
  void load_due(std::span<const clock_key> clocks);
  /// Sets the due instant of tickets whose clock has moved and that are not new.
  void write_due(domain::instant now);
  /// Writes all of it, after the tickets. Adds to the events and to the wakes; answers whether the
  /// outbox got something.
  bool write(std::vector<committed_event>& events, std::vector<clock_wake>& wakes);

  /// Events recorded by `write`, those that were sent among them.
  std::size_t recorded() const { return recorded_; }
  std::size_t sent() const { return sent_; }

 private:
  connection& db_;
  pqxx::transaction_base& tx_;
  std::size_t recorded_ = 0, sent_ = 0;
};

}  // namespace fibrehub::store
