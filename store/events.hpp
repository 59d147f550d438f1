// What a commit tells the rest of the hub: the writer fills these in, the event hub numbers them
// and passes them on to whoever listens.
#pragma once

#include <string>
#include <vector>

#include "domain/time.hpp"

namespace fibrehub::store {

struct committed_event {
  std::string id;          // "<incarnation>-<n>"; assigned by the event hub, empty before
  std::string kind;        // "ticket.created", "ticket.updated", "message.created", "channel.state"
  std::string ticket_uid;  // the ticket it is about, or empty
  domain::instant at{};    // when it was committed
  std::string data_json;   // a JSON object
};

/// The events of one transaction, in the order in which they happened.
struct committed_events {
  std::vector<committed_event> items;
};

}  // namespace fibrehub::store
