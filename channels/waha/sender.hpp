// What is said to WAHA's REST interface to send a message, and what its answer means for the
// outbox. No sockets: requests go out and answers come in as values. Every request goes to the
// configured address and nowhere else.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "actors/delivery.hpp"
#include "channels/waha/settings.hpp"
#include "protocols/transport/http_types.hpp"
#include "store/sends/take.hpp"

namespace fibrehub::channels::waha {

using http_outcome =
    tl::expected<protocols::transport::http_response, protocols::transport::http_error>;

/// POST /api/sendText.
protocols::transport::http_request send_request(const send_settings& s,
                                                const store::taken_send& message);
/// GET of one message by its name: whether an attempt that was not answered has left.
protocols::transport::http_request ask_request(const send_settings& s,
                                               const store::taken_send& message);

struct send_verdict {
  store::send_outcome outcome = store::send_outcome::again;
  std::string name;                // accepted: what the message is called, or empty
  actors::delivery_attempt how{};  // the same, as the outbox counts it
};

send_verdict judge_send(const http_outcome& answer, const store::taken_send& message);

/// Nothing: it is not there, or nobody can say; it may be sent again under its name.
std::optional<send_verdict> judge_ask(const http_outcome& answer, const store::taken_send& message);

}  // namespace fibrehub::channels::waha
