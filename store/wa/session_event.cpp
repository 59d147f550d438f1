#include "store/wa/session_event.hpp"

#include <fmt/format.h>

#include "store/tickets/json.hpp"

namespace fibrehub::store {

committed_event session_state_event(const std::string& channel, const std::string& session,
                                    const std::string& status, domain::instant at) {
  committed_event e;
  e.kind = "wa_session.state";
  e.access.who = domain::event_access::circle::channels;
  e.at = at;
  e.data_json =
      fmt::format(R"({{"channel":{},"session":{},"status":{},"at":"{}"}})", json_string(channel),
                  json_string(session), json_string(status), domain::to_rfc3339(at));
  return e;
}

}  // namespace fibrehub::store
