// Why a call to WAHA failed, and whether it may be made again. The status code alone does not
// tell: 500 stands for the caller's mistakes, for WhatsApp's failures, and for messages that have
// left nevertheless.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channels/waha/events/node.hpp"

namespace fibrehub::channels::waha {

/// `transient`: nothing was done; the same call may succeed later. `permanent`: nothing was done,
/// and nothing will be until somebody changes something. `ambiguous`: it may have been done; a
/// message may have left.
enum class verdict { transient, permanent, ambiguous };
std::string_view to_text(verdict v);

/// The call an answer belongs to, as far as it is known.
struct call_context {
  std::optional<int> status;  // of HTTP
  std::string method;         // "POST"
  std::string path;           // "/api/sendText"
};

struct failure {
  /// How the body is written: nest, auth, session_state, exception, file, detail, empty, not_json,
  /// oversize, other.
  std::string_view shape;
  /// What went wrong, for programs: see docs/waha-events.md.
  std::string_view kind;
  verdict may_repeat = verdict::ambiguous;
  std::string message;    // for people; never the echo of the request, never a stack trace
  std::string exception;  // "TypeError"
  std::string session;
  std::string session_status;
  std::vector<std::string> expected;  // session states the call needs
};

/// Written as WAHA writes what went wrong with a call, not by something that stands before it and
/// knows nothing of messages.
bool is_wahas_own(const failure& f);

/// The failure that `body` tells of; nothing when it tells of none and the status neither.
/// `context` is completed from the body.
std::optional<failure> read_failure(const node& body, call_context& context);

/// A failure whose body is no JSON, too long to read, or empty.
failure failure_without_body(std::string_view shape, const call_context& context);

}  // namespace fibrehub::channels::waha
