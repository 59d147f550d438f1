// The kinds of events of the live feed: one list for who makes them, who filters by them and who
// describes them.
#pragma once

#include <array>
#include <string_view>

namespace fibrehub::domain {

/// "reset" is no kind to ask for: every listener gets it.
inline constexpr std::array<std::string_view, 21> event_kinds{
    "ticket.created",      "ticket.updated",   "ticket.assigned",    "ticket.status_changed",
    "ticket.deleted",      "message.created",  "message.updated",    "message.delivery",
    "contact.presence",    "note.created",     "attachment.created", "attachment.deleted",
    "user.viewing_ticket", "user.online",      "user.offline",       "message.typing",
    "channel.state",       "wa_session.state", "review.created",     "assignment_rules.changed",
    "notification.created"};

}  // namespace fibrehub::domain
