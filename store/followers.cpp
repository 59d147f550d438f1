#include "store/followers.hpp"

#include <fmt/format.h>

#include "store/commands/history_writer.hpp"
#include "store/pq.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

constexpr sql insert_follower{
    "follow_ticket",
    "INSERT INTO ticket_followers (ticket_id, user_id) VALUES ($1::bigint, $2::bigint) ON CONFLICT"
    " DO NOTHING"};
constexpr sql delete_follower{
    "unfollow_ticket",
    "DELETE FROM ticket_followers WHERE ticket_id = $1::bigint AND user_id = $2::bigint"};

}  // namespace

write_outcome run(connection& db, pqxx::transaction_base& tx, const follow_ticket& request,
                  change_context& context) {
  const domain::principal& by = context.origin.by;
  if (by.user_id == 0)
    return tl::unexpected(
        error{errc::forbidden, "only a person can follow a ticket, a token cannot", "forbidden"});
  const auto ticket = lock_ticket(db, tx, request.ticket_uid, by);
  if (!ticket) return tl::unexpected(no_such_ticket());
  db.run(tx, request.follow ? insert_follower : delete_follower,
         {{std::to_string(ticket->id), std::to_string(by.user_id)}, nullptr});
  return write_answer{200, fmt::format(R"({{"ticket_uid":{},"following":{}}})",
                                       json_string(ticket->uid), request.follow)};
}

}  // namespace fibrehub::store
