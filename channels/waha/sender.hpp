// What is said to WAHA's REST interface to send something, and what its answer means for the
// outbox. No sockets: requests go out and answers come in as values. Every request goes to the
// configured address and nowhere else.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "actors/delivery.hpp"
#include "channels/waha/settings.hpp"
#include "protocols/transport/http_types.hpp"
#include "store/sends/finish.hpp"

namespace fibrehub::channels::waha {

using http_outcome =
    tl::expected<protocols::transport::http_response, protocols::transport::http_error>;

/// The call for its kind: sendText, sendImage, … `file`: the bytes, of what has a file.
protocols::transport::http_request send_request(const send_settings& s,
                                                const store::taken_send& message,
                                                std::string_view file = {});
/// GET of one message of ours by its full name: whether an attempt that was not answered has left,
/// and how far it came. `author`: our own id where it is part of that name, in groups; else empty.
protocols::transport::http_request ask_request(const send_settings& s, const std::string& session,
                                               const std::string& chat, const std::string& stanza,
                                               const std::string& author = {});

struct send_verdict {
  store::send_outcome outcome = store::send_outcome::again;
  std::string name;                // accepted: what the message is called, or empty
  actors::delivery_attempt how{};  // the same, as the outbox counts it
};

send_verdict judge_send(const http_outcome& answer, const store::taken_send& message);

/// Nothing: it is not there, or nobody can say; it may be sent again under its name.
std::optional<send_verdict> judge_ask(const http_outcome& answer, const store::taken_send& message);

/// What the bridge says of a message when it is asked: nothing where it could not be asked.
struct message_standing {
  bool found = false;
  std::optional<int> level;  // its delivery step
};
std::optional<message_standing> judge_question(const http_outcome& answer,
                                               const std::string& stanza);

/// A verdict of one's own: nothing was sent, and it is not the message's fault.
send_verdict put_off(std::string status, std::chrono::milliseconds after);
/// It never will be sent.
send_verdict refused_for_good(std::string status);

}  // namespace fibrehub::channels::waha
