#include "protocols/auth/password.hpp"

#include <argon2.h>

#include <array>
#include <charconv>
#include <optional>

#include "protocols/auth/bytes.hpp"
#include "protocols/auth/encoding.hpp"

namespace fibrehub::protocols::auth {
namespace {

constexpr std::size_t salt_bytes = 16;
constexpr std::size_t hash_bytes = 32;
constexpr std::size_t max_encoded_bytes = 256;
constexpr std::size_t max_password_bytes = password_max_characters * 4;

struct parameters {
  std::uint32_t memory_kib = 0;
  std::uint32_t passes = 0;
  std::uint32_t lanes = 0;
  std::string_view salt;  // base64 without padding
  std::string_view hash;  // the same
};

constexpr std::size_t decoded_bytes(std::string_view base64) {
  return base64.size() * 6 / 8;
}

bool eat(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

bool eat(std::string_view& text, std::uint32_t& number) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  return true;
}

/// The library checks the rest of the base64; here it is about lengths, from `min` to `max` bytes.
bool is_base64(std::string_view text, std::size_t min, std::size_t max) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::size_t bytes = decoded_bytes(text);
  return bytes >= min && bytes <= max && text.find_first_not_of(digits) == std::string_view::npos;
}

std::optional<parameters> parse(std::string_view encoded) {
  if (encoded.size() > max_encoded_bytes) return std::nullopt;
  parameters out;
  if (!eat(encoded, "$argon2id$v=19$m=") || !eat(encoded, out.memory_kib) || !eat(encoded, ",t=") ||
      !eat(encoded, out.passes) || !eat(encoded, ",p=") || !eat(encoded, out.lanes) ||
      !eat(encoded, "$"))
    return std::nullopt;
  const std::size_t dollar = encoded.find('$');
  if (dollar == std::string_view::npos) return std::nullopt;
  out.salt = encoded.substr(0, dollar);
  out.hash = encoded.substr(dollar + 1);
  if (!is_base64(out.salt, 8, 64) || !is_base64(out.hash, 16, 64)) return std::nullopt;
  return out;
}

bool affordable(const parameters& p) {
  return p.memory_kib <= password_memory_limit_kib && p.passes <= password_passes_limit &&
         p.lanes <= password_lanes_limit;
}

/// Code points of `text`; nothing when it is not UTF-8 (RFC 3629: no surrogates, nothing longer
/// than needed).
std::optional<std::size_t> count_characters(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++count) {
    const auto lead = static_cast<unsigned char>(text[i]);
    std::size_t length = 0;
    std::uint32_t value = 0;
    std::uint32_t least = 0;
    if (lead < 0x80) {
      ++i;
      continue;
    }
    if (lead >> 5U == 0x06U) {
      length = 2, value = lead & 0x1fU, least = 0x80;
    } else if (lead >> 4U == 0x0eU) {
      length = 3, value = lead & 0x0fU, least = 0x800;
    } else if (lead >> 3U == 0x1eU) {
      length = 4, value = lead & 0x07U, least = 0x10000;
    } else {
      return std::nullopt;
    }
    if (text.size() - i < length) return std::nullopt;
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if (next >> 6U != 0x02U) return std::nullopt;
      value = value << 6U | (next & 0x3fU);
    }
    if (value < least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
      return std::nullopt;
    i += length;
  }
  return count;
}

}  // namespace

std::string_view sentence(password_error error) {
  switch (error) {
    case password_error::too_short:
      return "A password needs at least 8 characters.";
    case password_error::too_long:
      return "A password has at most 256 characters.";
    case password_error::not_text:
      return "The password is not valid UTF-8 text.";
    case password_error::malformed_hash:
      return "The stored password hash is not an argon2id hash.";
    case password_error::too_costly:
      return "The stored password hash asks for more memory or time than is allowed.";
    case password_error::no_memory:
      return "There is not enough memory to check a password now; try again later.";
    case password_error::no_randomness:
      break;
  }
  return "The system gives no random bytes; the password was not changed.";
}

tl::expected<void, password_error> check_new_password(std::string_view password) {
  if (password.size() > max_password_bytes) return tl::unexpected(password_error::too_long);
  const auto characters = count_characters(password);
  if (!characters) return tl::unexpected(password_error::not_text);
  if (*characters < password_min_characters) return tl::unexpected(password_error::too_short);
  if (*characters > password_max_characters) return tl::unexpected(password_error::too_long);
  return {};
}

tl::expected<std::string, password_error> hash_password(std::string_view password) {
  if (const auto fit = check_new_password(password); !fit) return tl::unexpected(fit.error());
  const auto salt = random_bytes(salt_bytes);
  if (!salt) return tl::unexpected(password_error::no_randomness);
  std::array<char, 128> encoded{};
  const int code = argon2id_hash_encoded(password_passes, password_memory_kib, password_lanes,
                                         password.data(), password.size(), salt->data(),
                                         salt->size(), hash_bytes, encoded.data(), encoded.size());
  // With constant parameters only memory can fail.
  if (code != ARGON2_OK) return tl::unexpected(password_error::no_memory);
  return std::string(encoded.data());
}

tl::expected<bool, password_error> verify_password(std::string_view encoded,
                                                   std::string_view password) {
  const auto stored = parse(encoded);
  if (!stored) return tl::unexpected(password_error::malformed_hash);
  if (!affordable(*stored)) return tl::unexpected(password_error::too_costly);
  if (password.size() > max_password_bytes) return false;
  const std::string terminated(encoded);
  switch (argon2id_verify(terminated.c_str(), password.data(), password.size())) {
    case ARGON2_OK:
      return true;
    case ARGON2_VERIFY_MISMATCH:
      return false;
    case ARGON2_MEMORY_ALLOCATION_ERROR:
    case ARGON2_THREAD_FAIL:
      return tl::unexpected(password_error::no_memory);
    default:
      return tl::unexpected(password_error::malformed_hash);
  }
}

tl::expected<bool, password_error> burn(std::string_view password) {
  const auto checked = verify_password(burnt_hash(), password);
  if (!checked) return tl::unexpected(checked.error());
  return false;
}

std::optional<std::string> make_one_time_password() {
  constexpr std::size_t random_size = 15;
  constexpr std::size_t group_letters = 6;
  auto raw = random_bytes(random_size);
  if (!raw) return std::nullopt;
  std::string out;
  const std::string letters = to_base32_readable(*raw);
  for (std::size_t k = 0; k < letters.size(); ++k) {
    if (k > 0 && k % group_letters == 0) out += '-';
    out += letters[k];
  }
  wipe(*raw);
  return out;
}

bool needs_rehash(std::string_view encoded) {
  const auto stored = parse(encoded);
  return !stored || stored->memory_kib != password_memory_kib ||
         stored->passes != password_passes || stored->lanes != password_lanes ||
         decoded_bytes(stored->salt) != salt_bytes || decoded_bytes(stored->hash) != hash_bytes;
}

std::string_view burnt_hash() {
  return "$argon2id$v=19$m=19456,t=2,p=1$tx/5si/ZySO+cTHwibIvMQ$"
         "lEYdbsaWrGRtSNC51dCN63bH8pW5lEmgWm/V/CwzzP0";
}

}  // namespace fibrehub::protocols::auth
