#include "channels/waha/hints.hpp"

#include <fmt/format.h>

#include "channels/waha/send_call.hpp"
#include "store/tickets/json.hpp"

namespace fibrehub::channels::waha {
namespace {

using namespace std::chrono_literals;
using protocols::transport::http_request;

// WAHA waits up to 15 s for a session; nobody waits that long for a hint.
constexpr std::chrono::milliseconds patience = 5s;

http_request hint(const send_settings& s, const std::string& path, std::string body) {
  http_request r = call_with(s, "POST", path, std::move(body));
  r.timeout = patience;
  return r;
}

std::string chat_body(const std::string& session, const std::string& chat) {
  return fmt::format(R"({{"session":{},"chatId":{}}})", store::json_string(session),
                     store::json_string(chat));
}

}  // namespace

http_request seen_request(const send_settings& s, const std::string& session,
                          const std::string& chat) {
  return hint(s, "/api/sendSeen", chat_body(session, chat));
}

http_request typing_request(const send_settings& s, const std::string& session,
                            const std::string& chat, bool on) {
  return hint(s, on ? "/api/startTyping" : "/api/stopTyping", chat_body(session, chat));
}

http_request offline_request(const send_settings& s, const std::string& session) {
  return hint(s, fmt::format("/api/{}/presence", percent_encoded(session)),
              R"({"presence":"offline"})");
}

}  // namespace fibrehub::channels::waha
