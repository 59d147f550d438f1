// What an edit of targets, a calendar or a contract would do to the clocks that run, before it is
// made. The writer makes the edit and takes it back at once, which gives the terms as they would
// be; a reader then compares them clock by clock, so that no write waits for it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "store/sla/book.hpp"
#include "store/sla/config.hpp"

namespace fibrehub::store {

/// The terms before and after the edit, and which clocks it may concern.
struct sla_draft {
  sla_book_ptr before, after;
  std::int64_t calendar_id = 0;          // of a calendar's edit: only clocks that run by it
  std::vector<std::int64_t> client_ids;  // of a contract's edit: only their tickets
};
struct draft_sla_edit {
  std::variant<edit_sla_configs, save_calendar, save_contract> edit;
  std::shared_ptr<sla_draft> result;
};
/// Refuses what the edit itself would refuse; changes nothing.
write_outcome run(connection& db, pqxx::transaction_base& tx, const draft_sla_edit& request,
                  change_context& context);

struct moved_clock {
  std::string ticket_uid;
  bool is_resolution = true;
  std::string from_due, to_due;       // RFC 3339; empty while it is paused
  std::int64_t from_s = 0, to_s = 0;  // targets
  bool breached = false;              // at once, by the edit
  bool unbreached = false;            // it is late now and would not be
};
struct sla_preview {
  std::int64_t tickets = 0, clocks = 0;  // open ones that were looked at
  std::int64_t changed = 0;              // get other terms
  std::int64_t moved = 0;                // are due at another instant
  std::int64_t breached = 0, unbreached = 0;
  bool complete = true;            // false: there are more open tickets than are looked at
  std::vector<moved_clock> items;  // of those that change, by tickets in the order they were made
  std::int64_t next_after = 0;     // of a page; 0: it is the last
};
struct preview_sla_edit {
  using result = sla_preview;
  std::shared_ptr<const sla_draft> draft;
  domain::instant now{};
  std::int64_t after_ticket = 0;
  std::int64_t limit = 50;  // tickets told of one by one
  std::size_t tickets_max = 200'000;
};
std::optional<sla_preview> run(connection& db, const preview_sla_edit& request);

}  // namespace fibrehub::store
