// Finds what a bridge may send now, however much waits: the first that is due of each session that
// is free. Reads ranges of two small indexes (027_send_kinds.sql), never the backlog.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/pq.hpp"
#include "store/sends/take.hpp"

namespace fibrehub::store {

/// What was learnt of a number, not too long ago.
struct known_number {
  bool registered = false;
  std::string canonical;  // the chat as WhatsApp spells it, or empty
};

/// A row that may leave now.
struct due_send {
  taken_send send;
  std::string engine, version, to;
  std::int64_t ticket_id = 0;
  domain::instant next_at{}, created_at{};
  bool never_wrote = false;
  bool to_stranger = false;                 // who never wrote, and was never written to
  std::optional<known_number> number = {};  // of who never wrote
};

struct due_sends {
  std::vector<due_send> items;  // at most one of a session, what has waited longest first
  std::string last_session;
};

/// Rows to strangers that must wait are put off, a bounded number each time.
due_sends find_due(connection& db, pqxx::transaction_base& tx, const take_sends& request,
                   domain::instant now);

/// When the next row that waits for its time may leave.
std::optional<domain::instant> next_due(connection& db, pqxx::transaction_base& tx,
                                        const take_sends& request, domain::instant now);

/// Somebody who never wrote is written to; the next one has to wait.
void note_first_contact(connection& db, pqxx::transaction_base& tx, const take_sends& request,
                        const taken_send& send, domain::instant now);

}  // namespace fibrehub::store
