#include "protocols/signature.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <array>
#include <optional>

namespace fibrehub::protocols {
namespace {

using digest512 = std::array<unsigned char, SHA512_DIGEST_LENGTH>;

digest512 hmac_sha512(std::string_view key, std::string_view bytes) {
  digest512 out{};
  unsigned int size = 0;
  HMAC(EVP_sha512(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out.data(), &size);
  return out;
}

std::optional<unsigned char> nibble(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned char>(c - '0');
  c = static_cast<char>(c | 0x20);
  if (c >= 'a' && c <= 'f') return static_cast<unsigned char>(c - 'a' + 10);
  return std::nullopt;
}

std::optional<digest512> from_hex(std::string_view hex) {
  digest512 out{};
  if (hex.size() != out.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto high = nibble(hex[2 * i]);
    const auto low = nibble(hex[2 * i + 1]);
    if (!high || !low) return std::nullopt;
    out[i] = static_cast<unsigned char>(*high << 4 | *low);
  }
  return out;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (char c : bytes) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string hmac_sha512_hex(std::string_view key, std::string_view bytes) {
  const digest512 digest = hmac_sha512(key, bytes);
  return to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

bool verify_hmac_sha512_hex(std::span<const std::string> keys, std::string_view bytes,
                            std::string_view signature) {
  const auto claimed = from_hex(signature);
  if (!claimed) return false;
  bool match = false;
  for (const std::string& key : keys) {
    const digest512 expected = hmac_sha512(key, bytes);
    match |= CRYPTO_memcmp(expected.data(), claimed->data(), expected.size()) == 0;
  }
  return match;
}

std::string digest16(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> out{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out.data());
  return {reinterpret_cast<const char*>(out.data()), 16};
}

}  // namespace fibrehub::protocols
