// The rules of signing in: how long a session lives, when an account is locked, what an e-mail
// address looks like. Figures from OWASP's session management and authentication cheat sheets.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "domain/time.hpp"

namespace fibrehub::domain {

/// A session ends this long after its last request …
inline constexpr std::chrono::minutes session_idle{30};
/// … and this long after the sign-in, whatever happened.
inline constexpr std::chrono::hours session_absolute{12};
/// How exactly the last request is remembered: writing it down each time would cost a commit each.
inline constexpr std::chrono::minutes session_touch_every{1};

enum class session_state { alive, idle_too_long, expired };
session_state state_of_session(instant last_seen, instant expires_at, instant now);
/// True when the last request should be written down again.
bool session_touch_due(instant last_seen, instant now);

/// Failures in a row that lock an account, and for how long.
inline constexpr int sign_in_attempts = 10;
inline constexpr std::chrono::minutes sign_in_lock{15};

struct sign_in_record {
  int failures = 0;  // in a row, since the last lock
  std::optional<instant> locked_until;
};
bool is_locked(const sign_in_record& r, instant now);
/// The record after one more failure. A locked account counts none; after the lock they count from
/// zero again.
sign_in_record after_failure(const sign_in_record& r, instant now);

/// A password somebody else has seen is good for this long after it was made …
inline constexpr std::chrono::hours one_time_password_life{72};
/// … and afterwards its owner needs a new one. One whose making nobody wrote down stays good.
bool one_time_password_expired(bool one_time, const std::optional<instant>& made, instant now);

/// Something before and after one @, without blanks and control characters; at most 254 bytes
/// (RFC 5321, 4.5.3.1.3).
bool is_email(std::string_view text);

}  // namespace fibrehub::domain
