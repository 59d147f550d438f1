#include "domain/event_access.hpp"

#include <algorithm>

namespace fibrehub::domain {
namespace {

hearing when(bool allowed) {
  return allowed ? hearing::all : hearing::nothing;
}

hearing of_ticket(const principal& who, const event_access& what) {
  if (may_see(who, what.owner)) return who.as == role::client ? hearing::outside : hearing::all;
  return what.before && may_see(who, *what.before) ? hearing::farewell : hearing::nothing;
}

bool same_ids(std::vector<std::int64_t> a, std::vector<std::int64_t> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

}  // namespace

hearing hears(const principal& who, const event_access& what) {
  switch (what.who) {
    case event_access::circle::overseers:
      return when(allows(who.as, permission::follow_everything));
    case event_access::circle::everybody:
      return hearing::all;
    case event_access::circle::ticket:
      return of_ticket(who, what);
    case event_access::circle::ticket_staff:
      return allows(who.as, permission::read_internal_notes) ? of_ticket(who, what)
                                                             : hearing::nothing;
    case event_access::circle::channels:
      return when(allows(who.as, permission::read_channels));
    case event_access::circle::review:
      return when(allows(who.as, permission::read_review));
    case event_access::circle::person:
      return when(who.user_id != 0 && who.user_id == what.user_id);
    case event_access::circle::people:
      return when(allows(who.as, permission::read_people));
    case event_access::circle::rules:
      return when(allows(who.as, permission::manage_rules));
  }
  return hearing::nothing;
}

bool have_same_access(const principal& a, const principal& b) {
  return a.as == b.as && a.user_id == b.user_id && a.client_id == b.client_id &&
         same_ids(a.teams, b.teams) && same_ids(a.crew, b.crew) && same_ids(a.led, b.led);
}

}  // namespace fibrehub::domain
