// What all calls of WAHA's REST interface have in common: the address, the key, the limits; and how
// an answer is read as far as it can be. For .cpp files of this folder.
#pragma once

#include <string>
#include <string_view>

#include "channels/waha/answers/answer.hpp"
#include "channels/waha/settings.hpp"
#include "protocols/transport/http_types.hpp"

namespace fibrehub::channels::waha {

protocols::transport::http_request call_of(const send_settings& s, const char* method,
                                           const std::string& path);
/// The same with a JSON body.
protocols::transport::http_request call_with(const send_settings& s, const char* method,
                                             const std::string& path, std::string body);
std::string percent_encoded(std::string_view text);

struct answer_reading {
  answer what;
  std::string broken;  // why it cannot be read, or empty
};
answer_reading read_reply(const protocols::transport::http_response& r, const char* method,
                          const std::string& path);

}  // namespace fibrehub::channels::waha
