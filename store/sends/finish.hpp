// Settles what became of what a bridge had taken out of the outbox, many at a time.
#pragma once

#include <string>
#include <vector>

#include "store/sends/take.hpp"

namespace fibrehub::store {

enum class send_outcome {
  accepted,    // the bridge has it
  again,       // nothing happened; at its next time
  in_doubt,    // it may have left; to be asked about at its next time
  refused,     // it never will leave
  restricted,  // WhatsApp lets this session write to nobody new
};

/// What was learnt about a number on the way.
struct checked_number {
  std::string asked;  // the chat as it stood
  bool registered = false;
  std::string canonical;  // the chat as WhatsApp spells it, or empty
};

struct finish_send {
  std::string channel;
  taken_send what;
  send_outcome outcome = send_outcome::again;
  std::string name;           // accepted: what the bridge calls it, or empty
  std::string status;         // one line for people
  domain::instant next_at{};  // of what is to be tried again
  bool spent = true;          // the attempt counts
  std::chrono::milliseconds restricted_for = std::chrono::hours(6);
  std::optional<checked_number> number = {};
};

/// All of one bridge, each at most once. Does nothing to a row that is no longer its taker's.
/// Answers how many were settled.
struct finish_sends {
  std::vector<finish_send> items;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const finish_sends& request,
                  change_context& context);
/// One of them; answers {"settled": bool}.
write_outcome run(connection& db, pqxx::transaction_base& tx, const finish_send& request,
                  change_context& context);

}  // namespace fibrehub::store
