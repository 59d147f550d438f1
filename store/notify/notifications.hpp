// Somebody's own notifications: read page by page, counted, marked as read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/change.hpp"

namespace fibrehub::store {

struct notification_view {
  std::int64_t id = 0;
  std::string kind, ticket_uid, actor, subject, text;
  domain::instant created_at{};
  std::optional<domain::instant> read_at;
};

struct notification_page {
  std::vector<notification_view> items;
  std::int64_t unread = 0;  // in all, at most max_unread_counted
  std::optional<std::int64_t> next_before;
};
inline constexpr std::int64_t max_unread_counted = 1000;

/// The newest first. With `limit` 0 only what is unread is counted.
struct list_notifications {
  using result = notification_page;
  std::int64_t user_id = 0;
  std::optional<bool> unread{};
  std::optional<std::int64_t> before_id{};
  std::int64_t limit = 50;
};
std::optional<notification_page> run(connection& db, const list_notifications& request);

/// Of the one who asks. Once read, the time stays. Error not_found: none of theirs.
struct read_notification {
  std::int64_t id = 0;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const read_notification& request,
                  change_context& context);

/// All of the one who asks, up to and with `up_to`; answers how many were unread.
struct read_notifications {
  std::int64_t up_to = 0;
};
write_outcome run(connection& db, pqxx::transaction_base& tx, const read_notifications& request,
                  change_context& context);

}  // namespace fibrehub::store
