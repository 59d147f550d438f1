// Secrets at rest: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce. What is sealed starts
// with its version, `v1:`, so that another cipher can follow one day. The associated data is not
// stored: it says whose secret this is ("totp/17"), and a row copied to another user does not open.
// One key is good for 2^32 sealings.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace fibrehub::protocols::auth {

inline constexpr std::size_t aead_key_bytes = 32;
inline constexpr std::size_t aead_max_plain_bytes = std::size_t{64} * 1024;
inline constexpr std::size_t aead_max_associated_bytes = std::size_t{4} * 1024;

enum class aead_error {
  wrong_key_size,   // the key has not 32 bytes
  too_long,         // more plain text or associated data than the limits above
  no_randomness,    // the system gives no random bytes
  unknown_version,  // does not start with v1:
  malformed,        // what follows is no base64url, or too short
  tampered,         // another key, other associated data, or changed since it was sealed
  internal          // the cipher could not be run
};

/// One sentence.
std::string_view sentence(aead_error error);

/// `v1:` and base64url of nonce (12 bytes), cipher text and tag (16 bytes).
tl::expected<std::string, aead_error> seal(std::string_view key, std::string_view plain,
                                           std::string_view associated);

/// What `seal` was given, when key and associated data are the same and no bit has changed.
tl::expected<std::string, aead_error> open(std::string_view key, std::string_view sealed,
                                           std::string_view associated);

}  // namespace fibrehub::protocols::auth
