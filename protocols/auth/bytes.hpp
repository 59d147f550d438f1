// What every part of signing in needs of the system's cryptography: unpredictable bytes, a digest,
// a comparison that does not tell where two texts differ, and forgetting a secret.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace fibrehub::protocols::auth {

/// `n` unpredictable bytes (at most 4 096); nothing when the system has none to give.
std::optional<std::string> random_bytes(std::size_t n);

/// SHA-256 (FIPS 180-4): 32 bytes.
std::string sha256(std::string_view bytes);

/// Takes the same time wherever the two differ; the lengths are not secret.
bool same_bytes(std::string_view a, std::string_view b);

/// Overwrites a secret that is no longer needed, then empties it.
void wipe(std::string& secret);

}  // namespace fibrehub::protocols::auth
