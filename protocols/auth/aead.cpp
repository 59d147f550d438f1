#include "protocols/auth/aead.hpp"

#include "protocols/auth/bytes.hpp"
#include "protocols/auth/encoding.hpp"
#include "protocols/auth/openssl.hpp"

namespace fibrehub::protocols::auth {
namespace {

constexpr std::string_view version = "v1:";
constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;
constexpr std::size_t max_raw_bytes = nonce_bytes + aead_max_plain_bytes + tag_bytes;
constexpr std::size_t max_sealed_bytes = version.size() + (max_raw_bytes * 8 + 5) / 6;

unsigned char* writable(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

int length(std::string_view text) {
  return static_cast<int>(text.size());
}  // held by the limits

/// Cipher text and tag; empty when the cipher cannot be run.
std::string encrypt(std::string_view key, std::string_view nonce, std::string_view plain,
                    std::string_view associated) {
  using openssl::bytes;
  std::string out(plain.size() + tag_bytes, '\0');
  const openssl::cipher_context context(EVP_CIPHER_CTX_new());
  int n = 0;
  // The nonce of GCM has 96 bits unless told otherwise.
  if (!context ||
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes(key), bytes(nonce)) !=
          1 ||
      EVP_EncryptUpdate(context.get(), nullptr, &n, bytes(associated), length(associated)) != 1 ||
      EVP_EncryptUpdate(context.get(), writable(out), &n, bytes(plain), length(plain)) != 1 ||
      EVP_EncryptFinal_ex(context.get(), writable(out) + plain.size(), &n) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes,
                          writable(out) + plain.size()) != 1)
    return {};
  return out;
}

tl::expected<std::string, aead_error> decrypt(std::string_view key, std::string_view nonce,
                                              std::string_view cipher_text, std::string_view tag,
                                              std::string_view associated) {
  using openssl::bytes;
  std::string out(cipher_text.size(), '\0');
  std::string expected_tag(tag);  // OpenSSL wants it writable
  const openssl::cipher_context context(EVP_CIPHER_CTX_new());
  int n = 0;
  if (!context ||
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes(key), bytes(nonce)) !=
          1 ||
      EVP_DecryptUpdate(context.get(), nullptr, &n, bytes(associated), length(associated)) != 1 ||
      EVP_DecryptUpdate(context.get(), writable(out), &n, bytes(cipher_text),
                        length(cipher_text)) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_bytes, writable(expected_tag)) !=
          1) {
    wipe(out);
    return tl::unexpected(aead_error::internal);
  }
  if (EVP_DecryptFinal_ex(context.get(), writable(out) + out.size(), &n) != 1) {
    wipe(out);  // what a tampered text decrypts to is nobody's business
    return tl::unexpected(aead_error::tampered);
  }
  return out;
}

}  // namespace

std::string_view sentence(aead_error error) {
  switch (error) {
    case aead_error::wrong_key_size:
      return "The encryption key has to be 32 bytes.";
    case aead_error::too_long:
      return "What is to be sealed is too long.";
    case aead_error::no_randomness:
      return "The system gives no random bytes; nothing was sealed.";
    case aead_error::unknown_version:
      return "The sealed value is of an unknown version.";
    case aead_error::malformed:
      return "The sealed value cannot be read.";
    case aead_error::tampered:
      return "The sealed value was changed, belongs to somebody else or was sealed with another "
             "key.";
    case aead_error::internal:
      break;
  }
  return "The cipher could not be run.";
}

tl::expected<std::string, aead_error> seal(std::string_view key, std::string_view plain,
                                           std::string_view associated) {
  if (key.size() != aead_key_bytes) return tl::unexpected(aead_error::wrong_key_size);
  if (plain.size() > aead_max_plain_bytes || associated.size() > aead_max_associated_bytes)
    return tl::unexpected(aead_error::too_long);
  const openssl::error_scope errors;
  auto nonce = random_bytes(nonce_bytes);
  if (!nonce) return tl::unexpected(aead_error::no_randomness);
  const std::string rest = encrypt(key, *nonce, plain, associated);
  if (rest.empty()) return tl::unexpected(aead_error::internal);
  return std::string(version) + to_base64url(*nonce + rest);
}

tl::expected<std::string, aead_error> open(std::string_view key, std::string_view sealed,
                                           std::string_view associated) {
  if (key.size() != aead_key_bytes) return tl::unexpected(aead_error::wrong_key_size);
  if (sealed.size() > max_sealed_bytes || associated.size() > aead_max_associated_bytes)
    return tl::unexpected(aead_error::too_long);
  if (!sealed.starts_with(version)) return tl::unexpected(aead_error::unknown_version);
  const openssl::error_scope errors;
  const auto decoded = from_base64url(sealed.substr(version.size()));
  if (!decoded || decoded->size() < nonce_bytes + tag_bytes)
    return tl::unexpected(aead_error::malformed);
  const std::string_view raw = *decoded;
  const std::size_t cipher_bytes = raw.size() - nonce_bytes - tag_bytes;
  return decrypt(key, raw.substr(0, nonce_bytes), raw.substr(nonce_bytes, cipher_bytes),
                 raw.substr(nonce_bytes + cipher_bytes), associated);
}

}  // namespace fibrehub::protocols::auth
