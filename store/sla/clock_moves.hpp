// What happens to clocks when their tickets change or their time comes: the decisions of one
// transaction, in memory. Whatever loads and writes the rows stands above it (clock_set.hpp); tests
// drive it without a database.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "store/events.hpp"
#include "store/sla/clock_rows.hpp"

namespace fibrehub::store {

/// What the clocks of a new ticket follow from.
struct clocked_ticket {
  std::int64_t id = 0;
  domain::ticket_type type{};
  domain::ticket_priority priority{};
  std::int64_t client_id = 0;  // 0: nobody's
  domain::ticket_status status{};
  domain::instant start{};
  std::optional<domain::instant> ended{};  // it was done before it came here
};

/// What happened to a ticket before it had clocks.
struct clock_past {
  struct move {
    domain::ticket_status from{}, to{};
    domain::instant at{};
  };
  clocked_ticket ticket;    // with the status it has now
  std::vector<move> moves;  // in order
  std::optional<domain::instant> answered;
  bool is_told = true;  // its moves, to whom they concern
};

/// A clock that got another target, calendar or levels because those were edited.
struct target_change {
  struct terms {
    std::chrono::seconds target{};
    std::optional<domain::instant> due;  // nothing while it is paused
  };
  std::int64_t ticket_id = 0;
  domain::sla::clock_kind kind{};
  terms before, after;
};

/// What a transaction comes to.
struct clock_changes {
  std::vector<stored_clock> clocks;  // cycles that ended before those that run
  std::vector<recorded_event> events;
  std::vector<clock_wake> wakes;
  domain::instant at{};  // the latest instant of it
};

/// Its calendar was changed since it was worked out.
bool is_outdated(const stored_clock& c);

class clock_moves {
 public:
  using book_source = std::function<sla_book_ptr()>;
  /// The book is asked for when it is needed first.
  explicit clock_moves(book_source source) : source_(std::move(source)) {}

  /// A clock as it is before it is moved.
  void add(stored_clock c);

  /// Both clocks of a new ticket. What they crossed before `at` is told to nobody.
  void start(const clocked_ticket& ticket, domain::instant at);
  /// The clocks of a ticket that had none, as they would be; what they crossed is told to nobody.
  void restore(const clock_past& past, domain::instant now);
  /// `is_told`: the move is one the client hears of, or nobody but staff is there to hear.
  void move(std::int64_t ticket, domain::ticket_status from, domain::ticket_status to, bool is_told,
            domain::instant at);
  /// Staff answered the client.
  void answer(std::int64_t ticket, domain::instant at);
  /// Another type, priority or client; what is not given is as before.
  void retarget(std::int64_t ticket, std::optional<domain::ticket_type> type,
                std::optional<domain::ticket_priority> priority,
                std::optional<std::int64_t> client_id, domain::instant at);
  /// Its clocks that have not stopped, by the targets and contracts as they are now.
  void follow_targets(std::int64_t ticket, domain::instant at);
  /// What `follow_targets` has changed.
  const std::vector<target_change>& target_changes() const { return target_changes_; }
  /// The ticket was merged into another one, or deleted: no verdict.
  void withdraw(std::int64_t ticket, domain::instant at);
  /// Records what has been crossed; works out anew what runs by a calendar that was changed.
  void look(std::int64_t ticket, domain::sla::clock_kind kind, domain::instant now);

  /// When the ticket has to be resolved, as its clock says; an inner nothing while it is paused. An
  /// outer nothing: it has no clock, or nothing has moved it.
  std::optional<std::optional<domain::instant>> due_of(std::int64_t ticket) const;
  /// When it has to be looked at again; nothing as well when there is no such clock.
  std::optional<domain::instant> wake_of(std::int64_t ticket, domain::sla::clock_kind kind) const;
  /// Tickets whose resolution clock was worked out anew because its calendar was changed.
  const std::vector<std::int64_t>& worked_out_anew() const { return worked_out_anew_; }
  /// The due instants, as they are at `now`, of tickets that are not new and whose
  /// resolution clock was moved; that a level was recorded does not move it.
  std::vector<std::pair<std::int64_t, std::optional<domain::instant>>> moved_due(
      domain::instant now) const;

  /// All of it, to be written; what comes after that is another one.
  clock_changes take();

  /// The agreements; loaded when they are first needed.
  const sla_book& book();

 protected:
  const stored_clock& clock(std::int64_t ticket, domain::sla::clock_kind kind) const {
    return clocks_.at({ticket, kind});
  }

 private:
  using key = std::pair<std::int64_t, domain::sla::clock_kind>;
  stored_clock made_for(const clocked_ticket& ticket, domain::sla::clock_kind kind,
                        domain::instant at);
  stored_clock* find(std::int64_t ticket, domain::sla::clock_kind kind);
  /// Records what had been crossed before, changes the state, records again.
  template <class F>
  void change(stored_clock& c, domain::instant at, F&& f);
  void settle(stored_clock& c, const domain::sla::decision& d, domain::instant now);
  void retarget(stored_clock& c, const clock_terms& after, domain::instant at);
  /// By its calendar as it is now.
  void work_out_anew(stored_clock& c, domain::instant at);
  void touch(const stored_clock& c, domain::instant at);
  /// It is due at another instant than before, or may be.
  void touch_due(const stored_clock& c, domain::instant at);

  book_source source_;
  sla_book_ptr book_;
  std::map<key, stored_clock> clocks_;
  std::vector<stored_clock> over_;  // cycles that have ended here
  std::vector<recorded_event> events_;
  std::set<key> touched_;
  std::set<std::int64_t> due_moved_;  // tickets
  std::set<std::int64_t> fresh_;      // tickets made here
  std::vector<std::int64_t> worked_out_anew_;
  std::vector<target_change> target_changes_;
  domain::instant latest_{};
};

}  // namespace fibrehub::store
