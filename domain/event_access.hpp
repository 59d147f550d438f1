// Who may hear of an event, and how much: the live feed is cut to what its listener may see, by the
// same rule as every list (domain::may_see). Pure, and cheap: it is asked for each event and
// listener.
#pragma once

#include <optional>

#include "domain/people.hpp"

namespace fibrehub::domain {

/// What decides who hears of something. Never told to listeners itself.
struct event_access {
  enum class circle {
    overseers,     // those who follow everything; for what nobody thought about
    everybody,     // "read everything anew"
    ticket,        // those who see the ticket
    ticket_staff,  // of them, those who read internal notes
    channels,      // those who see the channels
    review,        // those who see the review queue
    people,        // those who see who works here
    rules,         // those who see the assignment rules
    person         // nobody but them
  };
  circle who = circle::overseers;
  ticket_ownership owner = {};                  // the ticket's, after the change …
  std::optional<ticket_ownership> before = {};  // … and before, where the change moved it
  std::int64_t user_id = 0;                     // of `person`
};

/// How much somebody hears.
enum class hearing {
  nothing,
  farewell,  // that the ticket has left their sight, and no more of it
  outside,   // as the company's own people hear it
  all
};
hearing hears(const principal& who, const event_access& what);

/// True when both see and may do the same; the order of teams and people does not matter.
bool have_same_access(const principal& a, const principal& b);

}  // namespace fibrehub::domain
