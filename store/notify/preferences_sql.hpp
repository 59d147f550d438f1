// Preferences as columns, shared by those who read them. For .cpp files of this folder only.
#pragma once

#include "domain/notifications.hpp"
#include "store/pq.hpp"

namespace fibrehub::store {

// Of `users u LEFT JOIN notification_preferences p`; seven columns.
// Who has chosen no time zone has the hub's (connection_options::time_zone).
#define FIBREHUB_PREFERENCES                                                                \
  " coalesce(nullif(p.time_zone, ''), nullif(current_setting('fibrehub.time_zone', true),"  \
  " ''), 'UTC'), p.quiet_from, p.quiet_to, p.urgent_breaks_through, p.digest, p.digest_at," \
  " (SELECT string_agg(concat_ws(' ', c.kind, c.in_app, c.email, c.whatsapp), ',') FROM"    \
  " notification_choices c WHERE c.user_id = u.id)"
/// Reads them from position `first` on; what is not there is as by default.
domain::notification_preferences to_preferences(const pqxx::row& row, int first);

}  // namespace fibrehub::store
