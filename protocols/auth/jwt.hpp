// Believing a token of an identity provider (Clerk, any OpenID Connect): a compact JWT (RFC 7519)
// signed with RS256 (RFC 7515, RFC 7518 section 3.3). Nothing the token says about itself is
// trusted: the algorithm is ours, the key comes from the pinned set by `kid`, and a header that
// points to a key elsewhere (jku, x5u, jwk) is ignored. The claims are read after the signature
// was found right.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>
#include <tl/expected.hpp>

#include "protocols/auth/jwks.hpp"
#include "protocols/auth/jwt_claims.hpp"
#include "protocols/auth/jwt_error.hpp"

namespace fibrehub::protocols::auth {

inline constexpr std::size_t max_jwt_bytes = std::size_t{8} * 1024;

/// Who the token speaks of. `unknown_key` is the moment to ask `jwks_refresh_plan`. One call costs
/// one RSA verification, tens of microseconds for a key of 2 048 bits.
tl::expected<jwt_claims, jwt_error> verify_jwt(std::string_view token, const key_set& keys,
                                               const jwt_policy& policy,
                                               std::chrono::sys_seconds now);

}  // namespace fibrehub::protocols::auth
