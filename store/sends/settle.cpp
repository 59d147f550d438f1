#include "store/sends/settle.hpp"

#include <fmt/format.h>

#include "store/people/audit.hpp"
#include "store/people/sql.hpp"
#include "store/sends/json.hpp"
#include "store/sends/steps.hpp"
#include "store/sql_time.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

using namespace people;

constexpr sql lock_send{"settle_lock",
                        "SELECT s.state, s.outbox_id, coalesce(o.state, '') FROM wa_sends s LEFT "
                        "JOIN outbox o ON o.id ="
                        " s.outbox_id WHERE s.id = $1::bigint FOR UPDATE OF s"};
constexpr sql end_row{
    "settle_row",
    "UPDATE outbox SET state = $2, last_status = $3, finished_at = " FIBREHUB_SQL_INSTANT(
        "$4::bigint") " WHERE id = $1::bigint AND state IN ('ready', 'dead', 'done')"};
constexpr sql revive_row{
    "settle_revive",
    "UPDATE outbox SET state = 'ready', attempts = 0, last_status = '', retried_at "
    "= " FIBREHUB_SQL_INSTANT("$2::bigint") ", next_at = " FIBREHUB_SQL_INSTANT(
        "$2::bigint") ", finished_at = NULL WHERE id = $1::bigint RETURNING id"};
// It begins anew, as if it had never been tried.
constexpr sql forget_attempts{
    "settle_anew",
    "UPDATE wa_sends SET in_doubt = false, accepted_at = NULL, handed_at = "
    "NULL, ended_at = NULL, ask_at = NULL, asked = 0 WHERE id = "
    "$1::bigint"};

const char* word_for(settled_as outcome) {
  switch (outcome) {
    case settled_as::sent:
      return "sent";
    case settled_as::not_sent:
      return "not_sent";
    case settled_as::resend:
      break;
  }
  return "resend";
}

domain::send_state state_for(settled_as outcome) {
  switch (outcome) {
    case settled_as::sent:
      return domain::send_state::sent;
    case settled_as::not_sent:
      return domain::send_state::failed;
    case settled_as::resend:
      break;
  }
  return domain::send_state::queued;
}

}  // namespace

write_outcome run(connection& db, pqxx::transaction_base& tx, const settle_send& request,
                  change_context& context) {
  const std::string id = std::to_string(request.id), now = us(context.origin.at);
  const pqxx::result held = db.run(tx, lock_send, {{id}, nullptr});
  if (held.empty())
    return tl::unexpected(error{errc::not_found, "there is no such message", "not_found"});
  if (held[0][0].c_str() != std::string_view(name_of(domain::send_state::uncertain)))
    return tl::unexpected(error{
        errc::conflict,
        fmt::format("it is {}, not uncertain: there is nothing to settle", held[0][0].c_str()),
        "not_uncertain"});
  const std::string row = held[0][1].c_str();
  const send_step step{
      request.id, state_for(request.outcome),
      request.outcome == settled_as::resend
          ? std::string()
          : fmt::format("{}, says {}", request.outcome == settled_as::sent ? "sent" : "not sent",
                        context.origin.by.name),
      context.origin.at};
  if (request.outcome == settled_as::resend) {
    if (db.run(tx, revive_row, {{row, now}, nullptr}).empty())
      return tl::unexpected(
          error{errc::conflict, "what was to be sent is not kept any more; send it anew", "gone"});
    db.run(tx, forget_attempts, {{id}, nullptr});
    context.grows_outbox = true;
  } else {
    const bool sent = request.outcome == settled_as::sent;
    db.run(tx, end_row, {{row, sent ? "done" : "dead", step.reason, now}, nullptr});
  }
  write_steps(db, tx, {&step, 1}, context.events);
  context.moves_sends = true;
  append_audit(db, tx, context.origin, "send.settled", fmt::format("send:{}", id),
               fmt::format(R"({{"outcome":"{}"}})", word_for(request.outcome)));
  return write_answer{
      200, fmt::format(R"({{"id":"{}","outbox_id":{},"state":"{}","reason":{}}})", id, row,
                       name_of(step.to), step.reason.empty() ? "null" : json_string(step.reason))};
}

}  // namespace fibrehub::store
