#include "store/sends/json.hpp"

#include <fmt/format.h>

#include "store/tickets/json.hpp"

namespace fibrehub::store {
namespace {

std::string time_or_null(const std::optional<domain::instant>& t) {
  return t ? json_string(domain::to_rfc3339(*t)) : "null";
}

}  // namespace

std::string send_progress_members(const send_progress& p) {
  return fmt::format(
      R"("state":{},"reason":{},"queued_at":{},"accepted_at":{},"sent_at":{},"delivered_at":{},"read_at":{},"ended_at":{})",
      json_string(p.state), p.reason.empty() ? "null" : json_string(p.reason),
      time_or_null(p.queued_at), time_or_null(p.accepted_at), time_or_null(p.sent_at),
      time_or_null(p.delivered_at), time_or_null(p.read_at), time_or_null(p.ended_at));
}

send_progress progress_by_ack(int level) {
  send_progress p;
  const domain::send_state now = domain::after_ack(domain::send_state::accepted, level);
  p.state = name_of(now);
  if (now == domain::send_state::failed) p.reason = "WhatsApp refused it";
  return p;
}

}  // namespace fibrehub::store
