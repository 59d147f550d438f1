#include "channels/waha/events/session_event.hpp"

#include "channels/waha/events/envelope.hpp"

namespace fibrehub::channels::waha {
namespace {

// Today three are sent.
constexpr std::size_t max_statuses = 100;

}  // namespace

tl::expected<status_event, problem> read_status(const envelope& e) {
  const auto status = needed_text(e.payload, "status");
  if (!status) return tl::unexpected(status.error());
  status_event out;
  out.status = *status;
  for (const node& entry : e.payload.list("statuses").entries(max_statuses))
    out.history.push_back({std::string(entry.text("status", max_id_bytes)),
                           entry.time("timestamp", time_unit::milliseconds)});
  // The list is the only reliable order; its last entry is this one.
  if (!out.history.empty()) out.at = out.history.back().at;
  out.timelock = read_timelock(e.payload.object("data"));
  return out;
}

}  // namespace fibrehub::channels::waha
