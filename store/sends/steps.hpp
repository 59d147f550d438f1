// What is learnt about messages we sent, applied to their rows: delivery steps and echoes, whatever
// the order they come in. Part of the transaction that stores the news; whoever sees the ticket
// hears of each change.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "domain/inbound.hpp"
#include "domain/send_state.hpp"
#include "store/events.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {

/// How long a session that may not write to strangers is not asked to, where nobody says more: the
/// lock lasts for hours.
inline constexpr std::chrono::hours stranger_restriction{6};
/// What the bridge took and nothing was heard of since is asked about first after this.
inline constexpr std::chrono::minutes first_question_after{10};

/// A delivery step, of whichever message.
struct seen_ack {
  std::string channel, session, stanza;
  int level = 0;
  domain::instant at{};
  std::optional<domain::instant> restricted_until = {};  // an error that says so
};
/// Raises the sends these are about; the others are nobody's business here.
void follow_acks(connection& db, pqxx::transaction_base& tx, std::span<const seen_ack> acks,
                 std::vector<committed_event>& events);

/// A message of ours that came back: the send it is of, and what it is called.
struct seen_echo {
  std::int64_t send_id = 0;
  std::int64_t inbox_id = 0;
  std::string stanza;
  domain::instant at{};
};
/// Names them, and what is known of their names already counts. An outbox row that waits or was
/// given up is done; one in flight is left to whoever has it.
void follow_echoes(connection& db, pqxx::transaction_base& tx, std::span<const seen_echo> echoes,
                   std::vector<committed_event>& events);

/// Gives the send (and its message) its name, where the bridge or an echo told it; empty: none did.
void name_send(connection& db, pqxx::transaction_base& tx, std::int64_t send_id,
               const std::string& stanza);
/// Delivery steps that came before the name was known.
void apply_known_acks(connection& db, pqxx::transaction_base& tx,
                      std::span<const std::int64_t> send_ids, std::vector<committed_event>& events);

/// Writes the state a send is in now.
struct send_step {
  std::int64_t send_id = 0;
  domain::send_state to = domain::send_state::queued;
  std::string reason;
  domain::instant at{};
};
/// Adds `message.delivery` for each that belongs to a ticket.
void write_steps(connection& db, pqxx::transaction_base& tx, std::span<const send_step> steps,
                 std::vector<committed_event>& events);

}  // namespace fibrehub::store
