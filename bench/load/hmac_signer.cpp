#include "bench/load/hmac_signer.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <stdexcept>

namespace fibrehub::bench {

hmac_signer::hmac_signer(std::string_view key) {
  mac_.reset(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  if (mac_) ctx_.reset(EVP_MAC_CTX_new(mac_.get()));
  char digest[] = "SHA512";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_construct_end()};
  // An empty key is a null pointer to OpenSSL, which then means "keep the old one".
  const char* bytes = key.empty() ? "" : key.data();
  if (!ctx_ || EVP_MAC_init(ctx_.get(), reinterpret_cast<const unsigned char*>(bytes), key.size(),
                            params) != 1) {
    throw std::runtime_error("OpenSSL offers no HMAC-SHA512");
  }
}

std::string_view hmac_signer::sign(std::string_view body) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<unsigned char, hex_bytes / 2> raw{};
  std::size_t size = 0;
  if (EVP_MAC_init(ctx_.get(), nullptr, 0, nullptr) != 1 ||
      EVP_MAC_update(ctx_.get(), reinterpret_cast<const unsigned char*>(body.data()),
                     body.size()) != 1 ||
      EVP_MAC_final(ctx_.get(), raw.data(), &size, raw.size()) != 1 || size != raw.size()) {
    throw std::runtime_error("OpenSSL could not compute an HMAC-SHA512");
  }
  for (std::size_t i = 0; i < raw.size(); ++i) {
    hex_[2 * i] = digits[raw[i] >> 4];
    hex_[2 * i + 1] = digits[raw[i] & 15];
  }
  return {hex_.data(), hex_.size()};
}

}  // namespace fibrehub::bench
