// What is said to WAHA around a message: that the chat was read, that somebody types, that the
// session is away again. Nobody waits long for these, and nothing depends on their answers.
#pragma once

#include <string>

#include "channels/waha/settings.hpp"
#include "protocols/transport/http_types.hpp"

namespace fibrehub::channels::waha {

protocols::transport::http_request seen_request(const send_settings& s, const std::string& session,
                                                const std::string& chat);
protocols::transport::http_request typing_request(const send_settings& s,
                                                  const std::string& session,
                                                  const std::string& chat, bool on);
protocols::transport::http_request offline_request(const send_settings& s,
                                                   const std::string& session);

}  // namespace fibrehub::channels::waha
