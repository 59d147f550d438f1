// What a commit tells the rest of the hub: the writer fills these in, the event hub numbers them
// and passes them on to whoever listens.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/event_access.hpp"
#include "domain/time.hpp"

namespace fibrehub::store {

struct committed_event {
  std::string id;                    // "<incarnation>-<n>"; assigned by the event hub, empty before
  std::string kind;                  // of domain::event_kinds, or "reset"
  std::string ticket_uid;            // the ticket it is about, or empty
  domain::instant at{};              // when it was committed
  std::string data_json;             // a JSON object
  domain::event_access access = {};  // decides who hears of it; not told to them
  std::string outside_json = {};  // for people of a client, instead of data_json; empty: the same
};

/// An SLA clock was made or moved.
struct clock_wake {
  std::int64_t ticket_id = 0;         // 0: many were, they have to be looked for
  bool is_resolution = true;          // else the response clock
  std::optional<domain::instant> at;  // look at it then; nothing: it stands still, or is over
};

/// The events of one transaction, in the order in which they happened.
struct committed_events {
  std::vector<committed_event> items;
  std::vector<clock_wake> clocks = {};  // those it moved, as they are after it
  bool outbox_grew = false;             // something may leave, of which no event tells
};

}  // namespace fibrehub::store
