// WAHA's error bodies: five shapes, as measured.
#pragma once

#include <string>
#include <string_view>

#include "peers/http_server.hpp"

namespace fibrehub::peers {

/// {"message","error","statusCode"}: 400, 404, 422, 501.
http_reply nest_error(unsigned status, std::string_view message);
/// The same with a list of messages, as validation answers.
http_reply validation_error(std::string_view message);
/// 401 without "error".
http_reply unauthorized();
/// 422 while the session is not in the status the call needs.
http_reply session_state_error(std::string_view session, std::string_view status,
                               std::string_view expected);
/// 422 for a session nobody created.
http_reply unknown_session(std::string_view session);
/// 500 that echoes the whole request; `version` is the server's environment as JSON.
http_reply exception_error(const http_request& request, std::string_view name,
                           std::string_view message, std::string_view version);
/// 404 of the files folder.
http_reply file_not_found(std::string_view file);

http_reply json_reply(unsigned status, std::string body);

}  // namespace fibrehub::peers
