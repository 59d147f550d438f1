// Passwords, kept as argon2id (RFC 9106) in the PHC string format, with the parameters of OWASP's
// Password Storage Cheat Sheet. Every call here works for tens of milliseconds and takes 19 MiB:
// not for the io thread. A stored hash is checked before it is run, so that a damaged row cannot
// ask for a gigabyte; an unknown user costs as much as a known one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace fibrehub::protocols::auth {

/// What new hashes cost.
inline constexpr std::uint32_t password_memory_kib = 19 * 1024;
inline constexpr std::uint32_t password_passes = 2;
inline constexpr std::uint32_t password_lanes = 1;

/// Characters (code points) of a new password.
inline constexpr std::size_t password_min_characters = 8;
inline constexpr std::size_t password_max_characters = 256;

/// What a stored hash may cost at most.
inline constexpr std::uint32_t password_memory_limit_kib = 64 * 1024;
inline constexpr std::uint32_t password_passes_limit = 8;
inline constexpr std::uint32_t password_lanes_limit = 4;

enum class password_error {
  too_short,       // fewer than 8 characters
  too_long,        // more than 256 characters
  not_text,        // not UTF-8
  malformed_hash,  // the stored text is no argon2id hash of version 1.3
  too_costly,      // the stored hash asks for more than the limits above
  no_memory,       // the memory for the check could not be had; try again later
  no_randomness    // the system gives no random bytes
};

/// One sentence.
std::string_view sentence(password_error error);

/// Whether `password` may become somebody's password: UTF-8 of 8 to 256 characters.
tl::expected<void, password_error> check_new_password(std::string_view password);

/// Checks `password` as above and hashes it: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`, with
/// 16 random bytes of salt and 32 bytes of hash; 97 characters.
tl::expected<std::string, password_error> hash_password(std::string_view password);

/// Whether `password` is the one that `encoded` was made of. More than 1 024 bytes never are.
tl::expected<bool, password_error> verify_password(std::string_view encoded,
                                                   std::string_view password);

/// Works as long as `verify_password` does and answers false. For a user who does not exist, so
/// that the time of the answer does not tell.
tl::expected<bool, password_error> burn(std::string_view password);

/// A password nobody has chosen, 120 random bits as `xxxxxx-xxxxxx-xxxxxx-xxxxxx`; nothing when the
/// system gives no random bytes.
std::optional<std::string> make_one_time_password();

/// True when `encoded` was made with other parameters than new hashes are, or is no hash at all.
bool needs_rehash(std::string_view encoded);

/// The hash that `burn` checks against; of a password nobody has kept.
std::string_view burnt_hash();

}  // namespace fibrehub::protocols::auth
