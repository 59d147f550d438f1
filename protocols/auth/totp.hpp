// One-time codes of authenticator apps: TOTP (RFC 6238) with what every app supports, SHA-1, 30 s
// steps and 6 digits. One step to either side is accepted for clocks that differ. Whoever calls
// keeps the step that was used: neither it nor an earlier one is accepted again, so that a code
// read over a shoulder is worth nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fibrehub::protocols::auth {

inline constexpr std::chrono::seconds totp_period{30};
inline constexpr int totp_digits = 6;
inline constexpr std::int64_t totp_window_steps = 1;
inline constexpr std::size_t totp_secret_bytes = 20;  // as long as SHA-1's output, RFC 4226 R6

/// A new secret of 20 random bytes; nothing when the system gives none.
std::optional<std::string> make_totp_secret();

/// The step `now` belongs to, counted from 1970.
std::int64_t totp_step(std::chrono::sys_seconds now);

/// The six digits of a step. `secret` is raw bytes, 16 to 64 of them; empty otherwise.
std::string totp_code(std::string_view secret, std::int64_t step);

/// The step whose code `code` is (six digits, nothing else), to be kept as the new
/// `last_used_step`. Nothing when the code is wrong or its step is not after `last_used_step`.
std::optional<std::int64_t> verify_totp(std::string_view secret, std::string_view code,
                                        std::chrono::sys_seconds now,
                                        std::optional<std::int64_t> last_used_step);

/// What the QR code holds, `otpauth://totp/Issuer:account?secret=…` (Google Authenticator's Key Uri
/// Format). The format knows no colon in either name; colons are left out.
std::string totp_uri(std::string_view issuer, std::string_view account, std::string_view secret);

}  // namespace fibrehub::protocols::auth
