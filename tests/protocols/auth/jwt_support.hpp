// An identity provider for tests: a key made on the spot, tokens signed with it, its JWKS document.
#pragma once

#include <fmt/format.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "protocols/auth/encoding.hpp"
#include "protocols/auth/jwks.hpp"
#include "protocols/auth/openssl.hpp"

namespace fibrehub::protocols::auth {

using test_key = std::shared_ptr<EVP_PKEY>;

inline test_key make_rsa_key(std::size_t bits) {
  return {EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits), EVP_PKEY_free};
}

/// Made once a process: it takes a tenth of a second.
inline const test_key& provider_key() {
  static const test_key key = make_rsa_key(2048);
  return key;
}
inline const test_key& other_key() {
  static const test_key key = make_rsa_key(2048);
  return key;
}

inline std::string sign_rs256(const test_key& key, std::string_view text,
                              const EVP_MD* digest = EVP_sha256()) {
  const openssl::digest_context context(EVP_MD_CTX_new());
  std::size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, openssl::bytes(text), text.size()) != 1)
    std::abort();
  std::string out(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                     openssl::bytes(text), text.size()) != 1)
    std::abort();
  out.resize(size);
  return out;
}

inline std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::string out(32, '\0');
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), openssl::bytes(text), text.size(),
       reinterpret_cast<unsigned char*>(out.data()), nullptr);
  return out;
}

inline std::string public_pem(const test_key& key) {
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(memory, key.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string out(data, static_cast<std::size_t>(size));
  BIO_free(memory);
  return out;
}

inline std::string unsigned_token(std::string_view header, std::string_view payload) {
  return to_base64url(header) + "." + to_base64url(payload);
}

inline std::string signed_token(std::string_view header, std::string_view payload,
                                const test_key& key = provider_key()) {
  const std::string text = unsigned_token(header, payload);
  return text + "." + to_base64url(sign_rs256(key, text));
}

/// `n` or `e` as the JWKS spells it.
inline std::string key_number(const test_key& key, const char* name) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key.get(), name, &raw) != 1) std::abort();
  const openssl::number value(raw);
  std::string out(static_cast<std::size_t>(BN_num_bytes(value.get())), '\0');
  BN_bn2bin(value.get(), reinterpret_cast<unsigned char*>(out.data()));
  return to_base64url(out);
}

/// A JWK; `more` is further members, each with a comma before it.
inline std::string jwk(std::string_view kid, const test_key& key, std::string_view more = "") {
  return fmt::format(R"({{"kty":"RSA","kid":"{}","n":"{}","e":"{}"{}}})", kid, key_number(key, "n"),
                     key_number(key, "e"), more);
}

inline std::string jwks_of(std::string_view keys) {
  return fmt::format(R"({{"keys":[{}]}})", keys);
}

}  // namespace fibrehub::protocols::auth
