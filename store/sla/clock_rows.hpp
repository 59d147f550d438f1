// Clocks as rows: read and written many at a time, with their pauses and what they recorded.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "domain/sla/evaluate.hpp"
#include "store/pq_fwd.hpp"
#include "store/sla/book.hpp"

namespace fibrehub::store {

struct stored_clock {
  std::int64_t ticket_id = 0;
  domain::sla::clock_kind kind = domain::sla::clock_kind::resolution;
  domain::sla::clock_state state;
  clock_terms terms;
  std::int32_t worked_out_by = 0;  // the calendar's version; 0: as `terms` says
  std::optional<domain::instant> wake;
  std::size_t known_pauses = 0;  // rows it has
  bool is_new = false;           // it has no row yet
  bool is_brief = false;         // loaded without what a look does not need or change
  // Of the ticket, as it was loaded or given.
  domain::ticket_type type{};
  domain::ticket_priority priority{};
  std::int64_t client_id = 0;
};

/// An event of a clock, under its key.
struct recorded_event {
  std::int64_t ticket_id = 0;
  domain::sla::clock_kind kind{};
  int cycle = 1;
  domain::sla::level_event event;
  domain::instant noticed_at{};
};

/// The last cycle of every clock of these tickets, with the ticket's type, priority and client.
std::vector<stored_clock> load_clocks(connection& db, pqxx::transaction_base& tx,
                                      const sla_book& book, std::span<const std::int64_t> tickets);

/// The same for a reader, with the book they are measured by and the database's time: one statement
/// once the book is known. Without any clock there is neither.
struct read_clocks {
  std::vector<stored_clock> items;
  sla_book_ptr book;
  domain::instant now{};
};
read_clocks load_clocks(connection& db, pqxx::transaction_base& tx, std::int64_t ticket);

/// Writes them as they stand at `now`, new or known; a clock may be there once per cycle.
void write_clocks(connection& db, pqxx::transaction_base& tx, std::span<const stored_clock> clocks,
                  domain::instant now);
/// Answers which of them were new: the others are told already.
std::vector<bool> write_clock_events(connection& db, pqxx::transaction_base& tx,
                                     std::span<const recorded_event> events);

/// "running", "paused", "stopped", "withdrawn".
std::string_view state_name(const domain::sla::clock_state& c);

}  // namespace fibrehub::store
