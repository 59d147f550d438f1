// The public keys of an identity provider, from its JWKS document (RFC 7517). Keys that cannot
// check an RS256 signature are passed over, as section 5 wants it: providers list keys of other
// kinds beside them. A set without one good key is an error, so that it never replaces a set that
// works.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace fibrehub::protocols::auth {

inline constexpr std::size_t max_jwks_bytes = std::size_t{64} * 1024;
inline constexpr std::size_t max_jwks_keys = 16;
inline constexpr std::size_t max_key_id_bytes = 256;
inline constexpr int min_rsa_bits = 2048;
inline constexpr int max_rsa_bits = 8192;  // checking takes longer with the square of it

enum class jwks_error {
  too_long,         // more than 64 KB
  malformed,        // no JSON object with an array "keys"
  too_many_keys,    // more than 16, of whatever kind
  repeated_key_id,  // two usable keys share a kid
  no_usable_key     // none is an RSA key for signatures
};

/// One sentence.
std::string_view sentence(jwks_error error);

/// RSA public keys by `kid`. Copies share the keys; reading from several threads is safe.
class key_set {
 public:
  using key = std::shared_ptr<evp_pkey_st>;

  /// Null when there is no such key. It lives as long as the set.
  evp_pkey_st* find(std::string_view kid) const;
  std::size_t size() const { return keys_.size(); }

  /// False (and nothing changes) when the set has a key of that name or is full.
  bool add(std::string kid, key k);

 private:
  std::map<std::string, key, std::less<>> keys_;
};

/// Usable is a key with a `kid` of 1 to 256 bytes, `kty` RSA, `use` sig or absent, `key_ops`
/// holding verify or absent, `alg` RS256 or absent, a modulus of 2 048 to 8 192 bits and an odd
/// exponent from 65 537 (FIPS 186-5) to 64 bits.
tl::expected<key_set, jwks_error> parse_jwks(std::string_view text);

}  // namespace fibrehub::protocols::auth
