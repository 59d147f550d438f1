// Where a chat message belongs: to open tickets of its chat, to others it refers to, to new
// tickets, or to none. Pure: what a message refers to is looked up beforehand.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/inbound.hpp"

namespace fibrehub::domain {

/// What to do with a message that nothing leads to a ticket.
enum class unmatched_policy {
  ticket,  // open one without a drop
  triage,  // leave it in the chat; it waits for a person
  keep     // leave it in the chat only
};
std::string_view name_of(unmatched_policy p);
std::optional<unmatched_policy> unmatched_policy_from(std::string_view name);
std::span<const std::string_view> unmatched_policy_names();

struct chat_routing_rules {
  unmatched_policy direct = unmatched_policy::ticket;
  unmatched_policy group = unmatched_policy::ticket;
  std::string country_code = "27";  // put in place of the leading zero of staff's phone numbers
};

/// An open ticket of the message's chat.
struct chat_ticket {
  std::int64_t ticket_id = 0;
  std::string drop;                  // empty when it has none
  std::int64_t last_message_us = 0;  // when its newest message was sent
};

/// A ticket that a message names by its UID.
struct named_ticket {
  std::string uid;
  std::size_t at = 0, size = 0;  // where in the text
  std::int64_t ticket_id = 0;    // the open one it led to, merged ones followed; 0: it is closed
  bool allowed = false;          // who wrote it may add to that ticket
};

/// An open ticket of a technician who writes.
struct own_ticket {
  std::int64_t ticket_id = 0;
  bool in_progress = false;
  std::int64_t talked_us = 0;  // its newest message in this chat was sent then; 0: it has none
};

/// What had to be looked up: empty for most messages.
struct message_facts {
  std::int64_t quoted = 0;  // the open ticket of the message that is answered, or 0
  std::vector<named_ticket> named;
  std::vector<own_ticket> own;
  bool is_command = false;  // said to the hub itself: opens nothing and waits for nobody
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
  /// Where `main` is none: whether it waits for a person, and why.
  enum class wait { no, unmatched, ambiguous } waits = wait::no;
  /// Tickets it names and does not go to: staff are told.
  std::vector<named_ticket> unreached = {};
};

/// A message that names more drops than this is a report rather than a fault; a person looks at it.
inline constexpr std::size_t max_drops_per_message = 10;

/// `open` lists the chat's open tickets in any order. What counts, in this order:
/// the ticket of the message that is answered; each drop named in the text has its ticket: the open
/// one, or a new one; each UID named, where the writer may add to it. The first of these is the
/// main one. A message with none follows the conversation: it goes to the ticket whose newest
/// message was sent last; else to the writer's own ticket: the only one in progress, or the only
/// one at all, or of several the one last talked about here. What is left follows the policy. What
/// we send never opens a ticket and waits for nobody; broadcasts belong to none.
chat_routing route(const chat_message& message, std::span<const chat_ticket> open,
                   const chat_routing_rules& rules, const message_facts& facts = {});

/// A one-line title of at most 255 characters for a ticket opened by `message`.
std::string title_for(const chat_message& message);

}  // namespace fibrehub::domain
