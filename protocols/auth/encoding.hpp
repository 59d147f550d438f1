// Bytes as text, RFC 4648: base64url for tokens and sealed values, base32 for what a person may
// have to type. Decoding takes exactly one spelling of every value (bits left over must be zero),
// so that a text which was changed never decodes to what it was before.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fibrehub::protocols::auth {

/// Section 5, without padding.
std::string to_base64url(std::string_view bytes);
/// Nothing when `text` holds padding, spaces, other characters or an impossible length.
std::optional<std::string> from_base64url(std::string_view text);

/// Section 6, upper case, without padding.
std::string to_base32(std::string_view bytes);
/// Either case, padding complete or absent; nothing for anything else.
std::optional<std::string> from_base32(std::string_view text);

/// Crockford's alphabet (0-9 and a-z without i, l, o, u), lower case: no two digits look alike.
std::string to_base32_readable(std::string_view bytes);

}  // namespace fibrehub::protocols::auth
