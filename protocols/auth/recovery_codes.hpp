// Recovery codes: ten codes on paper for the day the telephone with the authenticator is gone. Each
// holds 120 random bits, too many to be guessed from a plain SHA-256, and works once; only hashes
// are kept. The letters are Crockford's, so that what was written down badly (o for 0, l for 1)
// still works.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fibrehub::protocols::auth {

inline constexpr std::size_t recovery_code_count = 10;
inline constexpr std::size_t recovery_code_letters = 24;  // of five bits each

/// Ten new codes `xxxx-xxxx-xxxx-xxxx-xxxx-xxxx`; nothing when the system gives no random bytes.
std::optional<std::vector<std::string>> make_recovery_codes();

/// What a person typed as the letters of a code: lower case, without spaces and hyphens, o as
/// 0, i and l as 1. Nothing when it cannot be a code.
std::optional<std::string> normalise_recovery_code(std::string_view typed);

/// SHA-256 (32 bytes) of the normalised code; nothing when it cannot be a code.
std::optional<std::string> hash_recovery_code(std::string_view typed);

/// Which of `hashes` belongs to the code. Takes the same time whichever it is.
std::optional<std::size_t> match_recovery_code(std::string_view typed,
                                               std::span<const std::string> hashes);

}  // namespace fibrehub::protocols::auth
