// Tickets that follow from the network's own data rather than from a message or a person: made in
// the transaction that changes the data, with number, history, place and event like any other.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "store/change.hpp"

namespace fibrehub::store {

/// What is wrong at a drop, and what says so.
struct construction_ticket {
  std::string drop;       // digits of the drop number; the drop need not be known
  std::string reference;  // number of what caused it, at most 100 characters; never twice
  std::string cause;      // what kind of thing that is: "qa_photo_review"
  std::string title;      // at most 255 characters
  std::string description;
};

/// Makes one ticket each (source construction, type build), uses one id of the context each, and
/// leaves their events there. Returns their UIDs in the same order. Throws the causes of
/// store/pq.hpp; a `reference` that has its ticket already is a unique violation.
std::vector<std::string> raise_tickets(connection& db, pqxx::transaction_base& tx,
                                       std::span<const construction_ticket> wanted,
                                       change_context& context);

}  // namespace fibrehub::store
