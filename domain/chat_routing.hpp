// Where a chat message belongs: to an open ticket of its chat, to a new ticket, or to none.
#pragma once

#include <cstdint>
#include <span>
#include <string>

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
  std::string drop;  // empty when it has none
};

struct chat_route {
  enum class verdict { append, create, none } what = verdict::none;
  std::int64_t ticket_id = 0;  // append: which
  std::string drop;            // create: for which drop, or empty
};

/// `open` lists the chat's open tickets, the one last written to at the end.
/// A drop named in the text wins over the conversation so far; without one the message follows it.
/// What we send never opens a ticket; broadcasts belong to none.
chat_route route(const chat_message& message, std::span<const chat_ticket> open,
                 const chat_routing_rules& rules);

/// A one-line title of at most 255 characters for a ticket opened by `message`.
std::string title_for(const chat_message& message);

}  // namespace fibrehub::domain
