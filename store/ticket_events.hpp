// The events of changes made to tickets by people, programs and rules: what is told, to whom, and
// which further events one change is worth.
#pragma once

#include <string>
#include <vector>

#include "domain/ticket_commands.hpp"
#include "store/change.hpp"
#include "store/events.hpp"

namespace fibrehub::store {

/// How a ticket stood when it was last spoken of.
struct ticket_standing {
  domain::ticket_ownership owner;
  std::string status;
};
ticket_standing standing_of(const domain::ticket_record& ticket);

/// Adds an event of `kind` ("ticket.created", "ticket.updated" or "ticket.deleted") and, beside it,
/// `ticket.status_changed` and `ticket.assigned` when the ticket stands otherwise than before. Of a
/// new ticket `before` has no owner and its status.
void announce_ticket(std::vector<committed_event>& out, const char* kind,
                     const domain::ticket_record& ticket, const ticket_standing& before,
                     const std::vector<domain::change_entry>& entries, const write_origin& origin);

/// Adds `message.created` for what staff write into the ticket's chat.
struct written_message {
  std::string chat, text;
  std::string type = "text";
  bool internal = false;  // said among staff
};
void announce_message(std::vector<committed_event>& out, const domain::ticket_record& ticket,
                      const written_message& message, const write_origin& origin);

/// Adds `note.created`; an internal one is for staff.
void announce_note(std::vector<committed_event>& out, const domain::ticket_record& ticket,
                   bool internal, const write_origin& origin);

}  // namespace fibrehub::store
