// Checking that bytes come from who knows the key: HMAC over the raw body, compared in constant
// time.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace fibrehub::protocols {

/// HMAC-SHA512 (RFC 2104, FIPS 180-4) as lower-case hex.
std::string hmac_sha512_hex(std::string_view key, std::string_view bytes);

/// True when `signature` is the hex HMAC-SHA512 of `bytes` under one of `keys` (several while a key
/// is being changed). Upper-case hex is accepted.
bool verify_hmac_sha512_hex(std::span<const std::string> keys, std::string_view bytes,
                            std::string_view signature);

/// First 16 bytes of the SHA-256 of `bytes`: enough to tell contents apart.
std::string digest16(std::string_view bytes);

/// Lower-case hex.
std::string to_hex(std::string_view bytes);

}  // namespace fibrehub::protocols
