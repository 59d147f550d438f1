// Where a chat message belongs: to open tickets of its chat, to new tickets, or to none.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "domain/inbound.hpp"

namespace fibrehub::domain {

/// What to do with a message that names no drop in a chat without an open ticket.
enum class unmatched_policy {
  ticket,  // open one without a drop
  keep     // leave it in the chat only
};

struct chat_routing_rules {
  unmatched_policy direct = unmatched_policy::ticket;
  unmatched_policy group = unmatched_policy::ticket;
};

/// An open ticket of the message's chat.
struct chat_ticket {
  std::int64_t ticket_id = 0;
  std::string drop;                  // empty when it has none
  std::int64_t last_message_us = 0;  // when its newest message was sent
};

struct chat_route {
  enum class verdict { append, create, none } what = verdict::none;
  std::int64_t ticket_id = 0;  // append: which
  std::string drop;            // create: for which drop, or empty
};

/// The tickets a message goes to: `main` holds it, the others show it too.
struct chat_routing {
  chat_route main;
  std::vector<chat_route> others;
  std::size_t left_out = 0;  // drops named beyond max_drops_per_message
};

/// A message that names more drops than this is a report rather than a fault; a person looks at it.
inline constexpr std::size_t max_drops_per_message = 10;

/// `open` lists the chat's open tickets in any order.
/// Each drop named in the text has its ticket: the open one, or a new one; the first is the main
/// one. A message that names none follows the conversation: it goes to the ticket whose newest
/// message was sent last. What we send never opens a ticket; broadcasts belong to none.
chat_routing route(const chat_message& message, std::span<const chat_ticket> open,
                   const chat_routing_rules& rules);

/// A one-line title of at most 255 characters for a ticket opened by `message`.
std::string title_for(const chat_message& message);

}  // namespace fibrehub::domain
