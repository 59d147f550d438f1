// Why a token was not believed. One sentence each, for the log; the client is told no more than
// that it has to sign in.
#pragma once

#include <string_view>

namespace fibrehub::protocols::auth {

enum class jwt_error {
  too_long,          // more than 8 KB
  malformed,         // not three parts of base64url, or no JSON objects in them
  wrong_algorithm,   // not RS256
  critical_header,   // says that something must be understood which is not
  wrong_type,        // another kind of token: typ is neither absent, JWT nor at+jwt
  no_key_id,         // no kid
  unknown_key,       // no key of that kid: the moment to ask the refresh plan
  bad_signature,     // not made with that key
  malformed_claims,  // the signed part is no JSON object, or nbf or iat is no time
  wrong_issuer,      // iss is another
  wrong_audience,    // neither azp nor aud there, or one of them not on the list
  no_expiry,         // no exp, or not a time
  expired,           // exp is a minute ago or more
  not_yet_valid,     // nbf is more than a minute ahead
  from_the_future,   // iat is more than a minute ahead
  bad_subject        // no sub, or an empty, overlong or unprintable one
};

std::string_view sentence(jwt_error error);

}  // namespace fibrehub::protocols::auth
