// How somebody wants to be told: read, and replaced as a whole.
#pragma once

#include <optional>

#include "domain/notifications.hpp"
#include "store/change.hpp"

namespace fibrehub::store {

struct get_notification_preferences {
  using result = domain::notification_preferences;
  std::int64_t user_id = 0;
};
std::optional<domain::notification_preferences> run(connection& db,
                                                    const get_notification_preferences& request);

/// Of the one who asks. Choices equal to the default are not kept. Answers no data: read them.
struct set_notification_preferences {
  domain::notification_preferences wanted;
};
write_outcome run(connection& db, pqxx::transaction_base& tx,
                  const set_notification_preferences& request, change_context& context);

}  // namespace fibrehub::store
