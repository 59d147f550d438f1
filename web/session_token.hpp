// Session tokens of people, `fhs_<public id>_<secret>`, with the CSRF token that belongs to each;
// and how a browser keeps them: one cookie no script can read, one that scripts have to read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "web/request.hpp"
#include "web/token.hpp"

namespace fibrehub::web {

/// The halves of a well-formed session token; nothing otherwise.
std::optional<token_parts> parse_session_token(std::string_view text);

struct minted_session {
  std::string text;  // for its owner, kept nowhere
  std::string public_id;
  std::string sha256;  // 32 bytes over the secret
  std::string csrf;    // for its owner
  std::string csrf_sha256;
};
/// Nothing when the system gives no random bytes.
std::optional<minted_session> mint_session();

/// True when a browser would refuse a Secure cookie: plain HTTP on this machine, no proxy between.
/// Everything else has to be HTTPS, here or at a proxy.
bool needs_plain_cookie(const request_context& ctx, bool server_speaks_tls);

/// The session token in the request's cookies; `__Host-fibrehub`, or `fibrehub` where plain cookies
/// are allowed. Empty: none.
std::string_view session_cookie(const request_context& ctx, bool plain);

/// Set-Cookie lines that keep, or (with empty texts) remove, both cookies.
std::vector<std::pair<std::string, std::string>> session_cookies(std::string_view token,
                                                                 std::string_view csrf, bool plain);

/// True when the page that sent the request is from this very host (`Origin` against `Host`), and
/// over HTTPS unless plain cookies are allowed. Without an Origin: false.
bool is_same_origin(const request_context& ctx, bool plain);

/// Why a request with a session cookie may not be acted upon; nothing when it may. Requests that
/// only read may always.
std::optional<std::string_view> csrf_problem(const request_context& ctx,
                                             std::string_view csrf_sha256, bool plain);

}  // namespace fibrehub::web
