#include "protocols/auth/jwt_error.hpp"

namespace fibrehub::protocols::auth {

std::string_view sentence(jwt_error error) {
  switch (error) {
    case jwt_error::too_long:
      return "The token is longer than 8 KB.";
    case jwt_error::malformed:
      return "The token is not a compact JWT.";
    case jwt_error::wrong_algorithm:
      return "The token is not signed with RS256.";
    case jwt_error::critical_header:
      return "The token has a critical header, and none is understood here.";
    case jwt_error::wrong_type:
      return "The token is of another type than JWT.";
    case jwt_error::no_key_id:
      return "The token does not name its key (kid).";
    case jwt_error::unknown_key:
      return "The token names a key that is not in the key set.";
    case jwt_error::bad_signature:
      return "The token's signature is wrong.";
    case jwt_error::malformed_claims:
      return "The token's claims cannot be read.";
    case jwt_error::wrong_issuer:
      return "The token is from another issuer.";
    case jwt_error::wrong_audience:
      return "The token was made for somebody else (azp, aud).";
    case jwt_error::no_expiry:
      return "The token does not say when it expires.";
    case jwt_error::expired:
      return "The token has expired.";
    case jwt_error::not_yet_valid:
      return "The token is not valid yet.";
    case jwt_error::from_the_future:
      return "The token claims to have been issued in the future.";
    case jwt_error::bad_subject:
      break;
  }
  return "The token names no subject of 1 to 255 printable bytes.";
}

}  // namespace fibrehub::protocols::auth
