// What is said to WAHA's REST interface about sessions and about what they have received. No
// sockets: requests are values, and rest_answers.hpp reads what comes back. Every request goes to
// the configured address and nowhere else.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "domain/time.hpp"
#include "protocols/transport/http_types.hpp"

namespace fibrehub::channels::waha {

/// Where a WAHA server answers, and how it is told who asks.
struct rest_address {
  std::string base_url;  // without a slash at its end
  std::string api_key;   // empty: WAHA asks for none
};

/// GET /api/server/version.
protocols::transport::http_request version_request(const rest_address& to);
/// GET /api/server/status: since when the server runs.
protocols::transport::http_request server_status_request(const rest_address& to);
/// GET /api/sessions?all=true: also those that are stopped.
protocols::transport::http_request sessions_request(const rest_address& to);
/// GET /api/sessions/{session}.
protocols::transport::http_request session_request(const rest_address& to,
                                                   std::string_view session);
/// GET /api/sessions/{session}/me; empty before it is paired.
protocols::transport::http_request me_request(const rest_address& to, std::string_view session);

/// POST /api/sessions. `config_json`: a JSON object. `start` is always said: what leaving it out
/// means differs between WAHA's documentation and WAHA.
protocols::transport::http_request create_request(const rest_address& to, std::string_view session,
                                                  const std::string& config_json, bool start);
/// PUT /api/sessions/{session}: replaces the whole configuration, and restarts what runs.
protocols::transport::http_request configure_request(const rest_address& to,
                                                     std::string_view session,
                                                     const std::string& config_json);
/// DELETE /api/sessions/{session}.
protocols::transport::http_request remove_request(const rest_address& to, std::string_view session);
/// POST /api/sessions/{session}/start, stop, restart or logout: they take up to ten seconds, and
/// five more for the lock.
protocols::transport::http_request lifecycle_request(const rest_address& to,
                                                     std::string_view session,
                                                     std::string_view action);

enum class qr_format { image, text };
/// GET /api/{session}/auth/qr; waits up to ten seconds for something to scan.
protocols::transport::http_request qr_request(const rest_address& to, std::string_view session,
                                              qr_format format);
/// POST /api/{session}/auth/request-code. `phone_number`: digits, with the country's code.
protocols::transport::http_request pairing_code_request(const rest_address& to,
                                                        std::string_view session,
                                                        std::string_view phone_number);

/// GET /api/{session}/chats/overview, newest first.
protocols::transport::http_request overview_request(const rest_address& to,
                                                    std::string_view session, std::size_t limit,
                                                    std::size_t offset);
/// GET /api/{session}/chats/{chat}/messages since `from`, the newest first, without their files:
/// where WAHA filters after it has cut pages, an empty page is the end in this order only.
protocols::transport::http_request messages_request(const rest_address& to,
                                                    std::string_view session, std::string_view chat,
                                                    domain::instant from, std::size_t limit,
                                                    std::size_t offset);

}  // namespace fibrehub::channels::waha
