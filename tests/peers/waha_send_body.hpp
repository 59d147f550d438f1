// What the body of a send call asks for. Pure: no session, no engine's state.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "peers/waha_model.hpp"
#include "protocols/json/parse.hpp"

namespace fibrehub::peers {

/// Why a body cannot be sent. WAHA hardly validates: most of it comes out as an exception, 500.
struct send_refusal {
  unsigned status = 500;
  std::string name = "Error";
  std::string message;
};

/// The message `call` ("sendText", …) describes: content, chat and, when `ids` are taken, its
/// stanza id. The sender and what it quotes are for others to find.
tl::expected<chat_message, send_refusal> read_send_body(std::string_view call,
                                                        const protocols::json::value& body,
                                                        bool ids);

/// "false_chat_ID" or a bare stanza id, down to the stanza id; empty when it is neither.
std::string quoted_stanza(std::string_view reply_to);

}  // namespace fibrehub::peers
