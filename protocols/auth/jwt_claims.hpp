// What a token says (RFC 7519, section 4.1), and whether that is meant for us and for now. Only
// for claims whose signature was checked: everybody should call `verify_jwt` instead.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "protocols/auth/jwt_error.hpp"

namespace fibrehub::protocols::auth {

/// How far the issuer's clock may be from ours.
inline constexpr std::chrono::seconds jwt_leeway{60};
inline constexpr std::size_t max_jwt_subject_bytes = 255;

/// Whom to believe. An empty issuer or list believes nobody.
struct jwt_policy {
  std::string issuer;                  // exactly as in `iss`
  std::vector<std::string> audiences;  // client ids, origins, API names: what azp and aud may be
};

struct jwt_claims {
  std::string subject;  // who, in the issuer's numbering
  std::string issuer;
  std::string email;  // only when the issuer says that it verified it (OpenID Connect, 5.1)
  std::chrono::sys_seconds expires_at{};
  std::optional<std::chrono::sys_seconds> issued_at;
};

/// `iss` has to be the policy's. Of `azp` and `aud` one has to be there, and each that is there has
/// to be on the list (of an `aud` with several, one). `exp` and `sub` have to be there.
tl::expected<jwt_claims, jwt_error> check_claims(std::string_view payload, const jwt_policy& policy,
                                                 std::chrono::sys_seconds now);

}  // namespace fibrehub::protocols::auth
