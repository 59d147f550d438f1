// Reading one message as WEBJS, WPP, NOWEB and GOWS each spell it.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "domain/inbound.hpp"
#include "protocols/json/parse.hpp"

namespace fibrehub::channels::waha {

struct message_context {
  std::string session;
  const protocols::json::value* envelope = nullptr;
  domain::instant otherwise_at{};  // when the message carries no time of its own
  domain::instant received_at{};   // no message was sent later than this
};

/// The error says which field is missing.
tl::expected<domain::chat_message, std::string> read_message(const protocols::json::value& payload,
                                                             const message_context& context);

}  // namespace fibrehub::channels::waha
