// HMAC-SHA512 in lower-case hex, keyed once: the key schedule is not repeated per message.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <string_view>

namespace fibrehub::bench {

class hmac_signer {
 public:
  static constexpr std::size_t hex_bytes = 128;

  /// Throws std::runtime_error when OpenSSL has no HMAC-SHA512.
  explicit hmac_signer(std::string_view key);

  /// The signature of `body`; the view lives until the next call.
  std::string_view sign(std::string_view body);

 private:
  struct free_mac {
    void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
    void operator()(EVP_MAC_CTX* ctx) const { EVP_MAC_CTX_free(ctx); }
  };
  std::unique_ptr<EVP_MAC, free_mac> mac_;
  std::unique_ptr<EVP_MAC_CTX, free_mac> ctx_;
  std::array<char, hex_bytes> hex_{};
};

}  // namespace fibrehub::bench
