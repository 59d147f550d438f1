// Before the first message to somebody who never wrote: whether the number is on WhatsApp, and how
// it is spelt there. Messages to numbers that are not may get a session restricted.
#pragma once

#include <optional>
#include <string>

#include "channels/waha/sender.hpp"

namespace fibrehub::channels::waha {

/// GET /api/contacts/check-exists.
protocols::transport::http_request check_request(const send_settings& s, const std::string& session,
                                                 const std::string& chat);

/// What came of it: what is known of the number, or why the message waits. Neither: nobody here can
/// say, and it goes as it is.
struct number_check {
  std::optional<store::checked_number> known{};
  std::optional<send_verdict> waits{};
};
number_check judge_check(const http_outcome& answer, const store::taken_send& message);

}  // namespace fibrehub::channels::waha
