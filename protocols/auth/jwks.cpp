#include "protocols/auth/jwks.hpp"

#include <openssl/core_names.h>

#include "protocols/auth/encoding.hpp"
#include "protocols/auth/jwt_json.hpp"
#include "protocols/auth/openssl.hpp"

namespace fibrehub::protocols::auth {
namespace {

/// RFC 7518, 2: Base64urlUInt, big-endian.
openssl::number to_number(std::string_view base64url) {
  const auto raw = from_base64url(base64url);
  if (!raw || raw->empty() || raw->size() > max_rsa_bits / 8 + 1) return nullptr;
  return openssl::number(BN_bin2bn(openssl::bytes(*raw), static_cast<int>(raw->size()), nullptr));
}

bool acceptable(const BIGNUM* modulus, const BIGNUM* exponent) {
  const int bits = BN_num_bits(modulus);
  return bits >= min_rsa_bits && bits <= max_rsa_bits && BN_is_odd(modulus) != 0 &&
         BN_is_odd(exponent) != 0 && BN_num_bits(exponent) >= 17 && BN_num_bits(exponent) <= 64;
}

key_set::key to_key(const BIGNUM* modulus, const BIGNUM* exponent) {
  const openssl::param_builder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent) != 1)
    return nullptr;
  const openssl::params params(OSSL_PARAM_BLD_to_param(builder.get()));
  const openssl::key_context context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    return nullptr;
  return {key, EVP_PKEY_free};
}

/// Absent, or the text `wanted`.
bool absent_or(const json::value& jwk, std::string_view name, std::string_view wanted) {
  return json::find(jwk, name) == nullptr || json::text(jwk, name) == wanted;
}

bool may_verify(const json::value& jwk) {
  const json::value* operations = json::find(jwk, "key_ops");
  if (operations == nullptr) return true;
  if (!operations->IsArray()) return false;
  for (const auto& operation : operations->GetArray())
    if (operation.IsString() && operation.GetString() == std::string_view("verify")) return true;
  return false;
}

/// Null when the key is none for RS256 signatures.
key_set::key usable_key(const json::value& jwk) {
  if (!is_plain_object(jwk) || json::text(jwk, "kty") != "RSA" || !absent_or(jwk, "use", "sig") ||
      !absent_or(jwk, "alg", "RS256") || !may_verify(jwk))
    return nullptr;
  const std::string_view kid = json::text(jwk, "kid");
  if (kid.empty() || kid.size() > max_key_id_bytes) return nullptr;
  const openssl::number modulus = to_number(json::text(jwk, "n"));
  const openssl::number exponent = to_number(json::text(jwk, "e"));
  if (!modulus || !exponent || !acceptable(modulus.get(), exponent.get())) return nullptr;
  return to_key(modulus.get(), exponent.get());
}

}  // namespace

std::string_view sentence(jwks_error error) {
  switch (error) {
    case jwks_error::too_long:
      return "The key set is larger than 64 KB.";
    case jwks_error::malformed:
      return "The key set is not a JSON object with an array \"keys\".";
    case jwks_error::too_many_keys:
      return "The key set has more than 16 keys.";
    case jwks_error::repeated_key_id:
      return "Two keys of the key set have the same kid.";
    case jwks_error::no_usable_key:
      break;
  }
  return "The key set has no RSA key of 2048 bits or more for RS256 signatures.";
}

evp_pkey_st* key_set::find(std::string_view kid) const {
  const auto known = keys_.find(kid);
  return known == keys_.end() ? nullptr : known->second.get();
}

bool key_set::add(std::string kid, key k) {
  if (keys_.size() >= max_jwks_keys) return false;
  return keys_.emplace(std::move(kid), std::move(k)).second;
}

tl::expected<key_set, jwks_error> parse_jwks(std::string_view text) {
  if (text.size() > max_jwks_bytes) return tl::unexpected(jwks_error::too_long);
  const openssl::error_scope errors;
  const auto set = parse_plain_object(text);
  const json::value* keys = json::find(set, "keys");
  if (keys == nullptr || !keys->IsArray()) return tl::unexpected(jwks_error::malformed);
  if (keys->Size() > max_jwks_keys) return tl::unexpected(jwks_error::too_many_keys);
  key_set out;
  for (const auto& jwk : keys->GetArray()) {
    auto key = usable_key(jwk);
    if (key && !out.add(std::string(json::text(jwk, "kid")), std::move(key)))
      return tl::unexpected(jwks_error::repeated_key_id);
  }
  if (out.size() == 0) return tl::unexpected(jwks_error::no_usable_key);
  return out;
}

}  // namespace fibrehub::protocols::auth
